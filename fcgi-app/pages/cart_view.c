/* cart_view.c - what may be seen of a cart: in HTML and in JSON. */
#include "pages/cart_view.h"

#include "pages/cart_model.h"

static const struct view_field item_fields[] = {
	SHOW(struct cart_item_model, id, sku, title),
	SHOW_DATA(struct cart_item_model, quantity),
	SHOW(struct cart_item_model, unit_price, line_total),
	SHOW_NULL(struct cart_item_model, available),
	SHOW_NULL(struct cart_item_model, metadata),
	SHOW_PAGE_AS(struct cart_item_model, "quantity", shown_quantity),
	SHOW_PAGE(struct cart_item_model, url, picture, max_quantity, update_url,
		  problem),
	SHOW_END,
};

static const struct view_field change_fields[] = {
	SHOW_PAGE(struct cart_change_model, title, old_price, new_price),
	SHOW_END,
};

static const struct view_field share_fields[] = {
	SHOW(struct cart_share_model, title, amount),
	SHOW_END,
};

static const struct view_field notice_fields[] = {
	SHOW(struct notice, code, field, message),
	SHOW_END,
};

static const struct view_field cart_fields[] = {
	SHOW(struct cart_model, id, version, status),
	SHOW_NULL(struct cart_model, user_id),
	SHOW(struct cart_model, currency),
	SHOW_LIST(struct cart_model, items, n_items, item_fields),
	SHOW(struct cart_model, subtotal),
	SHOW_NULL(struct cart_model, discount_code),
	SHOW(struct cart_model, discount_amount),
	SHOW_LIST(struct cart_model, discounts, n_discounts, share_fields),
	SHOW(struct cart_model, shipping, tax, total),
	SHOW_LIST(struct cart_model, tenders, n_tenders, share_fields),
	SHOW(struct cart_model, due),
	SHOW_LIST_DATA(struct cart_model, notices, n_notices, notice_fields),
	SHOW(struct cart_model, expires_at, created_at, updated_at),
	SHOW_PAGE(struct cart_model, empty, needs_shipping, shipping_known,
		  tax_included, can_checkout, delivery_dates),
	SHOW_LIST_PAGE(struct cart_model, changed, n_changed, change_fields),
	SHOW_END,
};

const struct view cart_view = {"Cart", "cart.html", cart_fields};

fallible
cart_view_show(struct request *rq, struct reply *re, const struct cart *cart)
{
	struct cart_model *model;

	TRY(cart_model_new(rq, cart, &model));
	return reply_show(rq, re, &cart_view, model);
}

struct cart *
cart_view_wanted(struct request *rq)
{
	return rq->face == FACE_PAGE ? NULL : arena_new_of(rq->cx->mem, struct cart, 1);
}

fallible
cart_view_changed(struct request *rq, struct reply *re, const char *see,
		  const struct cart *cart)
{
	return cart == NULL ? reply_see(re, see) : cart_view_show(rq, re, cart);
}
