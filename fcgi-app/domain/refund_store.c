/* refund_store.c - the only file that knows the table of refunds. */
#include "domain/refund_store.h"

#include "domain/due.h"

SQL_ROWS(lock_attempt, struct refundable, (attempt, gateway, captured, taken),
	 "SELECT a.id AS attempt, a.gateway, a.captured AS captured_minor,"
	 "       a.currency AS captured_currency,"
	 "       CAST(COALESCE((SELECT SUM(r.amount) FROM refund r"
	 "          WHERE r.attempt_id = a.id AND r.state <> 'failed'), 0)"
	 "        + COALESCE((SELECT SUM(d.amount) FROM dispute d"
	 "          WHERE d.attempt_id = a.id AND d.taken AND d.state = 'lost'), 0)"
	 "         AS SIGNED) AS taken"
	 "  FROM payment_attempt a WHERE a.id = ? FOR UPDATE");

fallible
refund_lock_attempt(struct tx *tx, struct attempt_id id, struct refundable *row,
		    bool *found)
{
	return db_one(tx, &lock_attempt, ARGS(id), row, found);
}

struct attempt_row {
	struct attempt_id attempt;
};

SQL_ROWS(find_captured, struct attempt_row, (attempt),
	 "SELECT a.id AS attempt FROM payment_attempt a WHERE a.order_id = ?"
	 "   AND a.captured > (SELECT COALESCE(SUM(r.amount), 0) FROM refund r"
	 "        WHERE r.attempt_id = a.id AND r.state <> 'failed')"
	 "      + (SELECT COALESCE(SUM(d.amount), 0) FROM dispute d"
	 "        WHERE d.attempt_id = a.id AND d.taken AND d.state = 'lost')"
	 " ORDER BY a.id LIMIT 1");

fallible
refund_find_captured(struct tx *tx, struct order_id order, struct attempt_id *id,
		     bool *found)
{
	struct attempt_row row = {0};

	TRY(db_one(tx, &find_captured, ARGS(order), &row, found));
	*id = row.attempt;
	return NULL;
}

SQL_SAVE(insert_refund, struct refund,
	 (uid, order, attempt, idem_key, gateway, kind, amount, reason, actor),
	 "INSERT INTO refund (uid, order_id, attempt_id, idem_key, gateway, kind, "
	 "amount,"
	 " currency, reason, actor, next_check_at)"
	 " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, UTC_TIMESTAMP(6))");

fallible
refund_insert(struct tx *tx, struct refund *refund)
{
	return db_run_row_id(tx, &insert_refund, refund, &refund->id.n);
}

#define REFUND_FIELDS                                                                  \
	(id, uid, order, attempt, idem_key, gateway, gw_refund_id, gw_payment, kind,   \
	 amount, state, reason, actor, checks, sent_at, now)
#define REFUND_SELECT                                                                  \
	"SELECT r.id, r.uid, r.order_id AS `order`, r.attempt_id AS attempt, "         \
	"r.idem_key,"                                                                  \
	"       r.gateway, r.gw_refund_id, a.gw_payment, r.kind, r.amount AS "         \
	"amount_minor,"                                                                \
	"       r.currency AS amount_currency, r.state, r.reason, r.actor,"            \
	"       CAST(r.checks AS SIGNED) AS checks,"                                   \
	"       COALESCE(r.sent_at, r.created_at) AS sent_at, UTC_TIMESTAMP(6) AS now" \
	"  FROM refund r STRAIGHT_JOIN payment_attempt a ON a.id = r.attempt_id"

SQL_ROWS(get_refund, struct refund, REFUND_FIELDS, REFUND_SELECT " WHERE r.id = ?");

fallible
refund_get(struct tx *tx, struct refund_id id, struct refund *refund)
{
	bool found;

	TRY(db_one(tx, &get_refund, ARGS(id), refund, &found));
	return found ? NULL : FAIL(NOT_FOUND, "refund=%" PRId64, id.n);
}

SQL_ROWS(find_by_uid, struct refund, REFUND_FIELDS, REFUND_SELECT " WHERE r.uid = ?");
SQL_ROWS(find_by_gateway, struct refund, REFUND_FIELDS,
	 REFUND_SELECT " WHERE r.gateway = ? AND r.gw_refund_id = ?");

fallible
refund_find(struct tx *tx, const char *gateway, const char *uid, const char *gw_id,
	    struct refund *refund, bool *found)
{
	*found = false;
	if (uid != NULL)
		TRY(db_one(tx, &find_by_uid, ARGS(uid), refund, found));
	if (!*found && gw_id != NULL)
		TRY(db_one(tx, &find_by_gateway, ARGS(gateway, gw_id), refund, found));
	return NULL;
}

SQL_ROWS(list_refunds, struct refund, REFUND_FIELDS,
	 REFUND_SELECT " WHERE r.order_id = ? ORDER BY r.id");

fallible
refund_list(struct tx *tx, struct order_id order, struct refund **list, size_t *n)
{
	return db_all(tx, &list_refunds, ARGS(order), list, n);
}

struct due_row {
	int64_t late_us;
};

