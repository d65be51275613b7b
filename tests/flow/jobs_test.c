/* jobs_test.c - what is done in the background, lane by lane, on a real database. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/shared.h"
#include "base/text.h"
#include "base/turns.h"
#include "flow/outside.h"
#include "gateway/http_out.h"
#include "gateway/mail.h"
#include "jobs/lane.h"
#include "jobs/mailer.h"
#include "support/kit.h"

enum { LETTERS_MEMORY = 16 * 1024 * 1024, ERRORS_SEEN_ONCE = 1 };

/* A kit with everything that a lane works with. */
struct bench {
	struct kit kit;
	struct arena *letters; /* outlives the items */
	const struct mail_port *mail;
	struct work *work;
	char *dir;
};

static struct bench
bench_new(void)
{
	struct bench bench = {.kit = kit_new(), .letters = arena_new(LETTERS_MEMORY)};
	struct arena *mem = bench.kit.cx->mem;
	struct config *config = arena_new_of(mem, struct config, 1);
	struct mailer *mailer;

	bench.dir = arena_text(bench.letters, "/tmp/till-jobs-XXXXXX");
	WANT(mkdtemp(bench.dir) != NULL);
	*config = *bench.kit.shop->config;
	config->shop_templates =
		arena_printf(mem, "%s/templates", getenv("TILL_SOURCE"));
	config->run_dir = bench.dir;
	bench.kit.shop->config = config;
	bench.mail = mail_fake(bench.letters);
	bench.kit.shop->mail = bench.mail;
	WANT_OK(mailer_new(mem, config, &mailer));
	bench.work = work_new(mem, bench.kit.shop, bench.kit.cx, mailer);
	kit_script_begin(&bench.kit);
	return bench;
}

static void
bench_drop(struct bench *bench)
{
	size_t n;
	const struct job *jobs = jobs_all(&n);

	test_turn_clock(0);
	for (size_t i = 0; i < n; i++)
		if (jobs[i].alone)
			unlink(arena_printf(bench->letters, "%s/job-%s.lock",
					    bench->dir, jobs[i].name));
	unlink(arena_printf(bench->letters, "%s/asking", bench->dir));
	WANT_INT(rmdir(bench->dir), 0);
	test_ctx_free(bench->kit.cx);
	arena_free(bench->letters);
}

/* Everything that a lane has to do by now. */
static void
run(struct bench *bench, enum lane lane)
{
	struct lane_worker worker = {.work = bench->work, .lane = lane, .nudges = -1};

	lane_run_due(&worker);
}

static const struct mail *
last_letter(const struct bench *bench)
{
	size_t n = mail_fake_count(bench->mail);

	WANT(n > 0);
	return mail_fake_item(bench->mail, n - 1);
}

/* ---- payments ---- */

static void
a_payment_that_nobody_told_of_is_found_by_asking(void **state)
{
	struct bench bench = bench_new();
	struct placement placed = kit_place(&bench.kit, 1, "mug", 1, "poll-1");

	(void)state;
	run(&bench, LANE_PAY);
	WANT_TEXT(kit_state(&placed), "pending");
	WANT_INT(pay_fake_calls(bench.kit.pay, "retrieve"), 0);

	test_turn_clock(60);
	kit_will_say(&bench.kit, "retrieve", PAY_PAID, placed.attempt.amount.minor,
		     placed.attempt.uid.text, placed.order.number);
	run(&bench, LANE_PAY);
	WANT_TEXT(kit_state(&placed), "confirmed");
	WANT_INT(pay_fake_calls(bench.kit.pay, "retrieve"), 1);
	kit_books_balance();
	bench_drop(&bench);
}

