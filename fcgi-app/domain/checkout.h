/* checkout.h - the steps of one checkout and what each still lacks. Lock order: cart,
 * checkout, reservation, stock. */
#ifndef DOMAIN_CHECKOUT_H
#define DOMAIN_CHECKOUT_H

#include "domain/cart.h"
#include "domain/customer.h"
#include "domain/details.h"

struct checkout {
	struct cart cart; /* priced for what is told so far */
	struct customer customer;
	struct details details;
	struct problems missing; /* dotted names of what is still needed */
};

/* From where a checkout is started, for the hold cap; exempt networks have none. */
struct origin {
	struct digest address;
	bool exempt;
};

/* Holds what can be held of every line (all or the subset that is there) and opens the
 * checkout; doing it again extends the hold and never doubles it. CART_EMPTY,
 * CART_CHANGED when version is not 0 and not the cart's, SOLD_OUT when nothing at all
 * could be held, LIMITED over the hold cap. Seven statements. */
fallible checkout_start(struct tx *, const struct terms *, struct digest visitor,
			int64_t version, struct origin, struct checkout *);

/* What was told so far and what is still needed, for a checkout just started. One
 * statement, none for who has told nothing yet. */
fallible checkout_tell(struct tx *, const struct terms *, struct checkout *);

/* The visitor's checkout: two statements. NOT_STARTED when there is none. */
fallible checkout_read(struct tx *, const struct terms *, struct digest visitor,
		       struct checkout *);

/* The same for who has not started: checkout_uid is empty then, and the cart's id is 0
 * when there is none. At most two statements. */
fallible checkout_look(struct tx *, const struct terms *, struct digest visitor,
		       struct checkout *);

/* Lays sent details over a checkout in memory, prices it anew and checks it: problems
 * of what is present are INVALID; what is absent, or was stored before and fits no
 * more, stands in missing. Stores nothing. */
fallible checkout_apply(struct arena *, const struct terms *, struct checkout *,
			const struct details *sent);

/* Stores details (present and right ones; INVALID names every wrong one) and starts the
 * idle clock anew when under 25 of its 30 minutes remain. */
fallible checkout_save(struct tx *, const struct terms *, struct digest visitor,
		       const struct details *sent, struct checkout *);

/* SOLD_OUT, with a problem for each line that is short; nothing otherwise. */
fallible checkout_check_stock(struct arena *, const struct cart *);

/* store */
/* The visitor's cart and who buys, without its lines and prices; who has told nothing,
 * or was forgotten, has id 0. One statement. */
fallible checkout_find(struct tx *, struct digest visitor, struct checkout *,
		       bool *found);
/* The same FOR UPDATE: the root of a checkout's writing transactions. */
fallible checkout_lock(struct tx *, struct digest visitor, struct checkout *,
		       bool *found);
fallible checkout_upsert(struct tx *, const struct cart *, struct digest address);
fallible checkout_update(struct tx *, struct checkout_id, struct contact_id,
			 const struct details *);

#endif
