/* order_write.h - the single steps of writing an order, for T1, T3 and the rules of
 * orders. */
#ifndef DOMAIN_ORDER_WRITE_H
#define DOMAIN_ORDER_WRITE_H

#include "domain/order.h"

/* Draws the order's number, again should it be another's. */
fallible order_insert(struct tx *, struct order *);
fallible order_insert_items(struct tx *, struct order_item *, size_t n);
fallible order_insert_event(struct tx *, struct order_id, const char *event,
			    const char *from, const char *to, const char *reason,
			    const char *actor);
/* The first event of a new order, dated as the order is; it is the timeline so far. */
fallible order_insert_placed(struct tx *, struct order *);
fallible order_set_state(struct tx *, const struct order *);
/* The cart keeps the order, its checkout the details, its holds the order and its time;
 * so many holds were there. */
fallible order_claim_cart(struct tx *, const struct order *, int64_t *claimed);
/* A new time for the order and its holds, and the way to pay that was chosen now. */
fallible order_extend(struct tx *, const struct order *);
fallible order_set_tracking(struct tx *, struct order_id, const char *carrier,
			    const char *tracking, const char *url);
fallible order_amend_address(struct tx *, const struct order *, struct contact_id,
			     const char *actor);

#endif
