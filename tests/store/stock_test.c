/* stock_test.c - units on hand and held: set, held, let go, swept; never oversold. */
#include "domain/stock.h"

#include <stdio.h>

#include "domain/order_write.h"
#include "support/kit.h"

static struct instant
in_minutes(int n)
{
	return instant_add(clock_now(), MINUTES(n));
}

/* Holds for a cart that need not exist. */
static struct err *
hold(struct ctx *cx, int64_t cart, struct hold *holds, size_t n)
{
	return IN_TX(cx,
		     stock_hold(tx, (struct cart_id){cart}, holds, n, in_minutes(30)));
}

static void
stock_is_listed_and_found(void **state)
{
	struct kit kit = kit_new();
	const char *skus[] = {"print", "mug", "guide", "nothing"};
	struct stock *list, row;
	size_t n;
	bool found;

	(void)state;
	WANT_OK(IN_READ(kit.cx, stock_list(tx, skus, 4, &list, &n)));
	WANT_INT(n, 2); /* by sku; what has no row is not among them */
	WANT_TEXT(list[0].sku, "mug");
	WANT_INT(list[0].available, 20);
	WANT_OK(IN_READ(kit.cx, stock_list(tx, skus, 0, &list, &n)));
	WANT_INT(n, 0);
	WANT_OK(IN_READ(kit.cx, stock_find(tx, "print", &row, &found)));
	WANT(found);
	WANT_INT(row.on_hand, 3);
	WANT_OK(IN_READ(kit.cx, stock_find(tx, "guide", &row, &found)));
	WANT(!found);
	test_ctx_free(kit.cx);
}

static void
every_change_of_stock_is_a_move(void **state)
{
	struct kit kit = kit_new();
	struct stock row;

	(void)state;
	kit_add_product(&kit, "jug", "ship", 100, -1);
	WANT_OK(IN_TX(kit.cx, stock_add(tx, "jug", 5, "shell:ada", &row)));
	WANT_OK(IN_TX(kit.cx, stock_add(tx, "jug", -2, "shell:ada", &row)));
	WANT_INT(row.on_hand, 3);
	WANT_OK(IN_TX(kit.cx, stock_set(tx, "jug", 10, "shell:ada", &row)));
	WANT_OK(IN_TX(kit.cx, stock_set(tx, "jug", 10, "shell:ada", &row)));
	WANT_INT(row.available, 10);
	WANT_INT(test_number("SELECT COUNT(*) FROM stock_move WHERE sku = 'jug'"
			     " AND actor = 'shell:ada'"),
		 3);
	kit_books_balance();
	test_ctx_free(kit.cx);
}

static void
stock_is_never_set_below_what_is_held(void **state)
{
	struct kit kit = kit_new();
	struct hold holds[] = {{.sku = "pot", .wanted = 4, .free = 6}};
	struct stock row;

	(void)state;
	kit_add_product(&kit, "pot", "ship", 100, 6);
	WANT_OK(hold(kit.cx, 900, holds, 1));
	WANT_ERR(IN_TX(kit.cx, stock_set(tx, "pot", 3, "test", &row)), REFUSED);
	WANT_ERR(IN_TX(kit.cx, stock_add(tx, "pot", -3, "test", &row)), REFUSED);
	WANT_INT(kit_stock("on_hand", "pot"), 6);
	WANT_OK(IN_TX(kit.cx, stock_set(tx, "pot", 4, "test", &row)));
	WANT_INT(row.available, 0);
	kit_books_balance();
	test_ctx_free(kit.cx);
}

static void
a_hold_takes_what_is_there_and_gives_back_what_is_too_much(void **state)
{
	struct kit kit = kit_new();
	struct hold holds[] = {
		{.sku = "bag", .wanted = 9, .free = 5},
		{.sku = "box", .wanted = 2, .free = 5},
		{.sku = "guide", .wanted = 7, .endless = true},
	};

	(void)state;
	kit_add_product(&kit, "bag", "ship", 100, 5);
	kit_add_product(&kit, "box", "ship", 100, 5);
	WANT_OK(hold(kit.cx, 901, holds, 3));
	WANT_INT(holds[0].held, 5); /* the subset that is there */
	WANT_INT(holds[1].held, 2);
	WANT_INT(holds[2].held, 7);
	WANT_INT(kit_stock("reserved", "bag"), 5);
	WANT_INT(test_number("SELECT COUNT(*) FROM reservation WHERE sku = 'guide'"),
		 0);

	/* again with less of one and none of the other */
	holds[0] = (struct hold){.sku = "bag", .wanted = 3, .had = 5, .free = 0};
	holds[1] = (struct hold){.sku = "box", .wanted = 0, .had = 2, .free = 3};
	WANT_OK(hold(kit.cx, 901, holds, 2));
	WANT_INT(kit_stock("reserved", "bag"), 3);
	WANT_INT(kit_stock("reserved", "box"), 0);
	WANT_TEXT(test_text("SELECT CONCAT(state, ' ', reason) FROM reservation"
			    " WHERE cart_id = 901 AND sku = 'box'"),
		  "released cart");
	kit_books_balance();
	test_ctx_free(kit.cx);
}