/* Two sessions of one order: the first, given up, is paid after all. */
static struct placement
overtaken(struct bench *bench, int visitor, const char *key, struct placement *first)
{
	struct kit *kit = &bench->kit;
	struct placement next;
	struct settled settled;
	struct retry want = {.visitor = kit_visitor(visitor),
			     .key = key,
			     .key_hash = kit_visitor(visitor),
			     .payment_method = "fake"};

	*first = kit_place(kit, visitor, "pen", 1, key);
	want.order = first->order.uid.text;
	kit_will_say(kit, "close", PAY_EXPIRED, 0, NULL, NULL);
	kit_will_create(kit, PAY_DONE);
	WANT_OK(kit_retry_payment(kit->shop, kit->cx, &want, &next));
	kit_pay(kit, first, &settled);
	WANT(settled.confirmed);
	WANT_TEXT(kit_attempt(kit, next.attempt.id).state, "sent");
	return next;
}

static void
a_session_that_its_order_needs_no_more_is_closed_at_once(void **state)
{
	struct bench bench = bench_new();
	struct placement first, next = overtaken(&bench, 11, "overtaken-1", &first);

	(void)state;
	run(&bench, LANE_PAY); /* no answer: it stays, and is tried again */
	WANT_INT(pay_fake_calls(bench.kit.pay, "close"), 2);
	run(&bench, LANE_PAY);
	WANT_INT(pay_fake_calls(bench.kit.pay, "close"), 2);
	kit_will_say(&bench.kit, "close", PAY_EXPIRED, 0, next.attempt.uid.text,
		     first.order.number);
	test_turn_clock(5);
	run(&bench, LANE_PAY);
	WANT_TEXT(kit_attempt(&bench.kit, next.attempt.id).state, "expired");
	WANT_TEXT(kit_state(&first), "confirmed");
	WANT_INT(pay_fake_calls(bench.kit.pay, "close"), 3);
	WANT_INT(pay_fake_calls(bench.kit.pay, "retrieve"), 1); /* of the first */
	test_turn_clock(3600);
	run(&bench, LANE_PAY);
	WANT_INT(pay_fake_calls(bench.kit.pay, "close"), 3);
	kit_books_balance();
	bench_drop(&bench);
}

static void
a_session_that_was_paid_before_it_could_be_closed_is_refunded(void **state)
{
	struct bench bench = bench_new();
	struct placement first, next = overtaken(&bench, 12, "overtaken-2", &first);

	(void)state;
	kit_will_say(&bench.kit, "close", PAY_PAID, next.attempt.amount.minor,
		     next.attempt.uid.text, first.order.number);
	kit_will_refund(&bench.kit, PAY_REFUND_DONE);
	run(&bench, LANE_PAY);
	WANT_INT(kit_attempt(&bench.kit, next.attempt.id).refunded,
		 next.attempt.amount.minor);
	WANT_INT(kit_attempt(&bench.kit, first.attempt.id).refunded, 0);
	WANT_TEXT(kit_state(&first), "confirmed");
	kit_books_balance();
	bench_drop(&bench);
}

static struct err *
note_late(struct kit *kit, const struct attempt *attempt)
{
	return IN_TX(kit->cx, payment_note_session(tx, attempt->id, attempt->gw_id,
						   NULL, "https://pay.example/late"));
}

static void
a_session_noted_too_late_is_closed_once_and_let_go(void **state)
{
	struct bench bench = bench_new();
	struct placement first, next = overtaken(&bench, 13, "overtaken-3", &first);
	struct kit *kit = &bench.kit;
	struct attempt late;

	(void)state;
	kit_will_say(kit, "close", PAY_EXPIRED, 0, next.attempt.uid.text,
		     first.order.number);
	run(&bench, LANE_PAY);
	late = kit_attempt(kit, next.attempt.id);
	WANT_TEXT(late.state, "expired");
	WANT_OK(note_late(kit, &late));
	test_turn_clock(5);
	size_t before = pay_fake_calls(kit->pay, "close");

	run(&bench, LANE_PAY); /* no answer: by the ladder, not at once */
	run(&bench, LANE_PAY);
	WANT_INT(pay_fake_calls(kit->pay, "close"), before + 1);
	kit_will_say(kit, "close", PAY_EXPIRED, 0, late.uid.text, first.order.number);
	test_turn_clock(3600);
	run(&bench, LANE_PAY);
	WANT_INT(pay_fake_calls(kit->pay, "close"), before + 2);
	test_turn_clock(7200);
	run(&bench, LANE_PAY);
	WANT_INT(pay_fake_calls(kit->pay, "close"), before + 2);
	WANT_TEXT(kit_attempt(kit, late.id).state, "expired");
	kit_books_balance();
	bench_drop(&bench);
}

