/* shipping_test.c - options, prices and delivery dates. */
#include "domain/shipping.h"

#include "base/arena.h"
#include "base/config.h"
#include "support/check.h"

static struct arena *mem;

static const struct shipping_option options[] = {
	{.id = "standard",
	 .title = "Standard",
	 .kind = SHIPPING_FREE_OVER,
	 .price = {450, "USD"},
	 .free_from = {10000, "USD"},
	 .transit = {2, 4},
	 .cutoff_hour = 14,
	 .countries = "*"},
	{.id = "bulky",
	 .title = "Bulky",
	 .price = {1200, "USD"},
	 .handling = {1, 2},
	 .transit = {3, 5},
	 .cutoff_hour = 14,
	 .countries = "US,CA"},
	{.id = "express",
	 .title = "Express",
	 .price = {1200, "USD"},
	 .transit = {1, 1},
	 .cutoff_hour = 12,
	 .countries = "US CA"},
	{.id = "pickup",
	 .title = "Pick up",
	 .kind = SHIPPING_PICKUP,
	 .price = {0, "USD"},
	 .transit = {9, 9},
	 .cutoff_hour = 14,
	 .countries = "US"},
};

enum { N_OPTIONS = sizeof options / sizeof *options };

/* Monday 23 November 2026, ten o'clock. */
static struct shipping_calendar
monday(void)
{
	return (struct shipping_calendar){.today = {2026, 11, 23}, .hour = 10};
}

static struct shipping_quotes
quotes_for(const char *country, int64_t subtotal, struct shipping_calendar calendar)
{
	struct shipping_quotes quotes;

	shipping_quote(options, N_OPTIONS, country, money_of(subtotal, "USD"), true,
		       &calendar, &quotes);
	return quotes;
}

static const char *
dates_of(const char *id, struct shipping_calendar calendar)
{
	struct shipping_quotes quotes = quotes_for("US", 5000, calendar);
	const struct shipping_quote *quote = shipping_find_quote(&quotes, id);

	return arena_printf(mem, "%s %s", date_iso(mem, quote->earliest),
			    date_iso(mem, quote->latest));
}

static void
the_cheapest_stands_first_and_then_the_earlier(void **state)
{
	struct shipping_quotes quotes = quotes_for("US", 5000, monday());

	(void)state;
	WANT_INT(quotes.n, 4);
	WANT_TEXT(quotes.list[0].id, "pickup");
	WANT_TEXT(quotes.list[1].id, "standard");
	WANT_TEXT(quotes.list[2].id, "express");
	WANT_TEXT(quotes.list[3].id, "bulky");
	WANT(quotes.list[0].pickup && !quotes.list[1].pickup);
}

static void
only_options_for_the_country_are_offered(void **state)
{
	struct shipping_quotes quotes = quotes_for("CA", 5000, monday());

	(void)state;
	WANT_INT(quotes.n, 3);
	WANT(shipping_find_quote(&quotes, "pickup") == NULL);
	quotes = quotes_for("DE", 5000, monday());
	WANT_INT(quotes.n, 1);
	WANT_TEXT(quotes.list[0].id, "standard");
	quotes = quotes_for("U", 5000, monday());
	WANT_INT(quotes.n, 1);
	quotes = quotes_for("USA", 5000, monday());
	WANT_INT(quotes.n, 1);
	quotes = quotes_for(NULL, 5000, monday());
	WANT_INT(quotes.n, 1);
	WANT(shipping_find_quote(&quotes, NULL) == NULL);
	WANT(shipping_find_quote(&quotes, "drone") == NULL);
}

static void
nothing_is_offered_when_nothing_needs_shipping(void **state)
{
	struct shipping_calendar calendar = monday();
	struct shipping_quotes quotes;

	(void)state;
	shipping_quote(options, N_OPTIONS, "US", money_of(5000, "USD"), false,
		       &calendar, &quotes);
	WANT_INT(quotes.n, 0);
}

static void
standard_is_free_from_its_threshold_on(void **state)
{
	struct shipping_quotes quotes = quotes_for("US", 9999, monday());

	(void)state;
	WANT_INT(shipping_find_quote(&quotes, "standard")->price.minor, 450);
	quotes = quotes_for("US", 10000, monday());
	WANT_INT(shipping_find_quote(&quotes, "standard")->price.minor, 0);
	WANT_TEXT(shipping_find_quote(&quotes, "standard")->price.currency, "USD");
	WANT_INT(shipping_find_quote(&quotes, "express")->price.minor, 1200);
}

static void
days_are_working_days(void **state)
{
	struct shipping_calendar friday = {.today = {2026, 11, 27}, .hour = 9};

	(void)state;
	WANT_TEXT(dates_of("standard", monday()), "2026-11-25 2026-11-27");
	WANT_TEXT(dates_of("bulky", monday()), "2026-11-27 2026-12-02");
	WANT_TEXT(dates_of("standard", friday), "2026-12-01 2026-12-03");
	WANT_TEXT(dates_of("express", friday), "2026-11-30 2026-11-30");
}

static void
handling_begins_the_next_working_day_after_the_cutoff(void **state)
{
	struct shipping_calendar calendar = monday();

	(void)state;
	calendar.hour = 13;
	WANT_TEXT(dates_of("standard", calendar), "2026-11-25 2026-11-27");
	WANT_TEXT(dates_of("express", calendar), "2026-11-25 2026-11-25");
	calendar.hour = 14;
	WANT_TEXT(dates_of("standard", calendar), "2026-11-26 2026-11-30");
	calendar.today = (struct date){2026, 11, 27}; /* Friday, late */
	WANT_TEXT(dates_of("pickup", calendar), "2026-11-30 2026-11-30");
	calendar.today = (struct date){2026, 11, 28}; /* Saturday, early or late */
	WANT_TEXT(dates_of("pickup", calendar), "2026-11-30 2026-11-30");
	calendar.hour = 8;
	WANT_TEXT(dates_of("pickup", calendar), "2026-11-30 2026-11-30");
}

