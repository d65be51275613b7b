/* payment_test.c - attempts: keys, look-up, the poll ladder, leases. */
#include "domain/payment.h"

#include <stdio.h>

#include "support/kit.h"

static struct kit kit;
static struct attempt attempt;
static bool found;

static struct placement
placed_by(int visitor, const char *key)
{
	kit = kit_new();
	kit_script_begin(&kit);
	return kit_place(&kit, visitor, "pen", 1, key);
}

static void
an_attempt_stands_before_the_gateway_hears_of_it(void **state)
{
	struct placement placed = placed_by(1, "payment-1");

	(void)state;
	attempt = kit_attempt(&kit, placed.attempt.id);
	WANT_TEXT(attempt.state, "sent");
	WANT_INT(attempt.n, 1);
	WANT_INT(attempt.amount.minor, placed.order.payable.minor);
	WANT_TEXT(attempt.idem_key, payment_key(kit.cx->mem, attempt.uid));
	WANT_TEXT(pay_fake_last_key(kit.pay), attempt.idem_key);
	WANT_INT(instant_since(placed.order.expires_at, attempt.expires_at),
		 MINUTES(4)); /* 35 and 31 minutes */
	WANT_INT(instant_since(attempt.expires_at, attempt.sent_at), MINUTES(31));
	test_ctx_free(kit.cx);
}

static void
an_attempt_is_found_by_every_name_it_has(void **state)
{
	struct placement placed = placed_by(2, "payment-2");
	const char *token = payment_return_token(kit.cx, placed.attempt.uid);
	const char *session;

	(void)state;
	WANT_INT(strlen(token), 22); /* 128 bits */
	WANT_INT(test_number("SELECT COUNT(*) FROM payment_attempt"
			     " WHERE return_token = '%s'",
			     token),
		 0); /* its hash alone is stored */
	WANT_OK(IN_READ(kit.cx, payment_find_by_token(tx, token, &attempt, &found)));
	WANT(found);
	WANT_INT(attempt.id.n, placed.attempt.id.n);
	session = attempt.gw_id;
	WANT_OK(IN_READ(kit.cx, payment_find_by_token(tx, "guess", &attempt, &found)));
	WANT(!found);
	WANT_OK(IN_READ(kit.cx, payment_find_by_uid(tx, placed.attempt.uid.text,
						    &attempt, &found)));
	WANT(found);
	WANT_OK(IN_READ(kit.cx, payment_find_by_uid(tx, "no uuid", &attempt, &found)));
	WANT(!found);
	WANT_OK(IN_READ(kit.cx, payment_find_by_gateway(tx, "fake", session, NULL,
							&attempt, &found)));
	WANT(found);
	WANT_OK(IN_READ(kit.cx, payment_find_by_gateway(tx, "other", session, "pi_1",
							&attempt, &found)));
	WANT(!found);
	WANT_OK(IN_TX(kit.cx, payment_note_session(tx, placed.attempt.id, session,
						   "pi_named", NULL)));
	WANT_OK(IN_READ(kit.cx, payment_find_by_gateway(tx, "fake", NULL, "pi_named",
							&attempt, &found)));
	WANT(found);
	WANT_OK(IN_READ(kit.cx, payment_find(tx, (struct attempt_id){99999}, &attempt,
					     &found)));
	WANT(!found);
	test_ctx_free(kit.cx);
}

static void
the_ladder_waits_longer_each_time_up_to_an_hour(void **state)
{
	static const int64_t steps[] = {2, 10, 30, 120, 600, 3600, 3600, 3600};

	(void)state;
	for (int64_t i = 0; i < 8; i++)
		WANT_INT(payment_ladder(i), steps[i]);
	WANT_INT(payment_ladder(100), 3600);
}

static void
an_open_page_is_looked_at_each_minute_as_long_as_it_lives(void **state)
{
	(void)state;
	WANT_INT(payment_look(0), 2);
	WANT_INT(payment_look(1), 10);
	WANT_INT(payment_look(2), 30);
	for (int64_t looks = 3; looks < 100; looks++)
		WANT(payment_look(looks) < 60);
}

static int64_t
claim(const char *owner)
{
	struct attempt *due;
	size_t n;

	WANT_OK(IN_TX(kit.cx, payment_claim_due(tx, owner, 30, 100, &due, &n)));
	return (int64_t)n;
}

