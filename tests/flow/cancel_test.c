/* cancel_test.c - cancelling before shipping: by whom, once, and never beside a session
 * that can still be paid. */
#include "flow/cancel_order.h"

#include <stdio.h>

#include "support/kit.h"

static struct kit kit;
static struct order order;
static struct idem idem;
static bool claimed;

static struct cancel
request(const struct placement *placed, int visitor, const char *key)
{
	return (struct cancel){.visitor = kit_visitor(visitor),
			       .order = placed->order.number,
			       .key = key,
			       .key_hash = kit_visitor(visitor),
			       .reason = "shopper",
			       .actor = "shopper"};
}

static struct err *
cancel(struct cancel want)
{
	return flow_cancel_order(kit.shop, kit.cx, &want, &idem, &order, &claimed);
}

static struct placement
placed_by(int visitor, const char *key)
{
	kit = kit_new();
	kit_script_begin(&kit);
	return kit_place(&kit, visitor, "mug", 1, key);
}

static void
close_says(enum pay_status status, const struct placement *placed)
{
	kit_will_say(&kit, "close", status,
		     status == PAY_PAID ? placed->attempt.amount.minor : 0,
		     placed->attempt.uid.text, placed->order.number);
}

static int64_t
refunds_of(const struct placement *placed)
{
	return test_number("SELECT COUNT(*) FROM refund WHERE order_id = %" PRId64,
			   placed->order.id.n);
}

static void
a_waiting_orders_session_is_closed_first(void **state)
{
	struct placement placed = placed_by(1, "cancel-place-1");

	(void)state;
	WANT_ERR(cancel(request(&placed, 1, "cancel-1")), GATEWAY_UNAVAILABLE);
	WANT(!claimed); /* the same key may come again */
	WANT_TEXT(kit_state(&placed), "pending");
	close_says(PAY_CANCELLED, &placed);
	WANT_OK(cancel(request(&placed, 1, "cancel-1")));
	WANT(claimed);
	WANT_TEXT(order.state, "cancelled");
	WANT_TEXT(test_text("SELECT CONCAT(state, ' ', reason) FROM reservation"
			    " WHERE order_id = %" PRId64,
			    placed.order.id.n),
		  "released cancelled");
	WANT_INT(refunds_of(&placed), 0);
	kit_books_balance();
	test_ctx_free(kit.cx);
}

static void
an_order_paid_while_it_is_cancelled_is_refunded(void **state)
{
	struct placement placed = placed_by(2, "cancel-place-2");

	(void)state;
	close_says(PAY_PAID, &placed);
	WANT_OK(cancel(request(&placed, 2, "cancel-2")));
	WANT_TEXT(kit_state(&placed), "cancelled");
	WANT_INT(refunds_of(&placed), 1);
	kit_books_balance();
	test_ctx_free(kit.cx);
}

static void
nobody_else_may_cancel_but_the_links_bearer_and_the_shell(void **state)
{
	struct placement placed = placed_by(3, "cancel-place-3"), other;
	struct cancel want = request(&placed, 4, "cancel-3");

	(void)state;
	WANT_ERR(cancel(want), NOT_FOUND);
	want.token = "wrong";
	WANT_ERR(cancel(want), NOT_FOUND);
	want.token = order_link_token(kit.cx, placed.order.uid);
	close_says(PAY_EXPIRED, &placed);
	WANT_OK(cancel(want));
	other = kit_place(&kit, 5, "mug", 1, "cancel-place-5");
	want = (struct cancel){.order = other.order.uid.text,
			       .reason = "out of print",
			       .actor = "shell:ada",
			       .trusted = true};
	close_says(PAY_EXPIRED, &other);
	WANT_OK(cancel(want));
	WANT(!claimed);
	WANT_TEXT(kit_state(&other), "cancelled");
	test_ctx_free(kit.cx);
}

