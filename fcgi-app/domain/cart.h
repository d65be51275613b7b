/* cart.h - what a shopper has put aside, before it becomes an order. Every change
 * raises the cart's version. Lock order: cart, checkout, reservation, stock. */
#ifndef DOMAIN_CART_H
#define DOMAIN_CART_H

#include "base/notice.h"
#include "db/db.h"
#include "domain/terms.h"

struct cart_item {
	struct line_id line;
	int64_t slot; /* its place in the cart, 1 to 50 */
	struct uuid uid;
	const char *sku, *slug, *title, *kind, *tax_class, *picture;
	const char *metadata;        /* JSON text, or NULL */
	const char *metadata_fields; /* what the product lets be said */
	int64_t quantity, per_order, weight_g;
	struct money unit_price; /* what it costs now */
	struct money
		seen_price;    /* what it cost when the shopper last changed the line */
	bool sold;             /* the product is still for sale */
	struct maybe_int free; /* units nobody holds; not there: endless */
	int64_t held;          /* units this cart holds */
	struct order_id held_for; /* the hold belongs to a waiting order */

	/* worked out by cart_price() */
	struct money line_total;    /* unit_price * quantity */
	struct maybe_int available; /* units this shopper could have; not there: any */
};

struct cart {
	struct cart_id id; /* 0: there is none */
	struct uuid uid;
	const char *status, *stage;
	int64_t version;
	const char *currency;
	struct order_id order; /* the last order made from it */
	struct uuid order_uid;
	const char *order_state;
	int64_t order_version; /* of the cart when that order was made */
	struct instant created_at, updated_at, expires_at;
	struct instant now; /* the database's clock when this was read */

	/* its open checkout */
	struct checkout_id checkout; /* 0: not started */
	struct uuid checkout_uid;
	struct contact_id contact;
	const char *ship_country; /* NULL: not told yet */
	bool billing_same;
	const char *shipping_option, *payment_method;
	struct instant hold_expires_at;

	struct cart_item *items;
	size_t n_items;

	/* worked out by cart_price() */
	int64_t n_pieces;
	bool needs_shipping;
	struct pricing pricing; /* every sum, and how it came about */
	struct shipping_quotes
		quotes; /* ways of delivery to the country told, or home */
	const struct shipping_quote *option; /* the chosen one, else the one assumed */
	struct notice *notices;
	size_t n_notices;
};

/* Reading: one statement for the cart with its checkout, one for all of its lines. */
fallible cart_find(struct tx *, struct digest visitor, struct cart *, bool *found);
/* The lines, oldest first. Of a cart without an open checkout and without an order no
 * units are held (who holds some writes the one or the other in the same transaction):
 * its holds are not looked for. */
fallible cart_list_items(struct tx *, struct cart *);
/* The visitor's cart with lines and prices; an empty one (id 0) when there is none. */
fallible cart_read(struct tx *, const struct terms *, struct digest visitor,
		   struct cart *);

/* How many pieces the visitor's cart holds: one statement. */
fallible cart_count_pieces(struct tx *, struct digest visitor, int64_t *n);

/* The same FOR UPDATE: the root of every writing transaction. */
fallible cart_lock(struct tx *, struct digest visitor, struct cart *, bool *found);

/* Works out totals, delivery options, availability and notices, for ship_country and
 * shipping_option as they stand in the cart. Touches no table. */
fallible cart_price(struct arena *, const struct terms *, struct cart *);

/* Makes the visitor's one active cart, or hands back the one that is there. However
 * many do so at once, one row stands (unique key). */
fallible cart_open(struct tx *, const struct terms *, struct digest visitor,
		   struct cart *, bool *created);

/* Adds quantity of sku (summing with what is there). Refused: UNKNOWN_SKU; INVALID on
 * "quantity" above the per-order limit or on the 51st line; SOLD_OUT on "quantity" when
 * not so many are left. *out is the whole re-priced cart; NULL where nobody looks at
 * it, which saves the reading. */
fallible cart_add_item(struct tx *, const struct terms *, struct digest visitor,
		       const char *sku, int64_t quantity, const char *metadata,
		       struct cart *out);
/* Sets a line's quantity; 0 removes it. INVALID on "quantity" above the per-order limit
 * or what is left (F-004; the line stays as it was). NOT_FOUND when the line is not
 * this visitor's. Units held beyond the new quantity are given back at once. *out as
 * above. */
fallible cart_set_quantity(struct tx *, const struct terms *, struct digest visitor,
			   const char *item_uid, int64_t quantity, struct cart *out);
/* Removes a line; removing it again changes nothing and is no error. */
fallible cart_drop_item(struct tx *, const struct terms *, struct digest visitor,
			const char *item_uid, struct cart *out);

/* How far the shopper came: "address", "shipping", "payment"; never back. */
fallible cart_reach(struct tx *, struct cart_id, const char *stage);

/* Jobs. Untouched guest carts past their time are dropped and a CartExpired event
 * stays; carts idle for 30 minutes without an order are marked abandoned with one event
 * that names the stage (F-010, F-020). Carts with a waiting order are left alone. */
fallible cart_expire(struct tx *, int64_t limit, int64_t *dropped);
fallible cart_mark_abandoned(struct tx *, int64_t limit, int64_t *marked);

#endif
