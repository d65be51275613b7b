/* webhook_known_test.c - webhooks that bring no news: what the books know already is
 * asked of nobody, and the events of neighbours cost next to nothing. */
#include "base/log.h"
#include "base/text.h"
#include "jobs/jobs.h"
#include "support/told.h"

static struct kit kit;

/* ---- what it costs ---- */

static struct webhook
claimed(void)
{
	struct webhook *list;
	size_t n;

	WANT_OK(IN_TX(kit.cx, inbox_claim(tx, "test", 60, 100, &list, &n)));
	WANT_INT(n, 1);
	return list[0];
}

static int64_t
apply_counted(void)
{
	struct webhook webhook = claimed();
	int64_t before = db_statements(kit.cx->db);

	WANT_OK(flow_apply_webhook(kit.shop, kit.cx, &webhook));
	return db_statements(kit.cx->db) - before;
}

static const char *
paid_by(const char *id, const struct attempt *attempt, const char *payment_id)
{
	return arena_printf(
		kit.cx->mem,
		"{\"id\":\"%s\",\"kind\":\"payment_succeeded\",\"paid\":true,"
		"\"payment_id\":\"%s\",\"attempt_ref\":\"%s\",\"amount\":%" PRId64
		",\"currency\":\"USD\"}",
		id, payment_id, attempt->uid.text, attempt->amount.minor);
}

static void
an_event_ends_in_the_commit_of_what_it_caused(void **state)
{
	struct placement placed = told_placed(&kit, 31, "pen", "webhook-31");

	(void)state;
	told_deliver(&kit, told_paid(&kit, "evt_news", &placed.attempt,
				     placed.attempt.amount.minor));
	told_will_say(&kit, PAY_PAID, &placed);
	WANT_INT(apply_counted(), 14); /* a look, T3 with 12, and its own row */
	WANT_TEXT(told_state("evt_news"), "applied");
	WANT_TEXT(kit_state(&placed), "confirmed");
	kit_books_balance();
	test_ctx_free(kit.cx);
}

static void
an_event_whose_news_is_in_the_books_asks_nobody(void **state)
{
	static const char *const kinds[] = {"payment_processing", "payment_failed",
					    "session_expired", "payment_canceled"};
	struct placement placed = told_placed(&kit, 32, "pen", "webhook-32");
	struct settled settled;
	size_t asked;

	(void)state;
	kit_pay(&kit, &placed, &settled);
	asked = pay_fake_calls(kit.pay, "retrieve");
	told_deliver(&kit, paid_by("evt_known", &placed.attempt,
				   kit_attempt(&kit, placed.attempt.id).gw_payment));
	WANT_INT(apply_counted(), 2); /* a look, and its own row */
	WANT_TEXT(told_state("evt_known"), "applied");
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		const char *id = arena_printf(kit.cx->mem, "evt_known_%zu", i);

		told_deliver(&kit, told_event(&kit, id, kinds[i], &placed.attempt));
		WANT_INT(apply_counted(), 2);
		WANT_TEXT(told_state(id), "applied");
	}
	WANT_INT(pay_fake_calls(kit.pay, "retrieve"), asked);
	WANT_TEXT(kit_state(&placed), "confirmed");
	kit_books_balance();
	test_ctx_free(kit.cx);
}

static void
a_refund_that_is_in_the_books_is_not_settled_again(void **state)
{
	struct placement placed = told_placed(&kit, 35, "pen", "webhook-35");
	struct settled settled;
	struct refund refund;

	(void)state;
	kit_pay(&kit, &placed, &settled);
	WANT_OK(IN_TX(kit.cx,
		      refund_request_for_order(tx, placed.order.id, 100, "goodwill", "",
					       "test", &refund)));
	WANT_OK(IN_TX(kit.cx, refund_done(tx, refund.id, "re_known")));
	told_deliver(&kit,
		     arena_printf(kit.cx->mem,
				  "{\"id\":\"evt_refunded\","
				  "\"kind\":\"refund_succeeded\","
				  "\"refund_id\":\"re_known\",\"refund_ref\":\"%s\"}",
				  refund.uid.text));
	WANT_INT(apply_counted(), 2); /* a look, and its own row */
	WANT_TEXT(told_state("evt_refunded"), "applied");
	kit_books_balance();
	test_ctx_free(kit.cx);
}

