/* dispute_test.c - a bank wants a buyer's money back (row 45): the case, the books and
 * the order's flag follow what the gateway says, once, however it is told. */
#include "base/text.h"
#include "support/bank.h"

static struct kit kit;
static struct placement placed;
static const char *dispute_id;

enum { NOT_TOLD = -1 };

static const char *
signature(const void *from, const char *name)
{
	(void)from;
	return text_equal(name, "fake-signature") ? "good" : NULL;
}

static void
apply_due(void)
{
	struct webhook *list;
	size_t n;

	WANT_OK(IN_TX(kit.cx, inbox_claim(tx, "test", 60, 10, &list, &n)));
	for (size_t i = 0; i < n; i++)
		WANT_OK(flow_apply_webhook(kit.shop, kit.cx, &list[i]));
}

static const char *
event_state(const char *id)
{
	return test_text("SELECT state FROM webhook_in WHERE event_id = '%s'", id);
}

/* An event of that kind about the dispute; what became of it. */
static const char *
told_amount(const char *id, const char *kind, int64_t amount)
{
	const char *more = amount == NOT_TOLD ? ""
					      : arena_printf(kit.cx->mem,
							     ",\"amount\":%" PRId64
							     ",\"currency\":\"USD\"",
							     amount);
	const char *body =
		arena_printf(kit.cx->mem,
			     "{\"id\":\"%s\",\"kind\":\"%s\",\"payment_id\":\"%s\","
			     "\"dispute_id\":\"%s\"%s}",
			     id, kind, kit_attempt(&kit, placed.attempt.id).gw_payment,
			     dispute_id, more);
	bool again;

	WANT_OK(flow_accept_webhook(kit.shop, kit.cx, "fake", signature, NULL, body,
				    strlen(body), &again));
	apply_due();
	return event_state(id);
}

static const char *
told(const char *id, const char *kind)
{
	return told_amount(id, kind, NOT_TOLD);
}

/* What the gateway says of the dispute, however often it is asked. */
static struct pay_dispute truth;
static bool answers;

static void
answer(const struct pay *pay, struct ctx *cx, const char *id, struct pay_dispute *state,
       struct pay_answer *said)
{
	(void)pay;
	WANT(!cx->in_tx);
	WANT_TEXT(id, dispute_id);
	*said = (struct pay_answer){.outcome = answers ? PAY_DONE : PAY_UNKNOWN};
	*state = truth;
}

static void
buy(int visitor, const char *key)
{
	/* What earlier tests have left waiting is not told again here. */
	test_script("UPDATE webhook_in SET state = 'ignored'"
		    " WHERE state IN ('received', 'parked')");
	kit = kit_new();
	kit_script_begin(&kit);
	placed = kit_buy(&kit, visitor, "pen", 1, key);
	kit.pay->dispute = answer;
	answers = true;
	dispute_id = arena_printf(kit.cx->mem, "dp_%s", key);
	truth = (struct pay_dispute){
		.status = PAY_DISPUTE_OPEN,
		.taken = true,
		.payment_id = kit_attempt(&kit, placed.attempt.id).gw_payment,
		.amount = placed.order.payable,
		.reason = "fraudulent",
		.respond_by = {SECONDS(INT64_C(1900000000))}};
}

static int64_t
booked(const char *account)
{
	return test_number("SELECT CAST(COALESCE(SUM(amount), 0) AS SIGNED) FROM ledger"
			   " WHERE order_id = %" PRId64 " AND account = '%s'",
			   placed.order.id.n, account);
}

static const char *
axis(void)
{
	return test_text("SELECT payment_status FROM orders WHERE id = %" PRId64,
			 placed.order.id.n);
}

/* "open 1": its state, and whether the bank took the money. */
static const char *
the_case(void)
{
	return test_text("SELECT CONCAT(state, ' ', taken) FROM dispute"
			 " WHERE gw_dispute_id = '%s'",
			 dispute_id);
}

static const char *
steps(void)
{
	return test_text("SELECT GROUP_CONCAT(event, ':', reason ORDER BY seq"
			 " SEPARATOR ' ') FROM order_event WHERE order_id = %" PRId64
			 " AND event LIKE 'dispute%%'",
			 placed.order.id.n);
}

