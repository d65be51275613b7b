/* tx_rerun_test.c - who meets a deadlock or a held lock runs again from the top. */
#include <mysqld_error.h>

#include "db/fault.h"
#include "support/tx_counter.h"

struct many {
	const char *sku;
};

SQL_ROWS(hold, struct count, (n), "SELECT n FROM counter WHERE sku = ? FOR UPDATE");
SQL(hurry, "SET max_statement_time = 0.1");
SQL(slow, "UPDATE counter SET n = SLEEP(10)");
SQL(wait_for_nothing, "SET innodb_lock_wait_timeout = 0");

static int runs;
static unsigned fail_with;
static int fail_runs;

/* Is a victim in its first runs. */
static fallible
be_victim(struct tx *tx)
{
	runs++;
	TRY(take_both(tx));
	if (tx->attempt <= fail_runs)
		db_fail_statement(tx->db, 1, fail_with);
	return db_run(tx, &take, ARGS("cup"));
}

static void
victims_run_again_from_the_top(void **state)
{
	static const unsigned errors[] = {ER_LOCK_DEADLOCK, ER_LOCK_WAIT_TIMEOUT,
					  ER_CHECKREAD};
	struct ctx *cx = arrange();

	(void)state;
	for (size_t i = 0; i < DB_COUNT(errors); i++) {
		fail_with = errors[i];
		fail_runs = 3;
		runs = 0;
		WANT_OK(in_transaction(cx, be_victim));
		WANT_INT(runs, 4);
		WANT_INT(mugs(), i + 1);
		WANT_INT(cups(), 2 * (i + 1));
	}
	test_ctx_free(cx);
}

static void
after_four_runs_the_shop_is_busy(void **state)
{
	struct ctx *cx = arrange();

	(void)state;
	fail_with = ER_LOCK_DEADLOCK;
	fail_runs = 99;
	runs = 0;
	WANT_ERR(in_transaction(cx, be_victim), BUSY);
	WANT_INT(runs, 4);
	WANT_INT(mugs(), 0);
	test_ctx_free(cx);
}

static size_t used_in_first_run;

static fallible
use_memory(struct tx *tx)
{
	arena_alloc(tx->mem, 100000);
	if (tx->attempt == 1)
		used_in_first_run = arena_used(tx->mem);
	WANT_INT(tx_is_rerun(tx), tx->attempt > 1);
	return tx->attempt < 4 ? tx_again(tx, "once more") : NULL;
}

static void
memory_of_a_run_in_vain_is_given_back(void **state)
{
	struct ctx *cx = arrange();

	(void)state;
	WANT_OK(in_transaction(cx, use_memory));
	WANT(arena_used(cx->mem) <= used_in_first_run);
	test_ctx_free(cx);
}

/* A call that does not look at the errors of its statements. */
static fallible
pass_over(struct tx *tx)
{
	runs++;
	if (tx->attempt == 1)
		db_fail_statement(tx->db, 1, ER_LOCK_DEADLOCK);
	if (db_run(tx, &take, ARGS("mug")) != NULL &&
	    db_run(tx, &take, ARGS("cup")) == NULL)
		return FAIL(INTERNAL, "a statement ran outside its transaction");
	return NULL;
}

static void
an_error_that_is_passed_over_still_runs_again(void **state)
{
	struct ctx *cx = arrange();

	(void)state;
	runs = 0;
	WANT_OK(in_transaction(cx, pass_over));
	WANT_INT(runs, 2);
	WANT(mugs() == 1 && cups() == 0);
	test_ctx_free(cx);
}

/* ---- real locks ---- */

static struct meeting both_hold_one;

/* Takes two rows in a given order; another holds the second one by then. */
static fallible
take_crosswise(struct tx *tx, int child)
{
	const char *first = child ? "mug" : "cup", *second = child ? "cup" : "mug";
	struct count count;
	bool found;

	TRY(db_one(tx, &hold, ARGS(first), &count, &found));
	if (tx->attempt == 1)
		test_meet(both_hold_one, child);
	TRY(db_one(tx, &hold, ARGS(second), &count, &found));
	TRY(db_run(tx, &take, ARGS(first)));
	return db_run(tx, &take, ARGS(second));
}

