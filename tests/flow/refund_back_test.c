/* refund_back_test.c - a gateway takes back its word: a refund that was done has
 * failed, and the money is here again. */
#include "base/text.h"
#include "support/kit.h"

static struct kit kit;
static struct refund refund;
static bool again;

static const char *
signature(const void *from, const char *name)
{
	(void)from;
	return text_equal(name, "fake-signature") ? "good" : NULL;
}

/* The gateway's word on the refund, in an event of that id, and what came of it. */
static const char *
told(const char *id, const char *kind)
{
	const char *body = arena_printf(
		kit.cx->mem, "{\"id\":\"%s\",\"kind\":\"%s\",\"refund_ref\":\"%s\"}",
		id, kind, refund.uid.text);
	struct webhook *list;
	size_t n;

	WANT_OK(flow_accept_webhook(kit.shop, kit.cx, "fake", signature, NULL, body,
				    strlen(body), &again));
	WANT_OK(IN_TX(kit.cx, inbox_claim(tx, "test", 60, 10, &list, &n)));
	WANT_INT(n, again ? 0 : 1);
	for (size_t i = 0; i < n; i++)
		WANT_OK(flow_apply_webhook(kit.shop, kit.cx, &list[i]));
	WANT_TEXT(test_text("SELECT state FROM webhook_in WHERE event_id = '%s'", id),
		  "applied");
	return test_text("SELECT state FROM refund WHERE id = %" PRId64, refund.id.n);
}

static struct placement
bought(int visitor, const char *key)
{
	kit = kit_new();
	kit_script_begin(&kit);
	return kit_buy(&kit, visitor, "pen", 1, key);
}

/* Amount 0: all that is left. */
static struct refund
refunded(const struct placement *placed, int64_t amount)
{
	WANT_OK(IN_TX(kit.cx,
		      refund_request_for_order(tx, placed->order.id, amount, "goodwill",
					       "", "shell", &refund)));
	WANT_OK(IN_TX(kit.cx, refund_done(tx, refund.id, NULL)));
	return refund;
}

static int64_t
booked(const struct placement *placed, const char *account)
{
	return test_number("SELECT CAST(COALESCE(SUM(amount), 0) AS SIGNED) FROM ledger"
			   " WHERE order_id = %" PRId64 " AND account = '%s'",
			   placed->order.id.n, account);
}

static const char *
axis(const struct placement *placed)
{
	return test_text("SELECT payment_status FROM orders WHERE id = %" PRId64,
			 placed->order.id.n);
}

/* Steps, bookings and mails of the order. */
static int64_t
traces(const struct placement *placed)
{
	long long id = (long long)placed->order.id.n;

	return test_number(
		"SELECT (SELECT COUNT(*) FROM order_event WHERE order_id ="
		" %lld) + (SELECT COUNT(*) FROM ledger WHERE order_id = %lld)"
		" + (SELECT COUNT(*) FROM outbox WHERE agg_id = %lld)",
		id, id, id);
}

static void
money_that_came_back_stands_in_the_books_again_and_somebody_is_told(void **state)
{
	struct placement placed = bought(1, "back-1");
	int64_t paid = placed.order.payable.minor;

	(void)state;
	refunded(&placed, 0);
	WANT_TEXT(axis(&placed), "refunded");
	WANT_INT(booked(&placed, "gateway"), 0);

	WANT_TEXT(told("evt_back_1", "refund_failed"), "failed");
	WANT_LOGGED_ERRORS(1);
	WANT_INT(kit_attempt(&kit, placed.attempt.id).refunded, 0);
	WANT_INT(booked(&placed, "gateway"), paid);
	WANT_INT(booked(&placed, "refunds"), 0);
	WANT_TEXT(axis(&placed), "paid");
	WANT_TEXT(kit_state(&placed), "confirmed");
	WANT_TEXT(test_text("SELECT CONCAT(event, ' ', reason, ' ', actor) FROM"
			    " order_event WHERE order_id = %" PRId64
			    " ORDER BY seq DESC LIMIT 1",
			    placed.order.id.n),
		  "refund refund_sent_back gateway");
	WANT_TEXT(kit_wrong(&kit), "");
	kit_books_balance();
	refunded(&placed, 0); /* and it may go back once more */
	WANT_TEXT(axis(&placed), "refunded");
	WANT_TEXT(kit_wrong(&kit), "");
	test_ctx_free(kit.cx);
}

static void
a_refund_comes_back_once_however_often_that_is_told(void **state)
{
	struct placement placed = bought(2, "back-2");
	int64_t before;

	(void)state;
	refunded(&placed, 0);
	WANT_TEXT(told("evt_back_2", "refund_failed"), "failed");
	WANT_LOGGED_ERRORS(1);
	before = traces(&placed);
	WANT_TEXT(told("evt_back_2", "refund_failed"), "failed");
	WANT(again);
	WANT_TEXT(told("evt_back_2_copy", "refund_failed"), "failed");
	WANT(!again);
	WANT_TEXT(told("evt_back_2_old", "refund_succeeded"), "failed");
	WANT_TEXT(told("evt_back_2_older", "refund_pending"), "failed");
	WANT_INT(traces(&placed), before);
	WANT_LOGGED_ERRORS(0);
	WANT_INT(booked(&placed, "gateway"), placed.order.payable.minor);
	WANT_TEXT(kit_wrong(&kit), "");
	test_ctx_free(kit.cx);
}