static int64_t
traces(void)
{
	long long id = (long long)placed.order.id.n;

	return test_number(
		"SELECT (SELECT COUNT(*) FROM order_event WHERE order_id ="
		" %lld) + (SELECT COUNT(*) FROM ledger WHERE order_id = %lld)"
		" + (SELECT COUNT(*) FROM outbox WHERE agg_id = %lld)"
		" + (SELECT COUNT(*) FROM stock_move WHERE order_id = %lld)",
		id, id, id, id);
}

static void
want_sums(int64_t gateway, int64_t disputed, int64_t chargebacks)
{
	WANT_INT(booked("gateway"), gateway);
	WANT_INT(booked("disputed"), disputed);
	WANT_INT(booked("chargebacks"), chargebacks);
}

static void
finish(void)
{
	WANT_TEXT(kit_wrong(&kit), "");
	kit_books_balance();
	test_ctx_free(kit.cx);
}

static struct err *
refund_part(int64_t amount, struct refund *refund)
{
	return IN_TX(kit.cx, refund_request_for_order(tx, placed.order.id, amount,
						      "goodwill", "", "shell", refund));
}

/* ---- tests ---- */

static void
a_dispute_flags_the_order_and_moves_its_money_aside(void **state)
{
	int64_t paid, pens, moves;

	(void)state;
	buy(1, "dispute-1");
	paid = placed.order.payable.minor;
	pens = kit_stock("on_hand", "pen");
	moves = test_number("SELECT COUNT(*) FROM stock_move");
	WANT_TEXT(told("evt_d1", "dispute_opened"), "applied");
	WANT_TEXT(the_case(), "open 1");
	want_sums(0, paid, 0);
	WANT_TEXT(axis(), "disputed");
	WANT_TEXT(kit_state(&placed), "confirmed");
	WANT_TEXT(steps(), "disputed:fraudulent");
	WANT_INT(kit_stock("on_hand", "pen"), pens);
	WANT_INT(test_number("SELECT COUNT(*) FROM stock_move"), moves);
	WANT_INT(test_number("SELECT COUNT(*) FROM dispute WHERE order_id = %" PRId64
			     " AND amount = %" PRId64 " AND currency = 'USD'"
			     " AND reason = 'fraudulent' AND closed_at IS NULL"
			     " AND due_by = '2030-03-17 17:46:40'",
			     placed.order.id.n, paid),
		 1);
	finish();
}

static void
it_is_booked_once_however_often_it_is_told(void **state)
{
	int64_t before;

	(void)state;
	buy(2, "dispute-2");
	WANT_TEXT(told("evt_d2", "dispute_opened"), "applied");
	before = traces();
	WANT_TEXT(told("evt_d2", "dispute_opened"), "applied");
	WANT_TEXT(told("evt_d2_funds", "dispute_updated"), "applied");
	WANT_TEXT(told("evt_d2_list", "dispute_opened"), "applied");
	WANT_INT(traces(), before);
	WANT_INT(test_number("SELECT COUNT(*) FROM dispute WHERE order_id = %" PRId64,
			     placed.order.id.n),
		 1);
	finish();
}

static void
a_dispute_that_is_won_brings_the_money_back(void **state)
{
	(void)state;
	buy(3, "dispute-3");
	WANT_TEXT(told("evt_d3", "dispute_opened"), "applied");
	truth.status = PAY_DISPUTE_WON;
	WANT_TEXT(told("evt_d3_end", "dispute_closed"), "applied");
	WANT_TEXT(the_case(), "won 1");
	want_sums(placed.order.payable.minor, 0, 0);
	WANT_TEXT(axis(), "paid");
	WANT_TEXT(steps(), "disputed:fraudulent dispute_won:fraudulent");
	WANT_INT(test_number("SELECT COUNT(*) FROM dispute WHERE order_id = %" PRId64
			     " AND closed_at IS NOT NULL",
			     placed.order.id.n),
		 1);
	finish();
}

