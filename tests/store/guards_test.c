/* guards_test.c - the database's own walls, with the code's checks out of the way. */
#include "domain/order_state.h"
#include "support/database.h"
#include "support/kit.h"

#include <mysql.h>
#include <stdio.h>
#include <string.h>

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
	WANT_OK(kit_place_order(kit->shop, kit->cx, &want, placed));
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
	static const struct {
		const char *table, *column;
	} books[] = {
		{"ledger", "amount"},     {"stock_move", "qty"},
		{"order_event", "actor"}, {"audit", "body"},
		{"audit_seal", "hash"},   {"event", "detail"},
		{"invoice", "total"},     {"order_amendment", "actor"},
		{"order_line", "qty"},
	};
	struct kit kit = kit_new();
	struct placement placed = confirmed_order(&kit, 2, "guard-2");

	(void)state;
	test_script("INSERT INTO event (kind, subject) VALUES ('Test', UUID());"
		    "INSERT INTO audit (actor, action, body) VALUES ('test', 'test',"
		    " 'x');"
		    "INSERT INTO audit_seal (audit_id, prev_hash, hash)"
		    " SELECT MAX(id), REPEAT('x', 32), REPEAT('y', 32) FROM audit;"
		    "INSERT INTO invoice (series, no, order_id, currency, total)"
		    " VALUES ('T', 1, %" PRId64 ", 'USD', 1);"
		    "INSERT INTO order_amendment (order_id, kind, old_contact_id,"
		    " new_contact_id, actor) VALUES (%" PRId64
		    ", 'address', 1, 1, 'x')",
		    placed.order.id.n, placed.order.id.n);
	for (size_t i = 0; i < sizeof books / sizeof *books; i++) {
		const char *table = books[i].table;
		const char *column = books[i].column;

		WANT(test_number("SELECT COUNT(*) FROM %s", table) > 0);
		WANT(is_refused("DELETE FROM %s LIMIT 1", table));
		WANT(is_refused("UPDATE %s SET %s = %s LIMIT 1", table, column,
				column));
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
	WANT_OK(kit_place_order(kit.shop, kit.cx, &want, &placed));
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

/* True when the program's own user has no right to do it. */
static bool
is_denied(MYSQL *my, const char *format, const char *table)
{
	char sql[200];

	snprintf(sql, sizeof sql, format, table);
	return mysql_query(my, sql) != 0 && mysql_errno(my) == 1142;
}

static MYSQL *
as_the_program(void)
{
	struct db_options options = test_options();
	MYSQL *my = mysql_init(NULL);

	WANT(mysql_real_connect(my, NULL, options.user, options.password,
				options.schema, 0, options.socket, 0) != NULL);
	return my;
}

static void
the_programs_user_may_not_touch_the_books(void **state)
{
	static const char *const books[] = {"ledger",  "stock_move", "order_event",
					    "audit",   "audit_seal", "event",
					    "invoice", "order_line", "order_amendment"};
	static const char *const rules[] = {"transition_ok", "machine_edge",
					    "schema_migration", "audit_unsealed"};
	static const char *const kept[] = {
		"orders", "payment_attempt", "refund",     "dispute", "reservation",
		"stock",  "outbox",          "webhook_in", "product", "contact"};
	MYSQL *my = as_the_program();

	(void)state;
	for (size_t i = 0; i < DB_COUNT(books); i++) {
		WANT(is_denied(my, "DELETE FROM %s", books[i]));
		WANT(is_denied(my, "UPDATE %s SET no = 1", books[i]));
		WANT(is_denied(my, "TRUNCATE %s", books[i]));
	}
	for (size_t i = 0; i < DB_COUNT(rules); i++) {
		WANT(is_denied(my, "DELETE FROM %s", rules[i]));
		WANT(is_denied(my, "INSERT INTO %s VALUES ()", rules[i]));
	}
	for (size_t i = 0; i < DB_COUNT(kept); i++) {
		WANT(is_denied(my, "DELETE FROM %s", kept[i]));
		WANT(is_denied(my, "DROP TABLE %s", kept[i]));
		WANT(is_denied(my, "ALTER TABLE %s ADD COLUMN x INT", kept[i]));
		WANT(is_denied(my,
			       "CREATE TRIGGER x BEFORE INSERT ON %s FOR EACH ROW"
			       " SET @x = 1",
			       kept[i]));
	}
	mysql_close(my);
}

/* ---- what a session of the program is set to ---- */

struct session {
	const char *sql_mode, *isolation;
	bool snapshot, rollback_on_timeout;
	int64_t statement_s, lock_s;
};

SQL_ROWS(read_session, struct session,
	 (sql_mode, isolation, snapshot, rollback_on_timeout, statement_s, lock_s),
	 "SELECT @@sql_mode AS sql_mode, @@tx_isolation AS isolation,"
	 "       CAST(@@innodb_snapshot_isolation AS SIGNED) AS snapshot,"
	 "       CAST(@@global.innodb_rollback_on_timeout AS SIGNED)"
	 "         AS rollback_on_timeout,"
	 "       CAST(@@max_statement_time AS SIGNED) AS statement_s,"
	 "       CAST(@@innodb_lock_wait_timeout AS SIGNED) AS lock_s");

static fallible
read_settings(struct tx *tx, struct session *session)
{
	bool found;

	return db_one(tx, &read_session, NO_ARGS, session, &found);
}

static void
a_session_is_strict_and_waits_for_nothing_long(void **state)
{
	struct ctx *cx = test_ctx();
	struct session session = {0};

	(void)state;
	WANT_OK(IN_READ(cx, read_settings(tx, &session)));
	WANT(strstr(session.sql_mode, "STRICT_ALL_TABLES") != NULL);
	WANT(strstr(session.sql_mode, "NO_ENGINE_SUBSTITUTION") != NULL);
	WANT_TEXT(session.isolation, "READ-COMMITTED");
	WANT(session.snapshot);
	WANT(session.rollback_on_timeout);
	WANT(session.statement_s >= 3 && session.statement_s <= 4);
	WANT_INT(session.lock_s, 3);
	test_ctx_free(cx);
}

/* Whatever must happen once has a unique key: table and columns. */
static void
once_is_a_unique_key(void **state)
{
	static const char *const keys[][2] = {
		{"stock_move", "order_id,line_no,kind"},
		{"payment_attempt", "idem_key"},
		{"payment_attempt", "gateway,gw_id"},
		{"payment_attempt", "gateway,gw_payment"},
		{"refund", "idem_key"},
		{"refund", "gateway,gw_refund_id"},
		{"dispute", "gateway,gw_dispute_id"},
		{"webhook_in", "gateway,event_id"},
		{"idem", "scope,idem_key"},
		{"orders", "idem_key"},
		{"ledger", "ref,account,currency"},
		{"outbox", "dedup"},
		{"invoice", "order_id"},
		{"invoice", "series,no"},
		{"order_event", "order_id,seq"},
		{"audit_seal", "audit_id"},
		{"audit_seal", "prev_hash"},
	};

	(void)state;
	for (size_t i = 0; i < DB_COUNT(keys); i++)
		if (test_number("SELECT COUNT(*) FROM (SELECT GROUP_CONCAT(column_name"
				" ORDER BY seq_in_index) AS columns FROM"
				" information_schema.statistics WHERE table_schema ="
				" '%s' AND table_name = '%s' AND non_unique = 0"
				" GROUP BY index_name) x WHERE columns = '%s'",
				test_schema(), keys[i][0], keys[i][1]) != 1)
			check_fail(__FILE__, __LINE__, "%s (%s)", keys[i][0],
				   keys[i][1]);
}

TESTS(TEST(stock_can_neither_go_negative_nor_below_what_is_held),
      TEST(the_price_of_a_confirmed_order_and_its_lines_never_change),
      TEST(the_books_are_only_added_to),
      TEST(an_order_cannot_take_a_step_that_is_not_listed),
      TEST(program_and_database_list_the_same_steps),
      TEST(a_cart_holds_fifty_lines_even_without_the_codes_check),
      TEST(an_order_has_at_most_one_live_attempt),
      TEST(the_programs_user_may_not_touch_the_books),
      TEST(a_session_is_strict_and_waits_for_nothing_long), TEST(once_is_a_unique_key))
