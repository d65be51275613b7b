/* unheld_test.c - an order is paid whose units nobody keeps any more: it takes free
 * ones, or its money goes back. It never waits for ever, and nothing is sold twice. */
#include "support/kit.h"

static struct kit kit;

static struct placement
placed_by(int visitor, const char *sku, int64_t quantity, const char *key)
{
	kit = kit_new();
	kit_script_begin(&kit);
	return kit_place(&kit, visitor, sku, quantity, key);
}

/* Behind the program's back, as a restored table or a careless hand would. */
static void
lose_hold(const struct placement *placed, const char *sku)
{
	test_script("UPDATE stock s JOIN reservation r ON r.sku = s.sku"
		    "   SET s.reserved = s.reserved - r.qty"
		    " WHERE r.order_id = %" PRId64 " AND r.sku = '%s';"
		    "DELETE FROM reservation WHERE order_id = %" PRId64
		    " AND sku = '%s'",
		    placed->order.id.n, sku, placed->order.id.n, sku);
	WANT_TEXT(kit_wrong(&kit), "I41 ");
}

static void
want_money_back(const struct placement *placed)
{
	WANT_TEXT(kit_state(placed), "failed");
	WANT_TEXT(test_text("SELECT CONCAT(kind, ' ', reason, ' ', amount) FROM refund"
			    " WHERE order_id = %" PRId64,
			    placed->order.id.n),
		  arena_printf(kit.cx->mem, "void paid_no_stock %" PRId64,
			       placed->attempt.amount.minor));
	WANT_TEXT(test_text("SELECT GROUP_CONCAT(event ORDER BY seq) FROM order_event"
			    " WHERE order_id = %" PRId64,
			    placed->order.id.n),
		  "placed,failed,refund");
	WANT_INT(
		test_number("SELECT COUNT(*) FROM stock_move WHERE order_id = %" PRId64,
			    placed->order.id.n),
		0);
	WANT_TEXT(kit_wrong(&kit), "");
	kit_books_balance();
}

static void
a_payment_whose_hold_is_missing_takes_free_units(void **state)
{
	struct placement placed = placed_by(1, "mug", 2, "unheld-1");
	struct settled settled;

	(void)state;
	lose_hold(&placed, "mug");
	kit_pay(&kit, &placed, &settled);
	WANT_LOGGED_ERRORS(1); /* somebody has to look */
	WANT(settled.confirmed);
	WANT(!settled.refund);
	WANT_TEXT(kit_state(&placed), "confirmed");
	WANT_INT(kit_stock("on_hand", "mug"), 18);
	WANT_INT(kit_stock("reserved", "mug"), 0);
	WANT_TEXT(kit_wrong(&kit), "");
	kit_books_balance();
	kit_pay(&kit, &placed, &settled); /* again changes nothing */
	WANT(!settled.changed);
	test_ctx_free(kit.cx);
}

static void
units_that_another_order_holds_are_not_taken_and_the_money_goes_back(void **state)
{
	struct placement placed = placed_by(2, "print", 1, "unheld-2"), other;
	struct settled settled;

	(void)state;
	lose_hold(&placed, "print");
	other = kit_place(&kit, 3, "print", 3, "unheld-3");
	kit_pay(&kit, &placed, &settled);
	WANT_LOGGED_ERRORS(1);
	WANT(settled.refund);
	WANT(!settled.confirmed);
	want_money_back(&placed);
	WANT_INT(kit_stock("reserved", "print"), 3);
	kit_pay(&kit, &placed, &settled);
	WANT(!settled.changed);
	kit_pay(&kit, &other, &settled);
	WANT(settled.confirmed);
	WANT_INT(kit_stock("on_hand", "print"), 0);
	kit_books_balance();
	test_ctx_free(kit.cx);
}

static void
an_order_that_holds_a_part_takes_the_rest_or_gives_all_of_it_back(void **state)
{
	struct placement first, second;
	struct settled settled;

	(void)state;
	kit = kit_new();
	kit_script_begin(&kit);
	kit_fill_cart(&kit, 4, "print", 3); /* all that there are, and its own */
	first = kit_place(&kit, 4, "mug", 1, "unheld-4");
	lose_hold(&first, "mug");
	kit_pay(&kit, &first, &settled);
	WANT(settled.confirmed);
	WANT_INT(kit_stock("on_hand", "mug"), 19);
	WANT_INT(kit_stock("on_hand", "print"), 0);

	kit_fill_cart(&kit, 5, "light", 1);
	second = kit_place(&kit, 5, "mug", 2, "unheld-5");
	lose_hold(&second, "light");
	kit_buy(&kit, 6, "light", 1, "unheld-6");
	kit_pay(&kit, &second, &settled);
	WANT_LOGGED_ERRORS(2);
	WANT(settled.refund);
	want_money_back(&second);
	WANT_INT(kit_stock("reserved", "mug"), 0);
	WANT_INT(kit_stock("on_hand", "mug"), 19);
	test_ctx_free(kit.cx);
}

/* Review has a way of its own to its end. */
static void
an_order_in_review_ends_in_the_same_way(void **state)
{
	struct placement placed = placed_by(7, "light", 1, "unheld-7");
	struct settled settled;

	(void)state;
	WANT_OK(IN_TX(kit.cx, order_hold_for_review(tx, placed.order.id, "test")));
	lose_hold(&placed, "light");
	kit_buy(&kit, 8, "light", 1, "unheld-8");
	kit_pay(&kit, &placed, &settled);
	WANT_LOGGED_ERRORS(1);
	WANT(settled.refund);
	WANT_TEXT(kit_state(&placed), "failed");
	WANT_TEXT(kit_wrong(&kit), "");
	kit_books_balance();
	test_ctx_free(kit.cx);
}

TESTS(TEST(a_payment_whose_hold_is_missing_takes_free_units),
      TEST(units_that_another_order_holds_are_not_taken_and_the_money_goes_back),
      TEST(an_order_that_holds_a_part_takes_the_rest_or_gives_all_of_it_back),
      TEST(an_order_in_review_ends_in_the_same_way))
