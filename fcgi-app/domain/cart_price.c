/* cart_price.c - what a cart costs, what it can have, and what changed meanwhile. Pure.
 */
#include <string.h>

#include "base/text.h"
#include "domain/cart.h"
#include "domain/catalog.h"

enum { NOTICES_PER_ITEM = 2 };

static void
notice(struct cart *cart, const char *code, const char *field, const char *message)
{
	cart->notices[cart->n_notices++] = (struct notice){code, field, message};
}

static void
notice_price(struct arena *mem, struct cart *cart, const struct cart_item *item,
	     const char *field)
{
	if (money_same(item->unit_price, item->seen_price))
		return;
	notice(cart, "price_changed", field,
	       arena_printf(mem, "The price of %s is now %s; it was %s.", item->title,
			    money_format(mem, item->unit_price),
			    money_format(mem, item->seen_price)));
}

static void
notice_stock(struct arena *mem, struct cart *cart, const struct cart_item *item,
	     const char *field)
{
	if (!item->sold)
		notice(cart, "unknown_sku", field,
		       arena_printf(mem, "%s is not sold any more. Please remove it.",
				    item->title));
	else if (item->available.there && item->available.n == 0)
		notice(cart, "sold_out", field,
		       arena_printf(mem, "%s is sold out. Please remove it.",
				    item->title));
	else if (item->available.there && item->available.n < item->quantity)
		notice(cart, "sold_out", field,
		       arena_printf(mem, "Only %" PRId64 " of %s are left.",
				    item->available.n, item->title));
}

/* A price that went beyond all bounds, by a slip of the shop or a limit per order that
 * fell with it, must not close the whole cart: such a line counts at the price it was
 * put in with, and can only be taken out. */
static void
bound(struct cart_item *item)
{
	if (!catalog_is_beyond(item->unit_price, item->quantity))
		return;
	item->sold = false;
	item->unit_price = catalog_is_beyond(item->seen_price, item->quantity)
				   ? money_zero(item->seen_price.currency)
				   : item->seen_price;
}

static void
look_at_items(struct arena *mem, struct cart *cart)
{
	cart->n_pieces = 0;
	cart->n_notices = 0;
	cart->needs_shipping = false;
	cart->notices =
		arena_new_of(mem, struct notice, cart->n_items * NOTICES_PER_ITEM + 1);
	for (struct cart_item *i = cart->items; i < cart->items + cart->n_items; i++) {
		const char *field = arena_printf(mem, "items.%s", i->uid.text);
		int64_t most = i->free.n + i->held;

		bound(i);
		i->line_total = money_times(i->unit_price, i->quantity);
		i->available.there = i->free.there || !i->sold;
		i->available.n = !i->sold || most < 0 ? 0 : most;
		cart->n_pieces += i->quantity;
		if (strcmp(i->kind, "ship") == 0)
			cart->needs_shipping = true;
		notice_price(mem, cart, i, field);
		notice_stock(mem, cart, i, field);
	}
}

/* Before the shopper has chosen: the cheapest that brings the goods, so that no later
 * total is higher than the first one shown by surprise. */
static const struct shipping_quote *
choose(const struct shipping_quotes *quotes, const char *chosen)
{
	const struct shipping_quote *quote =
		chosen == NULL ? NULL : shipping_find_quote(quotes, chosen);

	for (size_t i = 0; quote == NULL && i < quotes->n; i++)
		if (!quotes->list[i].pickup)
			quote = &quotes->list[i];
	return quote == NULL && quotes->n > 0 ? &quotes->list[0] : quote;
}

static struct money
goods(const struct cart *cart)
{
	struct money sum = money_zero(cart->currency);

	for (size_t i = 0; i < cart->n_items; i++)
		sum = money_add(sum, cart->items[i].line_total);
	return sum;
}

fallible
cart_price(struct arena *mem, const struct terms *terms, struct cart *cart)
{
	struct pricing_line *lines =
		arena_new_of(mem, struct pricing_line, cart->n_items + 1);
	struct shipping_calendar calendar = terms_calendar(terms);
	struct pricing_request request = {
		.currency = cart->currency,
		.country = cart->ship_country ? cart->ship_country : terms->home,
		.rates = &terms->tax,
		.lines = lines,
		.n_lines = cart->n_items,
		.discount = money_zero(cart->currency),
		.shipping = money_zero(cart->currency),
	};

	look_at_items(mem, cart);
	for (size_t i = 0; i < cart->n_items; i++)
		lines[i] =
			(struct pricing_line){.title = cart->items[i].title,
					      .unit_price = cart->items[i].unit_price,
					      .quantity = cart->items[i].quantity,
					      .tax_class = cart->items[i].tax_class};
	shipping_quote(terms->options, terms->n_options, request.country, goods(cart),
		       cart->needs_shipping, &calendar, &cart->quotes);
	cart->option = choose(&cart->quotes, cart->shipping_option);
	if (cart->option != NULL) {
		request.shipping_title = cart->option->title;
		request.shipping = cart->option->price;
	}
	return pricing_total(mem, &request, &cart->pricing);
}