static void
a_dispute_that_is_lost_is_a_loss_and_nothing_is_left_to_refund(void **state)
{
	struct refund refund;

	(void)state;
	buy(4, "dispute-4");
	WANT_TEXT(told("evt_d4", "dispute_opened"), "applied");
	truth.status = PAY_DISPUTE_LOST;
	WANT_TEXT(told("evt_d4_end", "dispute_closed"), "applied");
	WANT_TEXT(the_case(), "lost 1");
	want_sums(0, 0, placed.order.payable.minor);
	WANT_TEXT(axis(), "refunded");
	WANT_TEXT(kit_state(&placed), "confirmed");
	WANT_ERR(refund_part(0, &refund), REFUSED);
	finish();
}

/* The sale stands in the books, the goods never left: they can be sold again. */
static void
an_order_whose_dispute_was_lost_can_be_cancelled_without_a_refund(void **state)
{
	struct order order;

	(void)state;
	buy(5, "dispute-5");
	WANT_TEXT(told("evt_d5", "dispute_opened"), "applied");
	WANT_ERR(IN_TX(kit.cx, order_cancel(tx, placed.order.id, "shopkeeper", "shell",
					    &order)),
		 DISPUTED);
	truth.status = PAY_DISPUTE_LOST;
	WANT_TEXT(told("evt_d5_end", "dispute_closed"), "applied");
	WANT_OK(IN_TX(kit.cx, order_cancel(tx, placed.order.id, "shopkeeper", "shell",
					   &order)));
	WANT_INT(test_number("SELECT COUNT(*) FROM refund WHERE order_id = %" PRId64,
			     placed.order.id.n),
		 0);
	finish();
}

static void
an_end_that_comes_first_opens_and_ends_it(void **state)
{
	int64_t before;

	(void)state;
	buy(6, "dispute-6");
	truth.status = PAY_DISPUTE_WON;
	WANT_TEXT(told("evt_d6_end", "dispute_closed"), "applied");
	WANT_TEXT(the_case(), "won 1");
	want_sums(placed.order.payable.minor, 0, 0);
	WANT_TEXT(axis(), "paid");
	before = traces();
	WANT_TEXT(told("evt_d6", "dispute_opened"), "applied");
	truth.status = PAY_DISPUTE_OPEN; /* an answer that is older than its event */
	WANT_TEXT(told("evt_d6_old", "dispute_updated"), "applied");
	WANT_TEXT(the_case(), "won 1");
	WANT_INT(traces(), before);
	finish();
}

static void
a_bank_decides_once(void **state)
{
	int64_t before;

	(void)state;
	buy(7, "dispute-7");
	truth.status = PAY_DISPUTE_LOST;
	WANT_TEXT(told("evt_d7", "dispute_closed"), "applied");
	before = traces();
	truth.status = PAY_DISPUTE_WON;
	WANT_TEXT(told("evt_d7_other", "dispute_closed"), "parked");
	WANT_TEXT(the_case(), "lost 1");
	WANT_INT(traces(), before);
	finish();
}

static void
an_inquiry_takes_no_money_but_is_flagged(void **state)
{
	struct refund refund;

	(void)state;
	buy(8, "dispute-8");
	truth.taken = false;
	WANT_TEXT(told("evt_d8", "dispute_opened"), "applied");
	WANT_TEXT(the_case(), "open 0");
	want_sums(placed.order.payable.minor, 0, 0);
	WANT_TEXT(axis(), "disputed");
	WANT_TEXT(kit_wrong(&kit), "");
	WANT_OK(refund_part(50, &refund)); /* which may end it */
	WANT_OK(IN_TX(kit.cx, refund_done(tx, refund.id, NULL)));
	WANT_TEXT(axis(), "disputed");
	truth.status = PAY_DISPUTE_WON;
	WANT_TEXT(told("evt_d8_end", "dispute_closed"), "applied");
	WANT_TEXT(the_case(), "won 0");
	WANT_TEXT(axis(), "partially_refunded");
	WANT_TEXT(steps(), "disputed:fraudulent dispute_won:inquiry");
	want_sums(placed.order.payable.minor - 50, 0, 0);
	finish();
}

