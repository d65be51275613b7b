/* inbox_store.c - the only file that knows the table of webhooks. */
#include "domain/inbox.h"

#include "domain/due.h"
#include "domain/outbox.h"

SQL(accept_webhook,
    "INSERT INTO webhook_in (gateway, event_id, type, sig_ok, body, next_try_at)"
    " VALUES (?, ?, ?, TRUE, ?, UTC_TIMESTAMP(6))");

fallible
inbox_accept(struct tx *tx, const char *gateway, const char *event_id, const char *type,
	     const void *body, size_t len, bool *taken)
{
	struct sealed_bytes sealed = {body, len};
	int64_t id;

	return db_run_new(tx, &accept_webhook, ARGS(gateway, event_id, type, sealed),
			  &id, taken);
}

#define WEBHOOK_COLUMNS                                                                \
	id, gateway, event_id, type, state, body, attempts, error, received_at,        \
		next_try_at
#define WEBHOOK_FIELDS (WEBHOOK_COLUMNS)
#define WEBHOOK_LIST                                                                   \
	"SELECT id, gateway, event_id, type, state, body,"                             \
	"       CAST(attempts AS SIGNED) AS attempts, error, received_at, next_try_at"
#define WEBHOOK_SELECT WEBHOOK_LIST "  FROM webhook_in"

#define WEBHOOK_FREE                                                                   \
	" AND next_try_at <= UTC_TIMESTAMP(6)"                                         \
	" AND (lease_until IS NULL OR lease_until < UTC_TIMESTAMP(6))"

SQL_ROWS(look_due, struct webhook, (WEBHOOK_COLUMNS, late_us),
	 WEBHOOK_LIST
	 ", " DUE_LATE("next_try_at") "  FROM webhook_in FORCE INDEX (due)"
				      " WHERE state IN ('received', "
				      "'parked')" WEBHOOK_FREE
				      " ORDER BY state, next_try_at LIMIT 2");

fallible
inbox_look_due(struct tx *tx, struct webhook **list, size_t *n)
{
	return db_all(tx, &look_due, NO_ARGS, list, n);
}

/* As payment_claim_due, along the index. */
SQL_ROWS(lock_due, struct webhook, WEBHOOK_FIELDS,
	 WEBHOOK_SELECT " FORCE INDEX (due)"
			" WHERE state = ?" WEBHOOK_FREE
			" ORDER BY next_try_at LIMIT ? FOR UPDATE SKIP LOCKED");

fallible
inbox_lock_due(struct tx *tx, const char *state, int64_t limit, struct webhook **list,
	       size_t *n)
{
	return db_all(tx, &lock_due, ARGS(state, limit), list, n);
}

struct lease {
	const char *owner;
	int64_t seconds;
	const char *gateway, *event_id;
};

/* By the key of the table: whoever comes by the id locks its index first. */
SQL_SAVE(lease_one, struct lease, (owner, seconds, gateway, event_id),
	 "UPDATE webhook_in SET lease_owner = ?,"
	 " lease_until = UTC_TIMESTAMP(6) + INTERVAL ? SECOND"
	 " WHERE gateway = ? AND event_id = ?");
SQL_ROWS(list_mine, struct webhook, WEBHOOK_FIELDS,
	 WEBHOOK_SELECT " WHERE lease_owner = ? AND lease_until >= UTC_TIMESTAMP(6)"
			" AND state IN ('received', 'parked') ORDER BY id");

static fallible
lock_all_due(struct tx *tx, int64_t limit, struct webhook **list, size_t *n)
{
	struct webhook *received, *parked;
	size_t n_received, n_parked;

	TRY(db_all(tx, &lock_due, ARGS("received", limit), &received, &n_received));
	*list = received;
	*n = n_received;
	if ((int64_t)n_received == limit)
		return NULL;
	TRY(db_all(tx, &lock_due, ARGS("parked", limit - (int64_t)n_received), &parked,
		   &n_parked));
	*n = n_received + n_parked;
	*list = arena_new_of(tx->mem, struct webhook, *n);
	for (size_t i = 0; i < *n; i++)
		(*list)[i] = i < n_received ? received[i] : parked[i - n_received];
	return NULL;
}

fallible
inbox_claim(struct tx *tx, const char *owner, int64_t lease_s, int64_t limit,
	    struct webhook **list, size_t *n)
{
	struct lease *leases;
	int64_t changed;

