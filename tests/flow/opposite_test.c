/* opposite_test.c - two carts with the same two goods in opposite order lock at the
 * same moment, again and again: no shopper meets an error (F-032, T-31). TILL_ROUNDS
 * says how often. */
#include "base/arena.h"
#include "domain/stock.h"
#include "support/bank.h"

#include <stdio.h>

enum { ROUNDS = 400, BUYS_EVERY = 20, UNITS = 1000000 };

static const char *const goods[] = {"ash", "elm"};
static struct meeting meeting;

static void
fill(struct kit *kit, int child)
{
	kit_fill_cart(kit, 70 + child, goods[child], 1);
	kit_fill_cart(kit, 70 + child, goods[1 - child], 1);
}

static void
hold_and_let_go(struct kit *kit, int child)
{
	struct checkout *checkout = arena_new_of(kit->cx->mem, struct checkout, 1);

	WANT_OK(kit_start(kit, 70 + child, checkout));
	WANT_OK(IN_TX(kit->cx, stock_release_cart(tx, checkout->cart.id, "test")));
}

/* The holds become sales, in the same order of locks. */
static void
buy(struct kit *kit, int child, int round)
{
	struct placement placed;
	struct settled settled;
	struct placing want;
	char key[40];

	snprintf(key, sizeof key, "opposite-%d-%d", child, round);
	want = kit_placing(kit, 70 + child, key);
	kit_give_details(kit, 70 + child);
	WANT_OK(kit_place_order(kit->shop, kit->cx, &want, &placed));
	bank_pay(placed.attempt.uid.text);
	placed.attempt = kit_attempt(kit, placed.attempt.id);
	WANT_OK(flow_ask_attempt(kit->shop, kit->cx, &placed.attempt, &settled));
	WANT(settled.confirmed);
	fill(kit, child);
}

static int
shop_around(int child)
{
	struct kit kit = kit_open();
	int rounds = test_rounds(ROUNDS);

	bank_serve(&kit);
	fill(&kit, child);
	for (int round = 1; round <= rounds; round++) {
		struct arena_mark mark = arena_mark(kit.cx->mem);

		test_meet(meeting, child);
		hold_and_let_go(&kit, child);
		if (round % BUYS_EVERY == 0)
			buy(&kit, child, round);
		arena_rewind(kit.cx->mem, mark);
	}
	test_ctx_free(kit.cx);
	return 0;
}

static void
two_carts_in_opposite_order_never_show_an_error(void **state)
{
	struct kit kit = kit_new();

	(void)state;
	bank_serve(&kit);
	for (int i = 0; i < 2; i++)
		kit_add_product(&kit, goods[i], "ship", 1000, UNITS);
	meeting = test_meeting();
	test_processes(2, shop_around);
	for (int i = 0; i < 2; i++) {
		WANT_INT(kit_stock("reserved", goods[i]), 0);
		WANT_INT(kit_stock("on_hand", goods[i]),
			 UNITS - 2 * (test_rounds(ROUNDS) / BUYS_EVERY));
	}
	kit_books_balance();
	bank_agrees();
	test_ctx_free(kit.cx);
}

TESTS(TEST(two_carts_in_opposite_order_never_show_an_error))