static void
an_inquiry_that_becomes_a_dispute_takes_the_money_then(void **state)
{
	(void)state;
	buy(9, "dispute-9");
	truth.taken = false;
	WANT_TEXT(told("evt_d9", "dispute_opened"), "applied");
	truth.taken = true;
	truth.respond_by.us += SECONDS(86400);
	WANT_TEXT(told("evt_d9_more", "dispute_updated"), "applied");
	WANT_TEXT(the_case(), "open 1");
	want_sums(0, placed.order.payable.minor, 0);
	WANT_TEXT(steps(), "disputed:fraudulent disputed:money_taken");
	WANT_TEXT(test_text("SELECT CAST(due_by AS CHAR(10)) FROM dispute"
			    " WHERE gw_dispute_id = '%s'",
			    dispute_id),
		  "2030-03-18");
	finish();
}

static void
what_a_dispute_took_is_gone_from_what_can_be_refunded(void **state)
{
	struct refund refund;
	int64_t paid;

	(void)state;
	buy(10, "dispute-10");
	paid = placed.order.payable.minor;
	truth.amount = money_of(100, "USD");
	WANT_TEXT(told("evt_d10", "dispute_opened"), "applied");
	WANT_ERR(refund_part(50, &refund), DISPUTED);
	truth.status = PAY_DISPUTE_LOST;
	WANT_TEXT(told("evt_d10_end", "dispute_closed"), "applied");
	WANT_TEXT(axis(), "partially_refunded");
	want_sums(paid - 100, 0, 100);
	WANT_ERR(refund_part(paid - 99, &refund), REFUSED);
	WANT_OK(refund_part(0, &refund));
	WANT_INT(refund.amount.minor, paid - 100);
	WANT_OK(IN_TX(kit.cx, refund_done(tx, refund.id, NULL)));
	WANT_TEXT(axis(), "refunded");
	want_sums(0, 0, 100);
	finish();
}

/* Whatever is odd about it, the event waits and nothing is booked. */
static void
what_does_not_fit_the_payment_is_not_booked(void **state)
{
	struct pay_dispute fitting;
	int64_t before;

	(void)state;
	buy(11, "dispute-11");
	before = traces();
	fitting = truth;
	truth.amount.minor++;
	WANT_TEXT(told("evt_d11_more", "dispute_opened"), "parked");
	truth.amount = money_of(fitting.amount.minor, "EUR");
	WANT_TEXT(told("evt_d11_euro", "dispute_opened"), "parked");
	truth = fitting;
	truth.payment_id = "pi_of_somebody_else";
	WANT_TEXT(told("evt_d11_else", "dispute_opened"), "parked");
	truth = fitting;
	truth.status = PAY_DISPUTE_NOT_FOUND;
	WANT_TEXT(told("evt_d11_none", "dispute_opened"), "parked");
	WANT(the_case() == NULL);
	WANT_INT(traces(), before);
	WANT_TEXT(axis(), "paid");
	truth = fitting;
	WANT_TEXT(told("evt_d11", "dispute_opened"), "applied");
	before = traces();
	truth.amount.minor--;
	WANT_TEXT(told("evt_d11_less", "dispute_updated"), "parked");
	truth = fitting;
	WANT_TEXT(told_amount("evt_d11_lies", "dispute_updated", 1), "parked");
	WANT_TEXT(told_amount("evt_d11_true", "dispute_updated", fitting.amount.minor),
		  "applied");
	WANT_INT(traces(), before);
	finish();
}

static void
without_an_answer_or_a_payment_it_waits(void **state)
{
	struct attempt attempt;
	const char *payment;

	(void)state;
	buy(12, "dispute-12");
	answers = false;
	WANT_TEXT(told("evt_d12", "dispute_opened"), "received");
	WANT(the_case() == NULL);
	answers = true;
	test_turn_clock(20);
	apply_due();
	test_turn_clock(0);
	WANT_TEXT(event_state("evt_d12"), "applied");
	WANT_TEXT(the_case(), "open 1");
	WANT_TEXT(kit_wrong(&kit), "");

	kit_script_begin(&kit); /* an order that was not paid yet, as far as we know */
	placed = kit_place(&kit, 13, "pen", 1, "dispute-13");
	attempt = kit_attempt(&kit, placed.attempt.id);
	payment = "pi_dispute_13";
	WANT_OK(IN_TX(kit.cx, payment_note_session(tx, attempt.id, attempt.gw_id,
						   payment, NULL)));
	dispute_id = "dp_dispute_13";
	truth.payment_id = payment;
	WANT_TEXT(told("evt_d13", "dispute_opened"), "parked");
	WANT(the_case() == NULL);
	WANT_TEXT(axis(), "pending");
	finish();
}