/* The same attempt, but another payment: that is not what the books tell. */
static void
a_second_payment_of_an_attempt_is_news(void **state)
{
	struct placement placed = told_placed(&kit, 33, "pen", "webhook-33");
	struct settled settled;
	size_t asked;

	(void)state;
	kit_pay(&kit, &placed, &settled);
	asked = pay_fake_calls(kit.pay, "retrieve");
	told_deliver(&kit, paid_by("evt_second", &placed.attempt, "pi_other"));
	told_will_say(&kit, PAY_PAID, &placed);
	told_apply_due(&kit);
	WANT_INT(pay_fake_calls(kit.pay, "retrieve"), asked + 1);
	kit_books_balance();
	test_ctx_free(kit.cx);
}

static void
an_event_that_was_settled_meanwhile_is_not_put_off(void **state)
{
	struct placement placed = told_placed(&kit, 34, "pen", "webhook-34");
	struct webhook webhook;

	(void)state;
	told_deliver(&kit, told_paid(&kit, "evt_meanwhile", &placed.attempt,
				     placed.attempt.amount.minor));
	webhook = claimed();
	told_will_say(&kit, PAY_PAID, &placed);
	WANT_OK(flow_apply_webhook(kit.shop, kit.cx, &webhook));
	WANT_OK(flow_postpone_webhook(kit.cx, &webhook, false, "it came late"));
	WANT_TEXT(told_state("evt_meanwhile"), "applied");
	test_ctx_free(kit.cx);
}

static int64_t
in_state(const char *state)
{
	return test_number("SELECT COUNT(*) FROM webhook_in WHERE state = '%s'"
			   " AND attempts = %d",
			   state, text_equal(state, "received") ? 0 : 1);
}

/* Thirty of the neighbours' payments and refunds, and some that nobody needs. */
static void
deliver_those_of_neighbours(void)
{
	static const char *const kinds[] = {"session_completed", "refund_pending",
					    "ignore"};

	for (int i = 0; i < 30; i++)
		told_deliver(&kit, arena_printf(kit.cx->mem,
						"{\"id\":\"evt_%d\",\"kind\":\"%s\","
						"\"session_id\":\"cs_theirs_%d\"}",
						i, kinds[i % 3], i));
}

static void
one_event_of_neighbours_takes_the_others_along(void **state)
{
	struct placement placed = told_placed(&kit, 60, "mug", "key-neighbours");
	struct webhook *list;
	size_t n;

	(void)state;
	test_script("DELETE FROM webhook_in");
	deliver_those_of_neighbours();
	told_deliver(&kit, told_paid(&kit, "evt_ours", &placed.attempt,
				     placed.attempt.amount.minor));
	WANT_OK(IN_TX(kit.cx, inbox_claim(tx, "test", 60, 1, &list, &n)));
	WANT_OK(IN_TX(kit.cx, inbox_claim(tx, "other", 60, 1, &list, &n)));
	WANT_OK(IN_TX(kit.cx, inbox_claim(tx, "test", 60, 0, &list, &n)));
	WANT_INT(n, 1);
	WANT_OK(flow_apply_webhook(kit.shop, kit.cx, &list[0]));
	/* all but ours and the one that another worker has */
	WANT_INT(in_state("received"), 2);
	WANT_INT(in_state("parked"), 19);
	WANT_INT(in_state("ignored"), 10);
	WANT_TEXT(told_state("evt_ours"), "received");
	/* those that wait come again together, and after ours */
	test_turn_clock(50);
	WANT_OK(IN_TX(kit.cx, inbox_claim(tx, "third", 60, 1, &list, &n)));
	WANT_TEXT(list[0].event_id, "evt_ours");
	WANT_OK(IN_TX(kit.cx, inbox_claim(tx, "fourth", 60, 1, &list, &n)));
	WANT_TEXT(list[0].state, "parked");
	WANT_OK(flow_apply_webhook(kit.shop, kit.cx, &list[0]));
	WANT_INT(test_number("SELECT COUNT(*) FROM webhook_in WHERE attempts = 2"), 19);
	test_turn_clock(0);
	test_ctx_free(kit.cx);
}

static void
one_that_is_at_its_last_try_is_not_taken_along(void **state)
{
	struct webhook *list;
	size_t n;

	(void)state;
	kit = kit_new();
	test_script("DELETE FROM webhook_in");
	told_deliver(&kit, "{\"id\":\"evt_1\",\"kind\":\"session_completed\"}");
	told_deliver(&kit, "{\"id\":\"evt_2\",\"kind\":\"session_completed\"}");
	test_script("UPDATE webhook_in SET attempts = %d WHERE event_id = 'evt_2'",
		    INBOX_TRIES - 1);
	WANT_OK(IN_TX(kit.cx, inbox_claim(tx, "test", 60, 1, &list, &n)));
	WANT_OK(flow_apply_webhook(kit.shop, kit.cx, &list[0]));
	WANT_TEXT(told_state("evt_1"), "parked");
	WANT_TEXT(told_state("evt_2"), "received");
	told_apply_due(&kit);
	WANT_TEXT(told_state("evt_2"), "dead");
	WANT_INT(log_errors_seen(), 1);
	test_ctx_free(kit.cx);
}

