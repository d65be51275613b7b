/* refund_test.c - money goes back: never more than came, each refund once. */
#include "domain/refund.h"

#include <stdio.h>

#include "support/kit.h"

static struct kit kit;
static struct refund refund;

static struct err *
ask(struct order_id order, int64_t amount)
{
	return IN_TX(kit.cx, refund_request_for_order(tx, order, amount, "goodwill",
						      "sorry", "shell:ada", &refund));
}

static int64_t
sum_of(struct order_id order, const char *states)
{
	return test_number("SELECT COALESCE(SUM(amount), 0) FROM refund WHERE order_id"
			   " = %" PRId64 " AND state IN (%s)",
			   order.n, states);
}

static const char *
payment_status(struct order_id order)
{
	return test_text("SELECT payment_status FROM orders WHERE id = %" PRId64,
			 order.n);
}

static struct placement
bought(int visitor, const char *sku, int64_t quantity, const char *key)
{
	kit = kit_new();
	kit_script_begin(&kit);
	return kit_buy(&kit, visitor, sku, quantity, key);
}

static void
never_more_goes_back_than_came(void **state)
{
	struct placement placed = bought(1, "mug", 1, "refund-1");
	int64_t paid = placed.order.payable.minor;

	(void)state;
	WANT_ERR(ask(placed.order.id, paid + 1), REFUSED);
	WANT_ERR(ask(placed.order.id, -1), REFUSED);
	WANT_OK(ask(placed.order.id, paid - 100));
	WANT_ERR(ask(placed.order.id, 101), REFUSED); /* also while it is under way */
	WANT_OK(ask(placed.order.id, 0));             /* all that is left */
	WANT_INT(refund.amount.minor, 100);
	WANT_ERR(ask(placed.order.id, 0), REFUSED);
	WANT_INT(sum_of(placed.order.id, "'pending'"), paid);
	kit_books_balance();
	test_ctx_free(kit.cx);
}

static struct order_id shared;
static int64_t part;

/* Five of the fifty, by one of ten who ask at once. */
static int
ask_for_a_tenth(int child)
{
	(void)child;
	kit = kit_open();
	for (int i = 0; i < 5; i++) {
		struct err *e = ask(shared, part);

		if (e != NULL)
			WANT_ERR(e, REFUSED);
	}
	test_ctx_free(kit.cx);
	return 0;
}

static void
of_fifty_refunds_of_a_tenth_at_once_ten_succeed(void **state)
{
	struct placement placed = bought(2, "light", 1, "refund-2");

	(void)state;
	shared = placed.order.id;
	part = placed.order.payable.minor / 10;
	WANT_INT(part * 10, placed.order.payable.minor);
	test_processes(10, ask_for_a_tenth);
	WANT_INT(test_number("SELECT COUNT(*) FROM refund WHERE order_id = %" PRId64,
			     shared.n),
		 10);
	WANT_INT(sum_of(shared, "'pending'"), placed.order.payable.minor);
	kit_books_balance();
	test_ctx_free(kit.cx);
}

/* Totals that no number of parts divides: the last part is exactly the rest. */
static void
parts_of_an_ugly_total_leave_exactly_the_rest(void **state)
{
	static const int64_t prices[] = {1001, 3333, 9999, 4567};
	char sku[20], key[30];

	(void)state;
	kit = kit_new();
	for (int i = 0; i < 4; i++) {
		int64_t parts = 3 + 2 * i, paid;
		struct placement placed;

		snprintf(sku, sizeof sku, "ugly-%d", i);
		snprintf(key, sizeof key, "refund-ugly-%d", i);
		kit_add_product(&kit, sku, "ship", prices[i], 5);
		kit_script_begin(&kit);
		placed = kit_buy(&kit, 10 + i, sku, 1, key);
		paid = placed.order.payable.minor;
		for (int64_t n = 1; n < parts; n++) {
			WANT_OK(ask(placed.order.id, paid / parts));
			WANT_OK(IN_TX(kit.cx, refund_done(tx, refund.id, NULL)));
			WANT_TEXT(payment_status(placed.order.id),
				  "partially_refunded");
		}
		WANT_OK(ask(placed.order.id, 0));
		WANT_INT(refund.amount.minor, paid - (parts - 1) * (paid / parts));
		WANT_OK(IN_TX(kit.cx, refund_done(tx, refund.id, NULL)));
		WANT_TEXT(payment_status(placed.order.id), "refunded");
		WANT_INT(sum_of(placed.order.id, "'done'"), paid);
	}
	kit_books_balance();
	test_ctx_free(kit.cx);
}

