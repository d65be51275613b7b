/* terms.h - what the shop's settings mean to the domain: read once at start. */
#ifndef DOMAIN_TERMS_H
#define DOMAIN_TERMS_H

#include "base/err.h"
#include "domain/pricing.h"
#include "domain/shipping.h"
#include "domain/tax.h"

struct arena;
struct config;

/* A way to pay, as it is offered; flow adds them from the gateways that are on. */
struct method {
	const char *id; /* "stripe" */
	const char *title, *note;
	const char *gateway;      /* payment_attempt.gateway */
	struct money least, most; /* what it takes at once; no currency: anything */
};

struct terms {
	const char *currency, *home; /* home country */
	struct tax_rates tax;
	struct shipping_option options[SHIPPING_OPTIONS_MAX];
	size_t n_options;
	const bool *delivers_to; /* by country_list(): some option does */
	const struct method *methods;
	size_t n_methods;
	int64_t max_lines, keep_hours, hold_minutes, hold_cap, pay_minutes;
	bool hold_at_start;
};

fallible terms_read(struct arena *, const struct config *, struct terms **);

/* Today as shipping counts it (UTC). */
struct shipping_calendar terms_calendar(const struct terms *);
/* NULL when no such way is offered. */
const struct method *terms_find_method(const struct terms *, const char *id);
/* NULL when an amount can be paid this way, else the sentence that names the limit. */
const char *terms_refuse_amount(struct arena *, const struct method *, struct money);

#endif
