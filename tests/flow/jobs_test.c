/* jobs_test.c - what the lanes beside that of payments do in the background, on a real
 * database; what it costs to look, and an item that fails. */
#include "base/shared.h"
#include "base/text.h"
#include "jobs/mailer.h"
#include "support/bench.h"
#include "support/told.h"

enum { ERRORS_SEEN_ONCE = 1 };

/* ---- webhooks ---- */

static void
tell(struct bench *bench, const char *id, const char *kind, const char *attempt)
{
	const char *body = arena_printf(bench->letters,
					"{\"id\":\"%s\",\"kind\":\"%s\","
					"\"attempt_ref\":\"%s\",\"paid\":true}",
					id, kind, attempt);
	bool again;

	WANT_OK(told_signed(&bench->kit, body, "good", &again));
	WANT(!again);
}

static void
a_webhook_confirms_an_order_whose_browser_was_closed(void **state)
{
	struct bench bench = bench_new();
	struct placement placed = kit_place(&bench.kit, 5, "mug", 1, "hook-1");

	(void)state;
	kit_will_say(&bench.kit, "retrieve", PAY_PAID, placed.attempt.amount.minor,
		     placed.attempt.uid.text, placed.order.number);
	tell(&bench, "evt_1", "payment_succeeded", placed.attempt.uid.text);
	bench_run(&bench, LANE_HOOK);
	WANT_TEXT(kit_state(&placed), "confirmed");
	WANT_TEXT(test_text("SELECT state FROM webhook_in WHERE event_id = 'evt_1'"),
		  "applied");
	bench_drop(&bench);
}

static void
a_webhook_of_something_unknown_waits_and_then_is_dead(void **state)
{
	struct bench bench = bench_new();

	(void)state;
	tell(&bench, "evt_2", "payment_succeeded",
	     "01a1fe06-0000-7000-8000-000000000000");
	bench_run(&bench, LANE_HOOK);
	WANT_TEXT(test_text("SELECT state FROM webhook_in WHERE event_id = 'evt_2'"),
		  "parked");
	WANT_INT(
		test_number("SELECT attempts FROM webhook_in WHERE event_id = 'evt_2'"),
		1);
	test_script("UPDATE webhook_in SET attempts = 19, next_try_at = received_at"
		    " WHERE event_id = 'evt_2'");
	bench_run(&bench, LANE_HOOK);
	WANT_TEXT(test_text("SELECT state FROM webhook_in WHERE event_id = 'evt_2'"),
		  "dead");
	WANT_LOGGED_ERRORS(ERRORS_SEEN_ONCE);
	bench_drop(&bench);
}

/* ---- mail ---- */

static void
a_confirmation_says_what_was_bought_and_opens_the_order(void **state)
{
	struct bench bench = bench_new();
	struct placement bought = kit_buy(&bench.kit, 6, "mug", 2, "mail-1");
	const char *token = order_link_token(bench.kit.cx, bought.order.uid);
	const struct mail *letter;

	(void)state;
	bench_run(&bench, LANE_MAIL);
	letter = bench_last_letter(&bench);
	WANT_TEXT(letter->to, "Ada@example.com");
	WANT_TEXT(letter->subject, arena_printf(bench.letters, "Order %s is confirmed",
						bought.order.number));
	WANT_TEXT(letter->message_id,
		  arena_printf(bench.letters, "<mail.confirmation.%s@example.com>",
			       bought.order.uid.text));
	WANT(strstr(letter->text, arena_printf(bench.letters, "/orders/%s?t=%s",
					       bought.order.number, token)) != NULL);
	WANT(strstr(letter->text, "2 x mug, $18.00 each: $36.00") != NULL);
	WANT(strstr(letter->text, "Total: $40.50") != NULL);
	WANT(strstr(letter->html, "1 Analytical Row") != NULL);

	bench_run(&bench, LANE_MAIL);
	WANT_TEXT(bench_last_letter(&bench)->subject, letter->subject);
	bench_drop(&bench);
}

static enum mail_outcome outcome;

static enum mail_outcome
refuse(const struct mail_port *port, struct ctx *cx, const struct mail *mail,
       const char **cause)
{
	(void)port, (void)cx, (void)mail;
	*cause = "421 not now";
	return outcome;
}

