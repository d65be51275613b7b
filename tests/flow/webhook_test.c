/* webhook_test.c - webhooks: each accepted once, and whatever their order, the books
 * end in the gateway's truth. */
#include <stdio.h>

#include "base/log.h"
#include "base/text.h"
#include "support/kit.h"

static struct kit kit;
static bool again;

static const char *
signature(const void *from, const char *name)
{
	return text_equal(name, "fake-signature") ? from : NULL;
}

/* One delivery of a body, signed with from. */
static struct err *
deliver(const char *body, const char *from)
{
	return flow_accept_webhook(kit.shop, kit.cx, "fake", signature, from, body,
				   strlen(body), &again);
}

static const char *
event(const char *id, const char *kind, const struct attempt *attempt)
{
	return arena_printf(kit.cx->mem,
			    "{\"id\":\"%s\",\"kind\":\"%s\",\"attempt_ref\":\"%s\"}",
			    id, kind, attempt->uid.text);
}

static const char *
paid(const char *id, const struct attempt *attempt, int64_t amount)
{
	return arena_printf(
		kit.cx->mem,
		"{\"id\":\"%s\",\"kind\":\"session_completed\",\"paid\":true,"
		"\"attempt_ref\":\"%s\",\"amount\":%" PRId64 ",\"currency\":\"USD\"}",
		id, attempt->uid.text, amount);
}

/* What the job does: every webhook that is due. */
static size_t
apply_due(void)
{
	struct webhook *list;
	size_t n;

	WANT_OK(IN_TX(kit.cx, inbox_claim(tx, "test", 60, 100, &list, &n)));
	for (size_t i = 0; i < n; i++)
		WANT_OK(flow_apply_webhook(kit.shop, kit.cx, &list[i]));
	return n;
}

static const char *
state_of(const char *event_id)
{
	return test_text("SELECT state FROM webhook_in WHERE event_id = '%s'",
			 event_id);
}

static struct placement
placed_by(int visitor, const char *sku, const char *key)
{
	kit = kit_new();
	kit_script_begin(&kit);
	return kit_place(&kit, visitor, sku, 1, key);
}

static void
say(enum pay_status status, const struct placement *placed)
{
	kit_will_say(&kit, "retrieve", status,
		     status == PAY_PAID ? placed->attempt.amount.minor : 0,
		     placed->attempt.uid.text, placed->order.number);
}

/* ---- accepting ---- */

static void
what_is_not_genuine_leaves_no_row(void **state)
{
	int64_t rows;

	(void)state;
	kit = kit_new();
	rows = test_number("SELECT COUNT(*) FROM webhook_in");
	WANT_ERR(deliver("{\"id\":\"evt_forged\"}", NULL), BAD_SIGNATURE);
	WANT_ERR(deliver("{\"id\":\"evt_forged\"}", "bad"), BAD_SIGNATURE);
	WANT_ERR(deliver("not json", "good"), BAD_REQUEST);
	WANT_ERR(flow_accept_webhook(kit.shop, kit.cx, "paypal", signature, "good",
				     "{}", 2, &again),
		 NOT_FOUND);
	WANT_INT(test_number("SELECT COUNT(*) FROM webhook_in"), rows);
	test_ctx_free(kit.cx);
}

static int
deliver_copies(int child)
{
	(void)child;
	kit = kit_open();
	for (int i = 0; i < 5; i++) {
		WANT_OK(deliver("{\"id\":\"evt_copies\",\"kind\":\"ignore\"}", "good"));
		if (!again)
			test_script("INSERT INTO event (kind, subject)"
				    " VALUES ('FirstCopy', UUID())");
	}
	test_ctx_free(kit.cx);
	return 0;
}

static void
fifty_copies_at_once_are_accepted_once(void **state)
{
	(void)state;
	kit = kit_new();
	test_processes(10, deliver_copies);
	WANT_INT(test_number("SELECT COUNT(*) FROM webhook_in"
			     " WHERE event_id = 'evt_copies'"),
		 1);
	WANT_INT(test_number("SELECT COUNT(*) FROM event WHERE kind = 'FirstCopy'"), 1);
	apply_due();
	WANT_TEXT(state_of("evt_copies"), "ignored");
	WANT_INT(apply_due(), 0);
	test_ctx_free(kit.cx);
}

