/* purchase_test.c - a purchase from cart to books, and everything that may happen to
 * it. */
#include <stdio.h>

#include "support/kit.h"

static struct placement
place(struct kit *kit, int visitor, const char *key)
{
	struct placing want = kit_placing(kit, visitor, key);
	struct placement *placed = arena_new_of(kit->cx->mem, struct placement, 1);

	kit_will_create(kit, PAY_DONE);
	WANT_OK(kit_place_order(kit->shop, kit->cx, &want, placed));
	WANT_INT(placed->kind, PLACEMENT_GO);
	return *placed;
}

static const char *
state_of(const struct placement *placed)
{
	return test_text("SELECT state FROM orders WHERE id = %" PRId64,
			 placed->order.id.n);
}

static void
a_paid_order_is_confirmed_and_its_books_balance(void **state)
{
	struct kit kit = kit_new();
	struct settled settled;
	struct placement placed;

	(void)state;
	kit_script_begin(&kit);
	kit_checkout(&kit, 1, "mug", 2);
	WANT_INT(test_number("SELECT reserved FROM stock WHERE sku = 'mug'"), 2);
	placed = place(&kit, 1, "key-1");
	WANT_TEXT(placed.url, "https://pay.example/page");
	WANT_TEXT(state_of(&placed), "pending");
	WANT_INT(placed.order.total.minor, 2 * 1800 + 450);
	kit_pay(&kit, &placed, &settled);
	WANT(settled.confirmed);
	WANT_TEXT(state_of(&placed), "confirmed");
	WANT_INT(test_number("SELECT on_hand FROM stock WHERE sku = 'mug'"), 18);
	WANT_INT(test_number("SELECT reserved FROM stock WHERE sku = 'mug'"), 0);
	WANT_INT(test_number("SELECT COUNT(*) FROM cart_line"), 0);
	kit_books_balance();

	/* the same truth again, by webhook and poll, changes nothing */
	kit_pay(&kit, &placed, &settled);
	WANT(!settled.changed);
	kit_books_balance();
	test_ctx_free(kit.cx);
}

static void
one_key_makes_one_order(void **state)
{
	struct kit kit = kit_new();
	struct placing want = kit_placing(&kit, 2, "key-2");
	struct placement placed, again;

	(void)state;
	kit_script_begin(&kit);
	kit_checkout(&kit, 2, "print", 1);
	placed = place(&kit, 2, "key-2");
	WANT_ERR(kit_place_order(kit.shop, kit.cx, &want, &again), KEY_IN_USE);
	want.key_hash = kit_visitor(77);
	WANT_ERR(kit_place_order(kit.shop, kit.cx, &want, &again), KEY_REUSED);
	WANT_INT(pay_fake_calls(kit.pay, "create"), 1);

	/* another key at the same version finds the order that waits */
	want = kit_placing(&kit, 2, "key-2b");
	WANT_OK(kit_place_order(kit.shop, kit.cx, &want, &again));
	WANT(again.again);
	WANT_TEXT(again.order.number, placed.order.number);
	WANT_TEXT(again.url, "https://pay.example/page");
	WANT_INT(pay_fake_calls(kit.pay, "create"), 1);
	kit_books_balance();
	test_ctx_free(kit.cx);
}

static void
a_lost_answer_is_unknown_and_is_asked_again_under_its_key(void **state)
{
	struct kit kit = kit_new();
	struct placing want = kit_placing(&kit, 3, "key-3");
	struct placement placed;
	struct settled settled;
	char key[80];

	(void)state;
	kit_script_begin(&kit);
	kit_checkout(&kit, 3, "mug", 1);
	kit_will_create(&kit, PAY_UNKNOWN);
	WANT_OK(kit_place_order(kit.shop, kit.cx, &want, &placed));
	WANT_INT(placed.kind, PLACEMENT_UNKNOWN);
	snprintf(key, sizeof key, "%s", pay_fake_last_key(kit.pay));
	kit_will_create(&kit, PAY_DONE);
	kit_pay(&kit, &placed, &settled);
	WANT(settled.confirmed);
	WANT_TEXT(pay_fake_last_key(kit.pay), key);
	kit_books_balance();
	test_ctx_free(kit.cx);
}