static void
of_two_parts_each_comes_back_for_itself(void **state)
{
	struct placement placed = bought(3, "back-3");
	struct refund first;

	(void)state;
	first = refunded(&placed, 100);
	refunded(&placed, 0);
	WANT_TEXT(axis(&placed), "refunded");
	WANT_TEXT(told("evt_back_3a", "refund_failed"), "failed");
	WANT_TEXT(axis(&placed), "partially_refunded");
	WANT_INT(kit_attempt(&kit, placed.attempt.id).refunded, 100);
	WANT_TEXT(kit_wrong(&kit), "");
	refund = first;
	WANT_TEXT(told("evt_back_3b", "refund_failed"), "failed");
	WANT_TEXT(axis(&placed), "paid");
	WANT_TEXT(kit_wrong(&kit), "");
	WANT_LOGGED_ERRORS(2);
	test_ctx_free(kit.cx);
}

/* Verify names the order until its money is on its way again. */
static void
a_cancelled_order_whose_money_came_back_is_in_debt_until_it_is_sent_again(void **state)
{
	struct placement placed = bought(4, "back-4");
	struct order order;
	struct refund *list, next;
	size_t n;

	(void)state;
	WANT_OK(IN_TX(kit.cx,
		      order_cancel(tx, placed.order.id, "shopper", "shopper", &order)));
	WANT_OK(IN_READ(kit.cx, refund_list(tx, placed.order.id, &list, &n)));
	WANT_INT(n, 1);
	refund = list[0];
	WANT_OK(IN_TX(kit.cx, refund_done(tx, refund.id, NULL)));
	WANT_TEXT(axis(&placed), "refunded");
	WANT_TEXT(told("evt_back_4", "refund_failed"), "failed");
	WANT_LOGGED_ERRORS(1);
	WANT_TEXT(kit_state(&placed), "cancelled");
	WANT_TEXT(axis(&placed), "paid");
	WANT_TEXT(kit_wrong(&kit), "I19 ");
	WANT_OK(IN_TX(kit.cx, refund_request_for_order(tx, placed.order.id, 0, "cancel",
						       "", "shell", &next)));
	WANT_TEXT(kit_wrong(&kit), "");
	WANT_OK(IN_TX(kit.cx, refund_done(tx, next.id, NULL)));
	WANT_TEXT(axis(&placed), "refunded");
	WANT_TEXT(kit_wrong(&kit), "");
	kit_books_balance();
	test_ctx_free(kit.cx);
}

/* Paid after its cancellation, so that no order stood for the money. */
static void
money_that_was_owed_is_owed_again(void **state)
{
	struct placement placed;
	struct attempt attempt;
	struct settled settled;
	struct order order = {0};
	struct refund *list;
	size_t n;

	(void)state;
	kit = kit_new();
	kit_script_begin(&kit);
	placed = kit_place(&kit, 5, "pen", 1, "back-5");
	attempt = kit_attempt(&kit, placed.attempt.id);
	kit_will_say(&kit, "close", PAY_EXPIRED, 0, placed.attempt.uid.text,
		     placed.order.number);
	WANT_OK(flow_close_attempt(kit.shop, kit.cx, &attempt, &settled, &again));
	WANT_OK(IN_TX(kit.cx,
		      order_cancel(tx, placed.order.id, "shopper", "shopper", &order)));
	kit_pay(&kit, &placed, &settled);
	WANT_OK(IN_READ(kit.cx, refund_list(tx, placed.order.id, &list, &n)));
	WANT_INT(n, 1);
	refund = list[0];
	WANT_OK(IN_TX(kit.cx, refund_done(tx, refund.id, NULL)));
	WANT_INT(booked(&placed, "owed"), 0);
	WANT_TEXT(told("evt_back_5", "refund_failed"), "failed");
	WANT_LOGGED_ERRORS(1);
	WANT_INT(booked(&placed, "owed"), -placed.order.payable.minor);
	WANT_INT(booked(&placed, "refunds"), 0);
	WANT_TEXT(axis(&placed), "pending");
	WANT_TEXT(kit_wrong(&kit), "I19 "); /* nobody sent it again yet */
	WANT_OK(IN_TX(kit.cx, refund_request_for_order(tx, placed.order.id, 0, "void",
						       "", "shell", &refund)));
	WANT_OK(IN_TX(kit.cx, refund_done(tx, refund.id, NULL)));
	WANT_INT(booked(&placed, "owed"), 0);
	WANT_TEXT(kit_wrong(&kit), "");
	test_ctx_free(kit.cx);
}

static void
a_refund_that_failed_under_way_moves_no_money_and_somebody_is_told(void **state)
{
	struct placement placed = bought(6, "back-6");
	int64_t paid = placed.order.payable.minor;

	(void)state;
	WANT_OK(IN_TX(kit.cx,
		      refund_request_for_order(tx, placed.order.id, 0, "goodwill", "",
					       "shell", &refund)));
	WANT_TEXT(told("evt_back_6", "refund_failed"), "failed");
	WANT_LOGGED_ERRORS(1);
	WANT_TEXT(axis(&placed), "paid");
	WANT_INT(booked(&placed, "gateway"), paid);
	WANT_TEXT(kit_wrong(&kit), "");
	test_ctx_free(kit.cx);
}

TESTS(TEST(money_that_came_back_stands_in_the_books_again_and_somebody_is_told),
      TEST(a_refund_comes_back_once_however_often_that_is_told),
      TEST(of_two_parts_each_comes_back_for_itself),
      TEST(a_cancelled_order_whose_money_came_back_is_in_debt_until_it_is_sent_again),
      TEST(money_that_was_owed_is_owed_again),
      TEST(a_refund_that_failed_under_way_moves_no_money_and_somebody_is_told))
