/* refund_test.c - carrying a refund out at its gateway: once, whatever gets lost. */
#include "support/bank.h"

static struct kit kit;
static struct refund refund;
static struct pay_step answers[8];
static size_t n_answers;

/* An order that is paid, and a refund of all of it that is due. */
static struct placement
refunding(int visitor, const char *key)
{
	struct placement placed;
	struct refund *due;
	size_t n;

	kit = kit_new();
	kit_script_begin(&kit);
	placed = kit_buy(&kit, visitor, "pen", 1, key);
	WANT_OK(IN_TX(kit.cx,
		      refund_request_for_order(tx, placed.order.id, 0, "goodwill", "",
					       "shell", &refund)));
	WANT_OK(IN_TX(kit.cx, refund_claim_due(tx, key, 60, 10, &due, &n)));
	WANT_INT(n, 1);
	refund = due[0];
	n_answers = 0;
	return placed;
}

/* The gateway's next answer to a call. */
static struct pay_step *
answer(const char *call, enum pay_outcome outcome, enum pay_refund_status status)
{
	struct pay_step *step = &answers[n_answers++];

	*step = (struct pay_step){
		.call = call,
		.answer = {.outcome = outcome},
		.refund = {.status = status, .gateway_id = refund.idem_key}};
	pay_fake_script(kit.pay, answers, n_answers);
	return step;
}

/* What the row says after the job has sent it once more. */
static const char *
sent(void)
{
	struct refund now;
	bool found;

	WANT_OK(IN_READ(kit.cx,
			refund_find(tx, "fake", refund.uid.text, NULL, &now, &found)));
	WANT_OK(flow_send_refund(kit.shop, kit.cx, &now));
	return test_text("SELECT state FROM refund WHERE id = %" PRId64, refund.id.n);
}

static void
what_the_gateway_did_is_booked(void **state)
{
	struct placement placed = refunding(1, "flow-refund-1");

	(void)state;
	answer("refund", PAY_DONE, PAY_REFUND_DONE);
	WANT_TEXT(sent(), "done");
	WANT_TEXT(test_text("SELECT payment_status FROM orders WHERE id = %" PRId64,
			    placed.order.id.n),
		  "refunded");
	WANT_TEXT(sent(), "done");
	kit_books_balance();
	test_ctx_free(kit.cx);
}

static void
a_refund_under_way_is_asked_about_and_not_sent_again(void **state)
{
	(void)state;
	refunding(2, "flow-refund-2");
	answer("refund", PAY_DONE, PAY_REFUND_PENDING);
	WANT_TEXT(sent(), "pending");
	answer("find_refund", PAY_DONE, PAY_REFUND_PENDING);
	WANT_TEXT(sent(), "pending");
	answer("find_refund", PAY_DONE, PAY_REFUND_DONE);
	WANT_TEXT(sent(), "done");
	WANT_INT(pay_fake_calls(kit.pay, "refund"), 1);
	kit_books_balance();
	test_ctx_free(kit.cx);
}

static void
a_lost_answer_is_sent_again_under_its_key_or_looked_up(void **state)
{
	(void)state;
	refunding(3, "flow-refund-3");
	answer("refund", PAY_UNKNOWN, PAY_REFUND_PENDING);
	WANT_TEXT(sent(), "pending");
	answer("refund", PAY_TRANSIENT, PAY_REFUND_PENDING);
	WANT_TEXT(sent(), "pending");
	answer("refund", PAY_UNKNOWN, PAY_REFUND_PENDING)->answer.look_up = true;
	answer("find_refund", PAY_DONE, PAY_REFUND_NOT_FOUND);
	WANT_TEXT(sent(), "pending");
	/* "it is refunded already": by us, as the look-up shows */
	answer("refund", PAY_PERMANENT, PAY_REFUND_PENDING)->answer.read_state = true;
	answer("find_refund", PAY_DONE, PAY_REFUND_DONE);
	WANT_TEXT(sent(), "done");
	kit_books_balance();
	test_ctx_free(kit.cx);
}

