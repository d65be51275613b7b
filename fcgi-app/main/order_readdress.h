/* order_readdress.h - till order address: another delivery address before shipping. */
#ifndef MAIN_ORDER_READDRESS_H
#define MAIN_ORDER_READDRESS_H

#include "domain/order.h"
#include "main/command.h"

/* words are FIELD=VALUE with the field names of an address (full_name, line1, line2,
 * city, region, postal_code, country); what is not named stays as it is, an empty value
 * empties it. INVALID for an unknown field and for everything address_check() finds;
 * else the errors of order_set_address(). */
fallible order_readdress(struct command *, const char *name, const char *const *words,
			 size_t n, struct order *);

#endif
