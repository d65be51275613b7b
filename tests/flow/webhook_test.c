/* webhook_test.c - webhooks: each accepted once, and whatever their order, the books
 * end in the gateway's truth. */
#include <stdio.h>

#include "base/log.h"
#include "support/told.h"

static struct kit kit;
static bool again;

static struct err *
deliver(const char *body, const char *from)
{
	return told_signed(&kit, body, from, &again);
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
	WANT_ERR(flow_accept_webhook(kit.shop, kit.cx, "paypal", told_signature, "good",
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
	told_apply_due(&kit);
	WANT_TEXT(told_state("evt_copies"), "ignored");
	WANT_INT(told_apply_due(&kit), 0);
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
	told_apply_due(&kit);
	test_ctx_free(kit.cx);
}

/* ---- applying ---- */

static void
an_event_is_a_hint_and_the_gateway_is_asked(void **state)
{
	struct placement placed = told_placed(&kit, 1, "mug", "webhook-1");

	(void)state;
	WANT_OK(deliver(told_paid(&kit, "evt_hint", &placed.attempt,
				  placed.attempt.amount.minor),
			"good"));
	told_will_say(&kit, PAY_OPEN, &placed); /* whatever the event says */
	told_apply_due(&kit);
	WANT_TEXT(kit_state(&placed), "pending");
	WANT_OK(deliver(
		told_event(&kit, "evt_hint2", "payment_failed", &placed.attempt),
		"good"));
	told_will_say(&kit, PAY_PAID, &placed);
	told_apply_due(&kit);
	WANT_TEXT(kit_state(&placed), "confirmed");
	WANT_TEXT(told_state("evt_hint2"), "applied");
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
	WANT_OK(kit_place_order(kit.shop, kit.cx, &want, &placed));
	body = arena_printf(kit.cx->mem,
			    "{\"id\":\"evt_lost\",\"kind\":\"payment_succeeded\","
			    "\"session_id\":\"cs_lost\",\"attempt_ref\":\"%s\"}",
			    placed.attempt.uid.text);
	WANT_OK(deliver(body, "good"));
	told_will_say(&kit, PAY_PAID, &placed);
	told_apply_due(&kit);
	WANT_TEXT(kit_state(&placed), "confirmed");
	WANT_INT(pay_fake_calls(kit.pay, "create"), 1);
	kit_books_balance();
	test_ctx_free(kit.cx);
}

static void
another_amount_parks_the_event_and_confirms_nothing(void **state)
{
	struct placement placed = told_placed(&kit, 3, "light", "webhook-3");

	(void)state;
	WANT_OK(deliver(told_paid(&kit, "evt_dime", &placed.attempt, 10), "good"));
	told_will_say(&kit, PAY_PAID, &placed);
	told_apply_due(&kit);
	WANT_TEXT(told_state("evt_dime"), "parked");
	WANT_TEXT(kit_state(&placed), "pending");
	kit_books_balance();
	test_ctx_free(kit.cx);
}

/* Of an attempt that has ended nothing else would tell: somebody has to look. */
static void
late_money_that_was_not_asked_for_is_parked(void **state)
{
	struct placement placed = told_placed(&kit, 8, "mug", "webhook-8");

	(void)state;
	kit_will_say(&kit, "close", PAY_EXPIRED, 0, NULL, NULL);
	WANT_OK(flow_expire_order(kit.shop, kit.cx, &placed.order));
	WANT_OK(deliver(
		told_event(&kit, "evt_odd_money", "payment_succeeded", &placed.attempt),
		"good"));
	kit_will_say(&kit, "retrieve", PAY_PAID, 1, placed.attempt.uid.text,
		     placed.order.number);
	told_apply_due(&kit);
	WANT_TEXT(told_state("evt_odd_money"), "parked");
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
	WANT_TEXT(told_state("evt_live"), NULL);
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
	told_apply_due(&kit);
	WANT_TEXT(told_state(id), "parked");
	WANT_TEXT(told_state("evt_refund"), "parked");
	WANT_INT(told_apply_due(&kit), 0); /* not before its time */
	for (int days = 1; days < INBOX_TRIES; days++) {
		test_turn_clock((int64_t)days * 90000);
		told_apply_due(&kit);
	}
	test_turn_clock(0);
	WANT_TEXT(told_state(id), "dead");
	WANT(log_errors_seen() >= 2); /* each dead letter calls for somebody */
	test_ctx_free(kit.cx);
}

static void
an_event_waits_while_the_gateway_does_not_answer(void **state)
{
	struct placement placed = told_placed(&kit, 4, "mug", "webhook-4");

	(void)state;
	WANT_OK(deliver(
		told_event(&kit, "evt_silence", "payment_succeeded", &placed.attempt),
		"good"));
	told_apply_due(&kit); /* the script is at its end: no answer */
	WANT_TEXT(told_state("evt_silence"), "received");
	told_will_say(&kit, PAY_PAID, &placed);
	test_turn_clock(10);
	told_apply_due(&kit);
	test_turn_clock(0);
	WANT_TEXT(told_state("evt_silence"), "applied");
	WANT_TEXT(kit_state(&placed), "confirmed");
	test_ctx_free(kit.cx);
}

/* Nobody asks the gateway again for an attempt that has ended: its late money is known
 * by this event alone. */
static void
late_money_is_not_forgotten_when_the_gateway_is_silent(void **state)
{
	struct placement placed = told_placed(&kit, 5, "mug", "webhook-5");

	(void)state;
	kit_will_say(&kit, "close", PAY_EXPIRED, 0, NULL, NULL);
	WANT_OK(flow_expire_order(kit.shop, kit.cx, &placed.order));
	WANT_TEXT(kit_state(&placed), "expired");
	WANT_OK(deliver(
		told_event(&kit, "evt_late", "payment_succeeded", &placed.attempt),
		"good"));
	told_apply_due(&kit);
	WANT_TEXT(told_state("evt_late"), "received");
	told_will_say(&kit, PAY_PAID, &placed);
	test_turn_clock(10);
	told_apply_due(&kit);
	test_turn_clock(0);
	WANT_TEXT(told_state("evt_late"), "applied");
	WANT_TEXT(kit_state(&placed), "confirmed");
	kit_books_balance();
	test_ctx_free(kit.cx);
}

static void
what_is_not_for_us_changes_nothing(void **state)
{
	struct placement placed = told_placed(&kit, 6, "mug", "webhook-6");

	(void)state;
	WANT_OK(deliver(
		told_event(&kit, "evt_other", "customer.created", &placed.attempt),
		"good"));
	told_apply_due(&kit);
	WANT_TEXT(told_state("evt_other"), "ignored");
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
	told_apply_due(&kit);
	WANT_TEXT(told_state("evt_odd"), "parked");
	WANT_TEXT(told_state("evt_off"), "received");
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
		return told_event(&kit, id, kinds[which], &placed->attempt);
	if (which == 2)
		return told_paid(&kit, id, &placed->attempt,
				 placed->attempt.amount.minor);
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
		placed = told_placed(&kit, 100 + run, "pen", key);
		refund = kit_will_refund(&kit, PAY_REFUND_PENDING);
		permute(run, order);
		for (int i = 0; i < 4; i++) {
			WANT_OK(deliver(nth_event(order[i], run, &placed, refund),
					"good"));
			told_will_say(&kit, PAY_PAID, &placed);
			told_apply_due(&kit);
			refund_when_paid(&placed);
		}
		test_turn_clock(10); /* what was parked comes again */
		told_apply_due(&kit);
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
	struct placement placed = told_placed(&kit, 7, "mug", "webhook-7"), next;
	struct settled settled;
	struct retry want = {.visitor = kit_visitor(7),
			     .key = "webhook-7b",
			     .key_hash = kit_visitor(7),
			     .payment_method = "fake"};

	(void)state;
	want.order = placed.order.number;
	kit_will_say(&kit, "close", PAY_EXPIRED, 0, NULL, NULL);
	kit_will_create(&kit, PAY_DONE);
	WANT_OK(kit_retry_payment(kit.shop, kit.cx, &want, &next));
	WANT_OK(deliver(
		told_event(&kit, "evt_old1", "session_expired", &placed.attempt),
		"good"));
	told_apply_due(&kit); /* nobody has to be asked: it was closed */
	WANT_TEXT(told_state("evt_old1"), "applied");
	WANT_TEXT(kit_state(&placed), "pending");
	WANT_TEXT(kit_attempt(&kit, next.attempt.id).state, "sent");
	kit_pay(&kit, &next, &settled);
	WANT_OK(deliver(told_event(&kit, "evt_old2", "payment_failed", &placed.attempt),
			"good"));
	told_will_say(&kit, PAY_FAILED, &placed);
	told_apply_due(&kit);
	WANT_TEXT(kit_state(&placed), "confirmed");
	kit_books_balance();
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
      TEST(an_old_attempts_events_never_touch_a_newer_one))
