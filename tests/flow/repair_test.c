/* repair_test.c - the job that asks how a payment stands and the shopper who tries
 * again meet on one attempt: one of them wins, nothing is stuck (T-19). TILL_ROUNDS
 * says how often. */
#include <mysqld_error.h>
#include <stdio.h>

#include "base/arena.h"
#include "db/fault.h"
#include "jobs/jobs.h"
#include "support/torture.h"

enum { ROUNDS = 50, TRIES = 5 };
/* Of one look that confirms an order. */
enum { STATEMENTS_LEAST = 8, STATEMENTS_MOST = 40 };

static struct meeting meeting;

/* What is at stake in a round, the same for both: how the payment goes. */
enum fate { PAID_BEFORE, PAID_BETWEEN, REFUSED, LEFT_OPEN, FATES };

static enum fate
fate_of(int round)
{
	return (enum fate)(round % FATES);
}

/* ---- the job, and what happens at the bank ---- */

static void
poll(struct kit *kit)
{
	struct work *work = work_new(kit->cx->mem, kit->shop, kit->cx, NULL);
	int64_t done = 0;

	WANT_OK(payment_poll_run(work, &done));
}

static const char *
newest_attempt(void)
{
	return test_text("SELECT uid FROM payment_attempt ORDER BY id DESC LIMIT 1");
}

static void
repair(struct kit *kit, int round)
{
	char uid[40];

	test_meet(meeting, 0); /* the order stands, and its payment is due */
	snprintf(uid, sizeof uid, "%s", newest_attempt());
	if (fate_of(round) == PAID_BEFORE)
		bank_pay(uid);
	if (fate_of(round) == REFUSED)
		bank_end(uid, PAY_FAILED);
	test_meet(meeting, 0);
	if (fate_of(round) == PAID_BETWEEN)
		bank_pay(uid);
	poll(kit);
	test_meet(meeting, 0);
}

/* ---- the shopper ---- */

static fallible
try_again(struct kit *kit, const struct placement *first, int round)
{
	int visitor = 100 + round;
	char key[40];
	struct retry want = {.visitor = kit_visitor(visitor),
			     .order = first->order.number,
			     .key = key,
			     .key_hash = kit_visitor(visitor),
			     .payment_method = "fake"};
	struct placement next;
	struct err *e = NULL;

	snprintf(key, sizeof key, "repair-%d-b", round);
	for (int i = 0; i < TRIES; i++) {
		e = kit_retry_payment(kit->shop, kit->cx, &want, &next);
		if (e == NULL || e->code == ERR_ORDER_PAID)
			return e;
		if (next.claimed)
			WANT_OK(IN_TX(kit->cx, idem_release(tx, RETRY_SCOPE, key)));
	}
	return e;
}

/* One winner: the payment, or the next attempt; whatever is live will be asked about.
 */
static void
check_round(const struct placement *first, const struct err *e)
{
	const struct bank_session *session = bank_session(first->attempt.uid.text);
	int64_t kept = bank_kept(first->order.number);

	if (e != NULL)
		WANT_INT(e->code, ERR_ORDER_PAID);
	WANT_TEXT(kit_state(first), e != NULL ? "confirmed" : "pending");
	WANT_INT(kept, e != NULL ? first->attempt.amount.minor : 0);
	WANT_INT(session->status == PAY_PAID, e != NULL);
	WANT_INT(bank_open_sessions(first->order.number), e == NULL);
	WANT_INT(test_number("SELECT COUNT(*) FROM payment_attempt WHERE order_id ="
			     " %" PRId64 " AND live_order IS NOT NULL"
			     " AND next_check_at IS NOT NULL",
			     first->order.id.n),
		 e == NULL);
}

static void
shop(struct kit *kit, int round)
{
	struct placing want;
	struct placement first;
	const struct err *e;
	char key[40];

	snprintf(key, sizeof key, "repair-%d", round);
	kit_checkout(kit, 100 + round, "pen", 1);
	want = kit_placing(kit, 100 + round, key);
	WANT_OK(kit_place_order(kit->shop, kit->cx, &want, &first));
	WANT_OK(IN_TX(kit->cx, payment_ask_now(tx, first.attempt.id)));
	test_meet(meeting, 1);
	test_meet(meeting, 1);
	e = try_again(kit, &first, round);
	test_meet(meeting, 1);
	check_round(&first, e);
}

static int
play(int child)
{
	struct kit kit = kit_open();
	int rounds = test_rounds(ROUNDS);

	bank_serve(&kit);
	for (int round = 0; round < rounds; round++) {
		struct arena_mark mark = arena_mark(kit.cx->mem);

		if (child == 0)
			repair(&kit, round);
		else
			shop(&kit, round);
		arena_rewind(kit.cx->mem, mark);
	}
	test_ctx_free(kit.cx);
	return 0;
}

static void
the_job_and_the_shopper_meet_and_one_of_them_wins(void **state)
{
	struct kit kit = kit_new();

	(void)state;
	bank_serve(&kit);
	meeting = test_meeting();
	test_processes(2, play);
	kit_books_balance();
	bank_agrees();
	test_ctx_free(kit.cx);
}

/* ---- somebody holds the order for good ---- */

static void
a_job_that_does_not_get_the_lock_comes_again(void **state)
{
	struct scene scene = {.kit = kit_new(), .visitor = 50, .key = "repair-lock"};
	struct arena *mem = scene.kit.cx->mem;
	bool got_through = false;
	int nth;

	(void)state;
	bank_serve(&scene.kit);
	scene_quiet();
	for (nth = 1; !got_through && nth <= STATEMENTS_MOST; nth++) {
		struct arena_mark mark = arena_mark(mem);

		scene.visitor++;
		snprintf(scene.key, sizeof scene.key, "repair-lock-%d", nth);
		scene_place(&scene);
		bank_pay(scene.placed.attempt.uid.text);
		test_turn_clock(60);
		db_fail_from(scene.kit.cx->db, nth, ER_LOCK_WAIT_TIMEOUT);
		(void)!payment_poll_run(
			work_new(mem, scene.kit.shop, scene.kit.cx, NULL),
			&scene.before);
		db_fail_statement(scene.kit.cx->db, 0, 0);
		got_through = strcmp(kit_state(&scene.placed), "pending") != 0;
		test_turn_clock(60 + WORK_LEASE_SECONDS + 1);
		poll(&scene.kit);
		test_turn_clock(0);
		WANT_TEXT(kit_state(&scene.placed), "confirmed");
		log_errors_seen();
		arena_rewind(mem, mark);
	}
	WANT(got_through && nth > STATEMENTS_LEAST);
	kit_books_balance();
	bank_agrees();
	test_ctx_free(scene.kit.cx);
}

TESTS(TEST(the_job_and_the_shopper_meet_and_one_of_them_wins),
      TEST(a_job_that_does_not_get_the_lock_comes_again))