static void
a_mail_waits_for_its_server_and_is_dead_when_it_refuses_for_good(void **state)
{
	static const struct mail_port broken = {.send = refuse};
	struct bench bench = bench_new();
	struct placement bought = kit_buy(&bench.kit, 7, "mug", 1, "mail-2");
	const char *row = arena_printf(bench.letters,
				       "WHERE kind = 'mail.confirmation'"
				       " AND agg_id = %" PRId64,
				       bought.order.id.n);

	(void)state;
	bench.kit.shop->mail = &broken;
	outcome = MAIL_LATER;
	bench_run(&bench, LANE_MAIL);
	WANT_TEXT(test_text("SELECT CONCAT(state, ' ', attempts, ' ', error)"
			    " FROM outbox %s",
			    row),
		  "ready 1 421 not now");
	bench_run(&bench, LANE_MAIL);
	WANT_INT(test_number("SELECT attempts FROM outbox %s", row), 1);

	outcome = MAIL_REFUSED;
	test_turn_clock(60);
	bench_run(&bench, LANE_MAIL);
	WANT_TEXT(test_text("SELECT state FROM outbox %s", row), "dead");
	bench_drop(&bench);
}

/* ---- sweeping and counting ---- */

static int64_t
events(const char *kind, const char *cart)
{
	return test_number("SELECT COUNT(*) FROM event WHERE kind = '%s'"
			   " AND subject = '%s' AND detail = 'payment'",
			   kind, cart);
}

static void
holds_and_carts_that_nobody_came_back_to_are_swept(void **state)
{
	struct bench bench = bench_new();
	const char *cart;

	(void)state;
	kit_checkout(&bench.kit, 8, "light", 1);
	cart = arena_text(bench.letters,
			  test_text("SELECT uid FROM cart ORDER BY id DESC"
				    " LIMIT 1"));
	bench_run(&bench, LANE_SWEEP);
	WANT_INT(kit_stock("reserved", "light"), 1);
	WANT_INT(events("CartAbandoned", cart), 0);

	test_turn_clock(31 * 60);
	bench_run(&bench, LANE_SWEEP);
	WANT_INT(kit_stock("reserved", "light"), 0);
	WANT_INT(events("CartAbandoned", cart), 1);

	test_turn_clock(25 * 3600);
	bench_run(&bench, LANE_SWEEP);
	WANT_INT(test_number("SELECT COUNT(*) FROM cart WHERE uid = '%s'", cart), 0);
	WANT_INT(events("CartExpired", cart), 1);
	bench_drop(&bench);
}

static void
every_confirmed_order_gets_the_next_number(void **state)
{
	struct bench bench = bench_new();

	(void)state;
	kit_buy(&bench.kit, 9, "pen", 1, "invoice-1");
	kit_buy(&bench.kit, 10, "pen", 1, "invoice-2");
	bench_run(&bench, LANE_REPORT);
	WANT_INT(test_number(
			 "SELECT COUNT(*) FROM orders o WHERE confirmed_at IS NOT NULL"
			 " AND NOT EXISTS (SELECT 1 FROM invoice i"
			 "  WHERE i.order_id = o.id)"),
		 0);
	WANT_INT(test_number("SELECT MAX(no) - COUNT(*) FROM invoice"), 0);
	bench_drop(&bench);
}

/* ---- what it costs ---- */

/* What a job asks of the database when there is nothing for it to do. */
static int64_t
statements_of(struct bench *bench, const char *name)
{
	size_t n;
	const struct job *jobs = jobs_all(&n);
	int64_t before = db_statements(bench->kit.cx->db), done = 0;

	for (size_t i = 0; i < n; i++)
		if (text_equal(jobs[i].name, name))
			WANT_OK(jobs[i].run(bench->work, &done));
	WANT_INT(done, 0);
	return db_statements(bench->kit.cx->db) - before;
}