static void
a_gateway_that_was_never_reached_keeps_the_order_for_the_same_key(void **state)
{
	struct kit kit = kit_new();
	struct placing want = kit_placing(&kit, 4, "key-4");
	struct placement placed, again;
	struct err *e;

	(void)state;
	kit_script_begin(&kit);
	kit_checkout(&kit, 4, "mug", 1);
	kit_will_create(&kit, PAY_TRANSIENT);
	WANT_ERR(kit_place_order(kit.shop, kit.cx, &want, &placed),
		 GATEWAY_UNAVAILABLE);
	WANT(placed.claimed);
	TRANSACTION (tx, kit.cx, &e) /* as dispatch does after a 5xx */
		e = idem_release(tx, PLACING_SCOPE, want.key);
	WANT_OK(e);
	kit_will_create(&kit, PAY_DONE);
	WANT_OK(kit_place_order(kit.shop, kit.cx, &want, &again));
	WANT_INT(again.kind, PLACEMENT_GO);
	WANT_TEXT(again.order.number, placed.order.number);
	WANT_INT(test_number("SELECT COUNT(*) FROM orders WHERE idem_key = 'key-4'"),
		 1);
	kit_books_balance();
	test_ctx_free(kit.cx);
}

static void
another_amount_is_parked_and_never_confirmed(void **state)
{
	struct kit kit = kit_new();
	struct placement placed;
	struct settled settled;

	(void)state;
	kit_script_begin(&kit);
	kit_checkout(&kit, 5, "mug", 1);
	placed = place(&kit, 5, "key-5");
	kit_will_say(&kit, "retrieve", PAY_PAID, 10, placed.attempt.uid.text,
		     placed.order.number);
	placed.attempt.gw_id = "cs_any";
	WANT_OK(flow_ask_attempt(kit.shop, kit.cx, &placed.attempt, &settled));
	WANT(settled.mismatch);
	WANT_TEXT(state_of(&placed), "review");
	WANT_INT(test_number("SELECT COUNT(*) FROM orders WHERE id = %" PRId64
			     " AND confirmed_at IS NOT NULL",
			     placed.order.id.n),
		 0);
	kit_books_balance();
	test_ctx_free(kit.cx);
}

static void
an_order_expires_only_after_the_gateway_closed_its_session(void **state)
{
	struct kit kit = kit_new();
	struct placement placed;

	(void)state;
	kit_script_begin(&kit);
	kit_checkout(&kit, 6, "mug", 3);
	placed = place(&kit, 6, "key-6");

	/* no answer: the order goes to review and keeps its units */
	WANT_OK(flow_expire_order(kit.shop, kit.cx, &placed.order));
	WANT_TEXT(state_of(&placed), "review");
	WANT_INT(
		test_number("SELECT COUNT(*) FROM reservation WHERE order_id = %" PRId64
			    " AND state = 'held'",
			    placed.order.id.n),
		1);
	kit_will_say(&kit, "close", PAY_EXPIRED, 0, NULL, NULL);
	WANT_OK(flow_expire_order(kit.shop, kit.cx, &placed.order));
	WANT_TEXT(state_of(&placed), "failed");
	kit_books_balance();
	test_ctx_free(kit.cx);
}

static void
a_late_payment_is_confirmed_while_stock_lasts_else_refunded(void **state)
{
	struct kit kit = kit_new();
	struct placement first, second;
	struct settled settled;

	(void)state;
	kit_script_begin(&kit);
	kit_checkout(&kit, 7, "light", 1);
	first = place(&kit, 7, "key-7");
	kit_will_say(&kit, "close", PAY_EXPIRED, 0, NULL, NULL);
	WANT_OK(flow_expire_order(kit.shop, kit.cx, &first.order));
	WANT_TEXT(state_of(&first), "expired");

	/* somebody else buys the last one; then the first one's money arrives */
	kit_checkout(&kit, 8, "light", 1);
	second = place(&kit, 8, "key-8");
	kit_pay(&kit, &first, &settled);
	WANT(settled.refund);
	WANT_TEXT(state_of(&first), "expired");
	kit_books_balance();

	/* the second gives up: now a late payment of theirs finds the unit free */
	kit_will_say(&kit, "close", PAY_EXPIRED, 0, NULL, NULL);
	WANT_OK(flow_expire_order(kit.shop, kit.cx, &second.order));
	kit_pay(&kit, &second, &settled);
	WANT(settled.confirmed);
	WANT_TEXT(state_of(&second), "confirmed");
	WANT_INT(test_number("SELECT on_hand FROM stock WHERE sku = 'light'"), 0);
	kit_books_balance();
	test_ctx_free(kit.cx);
}

