/* throttle_test.c - tries are counted within a window, and forgotten after it. */
#include "domain/throttle.h"

#include "support/database.h"

enum { LIMIT = 5, WINDOW = 900 };

static bool
is_over(struct ctx *cx, const char *purpose, const char *subject)
{
	struct err *e;
	bool over = false;

	TRANSACTION (tx, cx, &e)
		e = throttle_count(tx, purpose, subject, LIMIT, WINDOW, &over);
	WANT_OK(e);
	return over;
}

static void
the_sixth_try_is_one_too_many_until_the_window_ends(void **state)
{
	struct ctx *cx = test_ctx();

	(void)state;
	for (int i = 0; i < LIMIT; i++)
		WANT(!is_over(cx, "find", "192.0.2.7"));
	WANT(is_over(cx, "find", "192.0.2.7"));
	test_turn_clock(WINDOW - 10);
	WANT(is_over(cx, "find", "192.0.2.7"));
	test_turn_clock(WINDOW + 10);
	WANT(!is_over(cx, "find", "192.0.2.7"));
	test_turn_clock(0);
	test_ctx_free(cx);
}

static void
each_subject_and_purpose_is_counted_by_itself(void **state)
{
	struct ctx *cx = test_ctx();

	(void)state;
	for (int i = 0; i <= LIMIT; i++)
		(void)is_over(cx, "find", "ABCDE-23456");
	WANT(is_over(cx, "find", "ABCDE-23456"));
	WANT(!is_over(cx, "find", "ABCDE-23457"));
	WANT(!is_over(cx, "sign", "ABCDE-23456"));
	test_ctx_free(cx);
}

static void
counters_whose_window_is_over_are_dropped(void **state)
{
	struct ctx *cx = test_ctx();
	struct err *e;
	int64_t dropped = 0;

	(void)state;
	(void)is_over(cx, "find", "192.0.2.8");
	test_turn_clock(3 * WINDOW);
	TRANSACTION (tx, cx, &e)
		e = throttle_purge(tx, 1000, &dropped);
	WANT_OK(e);
	WANT(dropped > 0);
	WANT_INT(test_number("SELECT COUNT(*) FROM throttle"), 0);
	test_turn_clock(0);
	test_ctx_free(cx);
}

TESTS(TEST(the_sixth_try_is_one_too_many_until_the_window_ends),
      TEST(each_subject_and_purpose_is_counted_by_itself),
      TEST(counters_whose_window_is_over_are_dropped))
