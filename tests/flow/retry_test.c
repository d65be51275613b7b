/* retry_test.c - the next attempt of an order, and a payment request that comes again:
 * never two live sessions, never two orders. */
#include <stdio.h>

#include "domain/stock.h"
#include "support/kit.h"

static struct kit kit;
static struct placement out;

static struct retry
request(const struct placement *placed, int visitor, const char *key)
{
	return (struct retry){.visitor = kit_visitor(visitor),
			      .order = placed->order.number,
			      .key = key,
			      .key_hash = kit_visitor(visitor),
			      .payment_method = "fake"};
}

static struct err *
retry(struct retry want)
{
	return kit_retry_payment(kit.shop, kit.cx, &want, &out);
}

static struct err *
place(int visitor, const char *key)
{
	struct placing want = kit_placing(&kit, visitor, key);

	return kit_place_order(kit.shop, kit.cx, &want, &out);
}

static struct placement
placed_by(int visitor, const char *key)
{
	kit = kit_new();
	kit_script_begin(&kit);
	return kit_place(&kit, visitor, "pen", 1, key);
}

static void
close_says(enum pay_status status, const struct placement *placed)
{
	kit_will_say(&kit, "close", status,
		     status == PAY_PAID ? placed->attempt.amount.minor : 0,
		     placed->attempt.uid.text, placed->order.number);
}

static void
release(const char *scope, const char *key)
{
	WANT_OK(IN_TX(kit.cx, idem_release(tx, scope, key)));
}

/* ---- the next attempt ---- */

static void
no_second_session_opens_while_the_first_may_be_paid(void **state)
{
	struct placement placed = placed_by(1, "retry-place-1");

	(void)state;
	WANT_ERR(retry(request(&placed, 1, "retry-1")), GATEWAY_UNAVAILABLE);
	WANT(out.claimed);
	WANT_INT(test_number("SELECT COUNT(*) FROM payment_attempt WHERE order_id = "
			     "%" PRId64,
			     placed.order.id.n),
		 1);
	release(RETRY_SCOPE, "retry-1");
	close_says(PAY_EXPIRED, &placed);
	kit_will_create(&kit, PAY_DONE);
	WANT_OK(retry(request(&placed, 1, "retry-1")));
	WANT_INT(out.attempt.n, 2);
	WANT(instant_since(out.order.expires_at, placed.order.expires_at) >= 0);
	WANT_TEXT(
		test_text("SELECT resource_kind FROM idem WHERE idem_key = 'retry-1'"),
		"attempt");
	kit_books_balance();
	test_ctx_free(kit.cx);
}

static void
an_order_found_paid_needs_no_next_attempt(void **state)
{
	struct placement placed = placed_by(2, "retry-place-2");

	(void)state;
	close_says(PAY_PAID, &placed);
	WANT_ERR(retry(request(&placed, 2, "retry-2")), ORDER_PAID);
	WANT_TEXT(kit_state(&placed), "confirmed");
	WANT_ERR(retry(request(&placed, 2, "retry-2b")), ORDER_PAID);
	WANT_INT(pay_fake_calls(kit.pay, "create"), 1);
	kit_books_balance();
	test_ctx_free(kit.cx);
}

static void
one_key_makes_one_attempt(void **state)
{
	struct placement placed = placed_by(3, "retry-place-3");
	struct retry want = request(&placed, 3, "retry-3");
	const struct idem_reply reply = {
		.status = 201, .content_type = "application/json", .body = {"{}", 2}};

	(void)state;
	close_says(PAY_EXPIRED, &placed);
	kit_will_create(&kit, PAY_DONE);
	WANT_OK(retry(want));
	WANT_ERR(retry(want), KEY_IN_USE);
	want.key_hash = kit_visitor(4);
	WANT_ERR(retry(want), KEY_REUSED);
	want.key_hash = kit_visitor(3);
	WANT_OK(IN_TX(kit.cx, idem_finish(tx, RETRY_SCOPE, "retry-3", &reply)));
	WANT_OK(retry(want));
	WANT_INT(out.kind, PLACEMENT_REPLAY);
	WANT_INT(out.idem.reply.status, 201);
	WANT_INT(pay_fake_calls(kit.pay, "create"), 2);
	test_ctx_free(kit.cx);
}