static void
what_was_read_before_somebody_took_it_is_never_sold(void **state)
{
	struct kit kit = kit_new();
	struct hold holds[] = {{.sku = "cap", .wanted = 5, .free = 5}};

	(void)state;
	kit_add_product(&kit, "cap", "ship", 100, 2); /* two, whatever was read */
	WANT_ERR(hold(kit.cx, 902, holds, 1), BUSY);
	WANT_INT(kit_stock("reserved", "cap"), 0);
	kit_books_balance();
	test_ctx_free(kit.cx);
}

enum { SWEPT_CARTS = 40, SWEEPERS = 4 };

static int
sweep(int child)
{
	struct ctx *cx = test_ctx();
	int64_t freed, sum = 0;

	(void)child;
	do {
		WANT_OK(IN_TX(cx, stock_expire(tx, 5, &freed)));
		sum += freed;
	} while (freed > 0);
	test_script("INSERT INTO event (kind, subject, detail)"
		    " VALUES ('Swept', UUID(), '%d')",
		    (int)sum);
	test_ctx_free(cx);
	return 0;
}

static void
sweepers_at_once_free_each_hold_once(void **state)
{
	struct kit kit = kit_new();

	(void)state;
	kit_add_product(&kit, "pin", "ship", 100, 200);
	kit_add_product(&kit, "tin", "ship", 100, 200);
	for (int cart = 0; cart < SWEPT_CARTS; cart++) {
		struct hold holds[] = {{.sku = "pin", .wanted = 1, .free = 100},
				       {.sku = "tin", .wanted = 2, .free = 100}};

		WANT_OK(hold(kit.cx, 2000 + cart, holds, 2));
	}
	WANT_INT(kit_stock("reserved", "tin"), 2 * SWEPT_CARTS);
	test_processes(1, sweep); /* nothing is past its time yet */
	WANT_INT(kit_stock("reserved", "pin"), SWEPT_CARTS);
	test_turn_clock(31 * 60);
	test_processes(SWEEPERS, sweep);
	test_turn_clock(0);
	WANT_INT(kit_stock("reserved", "pin"), 0);
	WANT_INT(kit_stock("reserved", "tin"), 0);
	WANT_INT(test_number("SELECT COUNT(*) FROM reservation WHERE state = 'expired'"
			     " AND reason = 'idle' AND cart_id >= 2000"),
		 2 * SWEPT_CARTS);
	WANT_INT(test_number("SELECT SUM(detail) FROM event WHERE kind = 'Swept'"),
		 test_number(
			 "SELECT COUNT(*) FROM reservation WHERE state = 'expired'"));
	kit_books_balance();
	test_ctx_free(kit.cx);
}

static void
a_hold_that_an_order_owns_is_not_swept(void **state)
{
	struct kit kit = kit_new();
	struct placement placed;
	int64_t freed;

	(void)state;
	kit_script_begin(&kit);
	placed = kit_place(&kit, 1, "mug", 2, "stock-order");
	test_turn_clock(3600);
	WANT_OK(IN_TX(kit.cx, stock_expire(tx, 100, &freed)));
	test_turn_clock(0);
	WANT_INT(test_number("SELECT qty FROM reservation WHERE state = 'held'"
			     " AND order_id = %" PRId64,
			     placed.order.id.n),
		 2);
	WANT_OK(IN_TX(kit.cx, stock_release_cart(tx, placed.order.cart, "test")));
	WANT_INT(kit_stock("reserved", "mug"), 2);
	test_ctx_free(kit.cx);
}

