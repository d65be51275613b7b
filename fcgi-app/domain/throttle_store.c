/* throttle_store.c - the only file that knows the table of counters. */
#include "domain/throttle.h"

#include "base/digest.h"
#include "base/seal.h"

SQL(count_try,
    "INSERT INTO throttle (bucket, n, ends_at)"
    " VALUES (?, 1, UTC_TIMESTAMP(6) + INTERVAL ? SECOND)"
    " ON DUPLICATE KEY UPDATE n = IF(ends_at <= UTC_TIMESTAMP(6), 1, n + 1),"
    "   ends_at = IF(ends_at <= UTC_TIMESTAMP(6), VALUES(ends_at), ends_at)");

struct counter {
	int64_t n;
};

SQL_ROWS(read_count, struct counter, (n),
	 "SELECT CAST(n AS SIGNED) AS n FROM throttle WHERE bucket = ?");

fallible
throttle_count(struct tx *tx, const char *purpose, const char *subject, int64_t limit,
	       int64_t window_s, bool *over)
{
	const char *text = arena_printf(tx->mem, "%s\n%s", purpose, subject);
	struct digest bucket =
		digest_keyed(keyring_key(tx->cx->keys, "visitor"), "throttle", text);
	struct counter counter = {0};
	bool found;

	TRY(db_run(tx, &count_try, ARGS(bucket, window_s)));
	TRY(db_one(tx, &read_count, ARGS(bucket), &counter, &found));
	*over = counter.n > limit;
	return NULL;
}

SQL(purge_counters, "DELETE FROM throttle WHERE ends_at < UTC_TIMESTAMP(6) LIMIT ?");

fallible
throttle_purge(struct tx *tx, int64_t limit, int64_t *dropped)
{
	return db_run_changed(tx, &purge_counters, ARGS(limit), dropped);
}
