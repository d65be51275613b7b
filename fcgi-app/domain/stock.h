/* stock.h - units on hand and held. Three walls keep it from being oversold: guarded
 * relative UPDATEs here, CHECKs in the table, and `till verify`. Lock order:
 * reservation by id, then stock by sku and location, last in every transaction. */
#ifndef DOMAIN_STOCK_H
#define DOMAIN_STOCK_H

#include "db/db.h"

struct stock {
	const char *sku, *loc;
	int64_t on_hand, reserved, available;
	struct instant updated_at;
};

/* One wanted line of a hold; what it gets is the answer. */
struct hold {
	const char *sku;
	int64_t wanted; /* units the cart asks for */
	int64_t had;    /* units it holds already */
	int64_t free;   /* units that nobody holds, as read before */
	bool endless;   /* digital without a stock row: nothing to hold */
	int64_t held;   /* out: units held afterwards */
};

/* Up to 50 skus; a sku without a row is not among them. One statement. */
fallible stock_list(struct tx *, const char *const *skus, size_t n_skus,
		    struct stock **list, size_t *n);
fallible stock_find(struct tx *, const char *sku, struct stock *, bool *found);

/* Holds for a cart what can be held of each line, up to wanted, until `until`; extends
 * what it held before and gives back what is too much. Lines must be in sku order. At
 * most three statements, whatever the number of lines. A read that was outdated runs
 * the transaction again (tx_again). */
fallible stock_hold(struct tx *, struct cart_id, struct hold *, size_t n,
		    struct instant until);
/* Moves the clock of all holds of a cart. */
fallible stock_extend(struct tx *, struct cart_id, struct instant until);
/* Gives back every hold of a cart that no order owns. reason: "idle", "cart", ... */
fallible stock_release_cart(struct tx *, struct cart_id, const char *reason);
/* How many other checkouts hold stock for the same client address (hold cap). */
fallible stock_count_holders(struct tx *, struct digest address, struct cart_id besides,
			     int64_t *n);
/* Gives back what an order holds; changed tells how many lines. */
fallible stock_release_order(struct tx *, struct order_id, const char *state,
			     const char *reason, int64_t *changed);
/* Holds become sales: reserved and on_hand fall, a sale move is written for each line.
 * Lines that need stock but hold none: the transaction is run again (tx_again), and a
 * rerun looks first (stock_holds_all). Two statements. */
fallible stock_commit(struct tx *, struct order_id);
/* Whether an order holds what each of its lines needs. A digital line may need nothing,
 * and does not count. */
fallible stock_holds_all(struct tx *, struct order_id, bool *all);
/* Sold units come back after a cancellation, each line once (unique key). */
fallible stock_return(struct tx *, struct order_id, const char *actor);

/* Sets on_hand (a move for the difference). Below what is held: REFUSED. Makes the row
 * when there is none. */
fallible stock_set(struct tx *, const char *sku, int64_t on_hand, const char *actor,
		   struct stock *out);
fallible stock_add(struct tx *, const char *sku, int64_t qty, const char *actor,
		   struct stock *out);

/* Holds past their time that belong to no order: frees up to limit carts' worth, and
 * returns how many lines were freed. Two sweepers free each hold once. */
fallible stock_expire(struct tx *, int64_t limit, int64_t *freed);

#endif
