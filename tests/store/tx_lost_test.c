/* tx_lost_test.c - what a lost connection leaves: nothing, or what is uncertain. */
#include <errmsg.h>

#include "db/fault.h"
#include "support/tx_counter.h"

static int runs;

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

TESTS(TEST(a_connection_lost_in_the_middle_is_not_resumed),
      TEST(a_lost_connection_that_is_passed_over_commits_nothing),
      TEST(a_connection_lost_while_idle_is_replaced_unseen),
      TEST(a_commit_without_an_answer_is_uncertain),
      TEST(a_single_statement_without_an_answer_is_uncertain))
