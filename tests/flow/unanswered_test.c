/* unanswered_test.c - a gateway that is wrong for long: what it made is found and goes
 * on, what it never made comes to an end, and nothing is made twice. */
#include "support/bank.h"

static struct kit kit;

enum { MINUTE = 60, HOUR = 3600, OVERDUE = 36 * MINUTE };

static struct placement
asked_in_vain(int visitor, const char *key)
{
	struct placing want = kit_placing(&kit, visitor, key);
	struct placement *placed = arena_new_of(kit.cx->mem, struct placement, 1);

	kit_checkout(&kit, visitor, "pen", 1);
	WANT_OK(kit_place_order(kit.shop, kit.cx, &want, placed));
	WANT_INT(placed->kind, PLACEMENT_UNKNOWN);
	return *placed;
}

/* A gateway that answers each create with 500 and says nothing of repeats. */
static struct placement
refused_by_500(int visitor, const char *key)
{
	kit = kit_new();
	kit_script_begin(&kit);
	return asked_in_vain(visitor, key);
}

/* A bank that opened the session, whose answer was lost. */
static struct placement
lost_at_the_bank(int visitor, const char *key)
{
	kit = kit_new();
	bank_serve(&kit);
	bank_fail_call(1, true);
	return asked_in_vain(visitor, key);
}

static void
poll_at(const struct placement *placed, int64_t age_s)
{
	struct attempt attempt;
	struct settled settled;

	test_turn_clock(age_s);
	attempt = kit_attempt(&kit, placed->attempt.id);
	WANT_OK(flow_poll_attempt(kit.shop, kit.cx, &attempt, &settled));
}

static const char *
attempt_state(const struct placement *placed)
{
	return kit_attempt(&kit, placed->attempt.id).state;
}

static void
end(void)
{
	test_turn_clock(0);
	kit_books_balance();
	test_ctx_free(kit.cx);
}

static void
a_session_that_was_never_made_is_given_up_and_paid_anew(void **state)
{
	struct placement placed = refused_by_500(1, "unanswered-1"), next;
	struct retry want = {.visitor = kit_visitor(1),
			     .key = "unanswered-1b",
			     .key_hash = kit_visitor(1),
			     .payment_method = "fake"};

	(void)state;
	poll_at(&placed, 42);
	WANT_INT(pay_fake_calls(kit.pay, "find"), 0);
	WANT_TEXT(attempt_state(&placed), "unknown");
	kit_will_say(&kit, "find", PAY_NOT_FOUND, 0, NULL, NULL);
	poll_at(&placed, 90); /* it could have been made half a minute ago */
	WANT_INT(pay_fake_calls(kit.pay, "find"), 1);
	WANT_TEXT(attempt_state(&placed), "unknown");
	kit_will_say(&kit, "find", PAY_NOT_FOUND, 0, NULL, NULL);
	poll_at(&placed, 162);
	WANT_TEXT(attempt_state(&placed), "failed");
	WANT_TEXT(kit_state(&placed), "pending");

	want.order = placed.order.number;
	kit_will_create(&kit, PAY_DONE);
	WANT_OK(kit_retry_payment(kit.shop, kit.cx, &want, &next));
	WANT_INT(next.attempt.n, 2);
	WANT_INT(next.kind, PLACEMENT_GO);
	end();
}

static void
a_session_that_was_made_is_found_and_goes_on(void **state)
{
	struct placement placed = lost_at_the_bank(2, "unanswered-2");

	(void)state;
	bank_fail_call(1, false); /* the repeat */
	poll_at(&placed, 162);
	WANT_TEXT(attempt_state(&placed), "sent");
	WANT_TEXT(kit_attempt(&kit, placed.attempt.id).gw_id,
		  bank_session(placed.attempt.uid.text)->id);
	bank_pay(placed.attempt.uid.text);
	poll_at(&placed, 200);
	WANT_TEXT(kit_state(&placed), "confirmed");
	bank_agrees();
	end();
}

static void
a_look_without_an_answer_proves_nothing(void **state)
{
	struct placement placed = refused_by_500(3, "unanswered-3");

	(void)state;
	poll_at(&placed, 162);
	poll_at(&placed, 762);
	WANT_INT(pay_fake_calls(kit.pay, "find"), 2);
	WANT_TEXT(attempt_state(&placed), "unknown");
	WANT_TEXT(kit_state(&placed), "pending");
	end();
}

static void
a_gateway_that_does_not_let_us_in_proves_nothing(void **state)
{
	static const struct pay_step revoked[] = {
		{.call = "create",
		 .answer = {.outcome = PAY_PERMANENT, .http_status = 401}},
		{.call = "create",
		 .answer = {.outcome = PAY_PERMANENT, .http_status = 400}},
	};
	struct placement placed = refused_by_500(10, "unanswered-10");

	(void)state;
	pay_fake_script(kit.pay, revoked, 2);
	poll_at(&placed, 42);
	WANT_TEXT(attempt_state(&placed), "unknown");
	poll_at(&placed, 50);
	WANT_TEXT(attempt_state(&placed), "failed");
	end();
}

static void
an_order_for_which_nothing_was_made_expires(void **state)
{
	struct placement placed = refused_by_500(4, "unanswered-4");

	(void)state;
	test_turn_clock(OVERDUE);
	kit_will_say(&kit, "find", PAY_NOT_FOUND, 0, NULL, NULL);
	WANT_OK(flow_expire_order(kit.shop, kit.cx, &placed.order));
	WANT_TEXT(attempt_state(&placed), "failed");
	WANT_TEXT(kit_state(&placed), "expired");
	end();
}

