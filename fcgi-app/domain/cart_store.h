/* cart_store.h - what the cart's rules ask of its tables. */
#ifndef DOMAIN_CART_STORE_H
#define DOMAIN_CART_STORE_H

#include "domain/cart.h"

/* taken: the visitor has one already, and *id says nothing. */
fallible cart_insert(struct tx *, struct digest visitor, struct uuid uid,
		     const char *currency, int64_t keep_hours, struct cart_id *id,
		     bool *taken);
/* version + 1, and the clocks of keeping start anew. */
fallible cart_touch(struct tx *, struct cart_id, int64_t keep_hours);
/* slot: the lowest free one of 1..50. */
fallible cart_insert_line(struct tx *, struct cart_id, int64_t slot,
			  const struct cart_item *);
fallible cart_update_line(struct tx *, struct line_id, const struct cart_item *);
fallible cart_delete_line(struct tx *, struct line_id);

#endif