static void
one_key_cancels_once(void **state)
{
	struct placement placed = placed_by(6, "cancel-place-6");
	struct cancel want = request(&placed, 6, "cancel-6");
	const struct idem_reply reply = {
		.status = 200, .content_type = "application/json", .body = {"{}", 2}};
	size_t closed;

	(void)state;
	close_says(PAY_EXPIRED, &placed);
	WANT_OK(cancel(want));
	closed = pay_fake_calls(kit.pay, "close");
	WANT_ERR(cancel(want), KEY_IN_USE);
	want.key_hash = kit_visitor(7);
	WANT_ERR(cancel(want), KEY_REUSED);
	want.key_hash = kit_visitor(6);
	WANT_OK(IN_TX(kit.cx, idem_finish(tx, CANCEL_SCOPE, "cancel-6", &reply)));
	WANT_OK(cancel(want));
	WANT_INT(idem.state, IDEM_REPLAY);
	WANT(!claimed);
	WANT_INT(pay_fake_calls(kit.pay, "close"), closed);
	test_ctx_free(kit.cx);
}

static void
a_request_that_died_after_cancelling_is_answered_when_it_comes_again(void **state)
{
	struct placement placed = placed_by(8, "cancel-place-8");

	(void)state;
	close_says(PAY_EXPIRED, &placed);
	WANT_OK(cancel(request(&placed, 8, "cancel-8")));
	test_turn_clock(61); /* its answer was never stored */
	WANT_OK(cancel(request(&placed, 8, "cancel-8")));
	test_turn_clock(0);
	WANT(claimed);
	WANT_TEXT(order.state, "cancelled");
	WANT_INT(
		test_number("SELECT COUNT(*) FROM order_event WHERE order_id = %" PRId64
			    " AND event = 'cancelled'",
			    placed.order.id.n),
		1);
	kit_books_balance();
	test_ctx_free(kit.cx);
}

static void
what_is_shipped_or_ended_cannot_be_cancelled(void **state)
{
	struct placement placed = placed_by(9, "cancel-place-9");
	struct settled settled;

	(void)state;
	kit_pay(&kit, &placed, &settled);
	WANT_OK(IN_TX(kit.cx, order_ship(tx, placed.order.id, NULL, NULL, NULL, "shell",
					 &order)));
	WANT_ERR(cancel(request(&placed, 9, "cancel-9")), ORDER_STATE);
	WANT_TEXT(kit_state(&placed), "shipped");
	WANT_INT(refunds_of(&placed), 0);
	WANT_INT(test_number("SELECT COUNT(*) FROM idem WHERE idem_key = 'cancel-9'"),
		 0);
	test_ctx_free(kit.cx);
}

/* ---- shoppers who click twice ---- */

static struct placement raced;

static int
click(int child)
{
	struct err *e;
	char key[30];

	kit = kit_open();
	kit_script_begin(&kit);
	snprintf(key, sizeof key, "cancel-click-%d", child);
	e = cancel(request(&raced, 10, key));
	if (e != NULL)
		WANT_ERR(e, ORDER_STATE);
	test_ctx_free(kit.cx);
	return 0;
}

static void
many_cancellations_at_once_give_back_once(void **state)
{
	struct settled settled;

	(void)state;
	raced = placed_by(10, "cancel-place-10");
	kit_pay(&kit, &raced, &settled);
	test_processes(8, click);
	WANT_TEXT(kit_state(&raced), "cancelled");
	WANT_INT(refunds_of(&raced), 1);
	WANT_INT(test_number("SELECT COUNT(*) FROM stock_move WHERE order_id = %" PRId64
			     " AND kind = 'cancel_return'",
			     raced.order.id.n),
		 1);
	kit_books_balance();
	test_ctx_free(kit.cx);
}

TESTS(TEST(a_waiting_orders_session_is_closed_first),
      TEST(an_order_paid_while_it_is_cancelled_is_refunded),
      TEST(nobody_else_may_cancel_but_the_links_bearer_and_the_shell),
      TEST(one_key_cancels_once),
      TEST(a_request_that_died_after_cancelling_is_answered_when_it_comes_again),
      TEST(what_is_shipped_or_ended_cannot_be_cancelled),
      TEST(many_cancellations_at_once_give_back_once))
