/* expire_test.c - an order past its time: the gateway is closed and asked before
 * anything is let go; money that comes later is never lost. */
#include <stdio.h>

#include "domain/stock.h"
#include "support/kit.h"

static struct kit kit;

static struct placement
placed_by(int visitor, const char *sku, const char *key)
{
	kit = kit_new();
	kit_script_begin(&kit);
	return kit_place(&kit, visitor, sku, 1, key);
}

static struct err *
expire(const struct placement *placed)
{
	return flow_expire_order(kit.shop, kit.cx, &placed->order);
}

static void
close_says(enum pay_status status, const struct placement *placed)
{
	kit_will_say(&kit, "close", status,
		     status == PAY_PAID ? placed->attempt.amount.minor : 0,
		     placed->attempt.uid.text, placed->order.number);
}

static const char *
hold_of(const struct placement *placed)
{
	return test_text("SELECT CONCAT(state, ' ', reason) FROM reservation"
			 " WHERE order_id = %" PRId64,
			 placed->order.id.n);
}

static void
a_closed_session_ends_the_order_and_frees_its_units(void **state)
{
	struct placement placed = placed_by(1, "mug", "expire-1");

	(void)state;
	close_says(PAY_EXPIRED, &placed);
	WANT_OK(expire(&placed));
	WANT_TEXT(kit_state(&placed), "expired");
	WANT_TEXT(hold_of(&placed), "expired idle");
	WANT_INT(test_number("SELECT COUNT(*) FROM outbox WHERE agg_id = %" PRId64,
			     placed.order.id.n),
		 0);
	WANT_OK(expire(&placed)); /* again changes nothing */
	WANT_INT(test_number(
			 "SELECT COUNT(*) FROM order_event WHERE order_id = %" PRId64,
			 placed.order.id.n),
		 2);
	kit_books_balance();
	test_ctx_free(kit.cx);
}

static void
an_order_that_was_paid_in_the_last_second_is_confirmed(void **state)
{
	struct placement placed = placed_by(2, "mug", "expire-2");

	(void)state;
	close_says(PAY_PAID, &placed);
	WANT_OK(expire(&placed));
	WANT_TEXT(kit_state(&placed), "confirmed");
	kit_books_balance();
	test_ctx_free(kit.cx);
}

/* T-20: the gateway is down, or the payment is still on its way. */
static void
an_order_whose_payment_may_still_come_is_not_ended(void **state)
{
	struct placement down = placed_by(3, "mug", "expire-3"), pending;

	(void)state;
	WANT_OK(expire(&down));
	WANT_TEXT(kit_state(&down), "review");
	WANT_TEXT(hold_of(&down), "held ");
	pending = kit_place(&kit, 4, "mug", 1, "expire-4");
	close_says(PAY_PROCESSING, &pending);
	WANT_OK(expire(&pending));
	WANT_TEXT(kit_state(&pending), "review");
	WANT_TEXT(hold_of(&pending), "held ");
	WANT_TEXT(kit_attempt(&kit, pending.attempt.id).state, "requires_action");
	kit_books_balance();
	test_ctx_free(kit.cx);
}

static void
a_declined_order_fails_and_says_so_by_one_mail(void **state)
{
	struct placement placed = placed_by(5, "mug", "expire-5");
	int64_t changed;

	(void)state;
	WANT_OK(IN_TX(kit.cx, payment_move(tx, placed.attempt.id, "sent",
					   "insufficient_funds", 50, &changed)));
	WANT_TEXT(hold_of(&placed), "held ");
	close_says(PAY_EXPIRED, &placed);
	WANT_OK(expire(&placed));
	WANT_TEXT(kit_state(&placed), "failed");
	WANT_TEXT(hold_of(&placed), "expired payment_failed");
	WANT_INT(test_number("SELECT COUNT(*) FROM outbox WHERE agg_id = %" PRId64
			     " AND kind = 'mail.payment_failed'",
			     placed.order.id.n),
		 1);
	kit_books_balance();
	test_ctx_free(kit.cx);
}

/* T-24: the job has listed the order; then its shopper starts another attempt. */
static void
an_attempt_in_the_last_second_moves_the_end(void **state)
{
	struct placement placed = placed_by(6, "mug", "expire-6"), next;
	struct order *due;
	size_t n, mine;
	struct retry want = {.visitor = kit_visitor(6),
			     .key = "expire-6b",
			     .key_hash = kit_visitor(6),
			     .payment_method = "fake"};

	(void)state;
	want.order = placed.order.number;
	test_turn_clock(36 * 60);
	WANT_OK(IN_READ(kit.cx, order_list_due(tx, 100, &due, &n)));
	for (mine = 0; mine < n; mine++)
		if (due[mine].id.n == placed.order.id.n)
			break;
	WANT(mine < n);
	close_says(PAY_EXPIRED, &placed);
	kit_will_create(&kit, PAY_DONE);
	WANT_OK(kit_retry_payment(kit.shop, kit.cx, &want, &next));
	WANT_OK(flow_expire_order(kit.shop, kit.cx, &due[mine]));
	test_turn_clock(0);
	WANT_TEXT(kit_state(&placed), "pending");
	WANT_TEXT(kit_attempt(&kit, next.attempt.id).state, "sent");
	WANT_INT(pay_fake_calls(kit.pay, "close"), 1);
	kit_books_balance();
	test_ctx_free(kit.cx);
}

