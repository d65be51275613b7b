/* db_prepare_test.c - statements are compared with the tables, and prepared once. */
#include "db/db_private.h"
#include "support/db_thing.h"

SQL_ROWS(bad_sum, struct thing, (n), "SELECT SUM(n) AS n FROM thing");
SQL_ROWS(good_sum, struct thing, (n), "SELECT CAST(SUM(n) AS SIGNED) AS n FROM thing");
SQL_ROWS(bad_name, struct thing, (n), "SELECT n AS m FROM thing");
SQL_ROWS(bad_width, struct thing, (n), "SELECT n, n AS m FROM thing");
SQL_ROWS(bad_money, struct thing, (price),
	 "SELECT n AS price_minor, n AS price_code"
	 " FROM thing");
SQL_ROWS(bad_type, struct thing, (text), "SELECT n AS text FROM thing");
SQL_ROWS(bad_date, struct thing, (at), "SELECT text AS at FROM thing");
SQL_ROWS(bad_sealed, struct thing, (uid, owner, name),
	 "SELECT uid, 1 AS owner_id, '' AS owner_wrapped, CONCAT(name) AS name FROM "
	 "thing");
SQL(bad_words, "SELEKT 1");
SQL_SAVE(bad_saved, struct thing, (n, text), "INSERT INTO thing (n) VALUES (?)");
SQL_SAVE(bad_place, struct thing, (uid, owner, name),
	 "INSERT INTO thing SELECT ?, ?, ? FROM thing");

static void
want_refused(struct ctx *cx, const struct db_stmt *stmt, const char *because)
{
	MYSQL_STMT *prepared;
	struct err *e = db_connect(cx->db);

	WANT_OK(e);
	e = db_prepared(cx->db, stmt, &prepared);
	WANT_ERR(e, INTERNAL);
	if (strstr(e->cause, because) == NULL || strstr(e->cause, stmt->name) == NULL)
		fail_msg("%s", e->cause);
}

static void
statements_that_do_not_fit_are_refused_with_the_reason(void **state)
{
	struct ctx *cx = arrange();
	struct thing thing;
	bool found;

	(void)state;
	want_refused(cx, &bad_sum, "CAST(... AS SIGNED)");
	want_refused(cx, &bad_name, "column m stands where n is wanted");
	want_refused(cx, &bad_width, "2 columns selected, 1 wanted");
	want_refused(cx, &bad_money, "price_currency");
	want_refused(cx, &bad_type, "cannot hold");
	want_refused(cx, &bad_date, "cannot hold");
	want_refused(cx, &bad_sealed, "straight from its table");
	want_refused(cx, &bad_words, "SQL syntax");
	want_refused(cx, &bad_saved, "1 parameters, 2 saved");
	want_refused(cx, &bad_place, "goes to no column");
	add_numbers(4);
	IN_TX(cx, db_one(tx, &good_sum, NO_ARGS, &thing, &found));
	WANT_INT(thing.n, 10);
	test_ctx_free(cx);
}

static void
places_are_read_from_the_text(void **state)
{
	struct arena *mem = arena_new(1 << 20);
	static const char insert[] =
		"INSERT INTO contact (uid, email,\n  phone) VALUES (?, LEFT(?, 3), ?)"
		" ON DUPLICATE KEY UPDATE phone = ?";
	static const char update[] =
		"UPDATE contact SET email = ?, version = version + 1,"
		" phone=? WHERE uid = ?";
	static const char joined[] =
		"UPDATE payment_attempt a RIGHT JOIN idem i ON a.id = ?"
		" SET a.page_url = ?, i.resp_body = ?, method = ?";

	(void)state;
	WANT_TEXT(db_place(mem, joined, 1), "payment_attempt.page_url");
	WANT_TEXT(db_place(mem, joined, 2), "idem.resp_body");
	WANT_TEXT(db_place(mem, joined, 3), "payment_attempt.method");
	WANT_TEXT(db_place(mem, insert, 0), "contact.uid");
	WANT_TEXT(db_place(mem, insert, 1), "contact.email");
	WANT_TEXT(db_place(mem, insert, 2), "contact.phone");
	WANT_TEXT(db_place(mem, insert, 3), "contact.phone");
	WANT_TEXT(db_place(mem, insert, 4), NULL);
	WANT_TEXT(db_place(mem, update, 0), "contact.email");
	WANT_TEXT(db_place(mem, update, 1), "contact.phone");
	WANT_TEXT(db_place(mem, "SELECT ?", 0), NULL);
	WANT_TEXT(db_place(mem, "INSERT INTO t VALUES (?)", 0), NULL);
	arena_free(mem);
}

/* Of this connection alone: other tests use the same server. */
SQL_ROWS(count_prepared, struct thing, (n),
	 "SELECT CAST(variable_value AS SIGNED) AS n"
	 "  FROM information_schema.session_status"
	 " WHERE variable_name = 'COM_STMT_PREPARE'");

static int64_t
prepared(struct ctx *cx)
{
	struct thing thing = {0};
	bool found;

	IN_TX(cx, db_one(tx, &count_prepared, NO_ARGS, &thing, &found));
	return thing.n;
}

static void
a_statement_is_prepared_once(void **state)
{
	struct ctx *cx = arrange();
	struct thing *things;
	size_t n;
	int64_t before = prepared(cx);

	(void)state;
	IN_TX(cx, db_all(tx, &list_numbers, NO_ARGS, &things, &n));
	WANT_INT(prepared(cx), before + 1);
	for (int i = 0; i < 5; i++)
		IN_TX(cx, db_all(tx, &list_numbers, NO_ARGS, &things, &n));
	WANT_INT(prepared(cx), before + 1);
	test_ctx_free(cx);
}

SQL_ROWS(two_statements, struct thing, (n), "SELECT 1 AS n; SELECT 2 AS n");

static void
only_scripts_hold_several_statements(void **state)
{
	struct ctx *cx = test_owner();
	struct err *e;

	(void)state;
	want_refused(cx, &two_statements, "SQL syntax");
	WANT_OK(db_script(cx->db, "CREATE TABLE a1 (n INT); SELECT 1; DROP TABLE a1;"));
	want_refused(cx, &two_statements, "SQL syntax");
	e = db_script(cx->db, "SELECT 1; SELECT 2; SELEKT 3; SELECT 4");
	WANT_ERR(e, INTERNAL);
	WANT(strstr(e->cause, "statement 3") != NULL);
	WANT_OK(db_script(cx->db, "SELECT 1"));
	test_ctx_free(cx);
}

TESTS(TEST(statements_that_do_not_fit_are_refused_with_the_reason),
      TEST(places_are_read_from_the_text), TEST(a_statement_is_prepared_once),
      TEST(only_scripts_hold_several_statements))