static void
a_refund_is_booked_once_however_often_it_is_reported(void **state)
{
	struct placement placed = bought(3, "mug", 1, "refund-3");

	(void)state;
	WANT_OK(ask(placed.order.id, 500));
	for (int i = 0; i < 3; i++)
		WANT_OK(IN_TX(kit.cx, refund_done(tx, refund.id, "re_1")));
	WANT_OK(IN_TX(kit.cx, refund_refused(tx, refund.id, "too late")));
	WANT_INT(test_number("SELECT refunded FROM payment_attempt WHERE order_id = "
			     "%" PRId64,
			     placed.order.id.n),
		 500);
	WANT_INT(test_number("SELECT COUNT(*) FROM outbox WHERE kind = 'mail.refunded'"
			     " AND agg_id = %" PRId64,
			     placed.order.id.n),
		 1);
	WANT_INT(test_number("SELECT COUNT(*) FROM ledger WHERE ref = 'refund:%s'",
			     refund.uid.text),
		 2);
	kit_books_balance();
	test_ctx_free(kit.cx);
}

static void
what_the_gateway_refused_may_be_asked_for_again(void **state)
{
	struct placement placed = bought(4, "mug", 1, "refund-4");

	(void)state;
	WANT_OK(ask(placed.order.id, 0));
	WANT_OK(IN_TX(kit.cx, refund_refused(tx, refund.id, "no balance")));
	WANT_OK(IN_TX(kit.cx, refund_refused(tx, refund.id, "no balance")));
	WANT_TEXT(payment_status(placed.order.id), "paid");
	WANT_OK(ask(placed.order.id, 0));
	WANT_INT(sum_of(placed.order.id, "'pending'"), placed.order.payable.minor);
	kit_books_balance();
	test_ctx_free(kit.cx);
}

static void
a_refund_is_found_by_our_reference_and_by_the_gateways(void **state)
{
	struct placement placed = bought(5, "mug", 1, "refund-5");
	struct refund found_one, *list;
	bool found;
	size_t n;

	(void)state;
	WANT_OK(ask(placed.order.id, 300));
	WANT_OK(IN_TX(kit.cx, refund_wait(tx, &refund, "re_found")));
	WANT_OK(IN_READ(kit.cx, refund_find(tx, "fake", refund.uid.text, NULL,
					    &found_one, &found)));
	WANT(found);
	WANT_TEXT(found_one.gw_refund_id, "re_found");
	WANT_OK(IN_READ(kit.cx,
			refund_find(tx, "fake", NULL, "re_found", &found_one, &found)));
	WANT(found);
	WANT_OK(IN_READ(kit.cx, refund_find(tx, "other", "nonsense", "re_found",
					    &found_one, &found)));
	WANT(!found);
	WANT_OK(IN_READ(kit.cx, refund_list(tx, placed.order.id, &list, &n)));
	WANT_INT(n, 1);
	WANT_ERR(IN_TX(kit.cx, refund_done(tx, (struct refund_id){9999}, NULL)),
		 NOT_FOUND);
	test_ctx_free(kit.cx);
}

static void
due_refunds_are_leased_to_one_worker_and_wait_by_the_ladder(void **state)
{
	struct placement placed = bought(6, "mug", 1, "refund-6");
	struct refund *mine, *theirs;
	size_t n, m;

	(void)state;
	test_script("UPDATE refund SET state = 'failed' WHERE state = 'pending'");
	WANT_OK(ask(placed.order.id, 300));
	WANT_OK(IN_TX(kit.cx, refund_claim_due(tx, "one", 60, 10, &mine, &n)));
	WANT_INT(n, 1);
	WANT_TEXT(mine[0].gw_payment,
		  test_text("SELECT gw_payment FROM payment_attempt WHERE id = "
			    "%" PRId64,
			    placed.attempt.id.n));
	WANT_OK(IN_TX(kit.cx, refund_claim_due(tx, "two", 60, 10, &theirs, &m)));
	WANT_INT(m, 0);
	test_turn_clock(61); /* the first one died with it */
	WANT_OK(IN_TX(kit.cx, refund_claim_due(tx, "two", 60, 10, &theirs, &m)));
	WANT_INT(m, 1);
	WANT_OK(IN_TX(kit.cx, refund_wait(tx, &theirs[0], NULL)));
	WANT_OK(IN_TX(kit.cx, refund_claim_due(tx, "two", 60, 10, &theirs, &m)));
	WANT_INT(m, 0);
	test_turn_clock(61 + 3);
	WANT_OK(IN_TX(kit.cx, refund_claim_due(tx, "two", 60, 10, &theirs, &m)));
	WANT_INT(m, 1);
	WANT_INT(theirs[0].checks, 1);
	test_turn_clock(0);
	test_ctx_free(kit.cx);
}