static void
an_order_that_was_not_paid_ends_after_its_session_is_closed(void **state)
{
	struct bench bench = bench_new();
	struct placement placed = kit_place(&bench.kit, 2, "print", 2, "late-1");

	(void)state;
	test_turn_clock(36 * 60);
	kit_will_say(&bench.kit, "retrieve", PAY_OPEN, 0, NULL, NULL);
	kit_will_say(&bench.kit, "close", PAY_EXPIRED, 0, NULL, NULL);
	run(&bench, LANE_PAY);
	WANT_TEXT(kit_state(&placed), "expired");
	WANT_INT(kit_stock("reserved", "print"), 0);
	WANT_INT(pay_fake_calls(bench.kit.pay, "close"), 1);
	kit_books_balance();
	bench_drop(&bench);
}

static void
an_order_whose_gateway_is_silent_keeps_its_goods(void **state)
{
	struct bench bench = bench_new();
	struct placement placed = kit_place(&bench.kit, 3, "mug", 1, "silent-1");

	(void)state;
	test_turn_clock(36 * 60);
	run(&bench, LANE_PAY);
	WANT_TEXT(kit_state(&placed), "review");
	WANT_INT(kit_stock("reserved", "mug"), 1);
	bench_drop(&bench);
}

static void
a_refund_is_carried_out_and_told(void **state)
{
	struct bench bench = bench_new();
	struct placement bought = kit_buy(&bench.kit, 4, "mug", 1, "refund-1");
	struct cancel want = {
		.order = bought.order.number, .reason = "test", .actor = "test"};
	struct order order;
	struct idem idem;
	bool claimed;

	(void)state;
	want.trusted = true;
	WANT_OK(flow_cancel_order(bench.kit.shop, bench.kit.cx, &want, &idem, &order,
				  &claimed));
	kit_will_refund(&bench.kit, PAY_REFUND_DONE);
	run(&bench, LANE_PAY);
	WANT_TEXT(test_text("SELECT state FROM refund"), "done");
	WANT_INT(pay_fake_calls(bench.kit.pay, "refund"), 1);
	run(&bench, LANE_MAIL);
	WANT_TEXT(test_text("SELECT GROUP_CONCAT(kind ORDER BY id) FROM outbox"
			    " WHERE state = 'done' AND agg_id = %" PRId64,
			    bought.order.id.n),
		  "mail.confirmation,mail.cancelled,mail.refunded");
	WANT(strstr(last_letter(&bench)->text, "$22.50") != NULL);
	kit_books_balance();
	bench_drop(&bench);
}

/* ---- webhooks ---- */

static const char *
good_signature(const void *from, const char *name)
{
	(void)from;
	return text_equal(name, "fake-signature") ? "good" : NULL;
}