static void
cancelling_a_paid_order_gives_units_and_money_back_once(void **state)
{
	struct kit kit = kit_new();
	struct placement placed;
	struct settled settled;
	struct order order = {0};
	struct idem idem;
	struct refund *due;
	struct err *e;
	size_t n;
	bool claimed;
	struct cancel want = {.visitor = kit_visitor(9),
			      .key = "cancel-9",
			      .reason = "shopper",
			      .actor = "shopper",
			      .key_hash = kit_visitor(9)};

	(void)state;
	kit_script_begin(&kit);
	kit_checkout(&kit, 9, "mug", 2);
	placed = place(&kit, 9, "key-9");
	kit_pay(&kit, &placed, &settled);
	want.order = placed.order.number;
	WANT_OK(flow_cancel_order(kit.shop, kit.cx, &want, &idem, &order, &claimed));
	WANT_TEXT(state_of(&placed), "cancelled");
	kit_books_balance();
	TRANSACTION (tx, kit.cx, &e)
		e = refund_claim_due(tx, "test", 60, 10, &due, &n);
	WANT_OK(e);
	WANT(n >= 1);
	kit_will_refund(&kit, PAY_REFUND_DONE);
	for (size_t i = 0; i < n; i++)
		if (due[i].order.n == placed.order.id.n)
			WANT_OK(flow_send_refund(kit.shop, kit.cx, &due[i]));
	WANT_TEXT(test_text("SELECT payment_status FROM orders WHERE id = %" PRId64,
			    placed.order.id.n),
		  "refunded");
	kit_books_balance();
	test_ctx_free(kit.cx);
}

static void
the_next_attempt_closes_the_old_session_first(void **state)
{
	struct kit kit = kit_new();
	struct placement placed, next;
	struct settled settled;
	struct retry want = {.visitor = kit_visitor(10),
			     .key = "retry-10",
			     .key_hash = kit_visitor(10)};

	(void)state;
	kit_script_begin(&kit);
	kit_checkout(&kit, 10, "mug", 1);
	placed = place(&kit, 10, "key-10");
	want.order = placed.order.uid.text;
	want.payment_method = kit.pay->name;
	kit_will_say(&kit, "close", PAY_EXPIRED, 0, NULL, NULL);
	kit_will_create(&kit, PAY_DONE);
	WANT_OK(kit_retry_payment(kit.shop, kit.cx, &want, &next));
	WANT_INT(next.kind, PLACEMENT_GO);
	WANT_INT(next.attempt.n, 2);
	WANT_TEXT(next.order.number, placed.order.number);
	kit_pay(&kit, &next, &settled);
	WANT(settled.confirmed);

	/* the old one turns out paid after all: it goes back, the order stands */
	kit_pay(&kit, &placed, &settled);
	WANT(settled.refund);
	WANT_TEXT(state_of(&placed), "confirmed");
	kit_books_balance();
	test_ctx_free(kit.cx);
}

/* The sweep ends the hold right after the order has read it, the first time; that it
 * did stands in a table that no rollback reaches. */
static void
a_hold_that_ends_while_the_order_is_written_is_taken_anew(void **state)
{
	struct kit kit = kit_new();
	struct placing want;
	struct placement placed;

	(void)state;
	kit_checkout(&kit, 71, "mug", 1);
	test_script("CREATE TABLE swept (n INT) ENGINE=Aria TRANSACTIONAL=0");
	test_script("CREATE TRIGGER sweep AFTER INSERT ON orders FOR EACH ROW"
		    " IF (SELECT COUNT(*) FROM swept) = 0 THEN"
		    "   INSERT INTO swept VALUES (1);"
		    "   UPDATE reservation r JOIN stock s ON s.sku = r.sku"
		    "      SET r.state = 'expired', r.ended_at = UTC_TIMESTAMP(6),"
		    "          s.reserved = s.reserved - r.qty"
		    "    WHERE r.cart_id = NEW.cart_id AND r.state = 'held';"
		    " END IF");
	want = kit_placing(&kit, 71, "flow-buy-swept");
	kit_script_begin(&kit);
	kit_will_create(&kit, PAY_DONE);
	WANT_OK(kit_place_order(kit.shop, kit.cx, &want, &placed));
	test_script("DROP TRIGGER sweep");
	WANT_INT(test_number("SELECT COUNT(*) FROM swept"), 1);
	WANT_INT(test_number("SELECT COUNT(*) FROM reservation WHERE state = 'held'"
			     " AND order_id = %" PRId64,
			     placed.order.id.n),
		 1);
	test_script("DROP TABLE swept");
	kit_books_balance();
	test_ctx_free(kit.cx);
}

