/* tx_test.c - all of it or nothing, once, whatever fails. */
#include <errmsg.h>
#include <mysqld_error.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/token.h"
#include "db/db.h"
#include "db/fault.h"
#include "support/database.h"

struct count {
	int64_t n;
};

struct many {
	const char *sku;
};

struct moment {
	struct instant at;
};

SQL(take, "UPDATE counter SET n = n + 1 WHERE sku = ?");
SQL(set, "UPDATE counter SET n = ? WHERE sku = ?");
SQL_ROWS(look, struct count, (n), "SELECT n FROM counter WHERE sku = ?");
SQL_ROWS(hold, struct count, (n), "SELECT n FROM counter WHERE sku = ? FOR UPDATE");
SQL_ROWS(moment, struct moment, (at), "SELECT NOW(6) AS at");
SQL(hurry, "SET max_statement_time = 0.1");
SQL(slow, "UPDATE counter SET n = SLEEP(10)");
SQL(wait_for_nothing, "SET innodb_lock_wait_timeout = 0");
SQL(broken, "INSERT INTO counter (sku, n) VALUES ('mug', 1)"); /* it is there already */

static struct ctx *
arrange(void)
{
	test_schema();
	test_script(
		"DROP TABLE IF EXISTS counter; CREATE TABLE counter (sku VARCHAR(20)"
		" CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY, n BIGINT NOT NULL)"
		" ENGINE = InnoDB; INSERT INTO counter VALUES ('mug', 0), ('cup', 0);"
		" GRANT ALL ON %s.counter TO till@localhost",
		test_schema());
	return test_ctx();
}

static int64_t
mugs(void)
{
	return test_number("SELECT n FROM counter WHERE sku = 'mug'");
}

static int64_t
cups(void)
{
	return test_number("SELECT n FROM counter WHERE sku = 'cup'");
}

static fallible
look_at(struct tx *tx, const char *sku, int64_t *n)
{
	struct count count = {0};
	bool found;

	TRY(db_one(tx, &look, ARGS(sku), &count, &found));
	*n = count.n;
	return NULL;
}

/* A small piece of work with a read and two writes. */
static fallible
take_both(struct tx *tx)
{
	int64_t n;

	TRY(look_at(tx, "mug", &n));
	TRY(db_run(tx, &take, ARGS("mug")));
	return db_run(tx, &take, ARGS("cup"));
}

static fallible
in_transaction(struct ctx *cx, fallible (*call)(struct tx *))
{
	struct err *e;

	TRANSACTION (tx, cx, &e)
		e = call(tx);
	return e;
}

/* ---- what is kept ---- */

static void
work_is_kept_when_it_passes(void **state)
{
	struct ctx *cx = arrange();

	(void)state;
	WANT_OK(in_transaction(cx, take_both));
	WANT(mugs() == 1 && cups() == 1);
	WANT(!cx->in_tx);
	test_ctx_free(cx);
}

static fallible
take_and_refuse(struct tx *tx)
{
	TRY(take_both(tx));
	WANT(tx->cx->in_tx);
	return FAIL(SOLD_OUT, "on purpose");
}

static void
work_is_undone_when_it_fails(void **state)
{
	struct ctx *cx = arrange();

	(void)state;
	WANT_ERR(in_transaction(cx, take_and_refuse), SOLD_OUT);
	WANT(mugs() == 0 && cups() == 0);
	WANT(!cx->in_tx);
	WANT_OK(in_transaction(cx, take_both));
	test_ctx_free(cx);
}

static fallible
take_and_break(struct tx *tx)
{
	TRY(take_both(tx));
	return db_run(tx, &broken, NO_ARGS);
}

static void
an_error_of_the_server_undoes_the_work_and_names_the_statement(void **state)
{
	struct ctx *cx = arrange();
	struct err *e = in_transaction(cx, take_and_break);

	(void)state;
	WANT_ERR(e, INTERNAL);
	WANT(strstr(e->cause, "broken: 1062") != NULL);
	WANT_INT(mugs(), 0);
	test_ctx_free(cx);
}

/* ---- victims ---- */

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