/* ---- what the job does with them ---- */

/* One look of the job, as a process that remembers nothing. */
static int64_t
statements_of_a_look(int64_t wanted_done)
{
	struct work *work = work_new(kit.cx->mem, kit.shop, kit.cx, NULL);
	int64_t before = db_statements(kit.cx->db), done = 0;

	WANT_OK(webhook_apply_run(work, &done));
	WANT_INT(done, wanted_done);
	return db_statements(kit.cx->db) - before;
}

static void
an_event_that_tells_nothing_new_is_ended_by_who_looks(void **state)
{
	struct placement placed = told_placed(&kit, 36, "pen", "webhook-36");

	(void)state;
	test_script("DELETE FROM webhook_in");
	told_deliver(&kit, told_paid(&kit, "evt_first", &placed.attempt,
				     placed.attempt.amount.minor));
	told_will_say(&kit, PAY_PAID, &placed);
	/* look, judge, claim, and what applying it costs */
	WANT_INT(statements_of_a_look(1), 3 + 14);
	told_deliver(&kit, told_event(&kit, "evt_later", "payment_processing",
				      &placed.attempt));
	WANT_INT(statements_of_a_look(1), 3); /* look, judge, its own row */
	WANT_TEXT(test_text("SELECT CONCAT_WS(' ', state, attempts, applied_at IS NULL,"
			    " next_try_at IS NULL, error IS NULL) FROM webhook_in"
			    " WHERE event_id = 'evt_later'"),
		  "applied 1 0 1 1");
	told_deliver(&kit, "{\"id\":\"evt_theirs\",\"kind\":\"session_completed\","
			   "\"session_id\":\"cs_theirs\"}");
	WANT_INT(statements_of_a_look(1), 3);
	WANT_TEXT(test_text("SELECT CONCAT_WS(' ', state, attempts, applied_at IS NULL,"
			    " next_try_at > UTC_TIMESTAMP(6), error) FROM webhook_in"
			    " WHERE event_id = 'evt_theirs'"),
		  "parked 1 1 1 no such attempt");
	WANT_INT(statements_of_a_look(0), 1);
	kit_books_balance();
	test_ctx_free(kit.cx);
}

static void
thirty_events_of_neighbours_end_in_two_commits(void **state)
{
	(void)state;
	kit = kit_new();
	test_script("DELETE FROM webhook_in");
	deliver_those_of_neighbours();
	/* look, claim 4, its judgement, then BEGIN, the others locked, 28 looks at
	 * most, one end for all, COMMIT, and its own */
	WANT(statements_of_a_look(1) <= 1 + 4 + 1 + 2 + 28 + 2 + 1);
	WANT_INT(in_state("received"), 0);
	WANT_INT(statements_of_a_look(0), 1);
	test_ctx_free(kit.cx);
}

static fallible
lock_again(struct tx *tx, struct ctx *other)
{
	struct webhook *mine, *theirs;
	size_t n_mine, n_theirs;
	struct err *e;

	TRY(inbox_lock_due(tx, "received", 20, &mine, &n_mine));
	WANT_INT(n_mine, 20);
	TRANSACTION (theirs_tx, other, &e)
		e = inbox_lock_due(theirs_tx, "received", 50, &theirs, &n_theirs);
	WANT_OK(e);
	WANT_INT(n_theirs, 10);
	return NULL;
}

static void
what_one_worker_judges_another_leaves_to_it(void **state)
{
	struct ctx *other = test_ctx();

	(void)state;
	kit = kit_new();
	test_script("DELETE FROM webhook_in");
	deliver_those_of_neighbours();
	WANT_OK(IN_TX(kit.cx, lock_again(tx, other)));
	test_ctx_free(other);
	test_ctx_free(kit.cx);
}

TESTS(TEST(an_event_ends_in_the_commit_of_what_it_caused),
      TEST(an_event_whose_news_is_in_the_books_asks_nobody),
      TEST(a_refund_that_is_in_the_books_is_not_settled_again),
      TEST(a_second_payment_of_an_attempt_is_news),
      TEST(an_event_that_was_settled_meanwhile_is_not_put_off),
      TEST(one_event_of_neighbours_takes_the_others_along),
      TEST(one_that_is_at_its_last_try_is_not_taken_along),
      TEST(an_event_that_tells_nothing_new_is_ended_by_who_looks),
      TEST(thirty_events_of_neighbours_end_in_two_commits),
      TEST(what_one_worker_judges_another_leaves_to_it))