static void
a_request_that_died_after_its_attempt_goes_on_with_it(void **state)
{
	struct placement placed = placed_by(5, "retry-place-5");
	struct retry want = request(&placed, 5, "retry-5");
	size_t closed;

	(void)state;
	close_says(PAY_EXPIRED, &placed);
	kit_will_create(&kit, PAY_TRANSIENT); /* nothing was sent */
	WANT_ERR(retry(want), GATEWAY_UNAVAILABLE);
	closed = pay_fake_calls(kit.pay, "close");
	release(RETRY_SCOPE, "retry-5");
	kit_will_create(&kit, PAY_DONE);
	WANT_OK(retry(want));
	WANT_INT(out.attempt.n, 2);
	WANT(out.url != NULL);
	WANT_INT(pay_fake_calls(kit.pay, "close"), closed);
	release(RETRY_SCOPE, "retry-5"); /* the answer was lost: the same page again */
	WANT_OK(retry(want));
	WANT_INT(out.attempt.n, 2);
	WANT_INT(pay_fake_calls(kit.pay, "create"), 3);
	test_ctx_free(kit.cx);
}

static void
a_next_attempt_is_only_for_its_owner_and_at_the_price_agreed(void **state)
{
	struct placement placed = placed_by(6, "retry-place-6");
	struct retry want = request(&placed, 7, "retry-6");

	(void)state;
	WANT_ERR(retry(want), NOT_FOUND);
	want.token = order_link_token(kit.cx, placed.order.uid);
	want.has_total = true;
	want.accept_total = money_of(placed.order.payable.minor - 1, "USD");
	close_says(PAY_EXPIRED, &placed);
	WANT_ERR(retry(want), TOTAL_CHANGED);
	want.key = "retry-6b";
	want.accept_total = placed.order.payable;
	want.payment_method = "shells";
	WANT_ERR(retry(want), INVALID);
	want.key = "retry-6c";
	want.payment_method = "fake";
	kit_will_create(&kit, PAY_DONE);
	WANT_OK(retry(want));
	test_ctx_free(kit.cx);
}

static void
an_order_that_has_ended_gets_no_further_attempt(void **state)
{
	struct placement placed = placed_by(8, "retry-place-8");

	(void)state;
	close_says(PAY_EXPIRED, &placed);
	WANT_OK(flow_expire_order(kit.shop, kit.cx, &placed.order));
	WANT_ERR(retry(request(&placed, 8, "retry-8")), ORDER_STATE);
	test_ctx_free(kit.cx);
}

/* T-30: the last unit is the shopper's own, however often they try. */
static void
the_last_unit_stays_the_shoppers_through_five_attempts(void **state)
{
	struct checkout checkout;
	struct placement placed;
	char key[30];

	(void)state;
	kit = kit_new();
	kit_add_product(&kit, "last", "ship", 100, 1);
	kit_script_begin(&kit);
	kit_fill_cart(&kit, 10, "last", 1);
	placed = kit_place(&kit, 9, "last", 1, "retry-last");
	for (int i = 0; i < 5; i++) {
		snprintf(key, sizeof key, "retry-last-%d", i);
		close_says(PAY_EXPIRED, &placed);
		kit_will_create(&kit, PAY_DONE);
		WANT_OK(retry(request(&placed, 9, key)));
		WANT_ERR(kit_start(&kit, 10, &checkout), SOLD_OUT);
	}
	close_says(PAY_EXPIRED, &placed);
	WANT_OK(flow_expire_order(kit.shop, kit.cx, &out.order));
	WANT_OK(kit_start(&kit, 10, &checkout));
	kit_books_balance();
	test_ctx_free(kit.cx);
}

/* ---- the same payment again ---- */

