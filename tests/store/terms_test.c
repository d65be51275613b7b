/* terms_test.c - what the settings mean to the domain, and counters against guessing.
 */
#include "domain/terms.h"

#include "base/config.h"
#include "domain/throttle.h"
#include "support/kit.h"

static void
the_terms_are_those_of_the_settings(void **state)
{
	struct ctx *cx = test_ctx();
	struct config *config = config_defaults(cx->mem);
	struct terms *terms;

	(void)state;
	config->checkout_hold_at = "payment";
	config->checkout_hold_cap = 7;
	config->tax_rates = "US * 5";
	WANT_OK(terms_read(cx->mem, config, &terms));
	WANT(!terms->hold_at_start);
	WANT_INT(terms->hold_cap, 7);
	WANT_INT(terms->hold_minutes, 30);
	WANT_INT(terms->pay_minutes, 35);
	WANT_INT(terms->keep_hours, 24);
	WANT_INT(terms->max_lines, 50);
	WANT_TEXT(terms->currency, "USD");
	WANT(terms->n_options >= 3); /* standard, express, pick-up */
	WANT(terms_find_method(terms, "fake") == NULL);
	config->tax_rates = "nonsense";
	WANT_ERR(terms_read(cx->mem, config, &terms), INVALID);
	test_ctx_free(cx);
}

static void
the_calendar_is_that_of_the_moved_clock(void **state)
{
	struct kit kit = kit_new();
	struct shipping_calendar today = terms_calendar(kit.shop->terms), later;

	(void)state;
	test_turn_clock(3 * 86400);
	later = terms_calendar(kit.shop->terms);
	test_turn_clock(0);
	WANT_INT(date_days(later.today) - date_days(today.today), 3);
	WANT(today.hour >= 0 && today.hour < 24);
	test_ctx_free(kit.cx);
}

static bool
try_once(struct ctx *cx, const char *subject)
{
	bool over;

	WANT_OK(IN_TX(cx, throttle_count(tx, "find", subject, 3, 600, &over)));
	return over;
}

static void
guessing_is_stopped_until_the_window_ends(void **state)
{
	struct ctx *cx = test_ctx();
	int64_t dropped;

	(void)state;
	for (int i = 0; i < 3; i++)
		WANT(!try_once(cx, "10.0.0.7"));
	WANT(try_once(cx, "10.0.0.7"));
	WANT(!try_once(cx, "10.0.0.8"));
	WANT_OK(IN_TX(cx, throttle_purge(tx, 10, &dropped)));
	WANT_INT(dropped, 0);
	test_turn_clock(601);
	WANT(!try_once(cx, "10.0.0.7"));
	WANT_OK(IN_TX(cx, throttle_purge(tx, 10, &dropped)));
	WANT_INT(dropped, 1); /* of 10.0.0.8 */
	test_turn_clock(0);
	test_ctx_free(cx);
}

TESTS(TEST(the_terms_are_those_of_the_settings),
      TEST(the_calendar_is_that_of_the_moved_clock),
      TEST(guessing_is_stopped_until_the_window_ends))
