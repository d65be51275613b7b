/* outbox_store.c - the only file that knows the outbox table. */
#include "domain/outbox.h"

#include "domain/due.h"

SQL(add_row,
    "INSERT IGNORE INTO outbox (kind, agg_id, ref_id, dedup) VALUES (?, ?, ?, ?)");

fallible
outbox_add(struct tx *tx, const char *kind, int64_t agg_id, int64_t ref_id,
	   const char *dedup)
{
	return db_run(
		tx, &add_row,
		ARGS(kind, agg_id, ((struct maybe_int){ref_id != 0, ref_id}), dedup));
}

fallible
outbox_add_for_order(struct tx *tx, const char *kind, struct order_id order,
		     struct uuid uid)
{
	return outbox_add(tx, kind, order.n, 0,
			  arena_printf(tx->mem, "%s:%s", kind, uid.text));
}

SQL(add_link, "INSERT IGNORE INTO outbox (kind, agg_id, dedup)"
	      " SELECT 'mail.link', o.id, CONCAT('mail.link:', o.uid, ':',"
	      "        DATE_FORMAT(UTC_TIMESTAMP(), '%Y%m%dT%H%i'))"
	      "   FROM orders o JOIN contact t ON t.id = o.contact_id"
	      "  WHERE o.number = ? AND t.email_hash = ?");

fallible
outbox_add_link(struct tx *tx, const char *number, struct digest email_hash)
{
	return db_run(tx, &add_link, ARGS(number, email_hash));
}

#define ROW_COLUMNS                                                                    \
	id, kind, agg_id, ref_id, dedup, state, attempts, error, created_at, next_try_at
#define ROW_FIELDS (ROW_COLUMNS)
#define ROW_LIST                                                                       \
	"SELECT id, kind, agg_id, COALESCE(ref_id, 0) AS ref_id, dedup, state,"        \
	"       CAST(attempts AS SIGNED) AS attempts, error, created_at, next_try_at"
#define ROW_SELECT ROW_LIST "  FROM outbox"
#define ROW_FREE                                                                       \
	" state IN ('ready', 'leased') AND next_try_at <= UTC_TIMESTAMP(6)"            \
	" AND (state = 'ready' OR lease_until < UTC_TIMESTAMP(6))"

SQL_ROWS(look_due, struct outbox_row, (ROW_COLUMNS, late_us),
	 ROW_LIST ", " DUE_LATE("next_try_at") "  FROM outbox FORCE INDEX (due)"
					       " WHERE" ROW_FREE " AND kind LIKE ?"
					       " ORDER BY state, next_try_at LIMIT ?");

fallible
outbox_look_due(struct tx *tx, const char *like, int64_t limit,
		struct outbox_row **list, size_t *n)
{
	return db_all(tx, &look_due, ARGS(like, limit), list, n);
}

SQL(claim_one, "UPDATE outbox SET state = 'leased', lease_owner = ?,"
	       " lease_until = UTC_TIMESTAMP(6) + INTERVAL ? SECOND"
	       " WHERE id = ? AND" ROW_FREE);

fallible
outbox_claim_one(struct tx *tx, struct outbox_id id, const char *owner, int64_t lease_s,
		 bool *claimed)
{
	int64_t changed;

	TRY(db_run_changed(tx, &claim_one, ARGS(owner, lease_s, id), &changed));
	*claimed = changed > 0;
	return NULL;
}

/* As payment_claim_due, and in the order of the index: a row that would have to be
 * sorted first would be locked for nothing. */
SQL_ROWS(lock_due, struct outbox_row, ROW_FIELDS,
	 ROW_SELECT " FORCE INDEX (due) WHERE" ROW_FREE " AND kind LIKE ?"
		    " ORDER BY state, next_try_at LIMIT ? FOR UPDATE SKIP LOCKED");

struct lease {
	const char *owner;
	int64_t seconds;
	struct outbox_id row;
};

SQL_SAVE(lease_one, struct lease, (owner, seconds, row),
	 "UPDATE outbox SET state = 'leased', lease_owner = ?,"
	 " lease_until = UTC_TIMESTAMP(6) + INTERVAL ? SECOND WHERE id = ?");
SQL_ROWS(list_mine, struct outbox_row, ROW_FIELDS,
	 ROW_SELECT " WHERE lease_owner = ? AND state = 'leased'"
		    " AND lease_until >= UTC_TIMESTAMP(6) ORDER BY id");

fallible
outbox_claim(struct tx *tx, const char *like, const char *owner, int64_t lease_s,
	     int64_t limit, struct outbox_row **list, size_t *n)
{
	struct lease *leases;
	int64_t changed;

	TRY(db_all(tx, &lock_due, ARGS(like, limit), list, n));
	if (*n == 0)
		return db_all(tx, &list_mine, ARGS(owner), list, n);
	leases = arena_new_of(tx->mem, struct lease, *n);
	for (size_t i = 0; i < *n; i++)
		leases[i] = (struct lease){owner, lease_s, (*list)[i].id};
	return db_run_rows(tx, &lease_one, leases, *n, &changed);
}

SQL(mark_done,
    "UPDATE outbox SET state = 'done', attempts = attempts + 1, error = NULL,"
    " done_at = UTC_TIMESTAMP(6), lease_owner = NULL WHERE id = ?");

fallible
outbox_done(struct tx *tx, struct outbox_id id)
{
	return db_run(tx, &mark_done, ARGS(id));
}

SQL(mark_failed,
    "UPDATE outbox SET state = ?, attempts = attempts + 1, error = LEFT(?, 300),"
    " next_try_at = UTC_TIMESTAMP(6) + INTERVAL ? SECOND, lease_owner = NULL"
    " WHERE id = ?");

fallible
outbox_failed(struct tx *tx, const struct outbox_row *row, bool final,
	      const char *error)
{
	bool dead = final || row->attempts + 1 >= OUTBOX_TRIES;

	return db_run(tx, &mark_failed,
		      ARGS(dead ? "dead" : "ready", error,
			   outbox_backoff(row->attempts + 1), row->id));
}

SQL_ROWS(list_all, struct outbox_row, ROW_FIELDS,
	 ROW_SELECT " ORDER BY id DESC LIMIT ?");
SQL_ROWS(list_state, struct outbox_row, ROW_FIELDS,
	 ROW_SELECT " WHERE state = ? ORDER BY id DESC LIMIT ?");

fallible
outbox_list(struct tx *tx, const char *state, int64_t limit, struct outbox_row **list,
	    size_t *n)
{
	if (state == NULL)
		return db_all(tx, &list_all, ARGS(limit), list, n);
	return db_all(tx, &list_state, ARGS(state, limit), list, n);
}

SQL(replay_one, "UPDATE outbox SET state = 'ready', attempts = 0,"
		" next_try_at = UTC_TIMESTAMP(6) WHERE state = 'dead' AND id = ?");
SQL(replay_all, "UPDATE outbox SET state = 'ready', attempts = 0,"
		" next_try_at = UTC_TIMESTAMP(6) WHERE state = 'dead'");

fallible
outbox_replay(struct tx *tx, struct outbox_id id, int64_t *changed)
{
	if (id.n == 0)
		return db_run_changed(tx, &replay_all, NO_ARGS, changed);
	return db_run_changed(tx, &replay_one, ARGS(id), changed);
}