static void
a_lost_answer_is_told_again_without_asking_the_gateway(void **state)
{
	struct placement placed = placed_by(11, "retry-again-11");

	(void)state;
	release(PLACING_SCOPE, "retry-again-11");
	WANT_OK(place(11, "retry-again-11"));
	WANT_INT(out.kind, PLACEMENT_GO);
	WANT_TEXT(out.order.number, placed.order.number);
	WANT_TEXT(out.url, "https://pay.example/page");
	WANT_INT(pay_fake_calls(kit.pay, "create"), 1);
	test_ctx_free(kit.cx);
}

static void
a_stored_answer_is_replayed(void **state)
{
	const struct idem_reply reply = {.status = 201,
					 .content_type = "application/json",
					 .body = {"{\"order\":1}", 11}};

	(void)state;
	placed_by(12, "retry-again-12");
	WANT_OK(IN_TX(kit.cx,
		      idem_finish(tx, PLACING_SCOPE, "retry-again-12", &reply)));
	WANT_OK(place(12, "retry-again-12"));
	WANT_INT(out.kind, PLACEMENT_REPLAY);
	WANT(!out.claimed);
	WANT(memcmp(out.idem.reply.body.at, "{\"order\":1}", 11) == 0);
	test_ctx_free(kit.cx);
}

static void
a_paid_order_is_not_placed_again_and_its_key_says_so(void **state)
{
	struct placement placed = placed_by(13, "retry-again-13");
	struct placing want = kit_placing(&kit, 13, "retry-again-13b");
	struct settled settled;

	(void)state;
	want.cart_version = placed.order.cart_version;
	kit_pay(&kit, &placed, &settled);
	WANT_ERR(kit_place_order(kit.shop, kit.cx, &want, &out), ORDER_PAID);
	release(PLACING_SCOPE, "retry-again-13");
	WANT_OK(place(13, "retry-again-13"));
	WANT_INT(out.kind, PLACEMENT_NOTHING_DUE);
	WANT_TEXT(out.url, NULL);
	test_ctx_free(kit.cx);
}

static void
a_changed_cart_waits_for_the_old_session_and_tells_when_it_was_paid(void **state)
{
	struct placement placed = placed_by(14, "retry-again-14");

	(void)state;
	kit_fill_cart(&kit, 14, "pen", 1);
	WANT_ERR(place(14, "retry-again-14b"), GATEWAY_UNAVAILABLE);
	WANT_TEXT(kit_state(&placed), "pending");
	close_says(PAY_PAID, &placed);
	WANT_ERR(place(14, "retry-again-14c"), ORDER_PAID);
	WANT_TEXT(kit_state(&placed), "confirmed");
	WANT_INT(test_number("SELECT SUM(quantity) FROM cart_line WHERE cart_id = "
			     "%" PRId64,
			     placed.order.cart.n),
		 1); /* what was not sold stays in the cart */
	kit_books_balance();
	test_ctx_free(kit.cx);
}

/* F-018, T-26: another tab edits the cart while this one pays. */
static void
edits_while_paying_never_change_what_is_charged(void **state)
{
	struct settled settled;
	char key[30];

	(void)state;
	kit = kit_new();
	for (int point = 0; point < 3; point++) {
		int visitor = 30 + point;
		struct attempt attempt;

		snprintf(key, sizeof key, "retry-tabs-%d", point);
		kit_script_begin(&kit);
		kit_checkout(&kit, visitor, "pen", 2);
		kit_will_create(&kit, PAY_DONE);
		WANT_OK(place(visitor, key));
		attempt = kit_attempt(&kit, out.attempt.id);
		kit_fill_cart(&kit, visitor, "pen", 3);
		if (point > 0)
			kit_fill_cart(&kit, visitor, "guide", 1);
		if (point > 1)
			test_script("UPDATE product SET price = price + 1"
				    " WHERE sku = 'pen'");
		kit_pay(&kit, &out, &settled);
		WANT(settled.confirmed);
		WANT_INT(kit_attempt(&kit, attempt.id).captured, out.order.total.minor);
		WANT_INT(test_number("SELECT qty FROM order_line WHERE order_id = "
				     "%" PRId64,
				     out.order.id.n),
			 2);
		WANT_INT(test_number("SELECT quantity FROM cart_line WHERE sku = 'pen'"
				     " AND cart_id = %" PRId64,
				     out.order.cart.n),
			 3); /* what was not bought stays */
	}
	kit_books_balance();
	test_ctx_free(kit.cx);
}