/* Pays for an order a second time, by an attempt that was given up. */
static struct placement
paid_twice(int visitor, const char *key)
{
	struct placement placed, next;
	struct settled settled;
	struct retry want = {
		.visitor = kit_visitor(visitor),
		.key = key,
		.key_hash = kit_visitor(visitor),
		.payment_method = "fake",
	};

	kit = kit_new();
	kit_script_begin(&kit);
	placed = kit_place(&kit, visitor, "mug", 1, key);
	want.order = placed.order.uid.text;
	kit_will_say(&kit, "close", PAY_EXPIRED, 0, NULL, NULL);
	kit_will_create(&kit, PAY_DONE);
	WANT_OK(kit_retry_payment(kit.shop, kit.cx, &want, &next));
	kit_pay(&kit, &next, &settled);
	kit_pay(&kit, &placed, &settled);
	WANT(settled.refund);
	return next;
}

static void
a_second_payment_on_its_way_back_does_not_bar_other_refunds(void **state)
{
	struct placement placed = paid_twice(7, "refund-7");

	(void)state;
	WANT_OK(ask(placed.order.id, 250));
	WANT_INT(refund.attempt.n, placed.attempt.id.n);
	kit_books_balance();
	test_ctx_free(kit.cx);
}

static void
what_is_on_its_way_back_does_not_bar_a_cancellation(void **state)
{
	struct placement placed = paid_twice(8, "refund-8");
	struct order order;

	(void)state;
	WANT_OK(IN_TX(kit.cx,
		      order_cancel(tx, placed.order.id, "shopper", "shopper", &order)));
	WANT_INT(sum_of(placed.order.id, "'pending'"), 2 * placed.order.payable.minor);
	kit_books_balance();
	test_ctx_free(kit.cx);

	placed = bought(9, "mug", 1, "refund-9");
	WANT_OK(ask(placed.order.id, 0));
	WANT_OK(IN_TX(kit.cx,
		      order_cancel(tx, placed.order.id, "shopper", "shopper", &order)));
	WANT_INT(sum_of(placed.order.id, "'pending'"), placed.order.payable.minor);
	test_ctx_free(kit.cx);
}

static void
an_unpaid_order_has_nothing_to_refund(void **state)
{
	struct placement placed;

	(void)state;
	kit = kit_new();
	kit_script_begin(&kit);
	placed = kit_place(&kit, 20, "mug", 1, "refund-unpaid");
	WANT_ERR(ask(placed.order.id, 0), REFUSED);
	WANT_ERR(IN_TX(kit.cx, refund_request(tx, placed.order.id, placed.attempt.id, 1,
					      "goodwill", "", "test", &refund)),
		 REFUSED);
	test_ctx_free(kit.cx);
}

TESTS(TEST(never_more_goes_back_than_came),
      TEST(of_fifty_refunds_of_a_tenth_at_once_ten_succeed),
      TEST(parts_of_an_ugly_total_leave_exactly_the_rest),
      TEST(a_refund_is_booked_once_however_often_it_is_reported),
      TEST(what_the_gateway_refused_may_be_asked_for_again),
      TEST(a_refund_is_found_by_our_reference_and_by_the_gateways),
      TEST(due_refunds_are_leased_to_one_worker_and_wait_by_the_ladder),
      TEST(a_second_payment_on_its_way_back_does_not_bar_other_refunds),
      TEST(what_is_on_its_way_back_does_not_bar_a_cancellation),
      TEST(an_unpaid_order_has_nothing_to_refund))