static void
the_body_is_sealed_at_rest(void **state)
{
	(void)state;
	kit = kit_new();
	WANT_OK(deliver("{\"id\":\"evt_sealed\",\"kind\":\"ignore\"}", "good"));
	WANT_INT(test_number("SELECT body LIKE '%%evt_sealed%%' FROM webhook_in"
			     " WHERE event_id = 'evt_sealed'"),
		 0);
	apply_due();
	test_ctx_free(kit.cx);
}

/* ---- applying ---- */

static void
an_event_is_a_hint_and_the_gateway_is_asked(void **state)
{
	struct placement placed = placed_by(1, "mug", "webhook-1");

	(void)state;
	WANT_OK(deliver(paid("evt_hint", &placed.attempt, placed.attempt.amount.minor),
			"good"));
	say(PAY_OPEN, &placed); /* whatever the event says */
	apply_due();
	WANT_TEXT(kit_state(&placed), "pending");
	WANT_OK(deliver(event("evt_hint2", "payment_failed", &placed.attempt), "good"));
	say(PAY_PAID, &placed);
	apply_due();
	WANT_TEXT(kit_state(&placed), "confirmed");
	WANT_TEXT(state_of("evt_hint2"), "applied");
	kit_books_balance();
	test_ctx_free(kit.cx);
}

static void
an_attempt_whose_answer_was_lost_is_found_by_its_webhook(void **state)
{
	struct placement placed;
	struct placing want;
	const char *body;

	(void)state;
	kit = kit_new();
	kit_script_begin(&kit);
	kit_checkout(&kit, 2, "mug", 1);
	kit_will_create(&kit, PAY_UNKNOWN);
	want = kit_placing(&kit, 2, "webhook-2");
	WANT_OK(flow_place_order(kit.shop, kit.cx, &want, &placed));
	body = arena_printf(kit.cx->mem,
			    "{\"id\":\"evt_lost\",\"kind\":\"payment_succeeded\","
			    "\"session_id\":\"cs_lost\",\"attempt_ref\":\"%s\"}",
			    placed.attempt.uid.text);
	WANT_OK(deliver(body, "good"));
	say(PAY_PAID, &placed);
	apply_due();
	WANT_TEXT(kit_state(&placed), "confirmed");
	WANT_INT(pay_fake_calls(kit.pay, "create"), 1);
	kit_books_balance();
	test_ctx_free(kit.cx);
}

static void
another_amount_parks_the_event_and_confirms_nothing(void **state)
{
	struct placement placed = placed_by(3, "light", "webhook-3");

	(void)state;
	WANT_OK(deliver(paid("evt_dime", &placed.attempt, 10), "good"));
	say(PAY_PAID, &placed);
	apply_due();
	WANT_TEXT(state_of("evt_dime"), "parked");
	WANT_TEXT(kit_state(&placed), "pending");
	kit_books_balance();
	test_ctx_free(kit.cx);
}

/* Of an attempt that has ended nothing else would tell: somebody has to look. */
static void
late_money_that_was_not_asked_for_is_parked(void **state)
{
	struct placement placed = placed_by(8, "mug", "webhook-8");

	(void)state;
	kit_will_say(&kit, "close", PAY_EXPIRED, 0, NULL, NULL);
	WANT_OK(flow_expire_order(kit.shop, kit.cx, &placed.order));
	WANT_OK(deliver(event("evt_odd_money", "payment_succeeded", &placed.attempt),
			"good"));
	kit_will_say(&kit, "retrieve", PAY_PAID, 1, placed.attempt.uid.text,
		     placed.order.number);
	apply_due();
	WANT_TEXT(state_of("evt_odd_money"), "parked");
	WANT_TEXT(kit_state(&placed), "expired");
	kit_books_balance();
	test_ctx_free(kit.cx);
}

static enum pay_verdict
wrong_mode(const struct pay *pay, struct arena *mem, struct pay_headers headers,
	   const void *body, size_t len, struct instant now, struct pay_event *out)
{
	(void)pay, (void)mem, (void)headers, (void)body, (void)len, (void)now,
		(void)out;
	return PAY_WRONG_MODE;
}

