/* clock_test.c - instants and the calendar. */
#include "base/clock.h"

#include <time.h>

#include "base/arena.h"
#include "support/check.h"

static void
now_lies_between_two_looks_at_the_system_clock(void **state)
{
	struct timespec before, after;
	int64_t now;

	(void)state;
	clock_gettime(CLOCK_REALTIME, &before);
	now = clock_now().us;
	clock_gettime(CLOCK_REALTIME, &after);
	WANT(now >= SECONDS(before.tv_sec) + before.tv_nsec / 1000);
	WANT(now <= SECONDS(after.tv_sec) + after.tv_nsec / 1000);
}

static void
the_shared_offset_turns_the_hands(void **state)
{
	static int64_t offset = 3600;
	int64_t real = clock_now().us, turned;

	(void)state;
	clock_share(&offset);
	turned = clock_now().us - real;
	WANT(turned >= HOURS(1) && turned < HOURS(1) + MINUTES(1));
	offset = -60;
	WANT_INT(clock_offset(), -60);
	WANT(clock_now().us < real);
	clock_share(NULL);
	WANT_INT(clock_offset(), 0);
}

static void
the_steady_clock_never_goes_back(void **state)
{
	int64_t last = clock_steady_us();

	(void)state;
	for (int i = 0; i < 10000; i++) {
		int64_t now = clock_steady_us();

		WANT(now >= last);
		last = now;
	}
}

static void
instants_are_written_as_rfc3339_and_as_sql(void **state)
{
	struct arena *mem = arena_new(1 << 20);
	struct instant t = {INT64_C(1795258620123456)};

	(void)state;
	WANT_TEXT(instant_rfc3339(mem, t), "2026-11-21T10:57:00.123Z");
	WANT_TEXT(instant_sql(mem, t), "2026-11-21 10:57:00.123456");
	WANT_TEXT(instant_rfc3339(mem, (struct instant){0}),
		  "1970-01-01T00:00:00.000Z");
	WANT_TEXT(instant_sql(mem, (struct instant){-1}), "1969-12-31 23:59:59.999999");
	WANT(instant_is_none((struct instant){0}) && !instant_is_none(t));
	WANT_INT(instant_since(instant_add(t, DAYS(2)), t), DAYS(2));
	arena_free(mem);
}

static void
sql_instants_come_back(void **state)
{
	struct arena *mem = arena_new(1 << 20);
	struct arena_mark mark = arena_mark(mem);
	uint64_t seed = 5;

	(void)state;
	for (int round = 0; round < 100000; round++) {
		/* Years 1 to 9999. */
		struct instant t = {
			(int64_t)check_random_below(&seed, (uint64_t)DAYS(3652058)) -
			DAYS(719162)};
		struct instant back;

		WANT(instant_from_sql(instant_sql(mem, t), &back));
		WANT_INT(back.us, t.us);
		arena_rewind(mem, mark);
	}
	arena_free(mem);
}

static void
only_whole_sql_instants_are_read(void **state)
{
	static const char *const bad[] = {
		"",
		"2026-11-21",
		"2026-11-21T10:57:00",
		"2026-13-01 00:00:00",
		"2026-02-29 00:00:00",
		"2026-00-10 00:00:00",
		"2026-01-00 00:00:00",
		"2026-01-01 24:00:00",
		"2026-01-01 00:60:00",
		"2026-01-01 00:00:60",
		"2026-01-01 00:00:00.",
		"2026-01-01 00:00:00.1234567",
		"2026-01-01 00:00:00Z",
		"0000-00-00 00:00:00",
	};
	struct instant t;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		if (instant_from_sql(bad[i], &t))
			check_fail(__FILE__, __LINE__, "took \"%s\"", bad[i]);
	WANT(!instant_from_sql(NULL, &t));
	WANT(instant_from_sql("2028-02-29 23:59:59.5", &t));
	WANT_INT(t.us % SECONDS(1), 500000);
}

static void
days_count_as_the_c_library_counts(void **state)
{
	(void)state;
	for (int64_t day = -200000; day < 3000000; day += 7) {
		struct date d = date_from_days(day);
		time_t seconds = (time_t)(day * 86400);
		struct tm tm;

		gmtime_r(&seconds, &tm);
		WANT_INT(d.year, tm.tm_year + 1900);
		WANT_INT(d.month, tm.tm_mon + 1);
		WANT_INT(d.day, tm.tm_mday);
		WANT_INT(date_weekday(d), (tm.tm_wday + 6) % 7);
		WANT_INT(date_days(d), day);
	}
}

static void
an_instant_before_1970_lies_in_its_own_day(void **state)
{
	struct date d = instant_date((struct instant){-1});

	(void)state;
	WANT(d.year == 1969 && d.month == 12 && d.day == 31);
	d = instant_date((struct instant){-DAYS(1)});
	WANT(d.year == 1969 && d.month == 12 && d.day == 31);
}

static void
dates_are_written_for_people_and_for_machines(void **state)
{
	struct arena *mem = arena_new(1 << 20);

	(void)state;
	WANT_TEXT(date_words(mem, (struct date){2026, 11, 25}), "Wed 25 November");
	WANT_TEXT(date_words(mem, (struct date){2028, 2, 29}), "Tue 29 February");
	WANT_TEXT(date_iso(mem, (struct date){2026, 1, 5}), "2026-01-05");
	arena_free(mem);
}

TESTS(TEST(now_lies_between_two_looks_at_the_system_clock),
      TEST(the_shared_offset_turns_the_hands), TEST(the_steady_clock_never_goes_back),
      TEST(instants_are_written_as_rfc3339_and_as_sql), TEST(sql_instants_come_back),
      TEST(only_whole_sql_instants_are_read), TEST(days_count_as_the_c_library_counts),
      TEST(an_instant_before_1970_lies_in_its_own_day),
      TEST(dates_are_written_for_people_and_for_machines))
