/* cart_store.h - what the cart's rules ask of its tables. */
#ifndef DOMAIN_CART_STORE_H
#define DOMAIN_CART_STORE_H

#include "domain/cart.h"

/* taken: the visitor has one already, and *id says nothing. */
fallible cart_insert(struct tx *, struct digest visitor, struct uuid uid,
		     int64_t version, const char *currency, int64_t keep_hours,
		     struct cart_id *id, bool *taken);
/* version + 1, and the clocks of keeping start anew. */
fallible cart_touch(struct tx *, struct cart_id, int64_t keep_hours);
/* The same for the visitor's cart, as the root of a transaction: its row is locked. The
 * id is 0 when there is none. */
fallible cart_touch_active(struct tx *, struct digest visitor, int64_t keep_hours,
			   struct cart_id *id);

/* A product that is to be put into a cart, and what is in there already. */
struct cart_wanted {
	const char *sku, *title, *metadata_fields;
	struct money price;
	int64_t per_order;
	struct maybe_int available; /* units nobody holds; not there: endless */
	int64_t held;               /* units the cart holds */
	struct line_id line;        /* its line; 0: none yet */
	int64_t quantity;           /* of that line, 0 without one */
	const char *metadata;
	int64_t slots; /* of the cart: bit n for slot n that is taken */
};
/* UNKNOWN_SKU when there is no such product for sale. */
fallible cart_get_wanted(struct tx *, struct cart_id, const char *sku,
			 struct cart_wanted *);
/* slot: the lowest free one of 1..50. */
fallible cart_insert_line(struct tx *, struct cart_id, int64_t slot,
			  const struct cart_item *);
fallible cart_update_line(struct tx *, struct line_id, const struct cart_item *);
fallible cart_delete_line(struct tx *, struct line_id);

#endif
