/* tax_test.c - rates by destination and class, and the tax of an amount. */
#include "domain/tax.h"

#include <stdlib.h>

#include "base/arena.h"
#include "support/check.h"

__extension__ typedef __int128 wide;

static struct arena *mem;

static struct tax_rates
rates_of(const char *text)
{
	struct tax_rates rates;

	WANT_OK(tax_rates_read(mem, text, true, &rates));
	return rates;
}

static int64_t
tax(int64_t minor, int64_t ppm, bool included)
{
	return tax_of(money_of(minor, "EUR"), ppm, included).minor;
}

static void
the_nearest_row_gives_the_rate(void **state)
{
	struct tax_rates rates = rates_of("* * 1; * reduced 2; DE * 3; DE standard 19; "
					  "DE reduced 7; FR standard 20");

	(void)state;
	WANT_INT(tax_find_rate(&rates, "DE", "standard"), 190000);
	WANT_INT(tax_find_rate(&rates, "DE", "reduced"), 70000);
	WANT_INT(tax_find_rate(&rates, "DE", "books"), 30000);
	WANT_INT(tax_find_rate(&rates, "FR", "standard"), 200000);
	WANT_INT(tax_find_rate(&rates, "FR", "reduced"), 20000);
	WANT_INT(tax_find_rate(&rates, "US", "books"), 10000);
	WANT_INT(tax_find_rate(&rates, NULL, "reduced"), 20000);
}

static void
without_a_row_there_is_no_tax(void **state)
{
	struct tax_rates rates = rates_of("");

	(void)state;
	WANT_INT(rates.n, 0);
	WANT_INT(tax_find_rate(&rates, "DE", "standard"), 0);
	WANT_INT(tax_find_shipping_rate(&rates, "DE"), 0);
	rates = rates_of("DE standard 19");
	WANT_INT(tax_find_rate(&rates, "US", "standard"), 0);
	WANT_INT(tax_find_rate(&rates, "DE", "reduced"), 0);
}

static void
shipping_takes_its_own_row_or_the_standard_one(void **state)
{
	struct tax_rates rates =
		rates_of("DE standard 19; FR standard 20; FR shipping 5.5; "
			 "US * 0; * shipping 3; * standard 9");

	(void)state;
	WANT_INT(tax_find_shipping_rate(&rates, "DE"), 190000);
	WANT_INT(tax_find_shipping_rate(&rates, "FR"), 55000);
	WANT_INT(tax_find_shipping_rate(&rates, "US"), 0);
	WANT_INT(tax_find_shipping_rate(&rates, "JP"), 30000);
	WANT_INT(tax_find_shipping_rate(&rates, NULL), 30000);
}

static void
percentages_have_up_to_four_decimals(void **state)
{
	struct tax_rates rates =
		rates_of("US a 8.875;US b 0.0001; US c 100 ; US d 07.70;");

	(void)state;
	WANT_INT(tax_find_rate(&rates, "US", "a"), 88750);
	WANT_INT(tax_find_rate(&rates, "US", "b"), 1);
	WANT_INT(tax_find_rate(&rates, "US", "c"), 1000000);
	WANT_INT(tax_find_rate(&rates, "US", "d"), 77000);
	WANT_TEXT(tax_percent(mem, 88750), "8.875%");
	WANT_TEXT(tax_percent(mem, 190000), "19%");
	WANT_TEXT(tax_percent(mem, 1000000), "100%");
	WANT_TEXT(tax_percent(mem, 0), "0%");
}

static void
a_setting_that_is_no_table_is_refused(void **state)
{
	static const char *const wrong[] = {"DE",
					    "DE standard",
					    "DE standard x",
					    "DE standard -1",
					    "DE standard 1.",
					    "DE standard 1.23456",
					    "DE standard 101",
					    "DE standard 100.0001",
					    "DE standard 19 %",
					    "XX standard 19",
					    "de standard 19",
					    "DE Standard 19",
					    "DE standard 1.2.3",
					    "DE standard .5",
					    "DE standard 9999999999999999999999",
					    "DE standard 19; DE standard 7",
					    "DE standard 19, FR standard 20"};
	struct tax_rates rates;

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		WANT_ERR(tax_rates_read(mem, wrong[i], true, &rates), INVALID);
}

static void
tax_is_rounded_half_up(void **state)
{
	(void)state;
	WANT_INT(tax(1000, 190000, false), 190);
	WANT_INT(tax(50, 10000, false), 1); /* 0.5 */
	WANT_INT(tax(49, 10000, false), 0);
	WANT_INT(tax(150, 10000, false), 2); /* 1.5 */
	WANT_INT(tax(250, 10000, false), 3); /* 2.5: up, not to even */
	WANT_INT(tax(0, 190000, false), 0);
	WANT_INT(tax(1, 0, false), 0);
}

static void
an_inclusive_price_contains_its_tax(void **state)
{
	(void)state;
	WANT_INT(tax(11900, 190000, true), 1900);
	WANT_INT(tax(10700, 70000, true), 700);
	WANT_INT(tax(100, 190000, true), 16); /* 15.966 */
	WANT_INT(tax(3, 200000, true), 1);    /* exactly 0.5 */
	WANT_INT(tax(1, 190000, true), 0);
	WANT_INT(tax(200, 1000000, true), 100);
	WANT_INT(tax(1000, 0, true), 0);
}

/* 2 * numerator - denominator <= 2 * tax * denominator <= 2 * numerator + denominator,
 * with the upper bound taken: that is rounding half up, said without dividing. */
static bool
is_rounded(wide numerator, wide denominator, int64_t rounded)
{
	wide twice = 2 * (wide)rounded * denominator;

	return twice > 2 * numerator - denominator &&
	       twice <= 2 * numerator + denominator;
}

static void
the_tax_is_exact_for_any_amount_and_rate(void **state)
{
	(void)state;
	for (int round = 0; round < 100000; round++) {
		int64_t minor = ((int64_t)random() << 10 ^ random()) % MONEY_MAX;
		int64_t ppm = random() % (TAX_PPM_MAX + 1);

		WANT(is_rounded((wide)minor * ppm, 1000000, tax(minor, ppm, false)));
		WANT(is_rounded((wide)minor * ppm, 1000000 + ppm,
				tax(minor, ppm, true)));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_nearest_row_gives_the_rate),
		TEST(without_a_row_there_is_no_tax),
		TEST(shipping_takes_its_own_row_or_the_standard_one),
		TEST(percentages_have_up_to_four_decimals),
		TEST(a_setting_that_is_no_table_is_refused),
		TEST(tax_is_rounded_half_up),
		TEST(an_inclusive_price_contains_its_tax),
		TEST(the_tax_is_exact_for_any_amount_and_rate),
	};
	int failed;

	mem = arena_new(8 << 20);
	srandom(2);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(mem);
	return failed;
}