static void
pickup_takes_no_transit(void **state)
{
	(void)state;
	WANT_TEXT(dates_of("pickup", monday()), "2026-11-23 2026-11-23");
}

static void
holidays_are_no_working_days(void **state)
{
	static const struct date holidays[] = {
		{2026, 12, 25}, {2027, 1, 1}, {2026, 12, 26}};
	struct shipping_calendar christmas = {.today = {2026, 12, 24},
					      .hour = 9,
					      .holidays = holidays,
					      .n_holidays = 3};

	(void)state;
	WANT_TEXT(dates_of("express", christmas), "2026-12-28 2026-12-28");
	WANT_TEXT(dates_of("standard", christmas), "2026-12-29 2026-12-31");
	christmas.today = (struct date){2026, 12, 25};
	WANT_TEXT(dates_of("pickup", christmas), "2026-12-28 2026-12-28");
	christmas.today = (struct date){2026, 12, 31};
	WANT_TEXT(dates_of("express", christmas), "2027-01-04 2027-01-04");
}

static void
working_days_cross_leap_days_and_years(void **state)
{
	struct shipping_calendar calendar = monday();
	struct date day;

	(void)state;
	day = shipping_working_day(&calendar, (struct date){2028, 2, 28}, 1);
	WANT_TEXT(date_iso(mem, day), "2028-02-29");
	day = shipping_working_day(&calendar, (struct date){2027, 2, 26}, 1);
	WANT_TEXT(date_iso(mem, day), "2027-03-01");
	day = shipping_working_day(&calendar, (struct date){2026, 12, 31}, 1);
	WANT_TEXT(date_iso(mem, day), "2027-01-01");
	day = shipping_working_day(&calendar, (struct date){2026, 11, 28}, 0);
	WANT_TEXT(date_iso(mem, day), "2026-11-30");
	day = shipping_working_day(&calendar, (struct date){2026, 11, 28}, 1);
	WANT_TEXT(date_iso(mem, day), "2026-11-30");
}

/* Counts on its own: one day at a time, by the weekday alone. */
static void
every_day_of_ten_years_agrees_with_counting(void **state)
{
	struct shipping_calendar calendar = {.hour = 0};

	(void)state;
	for (int64_t start = 20000; start < 23650; start++) {
		int64_t day = start;
		int left = 7;

		while (left > 0)
			left -= (++day + 3) % 7 < 5; /* 1970-01-01 was a Thursday */
		WANT_INT(date_days(shipping_working_day(&calendar,
							date_from_days(start), 7)),
			 day);
	}
}

static void
dates_read_as_a_shopper_would_say_them(void **state)
{
	struct shipping_quotes quotes = quotes_for("US", 5000, monday());

	(void)state;
	WANT_TEXT(shipping_dates_text(mem, shipping_find_quote(&quotes, "standard")),
		  "Arrives Wed 25 – Fri 27 November");
	WANT_TEXT(shipping_dates_text(mem, shipping_find_quote(&quotes, "express")),
		  "Arrives Tue 24 November");
	WANT_TEXT(shipping_dates_text(mem, shipping_find_quote(&quotes, "bulky")),
		  "Arrives Fri 27 November – Wed 2 December");
	WANT_TEXT(shipping_dates_text(mem, shipping_find_quote(&quotes, "pickup")),
		  "Ready Mon 23 November");
}

static void
settings_describe_the_options(void **state)
{
	struct shipping_option list[SHIPPING_OPTIONS_MAX];
	struct config config = {.shop_currency = "USD",
				.shipping_flat = 450,
				.shipping_free_over = 10000,
				.shipping_express = 1200,
				.shipping_pickup = "Pick up in Portland",
				.shipping_countries = "US CA",
				.shipping_cutoff_hour = 14};

	(void)state;
	WANT_INT(shipping_options_of_settings(&config, list), 3);
	WANT_INT(list[0].kind, SHIPPING_FREE_OVER);
	WANT_TEXT(list[0].countries, "US CA");
	WANT_TEXT(list[2].title, "Pick up in Portland");
	WANT_TEXT(list[2].countries, "*");
	config.shipping_free_over = 0;
	config.shipping_express = 0;
	config.shipping_pickup = "";
	WANT_INT(shipping_options_of_settings(&config, list), 1);
	WANT_INT(list[0].kind, SHIPPING_FLAT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_cheapest_stands_first_and_then_the_earlier),
		TEST(only_options_for_the_country_are_offered),
		TEST(nothing_is_offered_when_nothing_needs_shipping),
		TEST(standard_is_free_from_its_threshold_on),
		TEST(days_are_working_days),
		TEST(handling_begins_the_next_working_day_after_the_cutoff),
		TEST(pickup_takes_no_transit),
		TEST(holidays_are_no_working_days),
		TEST(working_days_cross_leap_days_and_years),
		TEST(every_day_of_ten_years_agrees_with_counting),
		TEST(dates_read_as_a_shopper_would_say_them),
		TEST(settings_describe_the_options),
	};
	int failed;

	mem = arena_new(8 << 20);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(mem);
	return failed;
}
