/* guards_test.c - the database's own walls, with the code's checks out of the way. */
#include "domain/order_state.h"
#include "support/database.h"
#include "support/kit.h"

#include <mysql.h>
#include <stdio.h>

/* True when the database refuses the statement, even from one who may do everything. */
static bool
is_refused(const char *format, ...)
{
	struct ctx *cx = test_owner();
	char sql[2000];
	struct err *e;
	va_list args;
	bool refused;

	va_start(args, format);
	vsnprintf(sql, sizeof sql, format, args);
	va_end(args);
	e = db_script(cx->db, sql);
	refused = e != NULL;
	test_ctx_free(cx);
	return refused;
}

static struct placement
confirmed_order(struct kit *kit, int visitor, const char *key)
{
	struct placing want = kit_placing(kit, visitor, key);
	struct placement *placed = arena_new_of(kit->cx->mem, struct placement, 1);
	struct settled settled;

	kit_script_begin(kit);
	kit_checkout(kit, visitor, "mug", 2);
	kit_will_create(kit, PAY_DONE);
	WANT_OK(flow_place_order(kit->shop, kit->cx, &want, placed));
	kit_pay(kit, placed, &settled);
	WANT(settled.confirmed);
	return *placed;
}

static void
stock_can_neither_go_negative_nor_below_what_is_held(void **state)
{
	struct kit kit = kit_new();

	(void)state;
	WANT(is_refused("UPDATE stock SET on_hand = -1 WHERE sku = 'mug'"));
	WANT(is_refused("UPDATE stock SET reserved = -1 WHERE sku = 'mug'"));
	WANT(is_refused("UPDATE stock SET reserved = on_hand + 1 WHERE sku = 'mug'"));
	WANT(!is_refused(
		"UPDATE stock SET updated_at = UTC_TIMESTAMP(6) WHERE sku = 'mug'"));
	test_ctx_free(kit.cx);
}

static void
the_price_of_a_confirmed_order_and_its_lines_never_change(void **state)
{
	struct kit kit = kit_new();
	struct placement placed = confirmed_order(&kit, 1, "guard-1");
	long long id = (long long)placed.order.id.n;

	(void)state;
	WANT(is_refused("UPDATE orders SET total = total + 1, subtotal = subtotal + 1,"
			" payable = payable + 1 WHERE id = %lld",
			id));
	WANT(is_refused("UPDATE orders SET confirmed_at = NULL WHERE id = %lld", id));
	WANT(is_refused("DELETE FROM orders WHERE id = %lld", id));
	WANT(is_refused("UPDATE order_line SET qty = 1 WHERE order_id = %lld", id));
	WANT(is_refused("DELETE FROM order_line WHERE order_id = %lld", id));
	WANT(!is_refused("UPDATE orders SET carrier = 'Gull Post' WHERE id = %lld",
			 id));
	test_ctx_free(kit.cx);
}

static void
the_books_are_only_added_to(void **state)
{
	static const char *const tables[] = {"ledger", "stock_move", "order_event",
					     "audit", "event"};
	struct kit kit = kit_new();

	(void)state;
	confirmed_order(&kit, 2, "guard-2");
	test_script("INSERT INTO event (kind, subject) VALUES ('Test', UUID())");
	test_script(
		"INSERT INTO audit (actor, action, body) VALUES ('test', 'test', 'x')");
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
		WANT(test_number("SELECT COUNT(*) FROM %s", tables[i]) > 0);
		WANT(is_refused("DELETE FROM %s LIMIT 1", tables[i]));
		WANT(is_refused("UPDATE %s SET id = id + 1000000 LIMIT 1", tables[i]));
	}
	test_ctx_free(kit.cx);
}

static void
an_order_cannot_take_a_step_that_is_not_listed(void **state)
{
	struct kit kit = kit_new();
	struct placement placed = confirmed_order(&kit, 3, "guard-3");

	(void)state;
	WANT(is_refused(
		"INSERT INTO order_event (order_id, seq, event, from_state, to_state,"
		" actor, at) VALUES (%lld, 99, 'x', 'confirmed', 'pending', 'x',"
		" UTC_TIMESTAMP(6))",
		(long long)placed.order.id.n));
	test_ctx_free(kit.cx);
}