static void
what_does_not_fit_any_more_is_refused_before_anything_is_sent(void **state)
{
	struct placing want;
	struct err *e;

	(void)state;
	kit = kit_new();
	kit_script_begin(&kit);
	kit_add_product(&kit, "globe", "ship", 1000, 5);
	WANT_ERR(place(15, "retry-fit"), CART_EMPTY);
	kit_fill_cart(&kit, 15, "globe", 3);
	WANT_ERR(place(15, "retry-fit"), NOT_STARTED);
	kit_checkout(&kit, 15, "globe", 1);
	want = kit_placing(&kit, 15, "retry-fit");
	want.cart_version = 1;
	WANT_ERR(kit_place_order(kit.shop, kit.cx, &want, &out), CART_CHANGED);
	want.cart_version = 0;
	want.has_total = true;
	want.accept_total = money_of(4450, "USD");
	test_script("UPDATE product SET price = 1001 WHERE sku = 'globe'");
	WANT_ERR(kit_place_order(kit.shop, kit.cx, &want, &out), TOTAL_CHANGED);
	want.accept_total = money_of(4454, "USD");
	test_script("UPDATE product SET per_order = 2 WHERE sku = 'globe'");
	WANT_ERR(kit_place_order(kit.shop, kit.cx, &want, &out), INVALID);
	test_script("UPDATE product SET per_order = 9, active = FALSE"
		    " WHERE sku = 'globe'");
	e = kit_place_order(kit.shop, kit.cx, &want, &out);
	WANT_ERR(e, SOLD_OUT);
	WANT_TEXT(e->problems.list[0].code, "unknown_sku");
	test_script("UPDATE product SET active = TRUE WHERE sku = 'globe'");
	WANT_INT(pay_fake_calls(kit.pay, "create"), 0);
	kit_will_create(&kit, PAY_DONE);
	WANT_OK(kit_place_order(kit.shop, kit.cx, &want, &out));
	WANT_INT(out.order.total.minor, 4454); /* what the shopper agreed to */
	test_ctx_free(kit.cx);
}

static void
holds_that_ran_out_are_taken_anew_or_the_line_is_named(void **state)
{
	struct checkout checkout;
	struct stock row;
	struct err *e;
	int64_t freed;

	(void)state;
	kit = kit_new();
	kit_script_begin(&kit);
	kit_add_product(&kit, "map", "ship", 1000, 5);
	kit_add_product(&kit, "ink", "ship", 1000, 5);
	kit_fill_cart(&kit, 16, "map", 2);
	kit_checkout(&kit, 16, "ink", 2);
	test_turn_clock(31 * 60);
	WANT_OK(IN_TX(kit.cx, stock_expire(tx, 100, &freed)));
	WANT_OK(IN_TX(kit.cx, stock_set(tx, "ink", 1, "test", &row)));
	e = place(16, "retry-holds");
	WANT_ERR(e, SOLD_OUT);
	WANT_INT(e->problems.n, 1);
	WANT_TEXT(e->problems.list[0].text, "Only 1 of ink are left.");
	WANT_INT(kit_stock("reserved", "map"), 0);
	WANT_OK(IN_TX(kit.cx, stock_set(tx, "ink", 5, "test", &row)));
	kit_will_create(&kit, PAY_DONE);
	WANT_OK(place(16, "retry-holds"));
	WANT_INT(kit_stock("reserved", "map"), 2);
	WANT_INT(kit_stock("reserved", "ink"), 2);
	test_turn_clock(0);
	WANT_OK(IN_READ(kit.cx, checkout_look(tx, kit.shop->terms, kit_visitor(16),
					      &checkout)));
	kit_books_balance();
	test_ctx_free(kit.cx);
}