static void
an_event_of_another_mode_is_refused(void **state)
{
	(void)state;
	kit = kit_new();
	kit.pay->verify = wrong_mode;
	WANT_ERR(deliver("{\"id\":\"evt_live\"}", "good"), WRONG_MODE);
	WANT_TEXT(state_of("evt_live"), NULL);
	test_ctx_free(kit.cx);
}

static void
an_object_that_nobody_knows_is_parked_and_in_the_end_dead(void **state)
{
	const char *id = "evt_unknown";

	(void)state;
	kit = kit_new();
	kit_script_begin(&kit);
	WANT_OK(deliver("{\"id\":\"evt_unknown\",\"kind\":\"payment_succeeded\","
			"\"session_id\":\"cs_unknown\",\"attempt_ref\":\"x\"}",
			"good"));
	WANT_OK(deliver("{\"id\":\"evt_refund\",\"kind\":\"refund_succeeded\","
			"\"refund_id\":\"re_unknown\"}",
			"good"));
	apply_due();
	WANT_TEXT(state_of(id), "parked");
	WANT_TEXT(state_of("evt_refund"), "parked");
	WANT_INT(apply_due(), 0); /* not before its time */
	for (int days = 1; days < INBOX_TRIES; days++) {
		test_turn_clock((int64_t)days * 90000);
		apply_due();
	}
	test_turn_clock(0);
	WANT_TEXT(state_of(id), "dead");
	WANT(log_errors_seen() >= 2); /* each dead letter calls for somebody */
	test_ctx_free(kit.cx);
}

static void
an_event_waits_while_the_gateway_does_not_answer(void **state)
{
	struct placement placed = placed_by(4, "mug", "webhook-4");

	(void)state;
	WANT_OK(deliver(event("evt_silence", "payment_succeeded", &placed.attempt),
			"good"));
	apply_due(); /* the script is at its end: no answer */
	WANT_TEXT(state_of("evt_silence"), "received");
	say(PAY_PAID, &placed);
	test_turn_clock(10);
	apply_due();
	test_turn_clock(0);
	WANT_TEXT(state_of("evt_silence"), "applied");
	WANT_TEXT(kit_state(&placed), "confirmed");
	test_ctx_free(kit.cx);
}

/* Nobody asks the gateway again for an attempt that has ended: its late money is known
 * by this event alone. */
static void
late_money_is_not_forgotten_when_the_gateway_is_silent(void **state)
{
	struct placement placed = placed_by(5, "mug", "webhook-5");

	(void)state;
	kit_will_say(&kit, "close", PAY_EXPIRED, 0, NULL, NULL);
	WANT_OK(flow_expire_order(kit.shop, kit.cx, &placed.order));
	WANT_TEXT(kit_state(&placed), "expired");
	WANT_OK(deliver(event("evt_late", "payment_succeeded", &placed.attempt),
			"good"));
	apply_due();
	WANT_TEXT(state_of("evt_late"), "received");
	say(PAY_PAID, &placed);
	test_turn_clock(10);
	apply_due();
	test_turn_clock(0);
	WANT_TEXT(state_of("evt_late"), "applied");
	WANT_TEXT(kit_state(&placed), "confirmed");
	kit_books_balance();
	test_ctx_free(kit.cx);
}

static void
what_is_not_for_us_changes_nothing(void **state)
{
	struct placement placed = placed_by(6, "mug", "webhook-6");

	(void)state;
	WANT_OK(deliver(event("evt_other", "customer.created", &placed.attempt),
			"good"));
	apply_due();
	WANT_TEXT(state_of("evt_other"), "ignored");
	WANT_TEXT(kit_state(&placed), "pending");
	WANT_INT(pay_fake_calls(kit.pay, "retrieve"), 0);
	test_ctx_free(kit.cx);
}

static void
what_cannot_be_read_or_has_no_gateway_any_more_waits(void **state)
{
	bool taken;

	(void)state;
	kit = kit_new();
	WANT_OK(IN_TX(kit.cx,
		      inbox_accept(tx, "fake", "evt_odd", "odd", "odd", 3, &taken)));
	WANT_OK(IN_TX(kit.cx,
		      inbox_accept(tx, "gone", "evt_off", "odd", "{}", 2, &taken)));
	apply_due();
	WANT_TEXT(state_of("evt_odd"), "parked");
	WANT_TEXT(state_of("evt_off"), "received");
	test_script("DELETE FROM webhook_in WHERE event_id IN ('evt_odd', 'evt_off')");
	test_ctx_free(kit.cx);
}

