/* order_address.c - another delivery address before an order is shipped (F-169). */
#include "base/text.h"
#include "domain/audit.h"
#include "domain/order.h"
#include "domain/order_write.h"

/* The frozen price must still be enough: what delivery and tax would cost at the new
 * address, for the same goods and the same way of delivery. */
static fallible
check_price(struct tx *tx, const struct terms *terms, const struct order *order,
	    const struct address *to)
{
	struct shipping_calendar calendar = terms_calendar(terms);
	struct shipping_quotes quotes;
	const struct shipping_quote *quote;
	struct pricing_request request = {
		.currency = order->currency,
		.country = to->country,
		.rates = &terms->tax,
		.n_lines = order->n_items,
		.discount = order->discount,
		.shipping_title = order->shipping_title,
	};
	struct pricing *pricing = arena_new_of(tx->mem, struct pricing, 1);
	struct pricing_line *lines =
		arena_new_of(tx->mem, struct pricing_line, order->n_items + 1);

	for (size_t i = 0; i < order->n_items; i++)
		lines[i] =
			(struct pricing_line){.title = order->items[i].title,
					      .unit_price = order->items[i].unit_price,
					      .quantity = order->items[i].quantity,
					      .tax_class = order->items[i].tax_class};
	shipping_quote(terms->options, terms->n_options, to->country, order->subtotal,
		       true, &calendar, &quotes);
	quote = shipping_find_quote(&quotes, order->shipping_option);
	if (quote == NULL)
		return FAIL(REFUSED, "order=%s: not delivered to %s this way",
			    order->number, to->country);
	request.lines = lines;
	request.shipping = quote->price;
	TRY(pricing_total(tx->mem, &request, pricing));
	if (money_compare(pricing->total, order->total) > 0)
		return FAIL(
			REFUSED, "order=%s: the new address would cost %s more",
			order->number,
			money_format(tx->mem, money_sub(pricing->total, order->total)));
	return NULL;
}

fallible
order_set_address(struct tx *tx, const struct terms *terms, struct order_id id,
		  const struct address *typed, const char *actor, struct order *order)
{
	struct address address = *typed;
	struct problems problems = {0};
	struct customer changed;

	TRY(order_lock(tx, id, order));
	if (!text_equal(order->state, "confirmed"))
		return FAIL(ORDER_STATE, "order=%s state=%s", order->number,
			    order->state);
	TRY(order_load(tx, order));
	address_normalise(tx->mem, &address);
	address_check(tx->mem, "shipping_address", &address, &problems);
	TRY(FAIL_PROBLEMS(&problems, INVALID));
	TRY(check_price(tx, terms, order, &address));
	TRY(customer_copy(tx, &order->customer, &changed));
	customer_set_shipping(&changed, &address);
	TRY(customer_save(tx, &changed));
	TRY(order_amend_address(tx, order, changed.id, actor));
	TRY(order_move(tx, order,
		       &(struct order_change){.event = "address", .actor = actor}));
	order->contact = changed.id;
	order->customer = changed;
	return audit_note(tx, actor, "order.address", id,
			  arena_printf(tx->mem, "order=%s", order->number));
}