static void
a_late_payment_confirms_beside_a_newer_order_of_its_cart(void **state)
{
	struct placement first = placed_by(7, "mug", "expire-7"), second;
	struct placing want = kit_placing(&kit, 7, "expire-7b");
	struct checkout checkout;
	struct settled settled;

	(void)state;
	close_says(PAY_EXPIRED, &first);
	WANT_OK(expire(&first));
	WANT_OK(kit_start(&kit, 7, &checkout));
	kit_will_create(&kit, PAY_DONE);
	WANT_OK(kit_place_order(kit.shop, kit.cx, &want, &second));
	WANT(strcmp(second.order.number, first.order.number) != 0);
	kit_pay(&kit, &first, &settled);
	WANT(settled.confirmed);
	WANT_TEXT(kit_state(&first), "confirmed");
	WANT_TEXT(kit_state(&second), "pending");
	kit_books_balance();
	test_ctx_free(kit.cx);
}

static void
a_late_payment_of_goods_that_are_gone_goes_back_in_full(void **state)
{
	struct placement placed = placed_by(8, "print", "expire-8");
	struct settled settled;
	struct stock row;

	(void)state;
	close_says(PAY_EXPIRED, &placed);
	WANT_OK(expire(&placed));
	WANT_OK(IN_TX(kit.cx, stock_set(tx, "print", 0, "test", &row)));
	kit_pay(&kit, &placed, &settled);
	WANT(settled.refund);
	WANT(!settled.confirmed);
	WANT_TEXT(kit_state(&placed), "expired");
	WANT_TEXT(test_text("SELECT CONCAT(kind, ' ', reason, ' ', amount) FROM refund"
			    " WHERE order_id = %" PRId64,
			    placed.order.id.n),
		  arena_printf(kit.cx->mem, "void paid_no_stock %" PRId64,
			       placed.attempt.amount.minor));
	WANT_INT(kit_stock("on_hand", "print"), 0);
	kit_books_balance();
	test_ctx_free(kit.cx);
}

static void
a_cancelled_orders_late_payment_goes_back_too(void **state)
{
	struct placement placed = placed_by(9, "mug", "expire-9");
	struct settled settled;
	struct order order;
	struct attempt attempt = placed.attempt;

	(void)state;
	attempt.gw_id = "cs_any";
	kit_will_say(&kit, "retrieve", PAY_EXPIRED, 0, NULL, NULL);
	WANT_OK(flow_ask_attempt(kit.shop, kit.cx, &attempt, &settled));
	WANT_OK(IN_TX(kit.cx,
		      order_cancel(tx, placed.order.id, "shopper", "shopper", &order)));
	kit_pay(&kit, &placed, &settled);
	WANT(settled.refund);
	WANT_TEXT(test_text("SELECT reason FROM refund WHERE order_id = %" PRId64,
			    placed.order.id.n),
		  "paid_after_cancel");
	kit_pay(&kit, &placed, &settled);
	WANT(!settled.changed);
	kit_books_balance();
	test_ctx_free(kit.cx);
}

static void
an_unanswered_order_is_ended_once_the_gateway_has_said_no(void **state)
{
	struct placement placed = placed_by(10, "mug", "expire-10");
	struct attempt attempt;
	struct settled settled;
	struct order *due;
	size_t n, listed = 0;

	(void)state;
	WANT_OK(expire(&placed));
	WANT_TEXT(kit_state(&placed), "review");
	attempt = kit_attempt(&kit, placed.attempt.id);
	kit_will_say(&kit, "retrieve", PAY_EXPIRED, 0, NULL, NULL);
	WANT_OK(flow_ask_attempt(kit.shop, kit.cx, &attempt, &settled));
	test_turn_clock(36 * 60);
	WANT_OK(IN_READ(kit.cx, order_list_due(tx, 100, &due, &n)));
	for (size_t i = 0; i < n; i++)
		if (due[i].id.n == placed.order.id.n) {
			listed++;
			WANT_OK(flow_expire_order(kit.shop, kit.cx, &due[i]));
		}
	test_turn_clock(0);
	WANT_INT(listed, 1);
	WANT_TEXT(kit_state(&placed), "failed");
	kit_books_balance();
	test_ctx_free(kit.cx);
}

static void
an_order_whose_gateway_was_switched_off_is_kept(void **state)
{
	struct placement placed = placed_by(11, "mug", "expire-11");

	(void)state;
	kit.shop->n_gateways = 0;
	WANT_OK(expire(&placed));
	WANT_TEXT(kit_state(&placed), "review");
	WANT_TEXT(hold_of(&placed), "held ");
	test_ctx_free(kit.cx);
}

TESTS(TEST(a_closed_session_ends_the_order_and_frees_its_units),
      TEST(an_order_that_was_paid_in_the_last_second_is_confirmed),
      TEST(an_order_whose_payment_may_still_come_is_not_ended),
      TEST(a_declined_order_fails_and_says_so_by_one_mail),
      TEST(an_attempt_in_the_last_second_moves_the_end),
      TEST(a_late_payment_confirms_beside_a_newer_order_of_its_cart),
      TEST(a_late_payment_of_goods_that_are_gone_goes_back_in_full),
      TEST(a_cancelled_orders_late_payment_goes_back_too),
      TEST(an_unanswered_order_is_ended_once_the_gateway_has_said_no),
      TEST(an_order_whose_gateway_was_switched_off_is_kept))
