/* details.h - what a shopper tells a checkout: contact, addresses, delivery, way to
 * pay. */
#ifndef DOMAIN_DETAILS_H
#define DOMAIN_DETAILS_H

#include "base/err.h"
#include "domain/address.h"
#include "domain/cart.h"
#include "domain/customer.h"

/* NULL members were not told. */
struct details {
	bool has_contact, has_shipping,
		has_billing; /* the group was sent, even if empty */
	const char *email, *phone;
	struct address shipping, billing;
	bool billing_same; /* with has_billing false: the bill goes where the goods go
			    */
	const char *shipping_option, *payment_method;
};

/* What is stored so far, as details. */
struct details details_of(const struct cart *, const struct customer *);

/* Normalises what was sent and lays it over what is stored. */
void details_merge(struct arena *, struct details *stored, const struct details *sent);

/* Checks everything: appends what is present and wrong to wrong, the names of what is
 * absent and needed to missing (codes "required"). An address or option that the cart
 * does not need is ignored; an absent billing address means the shipping address. The
 * cart must be priced for the details' country and option. */
void details_check(struct arena *, const struct terms *, const struct cart *,
		   const struct details *, struct problems *wrong,
		   struct problems *missing);

/* The way to pay alone: none chosen though something is due, not offered, or the amount
 * is beyond its limits. */
void details_check_method(struct arena *, const struct terms *, struct money due,
			  const char *method, struct problems *all);

/* Puts them into the customer's row; true when anything differs from before. */
bool details_store(const struct ctx *, const struct details *, struct customer *);

#endif
