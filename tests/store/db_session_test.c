/* db_session_test.c - the session of a connection: its modes, its clock, its server. */
#include "db/db.h"

#include "support/db_thing.h"

SQL_ROWS(session, struct thing, (text),
	 "SELECT CONCAT_WS('|', @@tx_isolation, @@time_zone, "
	 "@@innodb_snapshot_isolation,"
	 " @@innodb_lock_wait_timeout, @@max_statement_time, @@collation_connection,"
	 " @@character_set_client, @@autocommit) AS text");
SQL_ROWS(strictness, struct thing, (text), "SELECT @@sql_mode AS text");

static void
a_session_is_strict_and_impatient(void **state)
{
	static const char *const modes[] = {
		"STRICT_ALL_TABLES",
		"ONLY_FULL_GROUP_BY",
		"NO_ZERO_DATE",
		"NO_ZERO_IN_DATE",
		"ERROR_FOR_DIVISION_BY_ZERO",
		"NO_ENGINE_SUBSTITUTION",
	};
	struct ctx *cx = arrange();
	struct thing thing;
	bool found;

	(void)state;
	IN_TX(cx, db_one(tx, &session, NO_ARGS, &thing, &found));
	WANT_TEXT(thing.text,
		  "READ-COMMITTED|+00:00|ON|3|3.500000|utf8mb4_bin|utf8mb4|ON");
	IN_TX(cx, db_one(tx, &strictness, NO_ARGS, &thing, &found));
	for (size_t i = 0; i < DB_COUNT(modes); i++)
		WANT(strstr(thing.text, modes[i]) != NULL);
	test_ctx_free(cx);
}

static void
without_a_server_the_database_is_down(void **state)
{
	struct ctx *cx = arrange();
	struct db_options options = test_options();
	struct thing *things;
	struct err *e;
	size_t n;

	(void)state;
	options.socket = "/nowhere/socket";
	cx->db = db_new(cx->mem, &options);
	WANT_ERR(db_connect(cx->db), DATABASE_DOWN);
	READING (tx, cx, &e)
		e = db_all(tx, &list_numbers, NO_ARGS, &things, &n);
	WANT_ERR(e, DATABASE_DOWN);
	WANT(!cx->in_tx);
	test_ctx_free(cx);
}

struct moment {
	struct instant at;
};

SQL_ROWS(moment, struct moment, (at), "SELECT NOW(6) AS at");

static struct instant
database_now(struct ctx *cx)
{
	struct moment now;
	struct err *e;
	bool found;

	TRANSACTION (tx, cx, &e)
		e = db_one(tx, &moment, NO_ARGS, &now, &found);
	WANT_OK(e);
	return now.at;
}

static int64_t
apart(struct instant a, struct instant b)
{
	int64_t us = instant_since(a, b);

	return us < 0 ? -us : us;
}

static void
the_database_keeps_the_time_that_tests_turn(void **state)
{
	static const int64_t offsets[] = {3600, -86400, 40 * 86400, 0, 5, 0};
	struct ctx *cx = arrange();
	struct instant real = clock_now();

	(void)state;
	for (size_t i = 0; i < DB_COUNT(offsets); i++) {
		test_turn_clock(offsets[i]);
		WANT(apart(database_now(cx), instant_add(real, SECONDS(offsets[i]))) <
		     SECONDS(5));
		WANT(apart(database_now(cx), clock_now()) < SECONDS(2));
	}
	test_ctx_free(cx);
}

TESTS(TEST(a_session_is_strict_and_impatient),
      TEST(without_a_server_the_database_is_down),
      TEST(the_database_keeps_the_time_that_tests_turn))