static int
play_crosswise(int child)
{
	struct ctx *cx = test_ctx();
	struct err *e;

	TRANSACTION (tx, cx, &e)
		e = take_crosswise(tx, child);
	test_ctx_free(cx);
	return e != NULL;
}

static int64_t
deadlocks(void)
{
	return test_number("SELECT variable_value FROM information_schema.global_status"
			   " WHERE variable_name = 'INNODB_DEADLOCKS'");
}

static void
a_real_deadlock_of_two_processes_is_survived(void **state)
{
	struct ctx *cx = arrange();
	int64_t before = deadlocks();

	(void)state;
	both_hold_one = test_meeting();
	test_processes(2, play_crosswise);
	WANT(deadlocks() > before);
	WANT(mugs() == 2 && cups() == 2);
	test_ctx_free(cx);
}

/* Its second run finds another way. */
static fallible
take_unless_held(struct tx *tx)
{
	struct count count;
	bool found;

	runs++;
	TRY(db_run(tx, &take, ARGS("cup")));
	if (tx->attempt > 1)
		return NULL;
	TRY(db_run(tx, &wait_for_nothing, NO_ARGS));
	return db_one(tx, &hold, ARGS("mug"), &count, &found);
}

SQL_SAVE(take_many, struct many, (sku), "UPDATE counter SET n = n + 1 WHERE sku = ?");

static fallible
take_many_unless_held(struct tx *tx)
{
	const struct many many[] = {{"cup"}, {"mug"}};
	int64_t changed;

	runs++;
	TRY(db_run(tx, &wait_for_nothing, NO_ARGS));
	return db_run_rows(tx, &take_many, many, tx->attempt > 1 ? 1 : 2, &changed);
}

/* Holds a row while another connection waits for it in vain. */
static fallible
hold_against(struct tx *holder, struct ctx *other, fallible (*call)(struct tx *))
{
	struct count count;
	bool found;
	struct err *e;

	TRY(db_one(holder, &hold, ARGS("mug"), &count, &found));
	TRANSACTION (tx, other, &e)
		e = call(tx);
	return e;
}

static void
a_lock_that_is_held_too_long_makes_the_work_run_again(void **state)
{
	struct err *(*const calls[])(struct tx *) = {take_unless_held,
						     take_many_unless_held};

	(void)state;
	for (size_t i = 0; i < DB_COUNT(calls); i++) {
		struct ctx *cx = arrange();
		struct ctx *other = test_ctx();
		struct err *e;

		runs = 0;
		TRANSACTION (tx, cx, &e)
			e = hold_against(tx, other, calls[i]);
		WANT_OK(e);
		WANT_INT(runs, 2);
		WANT_INT(cups(), 1); /* what its first run did was undone */
		test_ctx_free(other);
		test_ctx_free(cx);
	}
}

static fallible
sleep_long(struct tx *tx)
{
	TRY(db_run(tx, &hurry, NO_ARGS));
	runs++;
	return db_run(tx, &slow, NO_ARGS);
}

static void
a_statement_that_takes_too_long_is_stopped_and_not_run_again(void **state)
{
	struct ctx *cx = arrange();

	(void)state;
	runs = 0;
	WANT_ERR(in_transaction(cx, sleep_long), BUSY);
	WANT_INT(runs, 1);
	test_ctx_free(cx);
}

TESTS(TEST(victims_run_again_from_the_top), TEST(after_four_runs_the_shop_is_busy),
      TEST(memory_of_a_run_in_vain_is_given_back),
      TEST(an_error_that_is_passed_over_still_runs_again),
      TEST(a_real_deadlock_of_two_processes_is_survived),
      TEST(a_lock_that_is_held_too_long_makes_the_work_run_again),
      TEST(a_statement_that_takes_too_long_is_stopped_and_not_run_again))
