/* dispute_store.c - the only file that knows the table of disputes. */
#include "domain/dispute_store.h"

#define DISPUTE_FIELDS                                                                 \
	(id, uid, order, attempt, gateway, gw_dispute_id, amount, taken, state,        \
	 reason, due_by, opened_at, closed_at)
#define DISPUTE_SELECT                                                                 \
	"SELECT id, uid, order_id AS `order`, attempt_id AS attempt, gateway,"         \
	"       gw_dispute_id, amount AS amount_minor, currency AS amount_currency,"   \
	"       taken, state, reason, due_by, opened_at, closed_at FROM dispute"

SQL_ROWS(find_dispute, struct dispute, DISPUTE_FIELDS,
	 DISPUTE_SELECT " WHERE gateway = ? AND gw_dispute_id = ?");

fallible
dispute_find(struct tx *tx, const char *gateway, const char *gw_dispute_id,
	     struct dispute *dispute, bool *found)
{
	return db_one(tx, &find_dispute, ARGS(gateway, gw_dispute_id), dispute, found);
}

SQL_ROWS(list_disputes, struct dispute, DISPUTE_FIELDS,
	 DISPUTE_SELECT " WHERE order_id = ? ORDER BY id");

fallible
dispute_list(struct tx *tx, struct order_id order, struct dispute **list, size_t *n)
{
	return db_all(tx, &list_disputes, ARGS(order), list, n);
}

SQL_SAVE(insert_dispute, struct dispute,
	 (uid, order, attempt, gateway, gw_dispute_id, amount, reason, due_by),
	 "INSERT INTO dispute (uid, order_id, attempt_id, gateway, gw_dispute_id,"
	 " amount, currency, reason, due_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");

fallible
dispute_insert(struct tx *tx, struct dispute *dispute)
{
	return db_run_row_id(tx, &insert_dispute, dispute, &dispute->id.n);
}

SQL(mark_taken, "UPDATE dispute SET taken = TRUE"
		" WHERE id = ? AND state = 'open' AND NOT taken");

fallible
dispute_mark_taken(struct tx *tx, struct dispute_id id, int64_t *changed)
{
	return db_run_changed(tx, &mark_taken, ARGS(id), changed);
}

SQL(mark_closed, "UPDATE dispute SET state = ?, closed_at = UTC_TIMESTAMP(6)"
		 " WHERE id = ? AND state = 'open'");

fallible
dispute_mark_closed(struct tx *tx, struct dispute_id id, const char *state,
		    int64_t *changed)
{
	return db_run_changed(tx, &mark_closed, ARGS(state, id), changed);
}

SQL(set_due, "UPDATE dispute SET due_by = ? WHERE id = ? AND state = 'open'");

fallible
dispute_set_due(struct tx *tx, struct dispute_id id, struct instant due_by)
{
	return db_run(tx, &set_due, ARGS(due_by, id));
}

SQL_ROWS(sum_disputes, struct dispute_sums, (captured, refunded, lost, n_open, n_taken),
	 "SELECT a.captured, a.refunded,"
	 "       CAST(COALESCE(SUM(IF(d.taken AND d.state = 'lost', d.amount, 0)), 0)"
	 "            AS SIGNED) AS lost,"
	 "       CAST(COALESCE(SUM(d.state = 'open'), 0) AS SIGNED) AS n_open,"
	 "       CAST(COALESCE(SUM(d.state = 'open' AND d.taken), 0) AS SIGNED)"
	 "         AS n_taken"
	 "  FROM payment_attempt a LEFT JOIN dispute d ON d.attempt_id = a.id"
	 " WHERE a.id = ? GROUP BY a.id, a.captured, a.refunded");

fallible
dispute_sum(struct tx *tx, struct attempt_id attempt, struct dispute_sums *sums)
{
	bool found;

	return db_one(tx, &sum_disputes, ARGS(attempt), sums, &found);
}