/* Paid a second time: that money is owed, and a bank that takes it settles the debt. */
static void
owed_money_that_a_bank_takes_is_owed_no_more(void **state)
{
	struct order order = {0};
	struct attempt attempt;
	struct settled settled;
	struct refund *list;
	bool closed;
	size_t n;

	(void)state;
	buy(14, "dispute-14");
	placed = kit_place(&kit, 15, "pen", 1, "dispute-15");
	attempt = kit_attempt(&kit, placed.attempt.id);
	kit_will_say(&kit, "close", PAY_EXPIRED, 0, placed.attempt.uid.text,
		     placed.order.number);
	WANT_OK(flow_close_attempt(kit.shop, kit.cx, &attempt, &settled, &closed));
	WANT_OK(IN_TX(kit.cx,
		      order_cancel(tx, placed.order.id, "shopper", "shopper", &order)));
	kit_pay(&kit, &placed, &settled);
	WANT_OK(IN_READ(kit.cx, refund_list(tx, placed.order.id, &list, &n)));
	WANT_INT(n, 1);
	truth.payment_id = kit_attempt(&kit, placed.attempt.id).gw_payment;
	truth.amount = placed.order.payable;
	WANT_TEXT(told("evt_d15", "dispute_opened"), "applied");
	WANT_TEXT(axis(), "pending");
	WANT_TEXT(kit_state(&placed), "cancelled");
	WANT_OK(IN_TX(kit.cx, refund_refused(tx, list[0].id, "disputed")));
	WANT_TEXT(kit_wrong(&kit), "");
	truth.status = PAY_DISPUTE_LOST;
	WANT_TEXT(told("evt_d15_end", "dispute_closed"), "applied");
	WANT_INT(booked("owed"), 0);
	want_sums(0, 0, 0);
	finish();
}

/* ---- all ways at once ---- */

static int
tell_as_one_of_many(int child)
{
	struct disputed disputed;
	struct attempt attempt;

	kit = kit_open();
	kit.pay->dispute = answer;
	answers = true;
	if (child % 2 == 0)
		truth.status = PAY_DISPUTE_WON;
	attempt = kit_attempt(&kit, placed.attempt.id);
	WANT_OK(flow_ask_dispute(kit.shop, kit.cx, &attempt, dispute_id, &disputed));
	WANT(disputed.answered && disputed.misfit == NULL);
	test_ctx_free(kit.cx);
	return 0;
}

static void
told_by_many_at_once_it_is_opened_once_and_won_once(void **state)
{
	(void)state;
	buy(16, "dispute-16");
	test_processes(8, tell_as_one_of_many);
	WANT_TEXT(the_case(), "won 1");
	WANT_TEXT(steps(), "disputed:fraudulent dispute_won:fraudulent");
	want_sums(placed.order.payable.minor, 0, 0);
	WANT_TEXT(axis(), "paid");
	finish();
}

TESTS(TEST(a_dispute_flags_the_order_and_moves_its_money_aside),
      TEST(it_is_booked_once_however_often_it_is_told),
      TEST(a_dispute_that_is_won_brings_the_money_back),
      TEST(a_dispute_that_is_lost_is_a_loss_and_nothing_is_left_to_refund),
      TEST(an_order_whose_dispute_was_lost_can_be_cancelled_without_a_refund),
      TEST(an_end_that_comes_first_opens_and_ends_it), TEST(a_bank_decides_once),
      TEST(an_inquiry_takes_no_money_but_is_flagged),
      TEST(an_inquiry_that_becomes_a_dispute_takes_the_money_then),
      TEST(what_a_dispute_took_is_gone_from_what_can_be_refunded),
      TEST(what_does_not_fit_the_payment_is_not_booked),
      TEST(without_an_answer_or_a_payment_it_waits),
      TEST(owed_money_that_a_bank_takes_is_owed_no_more),
      TEST(told_by_many_at_once_it_is_opened_once_and_won_once))