	TRY(lock_all_due(tx, limit, list, n));
	if (*n == 0)
		return db_all(tx, &list_mine, ARGS(owner), list, n);
	leases = arena_new_of(tx->mem, struct lease, *n);
	for (size_t i = 0; i < *n; i++)
		leases[i] = (struct lease){owner, lease_s, (*list)[i].gateway,
					   (*list)[i].event_id};
	return db_run_rows(tx, &lease_one, leases, *n, &changed);
}

#define WEBHOOK_UNTOUCHED                                                              \
	" WHERE gateway = ? AND event_id = ? AND state IN ('received', "               \
	"'parked')" WEBHOOK_FREE
SQL(claim_one, "UPDATE webhook_in SET lease_owner = ?,"
	       " lease_until = UTC_TIMESTAMP(6) + INTERVAL ? SECOND" WEBHOOK_UNTOUCHED);

fallible
inbox_claim_one(struct tx *tx, const struct webhook *webhook, const char *owner,
		int64_t lease_s, bool *claimed)
{
	int64_t changed;

	TRY(db_run_changed(tx, &claim_one,
			   ARGS(owner, lease_s, webhook->gateway, webhook->event_id),
			   &changed));
	*claimed = changed > 0;
	return NULL;
}

struct ending {
	const char *state, *error;
	struct maybe_int wait_s; /* none: it is over */
	const char *gateway, *event_id;
};

SQL_SAVE(end_unclaimed, struct ending,
	 (state, error, wait_s, wait_s, gateway, event_id),
	 "UPDATE webhook_in SET state = ?, attempts = attempts + 1,"
	 " error = LEFT(?, 300), lease_owner = NULL, lease_until = NULL,"
	 " applied_at = IF(? IS NULL, UTC_TIMESTAMP(6), NULL),"
	 " next_try_at = UTC_TIMESTAMP(6) + INTERVAL ? SECOND" WEBHOOK_UNTOUCHED);

static struct ending
ending_of(const struct inbox_end *end)
{
	const struct webhook *webhook = end->webhook;

	return (struct ending){
		end->state,
		end->error,
		{end->error != NULL, outbox_backoff(webhook->attempts + 1)},
		webhook->gateway,
		webhook->event_id};
}

fallible
inbox_end_unclaimed(struct tx *tx, const struct inbox_end *end)
{
	struct ending ending = ending_of(end);

	return db_run_row(tx, &end_unclaimed, &ending);
}

fallible
inbox_end_all(struct tx *tx, const struct inbox_end *ends, size_t n)
{
	struct ending *all = arena_new_of(tx->mem, struct ending, n);
	int64_t changed;

	for (size_t i = 0; i < n; i++)
		all[i] = ending_of(&ends[i]);
	return db_run_rows(tx, &end_unclaimed, all, n, &changed);
}

SQL(settle_webhook,
    "UPDATE webhook_in SET state = ?, applied_at = UTC_TIMESTAMP(6), error = NULL,"
    " attempts = attempts + 1, next_try_at = NULL, lease_owner = NULL, lease_until = "
    "NULL"
    " WHERE id = ?");

fallible
inbox_settle(struct tx *tx, struct webhook_id id, const char *state)
{
	return db_run(tx, &settle_webhook, ARGS(state, id));
}

SQL(postpone_webhook,
    "UPDATE webhook_in SET state = ?, attempts = attempts + 1, error = LEFT(?, 300),"
    " next_try_at = UTC_TIMESTAMP(6) + INTERVAL ? SECOND, lease_owner = NULL,"
    " lease_until = NULL WHERE id = ? AND state IN ('received', 'parked')");

fallible
inbox_postpone(struct tx *tx, const struct webhook *webhook, bool unknown_object,
	       const char *error)
{
	const char *state = webhook->attempts + 1 >= INBOX_TRIES ? "dead"
			    : unknown_object                     ? "parked"
								 : "received";

	return db_run(
		tx, &postpone_webhook,
		ARGS(state, error, outbox_backoff(webhook->attempts + 1), webhook->id));
}

/* ---- what never came ---- */

