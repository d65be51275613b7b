/* tx_reading_test.c - readings: they write nothing and see what they should. */
#include "support/tx_counter.h"

SQL(set, "UPDATE counter SET n = ? WHERE sku = ?");

struct moment_row {
	struct instant at;
};

SQL_ROWS(read_moment, struct moment_row, (at), "SELECT UTC_TIMESTAMP(6) AS at");

static void
reading_writes_nothing(void **state)
{
	struct ctx *cx = arrange();
	struct err *e;

	(void)state;
	READING (tx, cx, &e)
		e = db_run(tx, &take, ARGS("mug"));
	WANT_ERR(e, INTERNAL);
	SNAPSHOT (tx, cx, &e)
		e = db_run(tx, &take, ARGS("mug"));
	WANT_ERR(e, INTERNAL);
	WANT_INT(mugs(), 0);
	test_ctx_free(cx);
}

static fallible
look_before_and_after(struct tx *tx, int64_t *before, int64_t *after)
{
	TRY(look_at(tx, "mug", before));
	test_script("UPDATE counter SET n = n + 1 WHERE sku = 'mug'");
	return look_at(tx, "mug", after);
}

static void
reading_sees_what_is_new_and_a_snapshot_does_not(void **state)
{
	struct ctx *cx = arrange();
	int64_t before, after;
	struct err *e;

	(void)state;
	READING (tx, cx, &e)
		e = look_before_and_after(tx, &before, &after);
	WANT_OK(e);
	WANT_INT(after, before + 1);
	SNAPSHOT (tx, cx, &e)
		e = look_before_and_after(tx, &before, &after);
	WANT_OK(e);
	WANT_INT(after, before);
	TRANSACTION (tx, cx, &e)
		e = look_before_and_after(tx, &before, &after);
	WANT_OK(e);
	WANT_INT(after, before + 1); /* the snapshot was for one transaction */
	test_ctx_free(cx);
}

static fallible
watch_the_clock(struct tx *tx, int64_t *passed_us)
{
	struct moment_row before, after;
	bool found;

	TRY(db_one(tx, &read_moment, NO_ARGS, &before, &found));
	test_script("DO SLEEP(0.05)");
	TRY(db_one(tx, &read_moment, NO_ARGS, &after, &found));
	*passed_us = after.at.us - before.at.us;
	return NULL;
}

static void
the_clock_of_a_snapshot_stands(void **state)
{
	struct ctx *cx = arrange();
	int64_t passed_us;
	struct err *e;

	(void)state;
	SNAPSHOT (tx, cx, &e)
		e = watch_the_clock(tx, &passed_us);
	WANT_OK(e);
	WANT_INT(passed_us, 0);
	READING (tx, cx, &e)
		e = watch_the_clock(tx, &passed_us);
	WANT_OK(e);
	assert_true(passed_us >= 50000); /* and it runs again */
	test_ctx_free(cx);
}

static void
round_trips_are_counted(void **state)
{
	struct ctx *cx = arrange();
	int64_t n, before;
	struct err *e;

	(void)state;
	before = db_statements(cx->db);
	READING (tx, cx, &e)
		e = look_at(tx, "mug", &n);
	WANT_OK(e);
	SINGLE (tx, cx, &e)
		e = db_run(tx, &set, ARGS(7, "mug"));
	WANT_OK(e);
	WANT_INT(db_statements(cx->db) - before, 2);
	test_ctx_free(cx);
}

TESTS(TEST(reading_writes_nothing),
      TEST(reading_sees_what_is_new_and_a_snapshot_does_not),
      TEST(the_clock_of_a_snapshot_stands), TEST(round_trips_are_counted))
