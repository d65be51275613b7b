/* stock.c - the rules of holding stock and of setting it. */
#include "domain/stock.h"

#include "domain/stock_store.h"

/* What a line may hold: no more than wanted, and than it has plus what is free. */
static int64_t
reachable(const struct hold *hold)
{
	int64_t most = hold->had + (hold->free > 0 ? hold->free : 0);

	return hold->wanted < most ? hold->wanted : most;
}

fallible
stock_hold(struct tx *tx, struct cart_id cart, struct hold *holds, size_t n,
	   struct instant until)
{
	struct hold_row *rows = arena_new_of(tx->mem, struct hold_row, n + 1);
	struct reserve_row *changes = arena_new_of(tx->mem, struct reserve_row, n + 1);
	const char **dropped = arena_new_of(tx->mem, const char *, n + 1);
	size_t n_rows = 0, n_changes = 0, n_dropped = 0;
	int64_t changed = 0;

	for (struct hold *h = holds; h < holds + n; h++) {
		h->held = h->endless ? h->wanted : reachable(h);
		if (h->endless)
			continue;
		if (h->held > 0)
			rows[n_rows++] =
				(struct hold_row){cart, h->sku, h->held, until};
		else if (h->had > 0)
			dropped[n_dropped++] = h->sku;
		if (h->held != h->had)
			changes[n_changes++] = (struct reserve_row){
				h->held - h->had, h->sku, h->held - h->had};
	}
	if (n_dropped > 0)
		TRY(stock_drop_holds(tx, cart, (struct db_list){dropped, n_dropped},
				     "cart"));
	if (n_rows > 0)
		TRY(stock_save_holds(tx, rows, n_rows));
	if (n_changes > 0)
		TRY(stock_reserve(tx, changes, n_changes, &changed));
	return changed == (int64_t)n_changes ? NULL : tx_again(tx, "stock was taken");
}

static fallible
read_back(struct tx *tx, const char *sku, struct stock *out)
{
	bool found;

	return stock_lock(tx, sku, out, &found);
}

static fallible
change(struct tx *tx, const char *sku, int64_t delta, const char *kind,
       const char *actor, struct stock *out)
{
	int64_t changed;

	TRY(stock_note(tx, sku, kind, delta, actor));
	TRY(stock_move(tx, sku, delta, &changed));
	if (changed != 1)
		return FAIL(REFUSED, "sku=%s: units are held for shoppers", sku);
	return read_back(tx, sku, out);
}

fallible
stock_set(struct tx *tx, const char *sku, int64_t on_hand, const char *actor,
	  struct stock *out)
{
	struct stock stock = {0};
	bool found;

	TRY(stock_lock(tx, sku, &stock, &found));
	if (!found) {
		TRY(stock_insert(tx, sku, on_hand));
		if (on_hand != 0)
			TRY(stock_note(tx, sku, "receive", on_hand, actor));
		return read_back(tx, sku, out);
	}
	*out = stock;
	if (stock.on_hand == on_hand)
		return NULL;
	if (on_hand < stock.reserved)
		return FAIL(REFUSED, "sku=%s: %" PRId64 " units are held for shoppers",
			    sku, stock.reserved);
	return change(tx, sku, on_hand - stock.on_hand, "adjust", actor, out);
}

fallible
stock_add(struct tx *tx, const char *sku, int64_t qty, const char *actor,
	  struct stock *out)
{
	struct stock stock = {0};
	bool found;

	TRY(stock_lock(tx, sku, &stock, &found));
	if (!found)
		return stock_set(tx, sku, qty, actor, out);
	return change(tx, sku, qty, qty > 0 ? "receive" : "adjust", actor, out);
}