SQL_ROWS(next_window, struct catch_up, (from, until, due),
	 "SELECT x.past - INTERVAL ? MINUTE AS `from`,"
	 "       LEAST(x.past + INTERVAL ? MINUTE,"
	 "             UTC_TIMESTAMP(6) - INTERVAL ? MINUTE) AS until,"
	 "       x.past < UTC_TIMESTAMP(6) - INTERVAL ? MINUTE AS due"
	 "  FROM (SELECT COALESCE((SELECT until FROM caught_up"
	 "          WHERE gateway = ? AND until <= UTC_TIMESTAMP(6)),"
	 "          UTC_TIMESTAMP(6) - INTERVAL ? MINUTE) AS past) x");

fallible
inbox_catch_up(struct tx *tx, const char *gateway, struct catch_up *next)
{
	bool found;

	return db_one(tx, &next_window,
		      ARGS(CATCH_UP_OVERLAP, CATCH_UP_MINUTES, CATCH_UP_YOUNG,
			   CATCH_UP_YOUNG + 2, gateway, CATCH_UP_FIRST),
		      next, &found);
}

SQL(note_caught_up, "INSERT INTO caught_up (gateway, until) VALUES (?, ?)"
		    " ON DUPLICATE KEY UPDATE until = VALUES(until)");

fallible
inbox_caught_up(struct tx *tx, const char *gateway, struct instant until)
{
	return db_run(tx, &note_caught_up, ARGS(gateway, until));
}

struct known_row {
	const char *event_id;
};

SQL_ROWS(list_known, struct known_row, (event_id),
	 "SELECT event_id FROM webhook_in WHERE gateway = ? AND event_id IN (" DB_IN_50
	 ")");

fallible
inbox_known(struct tx *tx, const char *gateway, struct db_list event_ids,
	    const char *const **known, size_t *n)
{
	struct known_row *rows;
	const char **ids;

	TRY(db_all(tx, &list_known, ARGS(gateway, event_ids), &rows, n));
	ids = arena_new_of(tx->mem, const char *, *n + 1);
	for (size_t i = 0; i < *n; i++)
		ids[i] = rows[i].event_id;
	*known = ids;
	return NULL;
}

/* ---- for a shopkeeper ---- */

SQL_ROWS(list_all, struct webhook, WEBHOOK_FIELDS,
	 WEBHOOK_SELECT " ORDER BY id DESC LIMIT ?");
SQL_ROWS(list_state, struct webhook, WEBHOOK_FIELDS,
	 WEBHOOK_SELECT " WHERE state = ? ORDER BY id DESC LIMIT ?");

fallible
inbox_list(struct tx *tx, const char *state, int64_t limit, struct webhook **list,
	   size_t *n)
{
	if (state == NULL)
		return db_all(tx, &list_all, ARGS(limit), list, n);
	return db_all(tx, &list_state, ARGS(state, limit), list, n);
}

SQL_ROWS(get_one, struct webhook, WEBHOOK_FIELDS, WEBHOOK_SELECT " WHERE id = ?");

fallible
inbox_get(struct tx *tx, struct webhook_id id, struct webhook *out)
{
	bool found;

	TRY(db_one(tx, &get_one, ARGS(id), out, &found));
	return found ? NULL : FAIL(NOT_FOUND, "no webhook %" PRId64, id.n);
}

SQL(replay_one, "UPDATE webhook_in SET state = 'received', attempts = 0,"
		" next_try_at = UTC_TIMESTAMP(6)"
		" WHERE state IN ('dead', 'parked') AND id = ?");
SQL(replay_all, "UPDATE webhook_in SET state = 'received', attempts = 0,"
		" next_try_at = UTC_TIMESTAMP(6) WHERE state IN ('dead', 'parked')");

fallible
inbox_replay(struct tx *tx, struct webhook_id id, int64_t *changed)
{
	if (id.n == 0)
		return db_run_changed(tx, &replay_all, NO_ARGS, changed);
	return db_run_changed(tx, &replay_one, ARGS(id), changed);
}

SQL(discard_one,
    "UPDATE webhook_in SET state = 'ignored', applied_at = UTC_TIMESTAMP(6),"
    " error = LEFT(CONCAT('discarded: ', ?), 300), next_try_at = NULL,"
    " lease_owner = NULL, lease_until = NULL"
    " WHERE id = ? AND state IN ('received', 'parked', 'dead')");

fallible
inbox_discard(struct tx *tx, struct webhook_id id, const char *reason, int64_t *changed)
{
	return db_run_changed(tx, &discard_one, ARGS(reason, id), changed);
}
