/* shipping.h - how goods can reach the shopper, at what price and when. Pure: the
 * caller hands over the options and the day. */
#ifndef DOMAIN_SHIPPING_H
#define DOMAIN_SHIPPING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"
#include "base/money.h"

struct arena;
struct config;

enum { SHIPPING_OPTIONS_MAX = 16 };

enum shipping_kind { SHIPPING_FLAT, SHIPPING_FREE_OVER, SHIPPING_PICKUP };

/* Working days, least to most. */
struct shipping_days {
	int least, most;
};

struct shipping_option {
	const char *id;    /* what is sent and stored: "standard" */
	const char *title; /* what is shown: "Standard" */
	enum shipping_kind kind;
	struct money price;
	struct money
		free_from; /* SHIPPING_FREE_OVER: the subtotal that makes it free */
	struct shipping_days handling; /* until it leaves the house or is ready */
	struct shipping_days transit;  /* from there to the door; none for pick-up */
	int cutoff_hour; /* from this hour on, handling begins the next working day */
	const char *countries; /* "US CA", or "*" for all */
};

/* The shop's day and hour, and the days besides Saturday and Sunday that are no working
 * days. */
struct shipping_calendar {
	struct date today;
	int hour;
	const struct date *holidays;
	size_t n_holidays;
};

struct shipping_quote {
	const char *id, *title;
	struct money price;
	struct date earliest, latest; /* at the door, or ready to be fetched */
	bool pickup;
};

struct shipping_quotes {
	size_t n;
	struct shipping_quote list[SHIPPING_OPTIONS_MAX];
};

/* What can be chosen for goods of this subtotal (after discounts) that go to a country:
 * cheapest first, then the earlier, then as in the table. Nothing when nothing needs
 * shipping or nobody delivers there. */
void shipping_quote(const struct shipping_option *options, size_t n,
		    const char *country, struct money subtotal, bool needs_shipping,
		    const struct shipping_calendar *, struct shipping_quotes *);

/* Whether any option can be chosen for goods that go to a country. */
bool shipping_reaches(const struct shipping_option *options, size_t n,
		      const char *country);

/* The quote of an option, or NULL when it cannot be chosen. */
const struct shipping_quote *shipping_find_quote(const struct shipping_quotes *,
						 const char *id);

/* The day n working days after the given one; the day itself for 0 when it is one, else
 * the next. */
struct date shipping_working_day(const struct shipping_calendar *, struct date from,
				 int n);

/* "Arrives Wed 25 – Fri 27 November", "Ready Mon 23 November". */
char *shipping_dates_text(struct arena *, const struct shipping_quote *);

/* The options that the settings shipping.* describe: standard (free from
 * shipping.free_over on), express, pick-up. Returns how many. */
size_t
shipping_options_of_settings(const struct config *,
			     struct shipping_option options[SHIPPING_OPTIONS_MAX]);

#endif