/* Nobody works on it, or who asks does (its claim may have been lost). */
/* clang-format off */
SQL_ROWS(look_due, struct due_row, (late_us),
	 "SELECT " DUE_LATE("next_check_at") "  FROM refund FORCE INDEX (due)"
	 " WHERE state = 'pending' AND next_check_at <= UTC_TIMESTAMP(6)"
	 "   AND (lease_until IS NULL OR lease_until < UTC_TIMESTAMP(6)"
	 "        OR lease_owner = ?)"
	 " ORDER BY next_check_at LIMIT 1");
/* clang-format on */

fallible
refund_look_due(struct tx *tx, const char *owner, int64_t *late_us)
{
	struct due_row row = {0};
	bool found;

	TRY(db_one(tx, &look_due, ARGS(owner), &row, &found));
	*late_us = found ? row.late_us : -1;
	return NULL;
}

/* As payment_claim_due. A refund's attempt is locked with it, for as long. */
SQL_ROWS(lock_due, struct refund, REFUND_FIELDS,
	 REFUND_SELECT
	 " WHERE r.state = 'pending' AND r.next_check_at <= UTC_TIMESTAMP(6)"
	 "   AND (r.lease_until IS NULL OR r.lease_until < UTC_TIMESTAMP(6))"
	 " ORDER BY r.next_check_at LIMIT ? FOR UPDATE SKIP LOCKED");

struct lease {
	const char *owner;
	int64_t seconds;
	struct refund_id refund;
};

SQL_SAVE(lease_one, struct lease, (owner, seconds, refund),
	 "UPDATE refund SET lease_owner = ?,"
	 " lease_until = UTC_TIMESTAMP(6) + INTERVAL ? SECOND WHERE id = ?");
SQL_ROWS(list_leased, struct refund, REFUND_FIELDS,
	 REFUND_SELECT " WHERE r.lease_owner = ? AND r.lease_until >= UTC_TIMESTAMP(6)"
		       " AND r.state = 'pending'");

fallible
refund_claim_due(struct tx *tx, const char *owner, int64_t lease_s, int64_t limit,
		 struct refund **list, size_t *n)
{
	struct lease *leases;
	int64_t changed;

	TRY(db_all(tx, &lock_due, ARGS(limit), list, n));
	if (*n == 0)
		return db_all(tx, &list_leased, ARGS(owner), list, n);
	leases = arena_new_of(tx->mem, struct lease, *n);
	for (size_t i = 0; i < *n; i++)
		leases[i] = (struct lease){owner, lease_s, (*list)[i].id};
	return db_run_rows(tx, &lease_one, leases, *n, &changed);
}

SQL(mark_done,
    "UPDATE refund r JOIN payment_attempt a ON a.id = r.attempt_id"
    "   SET r.state = 'done', r.done_at = UTC_TIMESTAMP(6),"
    "       r.gw_refund_id = COALESCE(?, r.gw_refund_id), r.next_check_at = NULL,"
    "       a.refunded = a.refunded + r.amount, a.updated_at = UTC_TIMESTAMP(6)"
    " WHERE r.id = ? AND r.state = 'pending'");

fallible
refund_mark_done(struct tx *tx, struct refund_id id, const char *gw_id,
		 int64_t *changed)
{
	return db_run_changed(tx, &mark_done, ARGS(gw_id, id), changed);
}

SQL(mark_failed, "UPDATE refund SET state = 'failed', next_check_at = NULL"
		 " WHERE id = ? AND state = 'pending'");

fallible
refund_mark_failed(struct tx *tx, struct refund_id id, int64_t *changed)
{
	return db_run_changed(tx, &mark_failed, ARGS(id), changed);
}

SQL(mark_sent_back, "UPDATE refund r JOIN payment_attempt a ON a.id = r.attempt_id"
		    "   SET r.state = 'failed', a.refunded = a.refunded - r.amount,"
		    "       a.updated_at = UTC_TIMESTAMP(6)"
		    " WHERE r.id = ? AND r.state = 'done'");

fallible
refund_mark_sent_back(struct tx *tx, struct refund_id id, int64_t *changed)
{
	return db_run_changed(tx, &mark_sent_back, ARGS(id), changed);
}

SQL(wait_more,
    "UPDATE refund SET gw_refund_id = COALESCE(?, gw_refund_id), checks = checks + 1,"
    " next_check_at = UTC_TIMESTAMP(6) + INTERVAL ? SECOND, lease_owner = NULL,"
    " lease_until = NULL WHERE id = ? AND state = 'pending'");

fallible
refund_wait(struct tx *tx, const struct refund *refund, const char *gw_id)
{
	return db_run(tx, &wait_more,
		      ARGS(gw_id, payment_ladder(refund->checks), refund->id));
}

SQL(send_anew, "UPDATE refund SET sent_at = UTC_TIMESTAMP(6)"
	       " WHERE id = ? AND state = 'pending' AND gw_refund_id IS NULL");

fallible
refund_send_anew(struct tx *tx, struct refund_id id, bool *due)
{
	int64_t changed;

	TRY(db_run_changed(tx, &send_anew, ARGS(id), &changed));
	*due = changed > 0;
	return NULL;
}
