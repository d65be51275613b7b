/* budget_test.c - statements per act, BEGIN and COMMIT included: the same for one line
 * and for many (design.md section 10, T-50, T-51). */
#include <stdio.h>

#include "domain/catalog.h"
#include "domain/stock.h"
#include "support/kit.h"

enum { MANY = 50 };

static int64_t
counted(struct kit *kit, int64_t before)
{
	return db_statements(kit->cx->db) - before;
}

static void
add_goods(struct kit *kit)
{
	for (int i = 0; i < MANY; i++) {
		char sku[20];
		struct product product = {.sku = sku,
					  .slug = sku,
					  .title = sku,
					  .kind = "ship",
					  .price = money_of(100, "USD"),
					  .tax_class = "standard",
					  .per_order = 9,
					  .picture = "",
					  .summary = "",
					  .description = ""};
		enum catalog_change change;
		struct stock row;
		struct err *e;

		snprintf(sku, sizeof sku, "many-%02d", i);
		TRANSACTION (tx, kit->cx, &e)
			e = catalog_save(tx, &product, &change);
		WANT_OK(e);
		TRANSACTION (tx, kit->cx, &e)
			e = stock_set(tx, sku, 1000, "test", &row);
		WANT_OK(e);
	}
}

static void
fill(struct kit *kit, int visitor, int lines)
{
	for (int i = 0; i < lines; i++) {
		char sku[20];

		snprintf(sku, sizeof sku, "many-%02d", i);
		kit_fill_cart(kit, visitor, sku, 1);
	}
}

static void
look(struct kit *kit, int visitor)
{
	struct cart *cart = arena_new_of(kit->cx->mem, struct cart, 1);
	struct checkout *checkout = arena_new_of(kit->cx->mem, struct checkout, 1);
	int64_t before = db_statements(kit->cx->db);
	struct err *e;

	READING (tx, kit->cx, &e)
		e = cart_read(tx, kit->shop->terms, kit_visitor(visitor), cart);
	WANT_OK(e);
	WANT_INT(counted(kit, before), 2);
	before = db_statements(kit->cx->db);
	READING (tx, kit->cx, &e)
		e = checkout_read(tx, kit->shop->terms, kit_visitor(visitor), checkout);
	WANT_OK(e);
	WANT_INT(counted(kit, before), 3);
}

static void
start(struct kit *kit, int visitor)
{
	struct checkout *checkout = arena_new_of(kit->cx->mem, struct checkout, 1);
	int64_t before = db_statements(kit->cx->db);
	struct err *e;

	TRANSACTION (tx, kit->cx, &e)
		e = checkout_start(tx, kit->shop->terms, kit_visitor(visitor), 0,
				   (struct origin){.exempt = true}, checkout);
	WANT_OK(e);
	WANT_INT(counted(kit, before), 7);
}

static void
buy(struct kit *kit, int visitor)
{
	char key[40];
	struct placing want;
	struct placement *placed = arena_new_of(kit->cx->mem, struct placement, 1);
	struct settled settled;
	int64_t before;

	snprintf(key, sizeof key, "budget-%d", visitor);
	want = kit_placing(kit, visitor, key);
	kit_script_begin(kit);
	kit_will_create(kit, PAY_DONE);
	before = db_statements(kit->cx->db);
	WANT_OK(flow_place_order(kit->shop, kit->cx, &want, placed));
	WANT_INT(counted(kit, before),
		 15); /* T1 11, outcome 4; dispatch adds the answer */
	before = db_statements(kit->cx->db);
	kit_pay(kit, placed, &settled);
	WANT(settled.confirmed);
	WANT_INT(counted(kit, before), 13); /* the test's own look, and T3 with 12 */
}

static void
every_act_costs_the_same_for_one_line_and_for_fifty(void **state)
{
	static const int sizes[] = {1, 3, MANY};
	struct kit kit = kit_new();

	(void)state;
	add_goods(&kit);
	for (int i = 0; i < 3; i++) {
		fill(&kit, 500 + i, sizes[i]);
		start(&kit, 500 + i);
		kit_give_details(&kit, 500 + i);
		look(&kit, 500 + i);
		buy(&kit, 500 + i);
	}
	kit_books_balance();
	test_ctx_free(kit.cx);
}

TESTS(TEST(every_act_costs_the_same_for_one_line_and_for_fifty))
