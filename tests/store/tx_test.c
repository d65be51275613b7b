/* tx_test.c - all of it or nothing, once, whatever fails. */
#include <errmsg.h>
#include <mysqld_error.h>

#include "db/fault.h"
#include "support/tx_counter.h"

SQL(broken, "INSERT INTO counter (sku, n) VALUES ('mug', 1)"); /* it is there already */

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

TESTS(TEST(work_is_kept_when_it_passes), TEST(work_is_undone_when_it_fails),
      TEST(an_error_of_the_server_undoes_the_work_and_names_the_statement),
      TEST(whatever_statement_fails_it_happened_once_or_not_at_all))
