/* types.c - how the fields of a struct travel to and from their columns. */
#include <assert.h>

#include "db/db_private.h"

static const struct db_rule rules[] = {
	[DB_INT] = {sizeof(int64_t), 1, 1, {{"", WIRE_NUMBER}}},
	[DB_MAYBE_INT] = {sizeof(struct maybe_int), 1, 1, {{"", WIRE_NUMBER}}},
	[DB_TEXT] = {sizeof(const char *), 1, 1, {{"", WIRE_BYTES}}},
	[DB_FLAG] = {sizeof(_Bool), 1, 1, {{"", WIRE_NUMBER}}},
	[DB_MONEY] = {sizeof(struct money),
		      2,
		      2,
		      {{"_minor", WIRE_NUMBER}, {"_currency", WIRE_BYTES}}},
	[DB_ID] = {sizeof(int64_t), 1, 1, {{"", WIRE_NUMBER}}},
	[DB_UUID] = {sizeof(struct uuid), 1, 1, {{"", WIRE_BYTES}}},
	[DB_DIGEST] = {sizeof(struct digest), 1, 1, {{"", WIRE_BYTES}}},
	[DB_INSTANT] = {sizeof(struct instant), 1, 1, {{"", WIRE_TIME}}},
	[DB_BYTES] = {sizeof(struct bytes), 1, 1, {{"", WIRE_BYTES}}},
	[DB_PERSON] = {sizeof(struct person),
		       2,
		       1,
		       {{"_id", WIRE_NUMBER}, {"_wrapped", WIRE_BYTES}}},
	[DB_SEALED] = {sizeof(struct sealed), 1, 1, {{"", WIRE_BYTES}}},
	[DB_SEALED_BYTES] = {sizeof(struct sealed_bytes), 1, 1, {{"", WIRE_BYTES}}},
};

const struct db_rule *
db_rule(enum db_type type)
{
	assert((size_t)type < DB_COUNT(rules));
	return &rules[type];
}

size_t
db_width(const struct db_stmt *stmt)
{
	size_t width = 0;

	for (size_t i = 0; i < stmt->n_cols; i++) {
		const struct db_rule *rule = db_rule(stmt->cols[i].type);

		width += stmt->saves ? rule->n_saved : rule->n_read;
	}
	return width;
}

bool
instant_from_time(const MYSQL_TIME *time, struct instant *out)
{
	struct date date = {(int)time->year, (int)time->month, (int)time->day};

	if (time->year == 0 || time->month == 0 || time->day == 0)
		return false;
	out->us = DAYS(date_days(date)) + HOURS((int64_t)time->hour) +
		  MINUTES((int64_t)time->minute) + SECONDS((int64_t)time->second) +
		  (int64_t)time->second_part;
	return true;
}

MYSQL_TIME
time_from_instant(struct instant instant)
{
	struct date date = instant_date(instant);
	int64_t us = instant.us - DAYS(date_days(date));

	return (MYSQL_TIME){
		.year = (unsigned)date.year,
		.month = (unsigned)date.month,
		.day = (unsigned)date.day,
		.hour = (unsigned)(us / HOURS(1)),
		.minute = (unsigned)(us / MINUTES(1) % 60),
		.second = (unsigned)(us / SECONDS(1) % 60),
		.second_part = (unsigned long)(us % SECONDS(1)),
		.time_type = MYSQL_TIMESTAMP_DATETIME,
	};
}
