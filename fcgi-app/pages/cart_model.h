/* cart_model.h - a cart as it is shown: what JSON says of it, and what the page adds.
 */
#ifndef PAGES_CART_MODEL_H
#define PAGES_CART_MODEL_H

#include "domain/cart.h"
#include "web/endpoint.h"

struct cart_item_model {
	struct uuid id;
	const char *sku, *title;
	int64_t quantity;
	struct money unit_price, line_total;
	struct maybe_int available; /* not there: it never runs out */
	const struct json *metadata;

	/* the page alone */
	const char *shown_quantity; /* as typed, if that was refused */
	const char *picture, *problem;
	int64_t max_quantity;
	struct url url, update_url;
};

/* A price that is not what it was when the shopper put the goods in. */
struct cart_change_model {
	const char *title;
	struct money old_price, new_price;
};

/* What takes off a cart's price or pays a part of it. */
struct cart_share_model {
	const char *title;
	struct money amount;
};

struct cart_model {
	struct uuid id;
	int64_t version;
	const char *status, *user_id, *currency;
	struct cart_item_model *items;
	size_t n_items;
	struct money subtotal, discount_amount, shipping, tax, total, due;
	const char *discount_code;
	struct cart_share_model *discounts, *tenders;
	size_t n_discounts, n_tenders;
	const struct notice *notices;
	size_t n_notices;
	struct instant expires_at, created_at, updated_at;

	/* the page alone */
	bool empty, needs_shipping, shipping_known, tax_included, can_checkout;
	const char *delivery_dates;
	struct cart_change_model *changed;
	size_t n_changed;
};

/* The model of a priced cart, in the request's arena. Aims the request's problems at
 * the lines of the page that they are about. */
fallible cart_model_new(struct request *, const struct cart *, struct cart_model **);

#endif