static void
a_due_attempt_is_leased_to_one_and_free_again_when_that_one_dies(void **state)
{
	struct placement placed = placed_by(3, "payment-3");

	(void)state;
	test_script("UPDATE payment_attempt SET next_check_at = NULL WHERE id <> "
		    "%" PRId64,
		    placed.attempt.id.n);
	WANT_INT(claim("one"), 0); /* not before its time */
	test_turn_clock(60);
	WANT_INT(claim("one"), 1);
	WANT_INT(claim("two"), 0);
	test_turn_clock(60 + 31);
	WANT_INT(claim("two"), 1);
	test_turn_clock(0);
	test_ctx_free(kit.cx);
}

static void
a_shopper_who_comes_back_makes_it_due_at_once(void **state)
{
	struct placement placed = placed_by(4, "payment-4");
	struct settled settled;

	(void)state;
	test_script("UPDATE payment_attempt SET next_check_at = NULL WHERE id <> "
		    "%" PRId64,
		    placed.attempt.id.n);
	WANT_INT(claim("one"), 0);
	WANT_OK(IN_TX(kit.cx, payment_ask_now(tx, placed.attempt.id)));
	WANT_INT(claim("one"), 1);
	kit_pay(&kit, &placed, &settled);
	WANT_OK(IN_TX(kit.cx, payment_ask_now(tx, placed.attempt.id)));
	WANT_INT(claim("one"), 0); /* there is nothing left to ask */
	test_ctx_free(kit.cx);
}

static void
only_a_live_attempt_is_moved(void **state)
{
	struct placement placed = placed_by(5, "payment-5");
	struct settled settled;
	int64_t changed;

	(void)state;
	WANT_OK(IN_TX(kit.cx, payment_move(tx, placed.attempt.id, "unknown", NULL, 5,
					   &changed)));
	WANT_INT(changed, 1);
	kit_pay(&kit, &placed, &settled);
	WANT_OK(IN_TX(kit.cx, payment_move(tx, placed.attempt.id, "failed", "declined",
					   5, &changed)));
	WANT_INT(changed, 0);
	WANT_TEXT(kit_attempt(&kit, placed.attempt.id).state, "captured");
	test_ctx_free(kit.cx);
}

/* How long until the next question, after the gateway has said so many times that the
 * page is open, or nothing at all. */
static int64_t
wait_after(const struct placement *placed, bool answers)
{
	struct settled settled;

	attempt = kit_attempt(&kit, placed->attempt.id);
	if (answers)
		kit_will_say(&kit, "retrieve", PAY_OPEN, 0, NULL, NULL);
	WANT_OK(flow_ask_attempt(kit.shop, kit.cx, &attempt, &settled));
	WANT_INT(settled.answered, answers);
	return test_number("SELECT ROUND(TIMESTAMPDIFF(MICROSECOND, updated_at,"
			   " next_check_at) / 1000000) FROM payment_attempt"
			   " WHERE id = %" PRId64,
			   placed->attempt.id.n);
}

static void
silence_is_asked_again_by_the_ladder_and_an_open_page_within_a_minute(void **state)
{
	struct placement placed = placed_by(6, "payment-6");

	(void)state;
	for (int64_t i = 0; i < 6; i++)
		WANT_INT(wait_after(&placed, false), payment_ladder(i));
	WANT_TEXT(attempt.state, "sent"); /* never failed by silence */
	WANT(wait_after(&placed, true) < 60);
	test_ctx_free(kit.cx);
}

/* Stripe's: 23 hours of the 24 that it promises. */
static void
a_key_is_known_then_fading_then_forgotten(void **state)
{
	const struct instant first = {.us = DAYS(20000)};
	const int64_t safe_s = 23 * 3600;
	const struct {
		int64_t age_s;
		enum payment_key_age age;
	} table[] = {
		{-5, KEY_KNOWN},
		{0, KEY_KNOWN},
		{safe_s - 1, KEY_KNOWN},
		{safe_s, KEY_FADING},
		{safe_s + 119, KEY_FADING},
		{safe_s + 120, KEY_FORGOTTEN},
		{5 * 24 * 3600, KEY_FORGOTTEN},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		WANT_INT(payment_key_age(first,
					 instant_add(first, SECONDS(table[i].age_s)),
					 safe_s),
			 table[i].age);
}

TESTS(TEST(a_key_is_known_then_fading_then_forgotten),
      TEST(an_attempt_stands_before_the_gateway_hears_of_it),
      TEST(an_attempt_is_found_by_every_name_it_has),
      TEST(the_ladder_waits_longer_each_time_up_to_an_hour),
      TEST(an_open_page_is_looked_at_each_minute_as_long_as_it_lives),
      TEST(a_due_attempt_is_leased_to_one_and_free_again_when_that_one_dies),
      TEST(a_shopper_who_comes_back_makes_it_due_at_once),
      TEST(only_a_live_attempt_is_moved),
      TEST(silence_is_asked_again_by_the_ladder_and_an_open_page_within_a_minute))
