/* placing.h - T1: one transaction turns a checkout into a pending order with its frozen
 * lines, its holds and its first attempt. Nothing outside happens before it is
 * committed. Ten statements, twelve for a new customer, whatever the number of lines.
 * Lock order: idem, cart, checkout, orders, payment_attempt, reservation, stock. */
#ifndef DOMAIN_PLACING_H
#define DOMAIN_PLACING_H

#include "db/idem.h"
#include "domain/checkout.h"
#include "domain/order.h"
#include "domain/payment.h"

#define PLACING_SCOPE "payment"

/* What the shopper agreed to. */
struct placing {
	struct digest visitor;
	const char *key;
	struct digest key_hash;
	int64_t cart_version; /* 0: not said */
	bool has_total;
	struct money accept_total; /* the total that the shopper saw */
	struct details details;    /* what this request says; the rest is stored */
};

struct placed {
	struct idem idem; /* REPLAY: nothing else is filled, the answer is stored */
	bool again;       /* the order was there already, made under another key */
	bool blocked;     /* CART_CHANGED because order.id waits for an older version */
	bool resumed; /* made by an earlier request with this key that did not finish */
	struct order order;
	struct attempt attempt; /* id 0 when nothing is due */
	const char *email;
};

/* CART_EMPTY, CART_CHANGED, ORDER_PAID, INVALID (every problem), TOTAL_CHANGED,
 * SOLD_OUT (every short line), KEY_IN_USE, KEY_REUSED. An order that waits for the same
 * cart at the same version is handed back (again); at another version: CART_CHANGED,
 * for the caller closes and cancels it first. */
fallible placing_place(struct tx *, const struct terms *, const struct placing *,
		       struct placed *);

/* The next attempt of an order that is pending: its time and its holds' are moved.
 * ORDER_PAID; ORDER_STATE when it has ended or its last attempt is live; TOTAL_CHANGED
 * when accept_total is not what is due; INVALID with field payment_method. */
fallible placing_next_attempt(struct tx *, const struct terms *, struct order_id,
			      const char *method, const struct money *accept_total,
			      struct order *, struct attempt *);

/* The gateway's session ends this much before its order does, in microseconds. */
#define PLACING_SESSION_MARGIN MINUTES(4)

#endif
