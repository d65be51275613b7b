/* db_rows_test.c - as many rows as there are: all, one, or each in turn. */
#include "db/db.h"

#include "support/db_thing.h"

SQL_ROWS(one_number, struct thing, (n), "SELECT n FROM thing WHERE n >= ? ORDER BY id");

static void
any_number_of_rows_is_listed(void **state)
{
	static const int counts[] = {1, 16, 17, 1000};
	struct ctx *cx = arrange();
	struct thing *things;
	size_t n;

	(void)state;
	IN_TX(cx, db_all(tx, &list_numbers, NO_ARGS, &things, &n));
	WANT_INT(n, 0);
	for (size_t i = 0; i < DB_COUNT(counts); i++) {
		test_script("DELETE FROM thing");
		add_numbers(counts[i]);
		IN_TX(cx, db_all(tx, &list_numbers, NO_ARGS, &things, &n));
		WANT_INT(n, counts[i]);
		for (size_t row = 0; row < n; row++)
			WANT_INT(things[row].n, row + 1);
	}
	test_ctx_free(cx);
}

static void
one_row_is_one_row(void **state)
{
	struct ctx *cx = arrange();
	struct thing thing = {.n = 77};
	bool found = true;

	(void)state;
	add_numbers(3);
	IN_TX(cx, db_one(tx, &one_number, ARGS(9), &thing, &found));
	WANT(!found);
	WANT_INT(thing.n, 77); /* left alone */
	IN_TX_ERR(cx, INTERNAL, db_one(tx, &one_number, ARGS(2), &thing, &found));
	WANT_INT(thing.n, 77);
	IN_TX(cx, db_one(tx, &one_number, ARGS(3), &thing, &found));
	WANT(found);
	WANT_INT(thing.n, 3);
	test_ctx_free(cx);
}

static fallible
add_up(void *sum, const void *row)
{
	const struct thing *thing = row;

	*(int64_t *)sum += thing->n;
	return thing->n == 500 ? FAIL(REFUSED, "enough") : NULL;
}

static void
rows_in_turn_leave_no_memory_behind(void **state)
{
	struct ctx *cx = arrange();
	int64_t sum = 0;
	size_t before, after;
	struct err *e;

	(void)state;
	add_numbers(499);
	before = arena_used(cx->mem);
	READING (tx, cx, &e)
		e = db_each_(tx, &list_numbers, NO_ARGS, add_up, &sum,
			     sizeof(struct thing));
	after = arena_used(cx->mem);
	WANT_OK(e);
	WANT_INT(sum, 499 * 500 / 2);
	WANT(after - before < 1024);
	test_ctx_free(cx);
}

static void
rows_in_turn_may_be_stopped(void **state)
{
	struct ctx *cx = arrange();
	struct thing *things;
	int64_t sum = 0;
	size_t n;
	struct err *e;

	(void)state;
	add_numbers(900);
	READING (tx, cx, &e)
		e = db_each_(tx, &list_numbers, NO_ARGS, add_up, &sum,
			     sizeof(struct thing));
	WANT_ERR(e, REFUSED);
	WANT_INT(sum, 500 * 501 / 2);
	IN_TX(cx, db_all(tx, &list_numbers, NO_ARGS, &things, &n)); /* still in order */
	WANT_INT(n, 900);
	test_ctx_free(cx);
}

static void
null_in_a_plain_number_is_an_error(void **state)
{
	struct ctx *cx = arrange();
	struct thing *things;
	size_t n;

	(void)state;
	test_script("INSERT INTO thing (flag, n) VALUES (0, NULL)");
	IN_TX_ERR(cx, INTERNAL, db_all(tx, &list_numbers, NO_ARGS, &things, &n));
	test_ctx_free(cx);
}

TESTS(TEST(any_number_of_rows_is_listed), TEST(one_row_is_one_row),
      TEST(rows_in_turn_leave_no_memory_behind), TEST(rows_in_turn_may_be_stopped),
      TEST(null_in_a_plain_number_is_an_error))
