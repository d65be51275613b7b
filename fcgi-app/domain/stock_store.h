/* stock_store.h - what stock.c asks of its tables. */
#ifndef DOMAIN_STOCK_STORE_H
#define DOMAIN_STOCK_STORE_H

#include "domain/stock.h"

/* A hold to be written: qty is what the cart holds afterwards. */
struct hold_row {
	struct cart_id cart;
	const char *sku;
	int64_t qty;
	struct instant expires_at;
};

/* A change of stock.reserved, done only while delta units are free. */
struct reserve_row {
	int64_t delta;
	const char *sku;
	int64_t needs;
};

fallible stock_save_holds(struct tx *, const struct hold_row *, size_t n);
fallible stock_drop_holds(struct tx *, struct cart_id, struct db_list skus,
			  const char *reason);
fallible stock_reserve(struct tx *, const struct reserve_row *, size_t n,
		       int64_t *changed);
fallible stock_lock(struct tx *, const char *sku, struct stock *, bool *found);
fallible stock_insert(struct tx *, const char *sku, int64_t on_hand);
fallible stock_move(struct tx *, const char *sku, int64_t delta, int64_t *changed);
fallible stock_note(struct tx *, const char *sku, const char *kind, int64_t qty,
		    const char *actor);

#endif