/* ---- any order ---- */

/* created, failed, paid, refunded: nth of the 24 orders in which they may come. */
static void
permute(int nth, int out[4])
{
	int rest[] = {0, 1, 2, 3};

	for (int i = 0, n = 4; n > 0; i++, n--) {
		int pick = nth % n;

		nth /= n;
		out[i] = rest[pick];
		rest[pick] = rest[n - 1];
	}
}

static const char *
nth_event(int which, int run, const struct placement *placed, const char *refund)
{
	static const char *const kinds[] = {"payment_processing", "payment_failed"};
	const char *id = arena_printf(kit.cx->mem, "evt_%d_%d", run, which);

	if (which < 2)
		return event(id, kinds[which], &placed->attempt);
	if (which == 2)
		return paid(id, &placed->attempt, placed->attempt.amount.minor);
	return arena_printf(kit.cx->mem,
			    "{\"id\":\"%s\",\"kind\":\"refund_succeeded\","
			    "\"refund_id\":\"%s\"}",
			    id, refund);
}

/* The shopkeeper refunds as soon as the order stands; the gateway takes its time. */
static void
refund_when_paid(const struct placement *placed)
{
	struct refund refund, *due;
	size_t n;

	if (strcmp(kit_state(placed), "confirmed") != 0 ||
	    test_number("SELECT COUNT(*) FROM refund WHERE order_id = %" PRId64,
			placed->order.id.n) > 0)
		return;
	WANT_OK(IN_TX(kit.cx,
		      refund_request_for_order(tx, placed->order.id, 0, "goodwill", "",
					       "shell", &refund)));
	WANT_OK(IN_TX(kit.cx, refund_claim_due(tx, "test", 60, 10, &due, &n)));
	WANT_INT(n, 1);
	WANT_OK(flow_send_refund(kit.shop, kit.cx, &due[0]));
}

static void
in_whatever_order_events_come_the_gateways_truth_stands(void **state)
{
	int order[4];
	char key[40];

	(void)state;
	for (int run = 0; run < 24; run++) {
		struct placement placed;
		const char *refund;

		snprintf(key, sizeof key, "webhook-order-%d", run);
		placed = placed_by(100 + run, "pen", key);
		refund = kit_will_refund(&kit, PAY_REFUND_PENDING);
		permute(run, order);
		for (int i = 0; i < 4; i++) {
			WANT_OK(deliver(nth_event(order[i], run, &placed, refund),
					"good"));
			say(PAY_PAID, &placed);
			apply_due();
			refund_when_paid(&placed);
		}
		test_turn_clock(10); /* what was parked comes again */
		apply_due();
		test_turn_clock(0);
		WANT_TEXT(kit_state(&placed), "confirmed");
		WANT_TEXT(test_text("SELECT payment_status FROM orders WHERE id = "
				    "%" PRId64,
				    placed.order.id.n),
			  "refunded");
		WANT_INT(test_number(
				 "SELECT COUNT(*) FROM outbox WHERE agg_id = %" PRId64
				 " AND kind IN ('mail.confirmation', "
				 "'mail.refunded')",
				 placed.order.id.n),
			 2);
		kit_books_balance();
		test_ctx_free(kit.cx);
	}
}