static void
program_and_database_list_the_same_steps(void **state)
{
	struct ctx *cx = test_ctx();
	const struct machine *machine = machine_get(MACHINE_ORDER);
	const struct machine_edge *edges = machine->edges;
	size_t n = machine->n;

	(void)state;
	for (size_t i = 0; i < n; i++)
		WANT_INT(test_number("SELECT COUNT(*) FROM transition_ok WHERE "
				     "from_state = '%s'"
				     " AND to_state = '%s'",
				     edges[i].from, edges[i].to),
			 1);
	/* and none that the program does not know */
	for (size_t i = 0; i < n; i++)
		test_script("DELETE FROM transition_ok WHERE from_state = '%s' AND "
			    "to_state = '%s'",
			    edges[i].from, edges[i].to);
	WANT_INT(test_number("SELECT COUNT(*) FROM transition_ok"), 0);
	for (size_t i = 0; i < n; i++)
		test_script("INSERT IGNORE INTO transition_ok VALUES ('%s', '%s')",
			    edges[i].from, edges[i].to);
	test_ctx_free(cx);
}

static void
a_cart_holds_fifty_lines_even_without_the_codes_check(void **state)
{
	struct kit kit = kit_new();
	int64_t cart;

	(void)state;
	kit_fill_cart(&kit, 4, "mug", 1);
	cart = test_number("SELECT MAX(id) FROM cart");
	WANT(is_refused(
		"INSERT INTO cart_line (uid, cart_id, slot, sku, title, unit_price,"
		" currency, quantity) VALUES (UUID(), %lld, 51, 'x', 'x', 1, 'USD', 1)",
		(long long)cart));
	test_ctx_free(kit.cx);
}

static void
an_order_has_at_most_one_live_attempt(void **state)
{
	struct kit kit = kit_new();
	struct placing want = kit_placing(&kit, 5, "guard-5");
	struct placement placed;

	(void)state;
	kit_script_begin(&kit);
	kit_checkout(&kit, 5, "mug", 1);
	kit_will_create(&kit, PAY_DONE);
	WANT_OK(flow_place_order(kit.shop, kit.cx, &want, &placed));
	WANT(is_refused(
		"INSERT INTO payment_attempt (uid, order_id, n, gateway, idem_key,"
		" currency, amount, state, return_token, sent_at, expires_at)"
		" SELECT UUID(), order_id, n + 1, gateway, CONCAT(idem_key, 'x'), "
		"currency,"
		" amount, 'sent', REVERSE(return_token), sent_at, expires_at"
		" FROM payment_attempt WHERE id = %lld",
		(long long)placed.attempt.id.n));
	test_ctx_free(kit.cx);
}

static void
the_programs_user_may_not_touch_the_books(void **state)
{
	static const char *const acts[] = {
		"DELETE FROM ledger", "UPDATE ledger SET amount = 0",
		"DELETE FROM orders", "UPDATE stock_move SET qty = 0",
		"DROP TABLE idem",    "DELETE FROM audit"};
	struct db_options options = test_options();
	struct ctx *cx = test_ctx();
	MYSQL *my = mysql_init(NULL);

	(void)state;
	WANT(mysql_real_connect(my, NULL, options.user, options.password,
				options.schema, 0, options.socket, 0) != NULL);
	for (size_t i = 0; i < sizeof acts / sizeof *acts; i++) {
		WANT(mysql_query(my, acts[i]) != 0);
		WANT_INT(mysql_errno(my), 1142); /* command denied */
	}
	mysql_close(my);
	test_ctx_free(cx);
}

TESTS(TEST(stock_can_neither_go_negative_nor_below_what_is_held),
      TEST(the_price_of_a_confirmed_order_and_its_lines_never_change),
      TEST(the_books_are_only_added_to),
      TEST(an_order_cannot_take_a_step_that_is_not_listed),
      TEST(program_and_database_list_the_same_steps),
      TEST(a_cart_holds_fifty_lines_even_without_the_codes_check),
      TEST(an_order_has_at_most_one_live_attempt),
      TEST(the_programs_user_may_not_touch_the_books))