enum { HOUR = 3600 };

static int64_t
checks(void)
{
	return test_number("SELECT checks FROM refund WHERE id = %" PRId64,
			   refund.id.n);
}

static void
after_23_hours_a_refund_is_looked_for_before_it_is_sent_again(void **state)
{
	(void)state;
	refunding(10, "flow-refund-10");
	answer("refund", PAY_UNKNOWN, PAY_REFUND_PENDING);
	WANT_TEXT(sent(), "pending");
	test_turn_clock(22 * HOUR);
	answer("refund", PAY_UNKNOWN, PAY_REFUND_PENDING);
	WANT_TEXT(sent(), "pending");
	WANT_INT(pay_fake_calls(kit.pay, "refund"), 2);

	test_turn_clock(23 * HOUR + 30); /* a second sending is too young for a proof */
	answer("find_refund", PAY_DONE, PAY_REFUND_NOT_FOUND);
	WANT_TEXT(sent(), "pending");
	test_turn_clock(24 * HOUR);
	answer("find_refund", PAY_UNKNOWN, PAY_REFUND_NOT_FOUND);
	WANT_TEXT(sent(), "pending");
	WANT_INT(pay_fake_calls(kit.pay, "refund"), 2);
	WANT_INT(checks(), 4);

	answer("find_refund", PAY_DONE, PAY_REFUND_NOT_FOUND);
	answer("refund", PAY_UNKNOWN, PAY_REFUND_PENDING);
	WANT_TEXT(sent(), "pending");
	WANT_INT(pay_fake_calls(kit.pay, "refund"), 3);
	test_turn_clock(25 * HOUR); /* the key is young again */
	answer("refund", PAY_DONE, PAY_REFUND_DONE);
	WANT_TEXT(sent(), "done");
	WANT_INT(pay_fake_calls(kit.pay, "find_refund"), 3);
	test_turn_clock(0);
	kit_books_balance();
	test_ctx_free(kit.cx);
}

/* Of $5.00 a part goes back, and the answer is lost; so is the key, a day later. */
static void
a_part_refund_whose_key_is_forgotten_goes_back_once(void **state)
{
	struct placement placed = {0};
	struct placing want;
	struct settled settled;
	struct attempt attempt;
	struct refund *due;
	size_t n;

	(void)state;
	kit = kit_new();
	bank_serve(&kit);
	kit_checkout(&kit, 11, "pen", 2);
	want = kit_placing(&kit, 11, "flow-refund-11");
	WANT_OK(kit_place_order(kit.shop, kit.cx, &want, &placed));
	bank_pay(placed.attempt.uid.text);
	attempt = kit_attempt(&kit, placed.attempt.id);
	WANT_OK(flow_ask_attempt(kit.shop, kit.cx, &attempt, &settled));
	WANT_OK(IN_TX(kit.cx,
		      refund_request_for_order(tx, placed.order.id, 100, "goodwill", "",
					       "shell", &refund)));
	WANT_OK(IN_TX(kit.cx, refund_claim_due(tx, "part", 60, 10, &due, &n)));
	bank_fail_call(1, true);
	WANT_TEXT(sent(), "pending");
	bank_forget_keys();
	test_turn_clock(24 * HOUR + 60);
	WANT_TEXT(sent(), "done");
	test_turn_clock(0);
	WANT_INT(bank_session(placed.attempt.uid.text)->refunded, 100);
	bank_agrees();
	kit_books_balance();
	test_ctx_free(kit.cx);
}

