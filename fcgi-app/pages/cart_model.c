/* cart_model.c - from a cart to what is shown of it. */
#include "pages/cart_model.h"

#include <string.h>

#include "base/json.h"
#include "base/text.h"

/* The name of the page's field for a line: its anchor is the field's id. */
static const char *
line_field(struct arena *mem, const char *uid)
{
	return arena_printf(mem, "quantity.%s", uid);
}

/* What was refused speaks of "quantity" or of "items.<id>"; the page has a field for
 * each line. What belongs to none of them gets no link. */
static void
aim_problems(struct request *rq)
{
	const char *changed = request_part(rq, "item_id");
	struct arena *mem = rq->cx->mem;
	struct problems *aimed;

	if (rq->problems == NULL)
		return;
	aimed = arena_new_of(mem, struct problems, 1);
	for (size_t i = 0; i < rq->problems->n; i++) {
		const struct problem *p = &rq->problems->list[i];
		const char *field = "";

		if (text_starts(p->field, "items."))
			field = line_field(mem, p->field + strlen("items."));
		else if (strcmp(p->field, "quantity") == 0 && changed != NULL)
			field = line_field(mem, changed);
		aimed->list[aimed->n++] = (struct problem){field, p->code, p->text};
	}
	rq->problems = aimed;
}

static const char *
find_problem(const struct request *rq, const char *field)
{
	for (size_t i = 0; rq->problems != NULL && i < rq->problems->n; i++)
		if (strcmp(rq->problems->list[i].field, field) == 0)
			return rq->problems->list[i].text;
	return NULL;
}

/* What stands between this line and the checkout, if anything. */
static const char *
lack_of(struct arena *mem, const struct cart_item *item)
{
	if (!item->sold)
		return "This is not sold any more. Please remove it.";
	if (item->available.there && item->available.n == 0)
		return "This is sold out. Please remove it.";
	if (item->available.there && item->available.n < item->quantity)
		return arena_printf(mem, "Only %" PRId64 " of this are left.",
				    item->available.n);
	if (item->quantity > item->per_order)
		return arena_printf(
			mem, "You can have at most %" PRId64 " of this in one order.",
			item->per_order);
	return NULL;
}

static int64_t
most_of(const struct cart_item *item)
{
	int64_t most = item->per_order;

	if (item->available.there && item->available.n < most)
		most = item->available.n;
	return most > item->quantity ? most : item->quantity;
}

static void
fill_page(const struct request *rq, const struct cart_item *item,
	  struct cart_item_model *out)
{
	struct arena *mem = rq->cx->mem;
	const char *uid = item->uid.text, *changed = request_part(rq, "item_id");
	const char *typed = request_typed(rq, "quantity");

	out->picture = text_is_empty(item->picture) ? "basket" : item->picture;
	out->max_quantity = most_of(item);
	out->url.text = text_is_empty(item->slug)
				? "/"
				: arena_printf(mem, "/products/%s", item->slug);
	out->update_url.text = arena_printf(mem, "/cart/items/%s", uid);
	out->problem = find_problem(rq, line_field(mem, uid));
	if (out->problem == NULL)
		out->problem = lack_of(mem, item);
	out->shown_quantity = arena_printf(mem, "%" PRId64, item->quantity);
	if (rq->problems != NULL && typed != NULL && changed != NULL &&
	    strcmp(changed, uid) == 0)
		out->shown_quantity = typed;
}

static fallible
fill_item(const struct request *rq, const struct cart_item *item,
	  struct cart_item_model *out)
{
	out->id = item->uid;
	out->sku = item->sku;
	out->title = item->title;
	out->quantity = item->quantity;
	out->unit_price = item->unit_price;
	out->line_total = item->line_total;
	out->available = item->available;
	if (item->metadata != NULL)
		TRY(json_parse(rq->cx->mem, item->metadata, strlen(item->metadata),
			       &out->metadata));
	if (rq->face == FACE_PAGE)
		fill_page(rq, item, out);
	return NULL;
}

static void
fill_sums(struct arena *mem, const struct cart *cart, struct cart_model *out)
{
	const struct pricing *pricing = &cart->pricing;

	out->subtotal = pricing->subtotal;
	out->discount_amount = pricing->discount;
	out->shipping = pricing->shipping;
	out->tax = pricing->tax;
	out->total = pricing->total;
	out->due = pricing->due;
	out->tax_included = pricing->tax_included;
	out->needs_shipping = cart->needs_shipping;
	out->shipping_known = cart->option != NULL;
	if (cart->option != NULL)
		out->delivery_dates = shipping_dates_text(mem, cart->option);
}

static void
fill_changes(struct arena *mem, const struct cart *cart, struct cart_model *out)
{
	out->changed = arena_new_of(mem, struct cart_change_model, cart->n_items + 1);
	for (size_t i = 0; i < cart->n_items; i++) {
		const struct cart_item *item = &cart->items[i];

		if (!money_same(item->unit_price, item->seen_price))
			out->changed[out->n_changed++] = (struct cart_change_model){
				item->title, item->seen_price, item->unit_price};
	}
}

fallible
cart_model_new(struct request *rq, const struct cart *cart, struct cart_model **model)
{
	struct arena *mem = rq->cx->mem;
	struct cart_model *out = arena_new_of(mem, struct cart_model, 1);

	*model = out;
	aim_problems(rq);
	rq->frame.cart_pieces = cart->n_pieces;
	out->id = cart->uid;
	out->version = cart->version;
	out->status = cart->status;
	out->currency = cart->currency;
	out->notices = cart->notices;
	out->n_notices = cart->n_notices;
	out->expires_at = cart->expires_at;
	out->created_at = cart->created_at;
	out->updated_at = cart->updated_at;
	out->n_items = cart->n_items;
	out->items = arena_new_of(mem, struct cart_item_model, cart->n_items + 1);
	out->empty = cart->n_items == 0;
	out->can_checkout = !out->empty;
	for (size_t i = 0; i < cart->n_items; i++) {
		TRY(fill_item(rq, &cart->items[i], &out->items[i]));
		if (lack_of(mem, &cart->items[i]) != NULL)
			out->can_checkout = false;
	}
	fill_sums(mem, cart, out);
	fill_changes(mem, cart, out);
	return NULL;
}
