/* order_state.h - the pure part of an order's life: which state follows from what. */
#ifndef DOMAIN_ORDER_STATE_H
#define DOMAIN_ORDER_STATE_H

#include <stdbool.h>
#include <stddef.h>

#include "domain/machine.h"

/* What orders.state is worked out from (design.md section 6). Words of the two axes. */
struct order_facts {
	const char *payment;    /* pending authorized paid failed expired unknown ... */
	const char *fulfilment; /* unfulfilled preparing shipped delivered returned */
	bool cancelled;
	bool review; /* mismatch, or unknown past its expiry */
	bool nothing_due;
};

/* The one word of orders.state. */
const char *order_state_of(struct order_facts);

/* The state that an event leads to, or NULL when no edge of order_edge.def says so. */
const char *order_state_after(const char *from, const char *event);

/* Words that shoppers and JSON see: review is shown as pending. */
const char *order_public_state(const char *state);
/* Units are still held, and a payment may still arrive in its time. */
bool order_is_waiting(const char *state);
/* Money stands for it: confirmed, shipped or delivered. */
bool order_is_paid(const char *state);
bool order_is_dead(const char *state); /* failed, expired, cancelled */

#endif
