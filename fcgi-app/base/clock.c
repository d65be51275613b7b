/* clock.c - the system's clocks, and the calendar (proleptic Gregorian, UTC). */
#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"

static const volatile int64_t *shared_offset;

static const char *const month_names[] = {
	"January", "February", "March",     "April",   "May",      "June",
	"July",    "August",   "September", "October", "November", "December",
};
static const char *const day_names[] = {"Mon", "Tue", "Wed", "Thu",
					"Fri", "Sat", "Sun"};

static int64_t
read_clock(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return SECONDS(now.tv_sec) + now.tv_nsec / 1000;
}

struct instant
clock_now(void)
{
	return (struct instant){read_clock(CLOCK_REALTIME) + SECONDS(clock_offset())};
}

void
clock_share(const volatile int64_t *offset_s)
{
	shared_offset = offset_s;
}

int64_t
clock_offset(void)
{
	return shared_offset == NULL ? 0 : *shared_offset;
}

int64_t
clock_steady_us(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

struct instant
instant_add(struct instant t, int64_t us)
{
	return (struct instant){t.us + us};
}

int64_t
instant_since(struct instant a, struct instant b)
{
	return a.us - b.us;
}

bool
instant_is_none(struct instant t)
{
	return t.us == 0;
}

static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

struct date
instant_date(struct instant t)
{
	return date_from_days(floor_div(t.us, DAYS(1)));
}

/* Years are counted from March, so that the leap day is the last of its year; 400 of
 * them are 146,097 days, and 1970-01-01 is day 719,468 of that count. */
int64_t
date_days(struct date d)
{
	int64_t year = d.year - (d.month <= 2);
	int64_t era = floor_div(year, 400);
	int64_t year_of_era = year - era * 400;
	int64_t month = (d.month + 9) % 12;
	int64_t day_of_year = (153 * month + 2) / 5 + d.day - 1;

	return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
	       day_of_year - 719468;
}

struct date
date_from_days(int64_t days)
{
	int64_t count = days + 719468;
	int64_t era = floor_div(count, 146097);
	int64_t day = count - era * 146097;
	int64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	int64_t day_of_year = day - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * day_of_year + 2) / 153;
	struct date d;

	d.day = (int)(day_of_year - (153 * month + 2) / 5 + 1);
	d.month = (int)(month < 10 ? month + 3 : month - 9);
	d.year = (int)(year + era * 400 + (d.month <= 2));
	return d;
}

int
date_weekday(struct date d)
{
	int64_t day = (date_days(d) + 3) % 7; /* 1970-01-01 was a Thursday */

	return (int)(day < 0 ? day + 7 : day);
}

/* Date and time with a separator between them and so many digits of the second. */
static char *
write_instant(char out[INSTANT_TEXT], struct instant t, char between, int digits)
{
	struct date d = instant_date(t);
	int64_t us = t.us - DAYS(date_days(d));
	int64_t second = us / SECONDS(1);
	int64_t part = digits == 3 ? us % SECONDS(1) / 1000 : us % SECONDS(1);

	snprintf(out, INSTANT_TEXT, "%04d-%02d-%02d%c%02d:%02d:%02d.%0*d", d.year,
		 d.month, d.day, between, (int)(second / 3600), (int)(second / 60 % 60),
		 (int)(second % 60), digits, (int)part);
	return out;
}

void
instant_write(char out[INSTANT_TEXT], struct instant t)
{
	write_instant(out, t, 'T', 3);
	strncat(out, "Z", INSTANT_TEXT - strlen(out) - 1);
}

char *
instant_rfc3339(struct arena *mem, struct instant t)
{
	char text[INSTANT_TEXT];

	instant_write(text, t);
	return arena_text(mem, text);
}

char *
instant_sql(struct arena *mem, struct instant t)
{
	char text[INSTANT_TEXT];

	return arena_text(mem, write_instant(text, t, ' ', 6));
}

/* Reads exactly n digits and moves on. */
static bool
read_digits(const char **at, int n, int *out)
{
	*out = 0;
	for (int i = 0; i < n; i++, (*at)++) {
		if (**at < '0' || **at > '9')
			return false;
		*out = *out * 10 + (**at - '0');
	}
	return true;
}

static bool
read_char(const char **at, char c)
{
	return *(*at)++ == c;
}

static bool
read_date(const char **at, struct date *d)
{
	struct date back;

	if (!read_digits(at, 4, &d->year) || !read_char(at, '-') ||
	    !read_digits(at, 2, &d->month) || !read_char(at, '-') ||
	    !read_digits(at, 2, &d->day))
		return false;
	if (d->month < 1 || d->month > 12)
		return false;
	back = date_from_days(date_days(*d));
	return back.month == d->month && back.day == d->day;
}

/* ".1" to ".123456" as microseconds. */
static bool
read_fraction(const char **at, int *us)
{
	int digits = 0;

	*us = 0;
	for (; **at >= '0' && **at <= '9' && digits < 6; digits++, (*at)++)
		*us = *us * 10 + (**at - '0');
	for (int i = digits; i < 6; i++)
		*us *= 10;
	return digits > 0;
}

bool
instant_from_sql(const char *text, struct instant *out)
{
	const char *at = text;
	int hour, minute, second, us = 0;
	struct date d;

	if (text == NULL || !read_date(&at, &d) || !read_char(&at, ' ') ||
	    !read_digits(&at, 2, &hour) || !read_char(&at, ':') ||
	    !read_digits(&at, 2, &minute) || !read_char(&at, ':') ||
	    !read_digits(&at, 2, &second))
		return false;
	if (*at == '.' && (at++, !read_fraction(&at, &us)))
		return false;
	if (*at != '\0' || hour > 23 || minute > 59 || second > 59)
		return false;
	out->us = DAYS(date_days(d)) + SECONDS(hour * 3600 + minute * 60 + second) + us;
	return true;
}

char *
date_words(struct arena *mem, struct date d)
{
	return arena_printf(mem, "%s %d %s", day_names[date_weekday(d)], d.day,
			    month_names[d.month - 1]);
}

char *
date_iso(struct arena *mem, struct date d)
{
	return arena_printf(mem, "%04d-%02d-%02d", d.year, d.month, d.day);
}