/* Takes two rows in a given order, with time between for another to do the reverse. */
static fallible
take_crosswise(struct tx *tx, const char *first, const char *second)
{
	struct count count;
	bool found;

	TRY(db_one(tx, &hold, ARGS(first), &count, &found));
	for (int i = 0; tx->attempt == 1 && i < 500; i++) {
		if (test_number("SELECT COUNT(*) FROM information_schema.innodb_trx t"
				" JOIN information_schema.processlist p"
				"   ON p.id = t.trx_mysql_thread_id"
				" WHERE t.trx_rows_locked > 0 AND p.db = '%s'",
				test_schema()) >= 2)
			break; /* both hold their first row */
		usleep(2000);
	}
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
		e = take_crosswise(tx, child ? "mug" : "cup", child ? "cup" : "mug");
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

/* ---- lost connections ---- */

/* Loses the connection between its statements. */
static fallible
lose_connection(struct tx *tx)
{
	runs++;
	TRY(db_run(tx, &take, ARGS("mug")));
	WANT_INT(test_cut_connections(), 1);
	return db_run(tx, &take, ARGS("cup"));
}

static void
a_connection_lost_in_the_middle_is_not_resumed(void **state)
{
	struct ctx *cx = arrange();

	(void)state;
	runs = 0;
	WANT_ERR(in_transaction(cx, lose_connection), DATABASE_DOWN);
	WANT_INT(runs, 1);
	WANT(mugs() == 0 && cups() == 0);
	WANT_OK(in_transaction(cx, take_both)); /* on a new connection */
	WANT(mugs() == 1 && cups() == 1);
	test_ctx_free(cx);
}

static fallible
lose_and_pass_over(struct tx *tx)
{
	int64_t n;

	TRY(db_run(tx, &take, ARGS("mug")));
	WANT_INT(test_cut_connections(), 1);
	if (look_at(tx, "mug", &n) == NULL || look_at(tx, "mug", &n) == NULL)
		return FAIL(INTERNAL, "a statement ran outside its transaction");
	return NULL;
}

static void
a_lost_connection_that_is_passed_over_commits_nothing(void **state)
{
	struct ctx *cx = arrange();

	(void)state;
	WANT_ERR(in_transaction(cx, lose_and_pass_over), DATABASE_DOWN);
	WANT_INT(mugs(), 0);
	test_ctx_free(cx);
}

static void
a_connection_lost_while_idle_is_replaced_unseen(void **state)
{
	struct ctx *cx = arrange();
	struct err *e;
	int64_t n;

	(void)state;
	WANT_OK(in_transaction(cx, take_both));
	WANT_INT(test_cut_connections(), 1);
	WANT_OK(in_transaction(cx, take_both));
	WANT_INT(test_cut_connections(), 1);
	READING (tx, cx, &e)
		e = look_at(tx, "mug", &n);
	WANT_OK(e);
	WANT_INT(n, 2);
	test_ctx_free(cx);
}

static fallible
lose_before_commit(struct tx *tx)
{
	runs++;
	TRY(db_run(tx, &take, ARGS("mug")));
	WANT_INT(test_cut_connections(), 1);
	return NULL;
}

static void
a_commit_without_an_answer_is_uncertain(void **state)
{
	struct ctx *cx = arrange();

	(void)state;
	runs = 0;
	WANT_ERR(in_transaction(cx, lose_before_commit), UNCERTAIN);
	WANT_INT(runs, 1); /* never run again blindly */
	WANT_INT(mugs(), 0);
	db_fail_commit_after(cx->db, 5);
	WANT_ERR(in_transaction(cx, take_both), UNCERTAIN);
	WANT_INT(mugs(), 1); /* this one took effect */
	WANT_OK(in_transaction(cx, take_both));
	WANT_INT(mugs(), 2);
	test_ctx_free(cx);
}

static void
a_single_statement_without_an_answer_is_uncertain(void **state)
{
	struct ctx *cx = arrange();
	struct err *e;

	(void)state;
	db_fail_statement(cx->db, 1, CR_SERVER_LOST);
	SINGLE (tx, cx, &e)
		e = db_run(tx, &take, ARGS("mug"));
	WANT_ERR(e, UNCERTAIN);
	SINGLE (tx, cx, &e)
		e = db_run(tx, &take, ARGS("mug"));
	WANT_OK(e);
	WANT_INT(mugs(), 1);
	test_ctx_free(cx);
}

/* ---- torture ---- */

static void
whatever_statement_fails_it_happened_once_or_not_at_all(void **state)
{
	struct ctx *cx = arrange();
	int statements;

	(void)state;
	db_fail_statement(cx->db, 0, 0);
	WANT_OK(in_transaction(cx, take_both));
	statements = db_fail_counted(cx->db);
	WANT_INT(statements, 5); /* with BEGIN and COMMIT */
	for (int nth = 1; nth <= statements; nth++) {
		int64_t before = mugs();
		struct err *e;

		db_fail_statement(cx->db, nth, CR_SERVER_LOST);
		e = in_transaction(cx, take_both);
		if (nth == 1)
			WANT_OK(e); /* BEGIN found another connection */
		else if (nth == statements)
			WANT_ERR(e, UNCERTAIN);
		else
			WANT_ERR(e, DATABASE_DOWN);
		WANT_INT(mugs(), before + (nth == 1));
		WANT_INT(mugs(), cups());

		before = mugs();
		db_fail_statement(cx->db, nth, ER_LOCK_DEADLOCK);
		e = in_transaction(cx, take_both);
		if (nth == 1)
			WANT_ERR(e, BUSY); /* a server never says that to BEGIN */
		else
			WANT_OK(e);
		WANT_INT(mugs(), before + (nth > 1));
		WANT_INT(mugs(), cups());
	}
	db_fail_statement(cx->db, 0, 0);
	test_ctx_free(cx);
}

/* ---- reading ---- */

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

/* ---- the clock ---- */

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

TESTS(TEST(work_is_kept_when_it_passes), TEST(work_is_undone_when_it_fails),
      TEST(an_error_of_the_server_undoes_the_work_and_names_the_statement),
      TEST(victims_run_again_from_the_top), TEST(after_four_runs_the_shop_is_busy),
      TEST(memory_of_a_run_in_vain_is_given_back),
      TEST(an_error_that_is_passed_over_still_runs_again),
      TEST(a_real_deadlock_of_two_processes_is_survived),
      TEST(a_lock_that_is_held_too_long_makes_the_work_run_again),
      TEST(a_statement_that_takes_too_long_is_stopped_and_not_run_again),
      TEST(a_connection_lost_in_the_middle_is_not_resumed),
      TEST(a_lost_connection_that_is_passed_over_commits_nothing),
      TEST(a_connection_lost_while_idle_is_replaced_unseen),
      TEST(a_commit_without_an_answer_is_uncertain),
      TEST(a_single_statement_without_an_answer_is_uncertain),
      TEST(whatever_statement_fails_it_happened_once_or_not_at_all),
      TEST(reading_writes_nothing),
      TEST(reading_sees_what_is_new_and_a_snapshot_does_not),
      TEST(round_trips_are_counted), TEST(the_database_keeps_the_time_that_tests_turn))