static void
tell(struct bench *bench, const char *id, const char *kind, const char *attempt)
{
	const char *body = arena_printf(bench->letters,
					"{\"id\":\"%s\",\"kind\":\"%s\","
					"\"attempt_ref\":\"%s\",\"paid\":true}",
					id, kind, attempt);
	bool again;

	WANT_OK(flow_accept_webhook(bench->kit.shop, bench->kit.cx, "fake",
				    good_signature, NULL, body, strlen(body), &again));
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
	run(&bench, LANE_HOOK);
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
	run(&bench, LANE_HOOK);
	WANT_TEXT(test_text("SELECT state FROM webhook_in WHERE event_id = 'evt_2'"),
		  "parked");
	WANT_INT(
		test_number("SELECT attempts FROM webhook_in WHERE event_id = 'evt_2'"),
		1);
	test_script("UPDATE webhook_in SET attempts = 19, next_try_at = received_at"
		    " WHERE event_id = 'evt_2'");
	run(&bench, LANE_HOOK);
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
	run(&bench, LANE_MAIL);
	letter = last_letter(&bench);
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

	run(&bench, LANE_MAIL);
	WANT_TEXT(last_letter(&bench)->subject, letter->subject);
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
	run(&bench, LANE_MAIL);
	WANT_TEXT(test_text("SELECT CONCAT(state, ' ', attempts, ' ', error)"
			    " FROM outbox %s",
			    row),
		  "ready 1 421 not now");
	run(&bench, LANE_MAIL);
	WANT_INT(test_number("SELECT attempts FROM outbox %s", row), 1);

	outcome = MAIL_REFUSED;
	test_turn_clock(60);
	run(&bench, LANE_MAIL);
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
	run(&bench, LANE_SWEEP);
	WANT_INT(kit_stock("reserved", "light"), 1);
	WANT_INT(events("CartAbandoned", cart), 0);

	test_turn_clock(31 * 60);
	run(&bench, LANE_SWEEP);
	WANT_INT(kit_stock("reserved", "light"), 0);
	WANT_INT(events("CartAbandoned", cart), 1);

	test_turn_clock(25 * 3600);
	run(&bench, LANE_SWEEP);
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
	run(&bench, LANE_REPORT);
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
		run(&bench, lane);
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
	run(&bench, LANE_MAIL);
	kit_buy(&bench.kit, 72, "pen", 1, "costs-3");
	WANT_OK(IN_READ(bench.kit.cx, outbox_look_due(tx, "mail.%", &list, &n)));
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
	run(&bench, LANE_PAY);
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

/* Two gateways; the kit's own fails until nobody may call it. */
static struct traffic_gateway *
ill_beside_a_well_one(struct bench *bench)
{
	struct arena *mem = bench->kit.cx->mem;
	const struct pay **list = arena_new_of(mem, const struct pay *, 2);
	struct pay *other = arena_new_of(mem, struct pay, 1);
	struct shared *shared = shared_private();
	struct traffic_gateway *ill;

	*other = *bench->kit.pay;
	other->name = "other";
	list[0] = bench->kit.pay;
	list[1] = other;
	bench->kit.shop->gateways = list;
	bench->kit.shop->n_gateways = 2;
	bench->kit.shop->http = http_out_new(mem, bench->kit.shop->config);
	outside_open(mem, bench->kit.shop, shared);
	ill = traffic_gateway(&shared->traffic, bench->kit.pay->name);
	for (int i = 0; i < BREAKER_FAILURES; i++)
		traffic_tell(ill, BREAKER_CALL, BREAKER_FAILED,
			     clock_steady_us() / 1000);
	return ill;
}

static void
a_gateway_that_rests_is_left_alone_while_another_is_well(void **state)
{
	struct bench bench = bench_new();
	struct placement placed = kit_place(&bench.kit, 60, "pen", 1, "jobs-rests");
	struct traffic_gateway *ill = ill_beside_a_well_one(&bench);
	size_t closed = pay_fake_calls(bench.kit.pay, "close");

	(void)state;
	WANT(!outside_rests(bench.kit.shop));
	WANT(outside_rests_at(bench.kit.shop, bench.kit.pay->name));
	WANT_INT(pay_fake_calls(bench.kit.pay, "retrieve"), 0);
	test_turn_clock(60);
	run(&bench, LANE_PAY);
	WANT_INT(pay_fake_calls(bench.kit.pay, "retrieve"), 0);
	WANT_INT(kit_attempt(&bench.kit, placed.attempt.id).checks, 0);
	test_turn_clock(36 * 60);
	run(&bench, LANE_PAY);
	WANT_TEXT(kit_state(&placed), "pending");
	WANT_INT(pay_fake_calls(bench.kit.pay, "close"), closed);

	ill->breaker = 0; /* it is well again */
	test_turn_clock(38 * 60);
	run(&bench, LANE_PAY);
	WANT(pay_fake_calls(bench.kit.pay, "retrieve") +
		     pay_fake_calls(bench.kit.pay, "close") >
	     closed);
	WANT_INT(rmdir(arena_printf(bench.letters, "%s/journal", bench.dir)), 0);
	bench_drop(&bench);
}

/* Somebody asked between the claim and the question, and is about to let go. */
static void
who_finds_another_asking_waits_and_does_not_ask_again(void **state)
{
	struct bench bench = bench_new();
	struct kit *kit = &bench.kit;
	struct placement placed = kit_place(kit, 61, "pen", 1, "jobs-turns");
	struct attempt due = kit_attempt(kit, placed.attempt.id);
	struct settled settled;
	int other;
	pid_t child;

	(void)state;
	kit->shop->http = http_out_new(kit->cx->mem, kit->shop->config);
	outside_open(kit->cx->mem, kit->shop, shared_private());
	kit_will_say(kit, "retrieve", PAY_OPEN, 0, NULL, NULL);
	WANT_OK(flow_ask_attempt(kit->shop, kit->cx, &due, &settled));
	other = turns_open(arena_printf(kit->cx->mem, "%s/asking", bench.dir));
	WANT_INT(turns_take(other, due.id.n, 0), TURN_AT_ONCE);
	child = fork();
	if (child == 0) {
		usleep(20000);
		turns_leave(other, due.id.n);
		_exit(0);
	}
	WANT_OK(flow_poll_attempt(kit->shop, kit->cx, &due, &settled));
	WANT_INT(pay_fake_calls(kit->pay, "retrieve"), 1);
	WANT_INT(kit_attempt(kit, due.id).checks, 1);
	WANT_INT(waitpid(child, NULL, 0), child);
	close(other);
	WANT_INT(rmdir(arena_printf(bench.letters, "%s/journal", bench.dir)), 0);
	bench_drop(&bench);
}

TESTS(TEST(who_finds_another_asking_waits_and_does_not_ask_again),
      TEST(a_gateway_that_rests_is_left_alone_while_another_is_well),
      TEST(a_payment_that_nobody_told_of_is_found_by_asking),
      TEST(a_session_that_its_order_needs_no_more_is_closed_at_once),
      TEST(a_session_that_was_paid_before_it_could_be_closed_is_refunded),
      TEST(a_session_noted_too_late_is_closed_once_and_let_go),
      TEST(an_order_that_was_not_paid_ends_after_its_session_is_closed),
      TEST(an_order_whose_gateway_is_silent_keeps_its_goods),
      TEST(a_refund_is_carried_out_and_told),
      TEST(a_webhook_confirms_an_order_whose_browser_was_closed),
      TEST(a_webhook_of_something_unknown_waits_and_then_is_dead),
      TEST(a_confirmation_says_what_was_bought_and_opens_the_order),
      TEST(a_mail_waits_for_its_server_and_is_dead_when_it_refuses_for_good),
      TEST(holds_and_carts_that_nobody_came_back_to_are_swept),
      TEST(every_confirmed_order_gets_the_next_number),
      TEST(who_finds_nothing_due_asks_one_statement_and_commits_nothing),
      TEST(a_mail_alone_is_looked_for_claimed_and_ended_in_three_statements),
      TEST(how_long_the_first_has_waited_is_noted_for_whoever_sizes_the_lane),
      TEST(an_item_that_fails_is_logged_once_and_left_alone))
