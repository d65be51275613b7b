/* budget_test.c - statements per act, BEGIN and COMMIT included: the same for one line
 * and for many (design.md section 10, T-50, T-51). */
#include <stdio.h>
#include <unistd.h>

#include "domain/catalog.h"
#include "domain/order_summary.h"
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
	WANT_INT(counted(kit, before), 2);
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

/* Pays in at most 13 statements, T1 12 and the outcome 1, which dispatch stores with
 * the answer. What the answer tells of the order is at hand. */
static struct placement *
pay(struct kit *kit, int visitor, const char *name, const struct details *details,
    int64_t wanted)
{
	char key[40];
	struct placing want;
	struct placement *placed = arena_new_of(kit->cx->mem, struct placement, 1);
	int64_t before;

	snprintf(key, sizeof key, "budget-%s-%d", name, visitor);
	want = kit_placing(kit, visitor, key);
	if (details != NULL)
		want.details = *details;
	kit_will_create(kit, PAY_DONE);
	before = db_statements(kit->cx->db);
	WANT_OK(kit_place_order(kit->shop, kit->cx, &want, placed));
	WANT_INT(counted(kit, before), wanted);
	WANT(!placed->again);
	WANT(placed->order.n_items > 0);
	WANT_INT(placed->order.n_steps, 1);
	return placed;
}

static void
buy(struct kit *kit, int visitor)
{
	struct placement *placed;
	struct settled settled;
	int64_t before;

	kit_script_begin(kit);
	placed = pay(kit, visitor, "stored", NULL, 11);
	before = db_statements(kit->cx->db);
	kit_pay(kit, placed, &settled);
	WANT(settled.confirmed);
	WANT_INT(counted(kit, before), 13); /* the test's own look, and T3 with 12 */
}

/* A form's answer leads to the cart's page, so that nothing is read again for it. */
static void
put(struct kit *kit, int visitor, const char *sku, int64_t wanted)
{
	int64_t before = db_statements(kit->cx->db);
	struct err *e;

	TRANSACTION (tx, kit->cx, &e)
		e = cart_add_item(tx, kit->shop->terms, kit_visitor(visitor), sku, 1,
				  NULL, NULL);
	WANT_OK(e);
	WANT_INT(counted(kit, before), wanted);
}

