/* inbox_store.c - the only file that knows the table of webhooks. */
#include "domain/inbox.h"

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

SQL(lease_webhooks,
    "UPDATE webhook_in SET lease_owner = ?,"
    " lease_until = UTC_TIMESTAMP(6) + INTERVAL ? SECOND"
    " WHERE state IN ('received', 'parked') AND next_try_at <= UTC_TIMESTAMP(6)"
    "   AND (lease_until IS NULL OR lease_until < UTC_TIMESTAMP(6))"
    " ORDER BY id LIMIT ?");
SQL_ROWS(list_mine, struct webhook,
	 (id, gateway, event_id, type, state, body, attempts, error, received_at,
	  next_try_at),
	 "SELECT id, gateway, event_id, type, state, body,"
	 "       CAST(attempts AS SIGNED) AS attempts, error, received_at, next_try_at"
	 "  FROM webhook_in WHERE lease_owner = ? AND lease_until >= UTC_TIMESTAMP(6)"
	 "   AND state IN ('received', 'parked') ORDER BY id");

fallible
inbox_claim(struct tx *tx, const char *owner, int64_t lease_s, int64_t limit,
	    struct webhook **list, size_t *n)
{
	TRY(db_run(tx, &lease_webhooks, ARGS(owner, lease_s, limit)));
	return db_all(tx, &list_mine, ARGS(owner), list, n);
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
    " lease_until = NULL WHERE id = ?");

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