static void
a_refusal_leaves_the_money_and_says_so_in_the_timeline(void **state)
{
	struct placement placed = refunding(4, "flow-refund-4");

	(void)state;
	answer("refund", PAY_PERMANENT, PAY_REFUND_PENDING);
	WANT_TEXT(sent(), "failed");
	WANT_TEXT(test_text("SELECT reason FROM order_event WHERE order_id = %" PRId64
			    " ORDER BY seq DESC LIMIT 1",
			    placed.order.id.n),
		  "refund_refused");
	WANT_INT(kit_attempt(&kit, placed.attempt.id).refunded, 0);
	kit_books_balance();
	test_ctx_free(kit.cx);

	refunding(5, "flow-refund-5");
	answer("refund", PAY_DONE, PAY_REFUND_FAILED);
	WANT_TEXT(sent(), "failed");
	kit_books_balance();
	test_ctx_free(kit.cx);
}

static void
a_refund_waits_while_its_gateway_is_off(void **state)
{
	(void)state;
	refunding(6, "flow-refund-6");
	kit.shop->n_gateways = 0;
	WANT_TEXT(sent(), "pending");
	WANT_INT(test_number("SELECT checks FROM refund WHERE id = %" PRId64,
			     refund.id.n),
		 1);
	test_ctx_free(kit.cx);
}

static int64_t
booked(const struct placement *placed, const char *account)
{
	return test_number("SELECT CAST(COALESCE(SUM(amount), 0) AS SIGNED) FROM ledger"
			   " WHERE order_id = %" PRId64 " AND account = '%s'",
			   placed->order.id.n, account);
}

/* Paid after its cancellation; the void is refused, and a shopkeeper repeats it. */
static void
money_that_was_owed_goes_back_as_owed_whatever_the_refund_is_called(void **state)
{
	struct placement placed;
	struct settled settled;
	struct cancel cancel;
	struct order order = {0};
	struct idem idem;
	struct refund *due;
	size_t n;
	bool claimed;

	(void)state;
	kit = kit_new();
	kit_script_begin(&kit);
	placed = kit_place(&kit, 9, "pen", 1, "flow-refund-owed");
	kit_will_say(&kit, "close", PAY_EXPIRED, 0, placed.attempt.uid.text,
		     placed.order.number);
	cancel = (struct cancel){.order = placed.order.number,
				 .visitor = kit_visitor(9),
				 .reason = "shopper",
				 .actor = "shopper"};
	WANT_OK(flow_cancel_order(kit.shop, kit.cx, &cancel, &idem, &order, &claimed));
	kit_pay(&kit, &placed, &settled);
	WANT(settled.refund);
	WANT(booked(&placed, "owed") < 0);
	WANT_OK(IN_READ(kit.cx, refund_list(tx, placed.order.id, &due, &n)));
	WANT_INT(n, 1);
	WANT_TEXT(due[0].kind, "void");
	WANT_OK(IN_TX(kit.cx, refund_refused(tx, due[0].id, "test")));

	WANT_OK(IN_TX(kit.cx, refund_request_for_order(tx, placed.order.id, 0, "cancel",
						       "", "shell", &refund)));
	WANT_OK(IN_TX(kit.cx, refund_done(tx, refund.id, "re_owed")));
	WANT_INT(booked(&placed, "owed"), 0);
	WANT_INT(booked(&placed, "refunds"), 0);
	WANT_INT(booked(&placed, "gateway"), 0);
	WANT_TEXT(test_text("SELECT payment_status FROM orders WHERE id = %" PRId64,
			    placed.order.id.n),
		  "pending");
	kit_books_balance();
	test_ctx_free(kit.cx);
}

TESTS(TEST(money_that_was_owed_goes_back_as_owed_whatever_the_refund_is_called),
      TEST(what_the_gateway_did_is_booked),
      TEST(a_refund_under_way_is_asked_about_and_not_sent_again),
      TEST(a_lost_answer_is_sent_again_under_its_key_or_looked_up),
      TEST(after_23_hours_a_refund_is_looked_for_before_it_is_sent_again),
      TEST(a_part_refund_whose_key_is_forgotten_goes_back_once),
      TEST(a_refusal_leaves_the_money_and_says_so_in_the_timeline),
      TEST(a_refund_waits_while_its_gateway_is_off))
