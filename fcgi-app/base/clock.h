/* clock.h - the only now(), and instants in UTC. Tests turn its hands. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct arena;

/* A moment in microseconds since 1970-01-01T00:00:00Z; 0 means none. */
struct instant {
	int64_t us;
};

struct date {
	int year, month, day; /* proleptic Gregorian; month and day from 1 */
};

#define SECONDS(n) ((int64_t)(n)*1000000)
#define MINUTES(n) SECONDS((int64_t)(n)*60)
#define HOURS(n)   MINUTES((int64_t)(n)*60)
#define DAYS(n)    HOURS((int64_t)(n)*24)

/* Now, moved by the offset that clock_share() points to (seconds; test builds). */
struct instant clock_now(void);
void clock_share(const volatile int64_t *offset_s);
/* The offset in force, in seconds: the database adds it to its own clock. */
int64_t clock_offset(void);
/* Microseconds of a clock that never jumps, for durations. */
int64_t clock_steady_us(void);

struct instant instant_add(struct instant, int64_t us);
/* a - b in microseconds. */
int64_t instant_since(struct instant a, struct instant b);
bool instant_is_none(struct instant);

/* "2026-11-21T10:57:00.123Z" (RFC 3339, UTC, milliseconds). */
char *instant_rfc3339(struct arena *, struct instant);
/* The same into out, for whom there is no arena. */
enum { INSTANT_TEXT = 48 };
void instant_write(char out[INSTANT_TEXT], struct instant);
/* "2026-11-21 10:57:00.123456": a DATETIME(6) literal, and back (the
 * fraction may be shorter or missing). */
char *instant_sql(struct arena *, struct instant);
bool instant_from_sql(const char *text, struct instant *);

struct date instant_date(struct instant); /* in UTC */
int64_t date_days(struct date);           /* days since 1970-01-01 */
struct date date_from_days(int64_t days);
int date_weekday(struct date); /* 0 Monday .. 6 Sunday */
/* "Wed 25 November" and "2026-11-25". */
char *date_words(struct arena *, struct date);
char *date_iso(struct arena *, struct date);

#endif
