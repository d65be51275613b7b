/* shipping.c - how goods can reach the shopper, at what price and when. */
#include "domain/shipping.h"

#include <assert.h>
#include <string.h>

#include "base/arena.h"
#include "base/config.h"

enum { SATURDAY = 5 };

static bool
is_working_day(const struct shipping_calendar *calendar, int64_t day)
{
	if (date_weekday(date_from_days(day)) >= SATURDAY)
		return false;
	for (size_t i = 0; i < calendar->n_holidays; i++)
		if (date_days(calendar->holidays[i]) == day)
			return false;
	return true;
}

/* The first working day on or after a day. */
static int64_t
next_working_day(const struct shipping_calendar *calendar, int64_t day)
{
	while (!is_working_day(calendar, day))
		day++;
	return day;
}

struct date
shipping_working_day(const struct shipping_calendar *calendar, struct date from, int n)
{
	int64_t day = date_days(from);

	if (n == 0)
		day = next_working_day(calendar, day);
	for (; n > 0; n--)
		day = next_working_day(calendar, day + 1);
	return date_from_days(day);
}

/* The working day on which handling begins for an order of this hour. */
static struct date
first_day(const struct shipping_calendar *calendar, int cutoff_hour)
{
	int64_t today = date_days(calendar->today);

	if (calendar->hour >= cutoff_hour)
		today++;
	return date_from_days(next_working_day(calendar, today));
}

static bool
serves(const char *countries, const char *country)
{
	if (strcmp(countries, "*") == 0)
		return true;
	while (country && *countries) {
		size_t len = strcspn(countries, " ,");

		if (len == strlen(country) && strncmp(countries, country, len) == 0)
			return true;
		countries += len + (countries[len] != '\0');
	}
	return false;
}

bool
shipping_reaches(const struct shipping_option *options, size_t n, const char *country)
{
	for (size_t i = 0; i < n; i++)
		if (serves(options[i].countries, country))
			return true;
	return false;
}

static struct money
price_of(const struct shipping_option *option, struct money subtotal)
{
	if (option->kind == SHIPPING_FREE_OVER &&
	    money_compare(subtotal, option->free_from) >= 0)
		return money_zero(option->price.currency);
	return option->price;
}

static struct shipping_quote
quote_option(const struct shipping_option *option, struct money subtotal,
	     const struct shipping_calendar *calendar)
{
	struct date start = first_day(calendar, option->cutoff_hour);
	struct shipping_days days = option->handling;

	if (option->kind != SHIPPING_PICKUP) {
		days.least += option->transit.least;
		days.most += option->transit.most;
	}
	return (struct shipping_quote){
		.id = option->id,
		.title = option->title,
		.price = price_of(option, subtotal),
		.earliest = shipping_working_day(calendar, start, days.least),
		.latest = shipping_working_day(calendar, start, days.most),
		.pickup = option->kind == SHIPPING_PICKUP,
	};
}

static bool
comes_before(const struct shipping_quote *one, const struct shipping_quote *other)
{
	int by_price = money_compare(one->price, other->price);

	if (by_price != 0)
		return by_price < 0;
	return date_days(one->latest) < date_days(other->latest);
}

/* Puts a quote in its place; equal ones stay in the order of the table. */
static void
insert_quote(struct shipping_quotes *quotes, struct shipping_quote quote)
{
	size_t at = quotes->n++;

	for (; at > 0 && comes_before(&quote, &quotes->list[at - 1]); at--)
		quotes->list[at] = quotes->list[at - 1];
	quotes->list[at] = quote;
}

void
shipping_quote(const struct shipping_option *options, size_t n, const char *country,
	       struct money subtotal, bool needs_shipping,
	       const struct shipping_calendar *calendar, struct shipping_quotes *quotes)
{
	assert(n <= SHIPPING_OPTIONS_MAX);
	quotes->n = 0;
	for (size_t i = 0; needs_shipping && i < n; i++)
		if (serves(options[i].countries, country))
			insert_quote(quotes,
				     quote_option(&options[i], subtotal, calendar));
}

const struct shipping_quote *
shipping_find_quote(const struct shipping_quotes *quotes, const char *id)
{
	for (size_t i = 0; id && i < quotes->n; i++)
		if (strcmp(quotes->list[i].id, id) == 0)
			return &quotes->list[i];
	return NULL;
}

char *
shipping_dates_text(struct arena *mem, const struct shipping_quote *quote)
{
	const char *verb = quote->pickup ? "Ready" : "Arrives";
	const char *from = date_words(mem, quote->earliest);
	const char *to = date_words(mem, quote->latest);
	int len = (int)strlen(from);

	if (strcmp(from, to) == 0)
		return arena_printf(mem, "%s %s", verb, to);
	if (quote->earliest.month == quote->latest.month)
		len = (int)(strrchr(from, ' ') - from);
	return arena_printf(mem, "%s %.*s – %s", verb, len, from, to);
}

size_t
shipping_options_of_settings(const struct config *config,
			     struct shipping_option options[SHIPPING_OPTIONS_MAX])
{
	const char *currency = config->shop_currency;
	struct shipping_option any = {.cutoff_hour = (int)config->shipping_cutoff_hour,
				      .countries = config->shipping_countries};
	size_t n = 0;

	options[n] = any;
	options[n].id = "standard";
	options[n].title = "Standard delivery";
	options[n].kind =
		config->shipping_free_over > 0 ? SHIPPING_FREE_OVER : SHIPPING_FLAT;
	options[n].price = money_of(config->shipping_flat, currency);
	options[n].free_from = money_of(config->shipping_free_over, currency);
	options[n++].transit = (struct shipping_days){2, 4};
	if (config->shipping_express > 0) {
		options[n] = any;
		options[n].id = "express";
		options[n].title = "Express delivery";
		options[n].price = money_of(config->shipping_express, currency);
		options[n++].transit = (struct shipping_days){1, 1};
	}
	if (*config->shipping_pickup) {
		options[n] = any;
		options[n].id = "pickup";
		options[n].title = config->shipping_pickup;
		options[n].kind = SHIPPING_PICKUP;
		options[n].price = money_zero(currency);
		options[n++].countries = "*";
	}
	return n;
}