static void
an_order_tells_whether_all_its_lines_are_held(void **state)
{
	struct kit kit = kit_new();
	struct placement placed;
	bool all;

	(void)state;
	kit_script_begin(&kit);
	kit_fill_cart(&kit, 3, "guide", 1); /* needs nothing */
	kit_fill_cart(&kit, 3, "mug", 2);
	placed = kit_place(&kit, 3, "print", 1, "stock-held");
	WANT_OK(IN_READ(kit.cx, stock_holds_all(tx, placed.order.id, &all)));
	WANT(all);
	test_script("UPDATE stock s JOIN reservation r ON r.sku = s.sku"
		    " SET r.qty = 1, s.reserved = s.reserved - 1"
		    " WHERE r.sku = 'mug' AND r.order_id = %" PRId64,
		    placed.order.id.n);
	WANT_OK(IN_READ(kit.cx, stock_holds_all(tx, placed.order.id, &all)));
	WANT(!all);
	test_ctx_free(kit.cx);
}

static void
a_sale_without_its_hold_is_never_written(void **state)
{
	struct kit kit = kit_new();
	struct placement placed;

	(void)state;
	kit_script_begin(&kit);
	placed = kit_place(&kit, 2, "print", 1, "stock-lost");
	test_script("UPDATE stock s JOIN reservation r ON r.sku = s.sku"
		    " SET r.state = 'released', s.reserved = 0 WHERE r.order_id = "
		    "%" PRId64,
		    placed.order.id.n);
	WANT_ERR(IN_TX(kit.cx, stock_commit(tx, placed.order.id)), BUSY);
	WANT_INT(kit_stock("on_hand", "print"), 3);
	WANT_INT(
		test_number("SELECT COUNT(*) FROM stock_move WHERE order_id = %" PRId64,
			    placed.order.id.n),
		0);
	kit_books_balance();
	test_ctx_free(kit.cx);
}

static struct err *
let_go(struct ctx *cx, int64_t cart)
{
	return IN_TX(cx, stock_release_cart(tx, (struct cart_id){cart}, "test"));
}

/* Gives back what a cart holds; before that is committed, so does the next cart. */
static struct err *
let_go_before(struct tx *tx, int64_t cart, struct ctx *other)
{
	TRY(stock_release_cart(tx, (struct cart_id){cart}, "test"));
	return let_go(other, cart + 1);
}

static void
who_gives_holds_back_keeps_the_next_cart_not_waiting(void **state)
{
	struct kit kit = kit_new();
	struct ctx *other = test_ctx();
	struct hold mug = {.sku = "mug", .wanted = 1, .free = 20};
	struct hold print = {.sku = "print", .wanted = 1, .free = 3};

	(void)state;
	WANT_OK(hold(kit.cx, 9001, &mug, 1));
	WANT_OK(hold(kit.cx, 9002, &print, 1));
	WANT_OK(IN_TX(kit.cx, let_go_before(tx, 9001, other)));
	WANT_INT(test_number("SELECT COUNT(*) FROM reservation WHERE state = 'released'"
			     " AND cart_id IN (9001, 9002)"),
		 2);
	test_ctx_free(other);
	test_ctx_free(kit.cx);
}

/* What T1 does to a cart, its checkout and its holds; nothing of it stays. */
static struct err *
claim(struct tx *tx, int64_t cart, struct ctx *other)
{
	struct order order = {.id = {1}, .cart = {cart}, .expires_at = in_minutes(35)};
	struct err *e = NULL;
	int64_t claimed;

	TRY(order_claim_cart(tx, &order, &claimed));
	WANT_INT(claimed, 1);
	if (other != NULL)
		TRANSACTION (beside, other, &e)
			e = claim(beside, cart + 1, NULL);
	return e != NULL ? e : FAIL(REFUSED, "claimed");
}

static void
who_pays_keeps_the_next_cart_not_waiting(void **state)
{
	struct kit kit = kit_new();
	struct ctx *other = test_ctx();
	int64_t last;

	(void)state;
	kit_checkout(&kit, 931, "mug", 1);
	kit_checkout(&kit, 932, "print", 1);
	last = test_number("SELECT MAX(id) FROM cart");
	WANT_ERR(IN_TX(kit.cx, claim(tx, last - 1, other)), REFUSED);
	test_ctx_free(other);
	test_ctx_free(kit.cx);
}

TESTS(TEST(stock_is_listed_and_found), TEST(every_change_of_stock_is_a_move),
      TEST(stock_is_never_set_below_what_is_held),
      TEST(a_hold_takes_what_is_there_and_gives_back_what_is_too_much),
      TEST(what_was_read_before_somebody_took_it_is_never_sold),
      TEST(sweepers_at_once_free_each_hold_once),
      TEST(a_hold_that_an_order_owns_is_not_swept),
      TEST(a_sale_without_its_hold_is_never_written),
      TEST(an_order_tells_whether_all_its_lines_are_held),
      TEST(who_gives_holds_back_keeps_the_next_cart_not_waiting),
      TEST(who_pays_keeps_the_next_cart_not_waiting))