static void
a_line_is_put_in_with_five_statements_and_one_more_for_a_new_cart(void **state)
{
	struct kit kit = kit_new();

	(void)state;
	add_goods(&kit);
	put(&kit, 540, "many-00", 6);
	put(&kit, 540, "many-01", 5);
	put(&kit, 540, "many-01", 5);
	fill(&kit, 540, MANY - 1);
	put(&kit, 540, "many-49", 5);
	test_ctx_free(kit.cx);
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

static void
details_that_come_with_the_payment_stay_within_its_budget(void **state)
{
	struct kit kit = kit_new();
	struct details details = kit_details(&kit);
	struct placement *placed;
	struct order order = {0};
	struct cancel cancel;
	struct idem idem;
	bool claimed;

	(void)state;
	kit_script_begin(&kit);
	kit_fill_cart(&kit, 510, "pen", 1);
	start(&kit, 510);
	placed = pay(&kit, 510, "first", &details, 13);

	/* that order keeps them as they were: other ones get a row of their own */
	kit_will_say(&kit, "close", PAY_EXPIRED, 0, placed->attempt.uid.text,
		     placed->order.number);
	cancel = (struct cancel){.order = placed->order.number,
				 .visitor = kit_visitor(510),
				 .reason = "shopper",
				 .actor = "shopper"};
	WANT_OK(flow_cancel_order(kit.shop, kit.cx, &cancel, &idem, &order, &claimed));
	start(&kit, 510);
	details.phone = "+1 503 555 0100";
	WANT(pay(&kit, 510, "changed", &details, 12)->order.contact.n !=
	     placed->order.contact.n);
	kit_books_balance();
	test_ctx_free(kit.cx);
}

/* The answer to a payment tells the timeline without reading it. */
static void
the_timeline_at_hand_is_the_one_that_is_stored(void **state)
{
	struct kit kit = kit_new();
	struct placement placed;
	struct order read;

	(void)state;
	kit_script_begin(&kit);
	placed = kit_place(&kit, 520, "pen", 1, "budget-timeline");
	read = placed.order;
	WANT_OK(IN_READ(kit.cx, order_list_steps(tx, &read)));
	WANT_INT(read.n_steps, 1);
	WANT_TEXT(placed.order.steps[0].event, read.steps[0].event);
	WANT_TEXT(placed.order.steps[0].from, read.steps[0].from);
	WANT_TEXT(placed.order.steps[0].to, read.steps[0].to);
	WANT_TEXT(placed.order.steps[0].actor, read.steps[0].actor);
	WANT_INT(instant_since(placed.order.steps[0].at, read.steps[0].at), 0);
	test_ctx_free(kit.cx);
}

/* ---- while others change the same row ---- */

/* The server looks at its own locks anew when nobody has asked for 100 ms. */
enum { WAIT_STEPS = 20, WAIT_STEP_US = 120000 };

static struct attempt_id contested;
static struct meeting row_is_held;

static bool
somebody_waits_for_a_lock(void)
{
	return test_number("SELECT COUNT(*) FROM information_schema.innodb_trx t"
			   "  JOIN information_schema.processlist p"
			   "    ON p.id = t.trx_mysql_thread_id"
			   " WHERE t.trx_state = 'LOCK WAIT' AND p.db = '%s'",
			   test_schema()) > 0;
}

static fallible
change_until_waited_for(struct tx *tx)
{
	int i = 0;

	TRY(payment_ask_now(tx, contested));
	test_meet(row_is_held, 0);
	while (i < WAIT_STEPS && !somebody_waits_for_a_lock()) {
		usleep(WAIT_STEP_US);
		i++;
	}
	WANT(i < WAIT_STEPS);
	return NULL;
}

static void
ask_while_it_is_changed(struct kit *kit)
{
	struct attempt attempt = kit_attempt(kit, contested);
	struct settled settled;
	int64_t before = db_statements(kit->cx->db);

	kit_script_begin(kit);
	kit_will_say(kit, "retrieve", PAY_OPEN, 0, NULL, NULL);
	test_meet(row_is_held, 1);
	WANT_OK(flow_ask_attempt(kit->shop, kit->cx, &attempt, &settled));
	WANT_INT(counted(kit, before), 5);
}

static int
change_or_ask(int child)
{
	struct kit kit = kit_open();

	if (child == 0)
		WANT_OK(IN_TX(kit.cx, change_until_waited_for(tx)));
	else
		ask_while_it_is_changed(&kit);
	test_ctx_free(kit.cx);
	return 0;
}

static void
who_waits_for_a_payment_that_another_changes_need_not_begin_anew(void **state)
{
	struct kit kit = kit_new();

	(void)state;
	kit_script_begin(&kit);
	contested = kit_place(&kit, 530, "pen", 1, "budget-waits").attempt.id;
	row_is_held = test_meeting();
	test_processes(2, change_or_ask);
	WANT_INT(kit_attempt(&kit, contested).checks, 1);
	test_ctx_free(kit.cx);
}

static struct err *
read_whole(struct tx *tx, const struct terms *terms, struct order_id id,
	   struct order_summary *told)
{
	TRY(order_get_by_id_with_customer(tx, id, &told->order));
	return order_summary_load(tx, terms, told);
}

static void
who_comes_back_and_looks_at_the_order_costs_two_statements_and_four(void **state)
{
	struct kit kit = kit_new();
	struct order_summary *told = arena_new_of(kit.cx->mem, struct order_summary, 1);
	struct placement placed;
	struct order order;
	const char *token;
	int64_t before;

	(void)state;
	kit_script_begin(&kit);
	placed = kit_place(&kit, 560, "pen", 1, "budget-return");
	token = payment_return_token(kit.cx, placed.attempt.uid);
	for (int asked = 0; asked < 2; asked++) {
		before = db_statements(kit.cx->db);
		WANT_OK(flow_return(kit.shop, kit.cx, token, &order));
		WANT_INT(counted(&kit, before), asked ? 1 : 2);
	}
	before = db_statements(kit.cx->db);
	WANT_OK(IN_READ(kit.cx,
			read_whole(tx, kit.shop->terms, placed.order.id, told)));
	WANT_INT(counted(&kit, before), 4);
	WANT(told->email != NULL);
	test_ctx_free(kit.cx);
}

TESTS(TEST(who_comes_back_and_looks_at_the_order_costs_two_statements_and_four),
      TEST(every_act_costs_the_same_for_one_line_and_for_fifty),
      TEST(a_line_is_put_in_with_five_statements_and_one_more_for_a_new_cart),
      TEST(details_that_come_with_the_payment_stay_within_its_budget),
      TEST(the_timeline_at_hand_is_the_one_that_is_stored),
      TEST(who_waits_for_a_payment_that_another_changes_need_not_begin_anew))
