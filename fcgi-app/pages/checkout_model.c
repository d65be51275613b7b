/* checkout_model.c - from a checkout to what is shown of it in both faces. */
#include "pages/checkout_model.h"

#include <string.h>

#include "base/text.h"

/* Units of a line that this shopper has for sure. What never runs out needs no hold. */
static int64_t
held_of(const struct cart_item *item)
{
	return item->sold && !item->free.there ? item->quantity : item->held;
}

static void
fill_line(struct arena *mem, const struct cart_item *item,
	  struct checkout_line_model *out)
{
	*out = (struct checkout_line_model){
		.item_id = item->uid,
		.sku = item->sku,
		.requested = item->quantity,
		.held = held_of(item),
		.available = item->available,
		.title = item->title,
		.picture = text_is_empty(item->picture) ? "basket" : item->picture,
		.quantity = item->quantity,
		.unit_price = item->unit_price,
		.line_total = item->line_total,
		.lacks = item->available.there && item->available.n < item->quantity,
		.can_have = item->available.there ? item->available.n : item->quantity,
		.reduce_url = {arena_printf(mem, "/cart/items/%s", item->uid.text)},
	};
}

static void
fill_options(struct arena *mem, const struct cart *cart, struct checkout_model *out)
{
	const struct shipping_quotes *quotes = &cart->quotes;

	out->n_options = quotes->n;
	out->shipping_options =
		arena_new_of(mem, struct checkout_option_model, quotes->n + 1);
	for (size_t i = 0; i < quotes->n; i++) {
		const struct shipping_quote *quote = &quotes->list[i];

		out->shipping_options[i] = (struct checkout_option_model){
			.id = quote->id,
			.title = quote->title,
			.price = quote->price,
			.earliest = date_iso(mem, quote->earliest),
			.latest = date_iso(mem, quote->latest),
			.dates = shipping_dates_text(mem, quote),
			.chosen = quote == cart->option,
		};
	}
}

/* Until the shopper has chosen, the first way to pay is. */
static void
fill_methods(struct arena *mem, const struct terms *terms, const char *chosen,
	     struct checkout_model *out)
{
	bool offered = chosen != NULL && terms_find_method(terms, chosen) != NULL;

	out->n_methods = terms->n_methods;
	out->payment_methods =
		arena_new_of(mem, struct checkout_method_model, terms->n_methods + 1);
	for (size_t i = 0; i < terms->n_methods; i++) {
		const struct method *method = &terms->methods[i];

		out->payment_methods[i] = (struct checkout_method_model){
			.id = method->id,
			.title = method->title,
			.gateway = method->gateway,
			.note = method->note,
			.chosen = offered ? text_equal(method->id, chosen) : i == 0,
		};
	}
}

static void
fill_missing(struct arena *mem, const struct problems *missing,
	     struct checkout_model *out)
{
	out->n_missing = missing->n;
	out->missing = arena_new_of(mem, const char *, missing->n + 1);
	for (size_t i = 0; i < missing->n; i++)
		out->missing[i] = missing->list[i].field;
}

struct checkout_model *
checkout_model_new(struct arena *mem, const struct terms *terms,
		   const struct checkout *checkout)
{
	struct checkout_model *out = arena_new_of(mem, struct checkout_model, 1);
	const struct cart *cart = &checkout->cart;
	const struct pricing *sums = &cart->pricing;

	out->id = cart->checkout_uid;
	out->cart_id = cart->uid;
	out->cart_version = cart->version;
	out->hold_expires_at = cart->hold_expires_at;
	out->started = instant_since(cart->hold_expires_at, cart->now) > 0;
	out->status = out->started ? "open" : "expired";
	out->needs_shipping = cart->needs_shipping;
	out->n_lines = cart->n_items;
	out->lines = arena_new_of(mem, struct checkout_line_model, cart->n_items + 1);
	for (size_t i = 0; i < cart->n_items; i++)
		fill_line(mem, &cart->items[i], &out->lines[i]);
	fill_options(mem, cart, out);
	fill_methods(mem, terms, checkout->details.payment_method, out);
	fill_missing(mem, &checkout->missing, out);
	out->quote = (struct checkout_quote_model){
		.subtotal = sums->subtotal,
		.discount_amount = sums->discount,
		.shipping = sums->shipping,
		.tax = sums->tax,
		.total = sums->total,
		.due = sums->due,
	};
	return out;
}
