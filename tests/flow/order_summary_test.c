/* order_summary_test.c - what an order's buyer is told of it. */
#include "domain/order_summary.h"
#include "support/kit.h"

static struct order_summary *
summary_of(struct kit *kit, const struct placement *placed)
{
	struct order_summary *told =
		arena_new_of(kit->cx->mem, struct order_summary, 1);
	struct err *e;

	READING (tx, kit->cx, &e)
		e = order_get_by_id(tx, placed->order.id, &told->order);
	WANT_OK(e);
	READING (tx, kit->cx, &e)
		e = order_summary_load(tx, kit->shop->terms, told);
	WANT_OK(e);
	return told;
}

static void
an_unpaid_order_tells_what_is_due_and_where_it_goes(void **state)
{
	struct kit kit = kit_new();
	struct placement placed;
	struct order_summary *told;

	(void)state;
	kit_script_begin(&kit);
	placed = kit_place(&kit, 1, "mug", 2, "told-1");
	told = summary_of(&kit, &placed);
	WANT_TEXT(told->status, "pending");
	WANT_INT(told->due.minor, 4050);
	WANT_INT(told->captured.minor, 0);
	WANT_TEXT(told->email, "Ada@example.com");
	WANT_TEXT(told->shipping_address->country_name, "United States");
	WANT_TEXT(told->billing_address->line1, "1 Analytical Row");
	WANT(told->needs_shipping && !told->is_pickup);
	WANT(strncmp(told->delivery_dates, "Arrives ", 8) == 0);
	WANT(strstr(told->price_story, "Total: $40.50.") != NULL);
	WANT_INT(told->n_items, 1);
	WANT_INT(told->items[0].line_total.minor, 3600);
	test_ctx_free(kit.cx);
}

static void
a_paid_order_owes_nothing(void **state)
{
	struct kit kit = kit_new();
	struct placement bought;
	struct order_summary *told;

	(void)state;
	kit_script_begin(&kit);
	bought = kit_buy(&kit, 2, "mug", 1, "told-2");
	told = summary_of(&kit, &bought);
	WANT_TEXT(told->status, "confirmed");
	WANT_INT(told->due.minor, 0);
	WANT_INT(told->captured.minor, 2250);
	test_ctx_free(kit.cx);
}

static void
a_review_is_told_as_pending(void **state)
{
	struct kit kit = kit_new();
	struct placement placed;
	struct order_summary *told;

	(void)state;
	kit_script_begin(&kit);
	placed = kit_place(&kit, 3, "mug", 1, "told-3");
	WANT_OK(IN_TX(kit.cx, order_hold_for_review(tx, placed.order.id, "test")));
	told = summary_of(&kit, &placed);
	WANT_TEXT(told->order.state, "review");
	WANT_TEXT(told->status, "pending");
	WANT_INT(told->due.minor, 2250);
	test_ctx_free(kit.cx);
}

static void
a_download_goes_nowhere(void **state)
{
	struct kit kit = kit_new();
	struct placement placed;
	struct order_summary *told;

	(void)state;
	kit_script_begin(&kit);
	placed = kit_place(&kit, 4, "guide", 1, "told-4");
	told = summary_of(&kit, &placed);
	WANT(!told->needs_shipping);
	WANT_TEXT(told->delivery_dates, NULL);
	WANT(told->shipping_address == NULL && told->billing_address == NULL);
	test_ctx_free(kit.cx);
}

static void
a_way_to_pay_is_named_as_on_a_receipt(void **state)
{
	struct ctx *cx = test_ctx();

	(void)state;
	WANT_TEXT(order_summary_paid_with(cx->mem, "visa 4242"), "Visa ending 4242");
	WANT_TEXT(order_summary_paid_with(cx->mem, "klarna"), "Klarna");
	WANT_TEXT(order_summary_paid_with(cx->mem, "sepa debit"), "Sepa debit");
	WANT_TEXT(order_summary_paid_with(cx->mem, ""), NULL);
	WANT_TEXT(order_summary_paid_with(cx->mem, NULL), NULL);
	test_ctx_free(cx);
}

TESTS(TEST(an_unpaid_order_tells_what_is_due_and_where_it_goes),
      TEST(a_paid_order_owes_nothing), TEST(a_review_is_told_as_pending),
      TEST(a_download_goes_nowhere), TEST(a_way_to_pay_is_named_as_on_a_receipt))