/* The gateway is away for a day, and with the day goes its memory of the key. */
static void
no_second_session_is_opened_when_the_key_is_forgotten(void **state)
{
	struct placement placed = lost_at_the_bank(5, "unanswered-5");

	(void)state;
	bank_pay(placed.attempt.uid.text);
	bank_forget_keys();
	bank_fail_call(0, false);
	poll_at(&placed, 24 * HOUR);
	WANT_INT(bank_calls(), 2); /* found, and retrieved */
	WANT_INT(bank_open_sessions(placed.order.number), 0);
	WANT_TEXT(kit_state(&placed), "confirmed");
	bank_agrees();
	end();
}

static void
a_day_old_attempt_ends_when_the_gateway_never_heard_of_it(void **state)
{
	struct placement placed = refused_by_500(6, "unanswered-6");
	size_t sent = pay_fake_calls(kit.pay, "create");

	(void)state;
	test_turn_clock(OVERDUE);
	WANT_OK(flow_expire_order(kit.shop, kit.cx, &placed.order));
	WANT_TEXT(kit_state(&placed), "review");
	poll_at(&placed, 24 * HOUR); /* still no answer */
	WANT_TEXT(attempt_state(&placed), "unknown");
	kit_will_say(&kit, "find", PAY_NOT_FOUND, 0, NULL, NULL);
	poll_at(&placed, 25 * HOUR);
	WANT_INT(pay_fake_calls(kit.pay, "create"), sent + 1);
	WANT_TEXT(attempt_state(&placed), "failed");
	WANT_OK(flow_expire_order(kit.shop, kit.cx, &placed.order));
	WANT_TEXT(kit_state(&placed), "failed");
	end();
}

/* The bank is away when the order's time ends; its page stays open. */
static struct placement
left_open(int visitor, const char *key)
{
	struct placing want;
	struct placement *placed;

	kit = kit_new();
	bank_serve(&kit);
	placed = arena_new_of(kit.cx->mem, struct placement, 1);
	want = kit_placing(&kit, visitor, key);
	kit_checkout(&kit, visitor, "pen", 1);
	WANT_OK(kit_place_order(kit.shop, kit.cx, &want, placed));
	test_turn_clock(OVERDUE);
	bank_fail_call(1, false);
	WANT_OK(flow_expire_order(kit.shop, kit.cx, &placed->order));
	WANT_TEXT(kit_state(placed), "review");
	WANT_INT(bank_open_sessions(placed->order.number), 1);
	return *placed;
}

static void
run_order_expire(const struct placement *placed)
{
	struct order *due;
	size_t n;

	WANT_OK(IN_READ(kit.cx, order_list_due(tx, 100, &due, &n)));
	for (size_t i = 0; i < n; i++)
		if (due[i].id.n == placed->order.id.n)
			WANT_OK(flow_expire_order(kit.shop, kit.cx, &due[i]));
}

static void
a_page_left_open_is_closed_when_the_gateway_is_back(void **state)
{
	struct placement placed = left_open(7, "unanswered-7");

	(void)state;
	bank_fail_call(2, false); /* it answers, and is away again */
	poll_at(&placed, OVERDUE + 10);
	WANT_INT(bank_open_sessions(placed.order.number), 1);
	run_order_expire(&placed);
	WANT_TEXT(kit_state(&placed), "review");
	poll_at(&placed, OVERDUE + 40);
	WANT_INT(bank_open_sessions(placed.order.number), 0);
	WANT_TEXT(attempt_state(&placed), "expired");
	run_order_expire(&placed);
	WANT_TEXT(kit_state(&placed), "failed");
	WANT_INT(test_number("SELECT COUNT(*) FROM reservation WHERE state = 'held'"
			     " AND order_id = %" PRId64,
			     placed.order.id.n),
		 0);
	end();
}

static void
what_was_paid_on_a_page_left_open_confirms(void **state)
{
	struct placement placed = left_open(8, "unanswered-8");

	(void)state;
	bank_pay(placed.attempt.uid.text);
	poll_at(&placed, OVERDUE + 10);
	WANT_TEXT(kit_state(&placed), "confirmed");
	bank_agrees();
	end();
}

/* In review for another reason, and with time left: its shopper may still pay. */
static void
a_page_is_left_open_while_its_order_has_time(void **state)
{
	struct placement placed;
	struct err *e;

	(void)state;
	kit = kit_new();
	kit_script_begin(&kit);
	placed = kit_place(&kit, 9, "pen", 1, "unanswered-9");
	e = IN_TX(kit.cx, order_hold_for_review(tx, placed.order.id, "test"));
	WANT_OK(e);
	kit_will_say(&kit, "retrieve", PAY_OPEN, 0, NULL, NULL);
	poll_at(&placed, 60);
	WANT_INT(pay_fake_calls(kit.pay, "retrieve"), 1);
	WANT_INT(pay_fake_calls(kit.pay, "close"), 0);
	WANT_TEXT(attempt_state(&placed), "sent");
	end();
}

TESTS(TEST(a_session_that_was_never_made_is_given_up_and_paid_anew),
      TEST(a_session_that_was_made_is_found_and_goes_on),
      TEST(a_look_without_an_answer_proves_nothing),
      TEST(a_gateway_that_does_not_let_us_in_proves_nothing),
      TEST(an_order_for_which_nothing_was_made_expires),
      TEST(no_second_session_is_opened_when_the_key_is_forgotten),
      TEST(a_day_old_attempt_ends_when_the_gateway_never_heard_of_it),
      TEST(a_page_left_open_is_closed_when_the_gateway_is_back),
      TEST(what_was_paid_on_a_page_left_open_confirms),
      TEST(a_page_is_left_open_while_its_order_has_time))