static void
who_finds_nothing_due_asks_one_statement_and_commits_nothing(void **state)
{
	static const struct {
		const char *job;
		int64_t statements;
	} wanted[] = {
		{"webhook_apply", 1}, {"payment_poll", 1}, {"refund_send", 1},
		{"outbox_send", 1},   {"audit_seal", 1},   {"invoice_number", 2},
	};
	struct bench bench = bench_new();

	(void)state;
	kit_buy(&bench.kit, 70, "pen", 1, "costs-1");
	for (enum lane lane = 0; lane < LANE_COUNT; lane++)
		bench_run(&bench, lane);
	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
		WANT_INT(statements_of(&bench, wanted[i].job), wanted[i].statements);
	bench_drop(&bench);
}

static void
a_mail_alone_is_looked_for_claimed_and_ended_in_three_statements(void **state)
{
	struct bench bench = bench_new();
	int64_t before, done = 0, read;
	struct outbox_row *list;
	struct letter letter;
	size_t n;

	(void)state;
	bench_run(&bench, LANE_MAIL);
	kit_buy(&bench.kit, 72, "pen", 1, "costs-3");
	WANT_OK(IN_READ(bench.kit.cx, outbox_look_due(tx, "mail.%", 2, &list, &n)));
	WANT_INT(n, 1);
	before = db_statements(bench.kit.cx->db);
	WANT_OK(mailer_write(bench.work->mailer, bench.kit.cx, bench.kit.shop->terms,
			     &list[0], &letter));
	read = db_statements(bench.kit.cx->db) - before;
	before = db_statements(bench.kit.cx->db);
	WANT_OK(outbox_send_run(bench.work, &done));
	WANT_INT(done, 1);
	WANT_INT(db_statements(bench.kit.cx->db) - before - read, 3);
	bench_drop(&bench);
}

static void
how_long_the_first_has_waited_is_noted_for_whoever_sizes_the_lane(void **state)
{
	struct bench bench = bench_new();
	struct shared *shared = shared_private();

	(void)state;
	bench.work->shared = shared;
	kit_place(&bench.kit, 71, "pen", 1, "costs-2");
	statements_of(&bench, "payment_poll");
	WANT_INT(shared->queue_late_us[QUEUE_PAYMENTS], 0);
	test_turn_clock(60);
	kit_will_say(&bench.kit, "retrieve", PAY_OPEN, 0, NULL, NULL);
	bench_run(&bench, LANE_PAY);
	WANT_INT(shared->queue_late_us[QUEUE_PAYMENTS], 0);
	WANT(shared->queue_late_us[QUEUE_MAILS] == 0);
	bench_drop(&bench);
}

/* ---- what fails ---- */

static fallible
stumble(struct work *work, const void *item)
{
	int *calls = (int *)(uintptr_t)item;

	(void)work;
	++*calls;
	return FAIL(INTERNAL, "this item never works");
}

static void
an_item_that_fails_is_logged_once_and_left_alone(void **state)
{
	struct bench bench = bench_new();
	int calls = 0;

	(void)state;
	WANT_INT(work_item(bench.work, "stumbling", 7, stumble, &calls), 0);
	WANT_LOGGED_ERRORS(ERRORS_SEEN_ONCE);
	WANT_INT(work_item(bench.work, "stumbling", 7, stumble, &calls), 0);
	WANT_INT(calls, 1);
	WANT_INT(work_item(bench.work, "stumbling", 8, stumble, &calls), 0);
	WANT_LOGGED_ERRORS(ERRORS_SEEN_ONCE);
	WANT_INT(calls, 2);
	bench_drop(&bench);
}

TESTS(TEST(a_webhook_confirms_an_order_whose_browser_was_closed),
      TEST(a_webhook_of_something_unknown_waits_and_then_is_dead),
      TEST(a_confirmation_says_what_was_bought_and_opens_the_order),
      TEST(a_mail_waits_for_its_server_and_is_dead_when_it_refuses_for_good),
      TEST(holds_and_carts_that_nobody_came_back_to_are_swept),
      TEST(every_confirmed_order_gets_the_next_number),
      TEST(who_finds_nothing_due_asks_one_statement_and_commits_nothing),
      TEST(a_mail_alone_is_looked_for_claimed_and_ended_in_three_statements),
      TEST(how_long_the_first_has_waited_is_noted_for_whoever_sizes_the_lane),
      TEST(an_item_that_fails_is_logged_once_and_left_alone))