static void
a_changed_cart_replaces_its_waiting_order(void **state)
{
	struct kit kit = kit_new();
	struct placement placed, other;
	struct placing want = kit_placing(&kit, 11, "key-11b");

	(void)state;
	kit_script_begin(&kit);
	kit_checkout(&kit, 11, "mug", 1);
	placed = place(&kit, 11, "key-11");
	kit_fill_cart(&kit, 11, "mug", 1);
	kit_will_say(&kit, "close", PAY_EXPIRED, 0, NULL, NULL);
	kit_will_create(&kit, PAY_DONE);
	WANT_OK(kit_place_order(kit.shop, kit.cx, &want, &other));
	WANT_TEXT(state_of(&placed), "cancelled");
	WANT(strcmp(other.order.number, placed.order.number) != 0);
	WANT_INT(other.order.subtotal.minor, 3600);
	kit_books_balance();
	test_ctx_free(kit.cx);
}

static void
another_address_replaces_the_waiting_order_too(void **state)
{
	struct kit kit = kit_new();
	struct placement placed, other;
	struct placing want = kit_placing(&kit, 12, "key-12b");

	(void)state;
	kit_script_begin(&kit);
	kit_checkout(&kit, 12, "mug", 1);
	placed = place(&kit, 12, "key-12");
	want.details.has_contact = true;
	want.details.email = "grace@example.com";
	kit_will_say(&kit, "close", PAY_EXPIRED, 0, NULL, NULL);
	kit_will_create(&kit, PAY_DONE);
	WANT_OK(kit_place_order(kit.shop, kit.cx, &want, &other));
	WANT_TEXT(state_of(&placed), "cancelled");
	WANT(!other.again);
	WANT_TEXT(other.order.customer.email.plain, "grace@example.com");
	kit_books_balance();
	test_ctx_free(kit.cx);
}

/* F-128: in the currency that the gateway settles in; NULL when it did not say. */
static void
what_the_gateway_kept_is_noted_with_the_money(void **state)
{
	struct kit kit = kit_new();
	struct placement told, silent;
	struct settled settled;
	struct attempt attempt;
	struct pay_step paid = {.call = "retrieve", .answer = {.outcome = PAY_DONE}};

	(void)state;
	kit_script_begin(&kit);
	told = kit_place(&kit, 13, "mug", 1, "key-13");
	silent = kit_buy(&kit, 14, "mug", 1, "key-14");
	attempt = kit_attempt(&kit, told.attempt.id);
	paid.state = (struct pay_state){.status = PAY_PAID,
					.payment_id = "pi_fee",
					.captured = attempt.amount,
					.fee = money_of(83, "EUR")};
	pay_fake_script(kit.pay, &paid, 1);
	WANT_OK(flow_ask_attempt(kit.shop, kit.cx, &attempt, &settled));
	WANT(settled.confirmed);
	attempt = kit_attempt(&kit, told.attempt.id);
	WANT_INT(attempt.fee.minor, 83);
	WANT_TEXT(attempt.fee.currency, "EUR");
	WANT_INT(test_number("SELECT COUNT(*) FROM payment_attempt WHERE id = %" PRId64
			     " AND fee_minor IS NULL AND fee_currency IS NULL",
			     silent.attempt.id.n),
		 1);
	kit_books_balance();
	test_ctx_free(kit.cx);
}

TESTS(TEST(what_the_gateway_kept_is_noted_with_the_money),
      TEST(a_paid_order_is_confirmed_and_its_books_balance),
      TEST(one_key_makes_one_order),
      TEST(a_lost_answer_is_unknown_and_is_asked_again_under_its_key),
      TEST(a_gateway_that_was_never_reached_keeps_the_order_for_the_same_key),
      TEST(another_amount_is_parked_and_never_confirmed),
      TEST(an_order_expires_only_after_the_gateway_closed_its_session),
      TEST(a_late_payment_is_confirmed_while_stock_lasts_else_refunded),
      TEST(cancelling_a_paid_order_gives_units_and_money_back_once),
      TEST(the_next_attempt_closes_the_old_session_first),
      TEST(a_hold_that_ends_while_the_order_is_written_is_taken_anew),
      TEST(a_changed_cart_replaces_its_waiting_order),
      TEST(another_address_replaces_the_waiting_order_too))