static void
an_old_attempts_events_never_touch_a_newer_one(void **state)
{
	struct placement placed = placed_by(7, "mug", "webhook-7"), next;
	struct settled settled;
	struct retry want = {.visitor = kit_visitor(7),
			     .key = "webhook-7b",
			     .key_hash = kit_visitor(7),
			     .payment_method = "fake"};

	(void)state;
	want.order = placed.order.number;
	kit_will_say(&kit, "close", PAY_EXPIRED, 0, NULL, NULL);
	kit_will_create(&kit, PAY_DONE);
	WANT_OK(flow_retry_payment(kit.shop, kit.cx, &want, &next));
	WANT_OK(deliver(event("evt_old1", "session_expired", &placed.attempt), "good"));
	apply_due(); /* nobody has to be asked: it was closed */
	WANT_TEXT(state_of("evt_old1"), "applied");
	WANT_TEXT(kit_state(&placed), "pending");
	WANT_TEXT(kit_attempt(&kit, next.attempt.id).state, "sent");
	kit_pay(&kit, &next, &settled);
	WANT_OK(deliver(event("evt_old2", "payment_failed", &placed.attempt), "good"));
	say(PAY_FAILED, &placed);
	apply_due();
	WANT_TEXT(kit_state(&placed), "confirmed");
	kit_books_balance();
	test_ctx_free(kit.cx);
}

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
	struct placement placed = placed_by(31, "pen", "webhook-31");

	(void)state;
	WANT_OK(deliver(paid("evt_news", &placed.attempt, placed.attempt.amount.minor),
			"good"));
	say(PAY_PAID, &placed);
	WANT_INT(apply_counted(), 14); /* a look, T3 with 12, and its own row */
	WANT_TEXT(state_of("evt_news"), "applied");
	WANT_TEXT(kit_state(&placed), "confirmed");
	kit_books_balance();
	test_ctx_free(kit.cx);
}

static void
an_event_whose_news_is_in_the_books_asks_nobody(void **state)
{
	static const char *const kinds[] = {"payment_processing", "payment_failed",
					    "session_expired", "payment_canceled"};
	struct placement placed = placed_by(32, "pen", "webhook-32");
	struct settled settled;
	size_t asked;

	(void)state;
	kit_pay(&kit, &placed, &settled);
	asked = pay_fake_calls(kit.pay, "retrieve");
	WANT_OK(deliver(paid_by("evt_known", &placed.attempt,
				kit_attempt(&kit, placed.attempt.id).gw_payment),
			"good"));
	WANT_INT(apply_counted(), 2); /* a look, and its own row */
	WANT_TEXT(state_of("evt_known"), "applied");
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		const char *id = arena_printf(kit.cx->mem, "evt_known_%zu", i);

		WANT_OK(deliver(event(id, kinds[i], &placed.attempt), "good"));
		WANT_INT(apply_counted(), 2);
		WANT_TEXT(state_of(id), "applied");
	}
	WANT_INT(pay_fake_calls(kit.pay, "retrieve"), asked);
	WANT_TEXT(kit_state(&placed), "confirmed");
	kit_books_balance();
	test_ctx_free(kit.cx);
}

static void
a_refund_that_is_in_the_books_is_not_settled_again(void **state)
{
	struct placement placed = placed_by(35, "pen", "webhook-35");
	struct settled settled;
	struct refund refund;

	(void)state;
	kit_pay(&kit, &placed, &settled);
	WANT_OK(IN_TX(kit.cx,
		      refund_request_for_order(tx, placed.order.id, 100, "goodwill", "",
					       "test", &refund)));
	WANT_OK(IN_TX(kit.cx, refund_done(tx, refund.id, "re_known")));
	WANT_OK(deliver(
		arena_printf(kit.cx->mem,
			     "{\"id\":\"evt_refunded\","
			     "\"kind\":\"refund_succeeded\","
			     "\"refund_id\":\"re_known\",\"refund_ref\":\"%s\"}",
			     refund.uid.text),
		"good"));
	WANT_INT(apply_counted(), 2); /* a look, and its own row */
	WANT_TEXT(state_of("evt_refunded"), "applied");
	kit_books_balance();
	test_ctx_free(kit.cx);
}

/* The same attempt, but another payment: that is not what the books tell. */
static void
a_second_payment_of_an_attempt_is_news(void **state)
{
	struct placement placed = placed_by(33, "pen", "webhook-33");
	struct settled settled;
	size_t asked;

	(void)state;
	kit_pay(&kit, &placed, &settled);
	asked = pay_fake_calls(kit.pay, "retrieve");
	WANT_OK(deliver(paid_by("evt_second", &placed.attempt, "pi_other"), "good"));
	say(PAY_PAID, &placed);
	apply_due();
	WANT_INT(pay_fake_calls(kit.pay, "retrieve"), asked + 1);
	kit_books_balance();
	test_ctx_free(kit.cx);
}

