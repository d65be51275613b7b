/* limits_test.c - what a way to pay would refuse for its amount is refused before
 * anything is written. */
#include "support/kit.h"

static void
set_limits(struct kit *kit, int64_t least, int64_t most)
{
	struct method *method = arena_new_of(kit->cx->mem, struct method, 1);

	*method = kit->shop->terms->methods[0];
	method->least = money_of(least, "USD");
	method->most = money_of(most, "USD");
	kit->shop->terms->methods = method;
}

/* The sentence of the one problem, which is the way to pay. */
static const char *
refusal(const struct err *e)
{
	WANT(e != NULL);
	WANT_INT(e->code, ERR_INVALID);
	WANT_INT(e->problems.n, 1);
	WANT_TEXT(e->problems.list[0].field, "payment_method");
	return e->problems.list[0].text;
}

static void
an_amount_beyond_the_limits_is_refused_and_the_hold_stays(void **state)
{
	struct kit kit = kit_new();
	struct placement placed;
	struct placing want;

	(void)state;
	kit_checkout(&kit, 1, "mug", 1);
	want = kit_placing(&kit, 1, "limits-1");
	want.details = kit_details(&kit);
	kit_script_begin(&kit);
	set_limits(&kit, 500000, 900000);
	WANT_TEXT(refusal(kit_place_order(kit.shop, kit.cx, &want, &placed)),
		  "The least that can be paid this way is $5,000.00.");
	set_limits(&kit, 50, 100);
	WANT_TEXT(refusal(kit_place_order(kit.shop, kit.cx, &want, &placed)),
		  "The most that can be paid this way is $1.00.");
	WANT_INT(test_number("SELECT COUNT(*) FROM orders"), 0);
	WANT_INT(test_number("SELECT COUNT(*) FROM reservation WHERE state = 'held'"),
		 1);
	WANT_INT(pay_fake_calls(kit.pay, "create"), 0);

	set_limits(&kit, 50, 900000);
	kit_will_create(&kit, PAY_DONE);
	WANT_OK(kit_place_order(kit.shop, kit.cx, &want, &placed));
	WANT_INT(placed.kind, PLACEMENT_GO);
	kit_books_balance();
	test_ctx_free(kit.cx);
}

/* What is stored was right when it was; it has to be chosen anew. */
static void
a_stored_way_to_pay_that_no_longer_fits_is_missing(void **state)
{
	struct kit kit = kit_new();
	struct checkout *checkout = arena_new_of(kit.cx->mem, struct checkout, 1);

	(void)state;
	kit_checkout(&kit, 2, "mug", 1);
	set_limits(&kit, 500000, 900000);
	WANT_OK(IN_READ(kit.cx,
			checkout_read(tx, kit.shop->terms, kit_visitor(2), checkout)));
	WANT_INT(checkout->missing.n, 1);
	WANT_TEXT(checkout->missing.list[0].field, "payment_method");
	test_ctx_free(kit.cx);
}

static void
the_next_attempt_keeps_to_the_limits_of_its_way_to_pay(void **state)
{
	struct kit kit = kit_new();
	struct placement placed, again;
	struct retry want;

	(void)state;
	kit_script_begin(&kit);
	placed = kit_place(&kit, 3, "mug", 1, "limits-3");
	want = (struct retry){.visitor = kit_visitor(3),
			      .order = placed.order.number,
			      .key = "limits-3-again",
			      .key_hash = kit_visitor(3),
			      .payment_method = kit.pay->name};
	set_limits(&kit, 500000, 900000);
	kit_will_say(&kit, "close", PAY_EXPIRED, 0, placed.attempt.uid.text,
		     placed.order.number);
	WANT_TEXT(refusal(kit_retry_payment(kit.shop, kit.cx, &want, &again)),
		  "The least that can be paid this way is $5,000.00.");
	WANT_INT(pay_fake_calls(kit.pay, "create"), 1);
	WANT_TEXT(kit_state(&placed), "pending");
	test_ctx_free(kit.cx);
}

TESTS(TEST(an_amount_beyond_the_limits_is_refused_and_the_hold_stays),
      TEST(a_stored_way_to_pay_that_no_longer_fits_is_missing),
      TEST(the_next_attempt_keeps_to_the_limits_of_its_way_to_pay))
