/* journal_store.c - the only file that knows the table of gateway calls. */
#include "domain/journal.h"

/* IGNORE: a record that is there is left alone, without the right to change one, and an
 * odd one (a letter where codes are kept, a text too long) is cut rather than refused:
 * no record may keep those behind it waiting. */
SQL_SAVE(add_call, struct journal_call,
	 (uid, attempt, refund, gateway, operation, method, path, idem_key, nth,
	  outcome, status, took_ms, request_id, trace, error, request, response,
	  called_at),
	 "INSERT IGNORE INTO gateway_call (uid, attempt_id, refund_id, gateway, "
	 "operation, method,"
	 " path, idem_key, nth, outcome, status, took_ms, request_id, trace, error,"
	 " request, response, called_at)"
	 " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");

fallible
journal_add(struct tx *tx, const struct journal_call *calls, size_t n)
{
	int64_t changed;

	return db_run_rows(tx, &add_call, calls, n, &changed);
}

#define CALL_FIELDS                                                                    \
	(id, uid, attempt, refund, gateway, operation, method, path, idem_key, nth,    \
	 outcome, status, took_ms, request_id, trace, error, request, response,        \
	 called_at, created_at, order_number, attempt_uid, refund_uid, fee)
#define CALL_SELECT                                                                    \
	"SELECT c.id, c.uid, c.attempt_id AS attempt, c.refund_id AS refund,"          \
	"       c.gateway, c.operation, c.method, c.path, c.idem_key,"                 \
	"       CAST(c.nth AS SIGNED) AS nth, c.outcome,"                              \
	"       CAST(c.status AS SIGNED) AS status, c.took_ms, c.request_id, c.trace," \
	"       c.error, c.request, c.response, c.called_at, c.created_at,"            \
	"       o.number AS order_number, a.uid AS attempt_uid, r.uid AS refund_uid,"  \
	"       a.fee_minor, a.fee_currency"

SQL_ROWS(list_calls, struct journal_call, CALL_FIELDS,
	 CALL_SELECT "  FROM payment_attempt a"
		     "  JOIN gateway_call c ON c.attempt_id = a.id"
		     "  JOIN orders o ON o.id = a.order_id"
		     "  LEFT JOIN refund r ON r.id = c.refund_id"
		     " WHERE a.order_id = ? ORDER BY c.called_at, c.uid");

fallible
journal_list(struct tx *tx, struct order_id order, struct journal_call **list,
	     size_t *n)
{
	return db_all(tx, &list_calls, ARGS(order), list, n);
}

SQL_ROWS(each_call, struct journal_call, CALL_FIELDS,
	 CALL_SELECT "  FROM gateway_call c"
		     "  LEFT JOIN payment_attempt a ON a.id = c.attempt_id"
		     "  LEFT JOIN orders o ON o.id = a.order_id"
		     "  LEFT JOIN refund r ON r.id = c.refund_id"
		     " WHERE c.created_at >= ? ORDER BY c.created_at, c.id");

fallible
journal_each(struct tx *tx, struct instant since,
	     fallible (*row)(void *to, const void *call), void *to)
{
	if (instant_is_none(since))
		since.us = 1;
	return db_each_(tx, &each_call, ARGS(since), row, to,
			sizeof(struct journal_call));
}

SQL(purge_calls,
    "DELETE FROM gateway_call WHERE created_at < UTC_TIMESTAMP(6) - INTERVAL ? DAY"
    " ORDER BY created_at, id LIMIT ?");

fallible
journal_purge(struct tx *tx, int64_t days, int64_t limit, int64_t *dropped)
{
	return db_run_changed(tx, &purge_calls, ARGS(days, limit), dropped);
}

SQL_ROWS(read_effort, struct journal_effort, (orders, attempts),
	 "SELECT COUNT(DISTINCT o.id) AS orders, COUNT(*) AS attempts"
	 "  FROM orders o JOIN payment_attempt a ON a.order_id = o.id"
	 " WHERE o.confirmed_at >= UTC_TIMESTAMP(6) - INTERVAL ? DAY");

fallible
journal_read_effort(struct tx *tx, int64_t days, struct journal_effort *out)
{
	bool found;

	*out = (struct journal_effort){0};
	return db_one(tx, &read_effort, ARGS(days), out, &found);
}
