/* race_test.c - many buyers, few units: each unit is sold once, and nobody pays in
 * vain. */
#include <stdio.h>
#include <unistd.h>

#include "domain/stock.h"
#include "support/kit.h"

enum { CHILDREN = 8, BUYERS = 200 };

static const char *wanted; /* the sku that everybody wants */

/* One buyer from cart to paid; false when told that it is sold out. Whoever is told so
 * was never charged: the gateway is asked after the stock is held. */
static bool
buys(struct kit *kit, int buyer)
{
	struct cart *cart = arena_new_of(kit->cx->mem, struct cart, 1);
	struct checkout *checkout = arena_new_of(kit->cx->mem, struct checkout, 1);
	struct placement placed;
	struct settled settled;
	struct placing want;
	struct err *e;
	char key[40];

	TRANSACTION (tx, kit->cx, &e)
		e = cart_add_item(tx, kit->shop->terms, kit_visitor(buyer), wanted, 1,
				  NULL, cart);
	if (e == NULL)
		TRANSACTION (tx, kit->cx, &e)
			e = checkout_start(tx, kit->shop->terms, kit_visitor(buyer), 0,
					   (struct origin){.exempt = true}, checkout);
	if (e != NULL) {
		WANT_ERR(e, SOLD_OUT);
		return false;
	}
	kit_give_details(kit, buyer);
	snprintf(key, sizeof key, "race-%s-%d", wanted, buyer);
	want = kit_placing(kit, buyer, key);
	kit_script_begin(kit);
	kit_will_create(kit, PAY_DONE);
	WANT_OK(kit_place_order(kit->shop, kit->cx, &want, &placed));
	kit_pay(kit, &placed, &settled);
	WANT(settled.confirmed);
	return true;
}

static int
crowd(int child)
{
	struct kit kit = kit_open();

	for (int i = 0; i < BUYERS / CHILDREN; i++) {
		int buyer = 10000 + child * BUYERS + i + (wanted[0] == 'l' ? 5000 : 0);
		struct arena_mark mark = arena_mark(kit.cx->mem);

		buys(&kit, buyer);
		arena_rewind(kit.cx->mem, mark);
	}
	test_ctx_free(kit.cx);
	return 0;
}

static int64_t
sold(const char *sku)
{
	return test_number(
		"SELECT COALESCE(-SUM(qty), 0) FROM stock_move WHERE sku = '%s'"
		" AND kind = 'sale'",
		sku);
}

static void
two_hundred_buyers_of_twenty_units_buy_twenty(void **state)
{
	struct kit kit = kit_new();

	(void)state;
	wanted = "mug";
	test_processes(CHILDREN, crowd);
	WANT_INT(sold("mug"), 20);
	WANT_INT(test_number("SELECT on_hand FROM stock WHERE sku = 'mug'"), 0);
	WANT_INT(test_number("SELECT reserved FROM stock WHERE sku = 'mug'"), 0);
	kit_books_balance();
	test_ctx_free(kit.cx);
}

static void
two_hundred_buyers_of_the_last_unit_buy_one(void **state)
{
	struct kit kit = kit_open();

	(void)state;
	wanted = "light";
	test_processes(CHILDREN, crowd);
	WANT_INT(sold("light"), 1);
	WANT_INT(test_number("SELECT COUNT(*) FROM payment_attempt a JOIN order_line l"
			     " ON l.order_id = a.order_id WHERE l.sku = 'light'"),
		 1);
	kit_books_balance();
	test_ctx_free(kit.cx);
}

/* Two carts that hold and let go of the same goods in opposite order, over and over. */
static int
opposite(int child)
{
	static const char *const goods[] = {"guide", "pen", "print"};
	struct kit kit = kit_open();

	for (int round = 0; round < 60; round++) {
		struct arena_mark mark = arena_mark(kit.cx->mem);
		struct checkout *checkout =
			arena_new_of(kit.cx->mem, struct checkout, 1);
		int visitor = 90000 + child * 1000 + round;
		struct err *e;

		for (int i = 0; i < 3; i++)
			kit_fill_cart(&kit, visitor, goods[child % 2 ? i : 2 - i], 1);
		TRANSACTION (tx, kit.cx, &e)
			e = checkout_start(tx, kit.shop->terms, kit_visitor(visitor), 0,
					   (struct origin){.exempt = true}, checkout);
		WANT_OK(e);
		TRANSACTION (tx, kit.cx, &e)
			e = stock_release_cart(tx, checkout->cart.id, "test");
		WANT_OK(e);
		arena_rewind(kit.cx->mem, mark);
	}
	test_ctx_free(kit.cx);
	return 0;
}

static void
carts_in_opposite_order_never_show_a_deadlock(void **state)
{
	struct kit kit = kit_new();

	(void)state;
	test_script("UPDATE stock SET on_hand = 500 WHERE sku = 'print'");
	test_script(
		"INSERT INTO stock_move (sku, loc, kind, qty) SELECT 'print', 'main',"
		" 'adjust', 500 - SUM(qty) FROM stock_move WHERE sku = 'print'");
	test_processes(4, opposite);
	kit_books_balance();
	test_ctx_free(kit.cx);
}

TESTS(TEST(two_hundred_buyers_of_twenty_units_buy_twenty),
      TEST(two_hundred_buyers_of_the_last_unit_buy_one),
      TEST(carts_in_opposite_order_never_show_a_deadlock))