static void
nothing_due_needs_no_gateway(void **state)
{
	(void)state;
	kit = kit_new();
	kit_script_begin(&kit);
	kit_add_product(&kit, "leaflet", "digital", 0, -1);
	kit_checkout(&kit, 17, "leaflet", 1);
	WANT_OK(place(17, "retry-free"));
	WANT_INT(out.kind, PLACEMENT_NOTHING_DUE);
	WANT_INT(out.attempt.id.n, 0);
	WANT_TEXT(kit_state(&out), "confirmed");
	WANT_INT(pay_fake_calls(kit.pay, "create"), 0);
	release(PLACING_SCOPE, "retry-free");
	WANT_OK(place(17, "retry-free"));
	WANT_INT(out.kind, PLACEMENT_NOTHING_DUE);
	kit_books_balance();
	test_ctx_free(kit.cx);
}

/* ---- a page that waits for the first request with its key ---- */

static void
waiting_for_a_key_ends_with_its_answer(void **state)
{
	struct idem idem;
	bool done;

	(void)state;
	placed_by(18, "retry-wait");
	WANT_OK(flow_wait_for_key(kit.cx, PLACING_SCOPE, "retry-nobody", kit_visitor(1),
				  &idem, &done));
	WANT(done);
	release(PLACING_SCOPE, "retry-wait");
	WANT_OK(flow_wait_for_key(kit.cx, PLACING_SCOPE, "retry-wait",
				  kit_placing(&kit, 18, "retry-wait").key_hash, &idem,
				  &done));
	WANT(done);
	WANT_INT(idem.state, IDEM_RESUMED);
	test_ctx_free(kit.cx);
}

/* ---- fifty at once ---- */

static int
pay_at_once(int child)
{
	struct err *e;

	(void)child;
	kit = kit_open();
	kit_script_begin(&kit);
	kit_will_create(&kit, PAY_DONE);
	for (int i = 0; i < 5; i++) {
		e = place(19, "retry-fifty");
		if (e != NULL)
			WANT_ERR(e, KEY_IN_USE);
	}
	test_script("INSERT INTO event (kind, subject, detail)"
		    " VALUES ('Created', UUID(), '%zu')",
		    pay_fake_calls(kit.pay, "create"));
	test_ctx_free(kit.cx);
	return 0;
}

static void
fifty_payments_with_one_key_make_one_order_and_one_session(void **state)
{
	(void)state;
	kit = kit_new();
	kit_checkout(&kit, 19, "pen", 1);
	test_processes(10, pay_at_once);
	WANT_INT(test_number("SELECT COUNT(*) FROM orders WHERE idem_key = "
			     "'retry-fifty'"),
		 1);
	WANT_INT(test_number("SELECT SUM(detail) FROM event WHERE kind = 'Created'"),
		 1);
	kit_books_balance();
	test_ctx_free(kit.cx);
}

TESTS(TEST(no_second_session_opens_while_the_first_may_be_paid),
      TEST(an_order_found_paid_needs_no_next_attempt), TEST(one_key_makes_one_attempt),
      TEST(a_request_that_died_after_its_attempt_goes_on_with_it),
      TEST(a_next_attempt_is_only_for_its_owner_and_at_the_price_agreed),
      TEST(an_order_that_has_ended_gets_no_further_attempt),
      TEST(the_last_unit_stays_the_shoppers_through_five_attempts),
      TEST(a_lost_answer_is_told_again_without_asking_the_gateway),
      TEST(a_stored_answer_is_replayed),
      TEST(a_paid_order_is_not_placed_again_and_its_key_says_so),
      TEST(a_changed_cart_waits_for_the_old_session_and_tells_when_it_was_paid),
      TEST(edits_while_paying_never_change_what_is_charged),
      TEST(what_does_not_fit_any_more_is_refused_before_anything_is_sent),
      TEST(holds_that_ran_out_are_taken_anew_or_the_line_is_named),
      TEST(nothing_due_needs_no_gateway), TEST(waiting_for_a_key_ends_with_its_answer),
      TEST(fifty_payments_with_one_key_make_one_order_and_one_session))