static void
an_event_that_was_settled_meanwhile_is_not_put_off(void **state)
{
	struct placement placed = placed_by(34, "pen", "webhook-34");
	struct webhook webhook;

	(void)state;
	WANT_OK(deliver(
		paid("evt_meanwhile", &placed.attempt, placed.attempt.amount.minor),
		"good"));
	webhook = claimed();
	say(PAY_PAID, &placed);
	WANT_OK(flow_apply_webhook(kit.shop, kit.cx, &webhook));
	WANT_OK(flow_postpone_webhook(kit.cx, &webhook, false, "it came late"));
	WANT_TEXT(state_of("evt_meanwhile"), "applied");
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
		WANT_OK(deliver(arena_printf(kit.cx->mem,
					     "{\"id\":\"evt_%d\",\"kind\":\"%s\","
					     "\"session_id\":\"cs_theirs_%d\"}",
					     i, kinds[i % 3], i),
				"good"));
}

static void
one_event_of_neighbours_takes_the_others_along(void **state)
{
	struct placement placed = placed_by(60, "mug", "key-neighbours");
	struct webhook *list;
	size_t n;

	(void)state;
	test_script("DELETE FROM webhook_in");
	deliver_those_of_neighbours();
	WANT_OK(deliver(paid("evt_ours", &placed.attempt, placed.attempt.amount.minor),
			"good"));
	WANT_OK(IN_TX(kit.cx, inbox_claim(tx, "test", 60, 1, &list, &n)));
	WANT_OK(IN_TX(kit.cx, inbox_claim(tx, "other", 60, 1, &list, &n)));
	WANT_OK(IN_TX(kit.cx, inbox_claim(tx, "test", 60, 0, &list, &n)));
	WANT_INT(n, 1);
	WANT_OK(flow_apply_webhook(kit.shop, kit.cx, &list[0]));
	/* all but ours and the one that another worker has */
	WANT_INT(in_state("received"), 2);
	WANT_INT(in_state("parked"), 19);
	WANT_INT(in_state("ignored"), 10);
	WANT_TEXT(state_of("evt_ours"), "received");
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
	WANT_OK(deliver("{\"id\":\"evt_1\",\"kind\":\"session_completed\"}", "good"));
	WANT_OK(deliver("{\"id\":\"evt_2\",\"kind\":\"session_completed\"}", "good"));
	test_script("UPDATE webhook_in SET attempts = %d WHERE event_id = 'evt_2'",
		    INBOX_TRIES - 1);
	WANT_OK(IN_TX(kit.cx, inbox_claim(tx, "test", 60, 1, &list, &n)));
	WANT_OK(flow_apply_webhook(kit.shop, kit.cx, &list[0]));
	WANT_TEXT(state_of("evt_1"), "parked");
	WANT_TEXT(state_of("evt_2"), "received");
	apply_due();
	WANT_TEXT(state_of("evt_2"), "dead");
	WANT_INT(log_errors_seen(), 1);
	test_ctx_free(kit.cx);
}

TESTS(TEST(what_is_not_genuine_leaves_no_row),
      TEST(fifty_copies_at_once_are_accepted_once), TEST(the_body_is_sealed_at_rest),
      TEST(an_event_is_a_hint_and_the_gateway_is_asked),
      TEST(an_attempt_whose_answer_was_lost_is_found_by_its_webhook),
      TEST(another_amount_parks_the_event_and_confirms_nothing),
      TEST(late_money_that_was_not_asked_for_is_parked),
      TEST(an_event_of_another_mode_is_refused),
      TEST(an_object_that_nobody_knows_is_parked_and_in_the_end_dead),
      TEST(an_event_waits_while_the_gateway_does_not_answer),
      TEST(late_money_is_not_forgotten_when_the_gateway_is_silent),
      TEST(what_is_not_for_us_changes_nothing),
      TEST(what_cannot_be_read_or_has_no_gateway_any_more_waits),
      TEST(in_whatever_order_events_come_the_gateways_truth_stands),
      TEST(an_event_ends_in_the_commit_of_what_it_caused),
      TEST(an_event_whose_news_is_in_the_books_asks_nobody),
      TEST(a_refund_that_is_in_the_books_is_not_settled_again),
      TEST(a_second_payment_of_an_attempt_is_news),
      TEST(an_event_that_was_settled_meanwhile_is_not_put_off),
      TEST(an_old_attempts_events_never_touch_a_newer_one),
      TEST(one_event_of_neighbours_takes_the_others_along),
      TEST(one_that_is_at_its_last_try_is_not_taken_along))
