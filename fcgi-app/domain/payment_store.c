/* payment_store.c - the only file that knows the table of payment attempts. */
#include <string.h>

#include "base/digest.h"
#include "base/text.h"
#include "domain/due.h"
#include "domain/machine.h"
#include "domain/payment.h"

#define ATTEMPT_COLUMNS                                                                \
	id, uid, order, n, gateway, idem_key, gw_id, gw_payment, amount, captured,     \
		refunded, fee, state, return_token, page_url, shopper_code, method,    \
		checks, sent_at, next_check_at, expires_at
#define ATTEMPT_FIELDS (ATTEMPT_COLUMNS)
#define ATTEMPT_LIST                                                                   \
	"SELECT id, uid, order_id AS `order`, CAST(n AS SIGNED) AS n, gateway, "       \
	"idem_key,"                                                                    \
	"       gw_id, gw_payment, amount AS amount_minor, currency AS "               \
	"amount_currency,"                                                             \
	"       captured, refunded, fee_minor, fee_currency, state, return_token, "    \
	"page_url, shopper_code, "                                                     \
	"method,"                                                                      \
	"       CAST(checks AS SIGNED) AS checks, sent_at, next_check_at, expires_at"
#define ATTEMPT_SELECT ATTEMPT_LIST "  FROM payment_attempt"

SQL_SAVE(insert_attempt, struct attempt,
	 (uid, order, n, gateway, idem_key, amount, state, return_token, sent_at,
	  next_check_at, expires_at),
	 "INSERT INTO payment_attempt (uid, order_id, n, gateway, idem_key, amount, "
	 "currency,"
	 " state, return_token, sent_at, next_check_at, expires_at)"
	 " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");

fallible
payment_insert(struct tx *tx, struct attempt *attempt)
{
	return db_run_row_id(tx, &insert_attempt, attempt, &attempt->id.n);
}

SQL_ROWS(find_attempt, struct attempt, ATTEMPT_FIELDS, ATTEMPT_SELECT " WHERE id = ?");

fallible
payment_find(struct tx *tx, struct attempt_id id, struct attempt *attempt, bool *found)
{
	return db_one(tx, &find_attempt, ARGS(id), attempt, found);
}

SQL_ROWS(find_by_uid, struct attempt, ATTEMPT_FIELDS, ATTEMPT_SELECT " WHERE uid = ?");

fallible
payment_find_by_uid(struct tx *tx, const char *uid, struct attempt *attempt,
		    bool *found)
{
	return db_one(tx, &find_by_uid, ARGS(uid), attempt, found);
}

SQL_ROWS(find_by_token, struct attempt, ATTEMPT_FIELDS,
	 ATTEMPT_SELECT " WHERE return_token = ?");

fallible
payment_find_by_token(struct tx *tx, const char *token, struct attempt *attempt,
		      bool *found)
{
	return db_one(tx, &find_by_token, ARGS(digest_of_text(token)), attempt, found);
}

SQL_ROWS(find_way_back, struct payment_way_back,
	 (attempt, order_uid, number, order_state, live, due),
	 "SELECT a.id AS attempt, o.uid AS order_uid, o.number, o.state AS order_state,"
	 "       a.live_order IS NOT NULL AS live,"
	 "       COALESCE(a.next_check_at <= UTC_TIMESTAMP(6), FALSE) AS due"
	 "  FROM payment_attempt a JOIN orders o ON o.id = a.order_id"
	 " WHERE a.return_token = ?");

fallible
payment_find_way_back(struct tx *tx, const char *token, struct payment_way_back *back,
		      bool *found)
{
	return db_one(tx, &find_way_back, ARGS(digest_of_text(token)), back, found);
}

SQL_ROWS(find_by_session, struct attempt, ATTEMPT_FIELDS,
	 ATTEMPT_SELECT " WHERE gateway = ? AND gw_id = ?");
SQL_ROWS(find_by_payment, struct attempt, ATTEMPT_FIELDS,
	 ATTEMPT_SELECT " WHERE gateway = ? AND gw_payment = ?");

fallible
payment_find_by_gateway(struct tx *tx, const char *gateway, const char *gw_id,
			const char *gw_payment, struct attempt *attempt, bool *found)
{
	*found = false;
	if (gw_id != NULL)
		TRY(db_one(tx, &find_by_session, ARGS(gateway, gw_id), attempt, found));
	if (!*found && gw_payment != NULL)
		TRY(db_one(tx, &find_by_payment, ARGS(gateway, gw_payment), attempt,
			   found));
	return NULL;
}

SQL_ROWS(find_newest, struct attempt, ATTEMPT_FIELDS,
	 ATTEMPT_SELECT " WHERE order_id = ? ORDER BY payment_attempt.n DESC LIMIT 1");

fallible
payment_find_newest(struct tx *tx, struct order_id order, struct attempt *attempt,
		    bool *found)
{
	return db_one(tx, &find_newest, ARGS(order), attempt, found);
}

SQL_ROWS(list_attempts, struct attempt, ATTEMPT_FIELDS,
	 ATTEMPT_SELECT " WHERE order_id = ? ORDER BY payment_attempt.n");

fallible
payment_list(struct tx *tx, struct order_id order, struct attempt **list, size_t *n)
{
	return db_all(tx, &list_attempts, ARGS(order), list, n);
}

static struct sealed_bytes
sealed_text(const char *text)
{
	return (struct sealed_bytes){text, text == NULL ? 0 : strlen(text)};
}

SQL(note_session,
    "UPDATE payment_attempt SET gw_id = ?, gw_payment = COALESCE(?, gw_payment),"
    " page_url = ?, state = IF(state = 'unknown', 'sent', state),"
    " next_check_at = UTC_TIMESTAMP(6) + INTERVAL ? SECOND, updated_at = "
    "UTC_TIMESTAMP(6)"
    " WHERE id = ?");

fallible
payment_note_session(struct tx *tx, struct attempt_id id, const char *gw_id,
		     const char *gw_payment, const char *url)
{
	return db_run(tx, &note_session,
		      ARGS(gw_id, gw_payment, sealed_text(url), payment_look(0), id));
}

/* The outer join reads the key's row first, as the lock order wants it. */
#define UPDATE_OPENED                                                                  \
	"UPDATE payment_attempt a RIGHT JOIN idem i ON a.id = ?"                       \
	"   SET i.resource_kind = ?, i.resource_id = ?,"                               \
	"       a.gw_id = ?, a.gw_payment = COALESCE(?, a.gw_payment), a.page_url = "  \
	"?,"                                                                           \
	"       a.state = IF(a.state = 'unknown', 'sent', a.state),"                   \
	"       a.next_check_at = UTC_TIMESTAMP(6) + INTERVAL ? SECOND,"               \
	"       a.updated_at = UTC_TIMESTAMP(6), "
#define OF_KEY " WHERE i.scope = ? AND i.idem_key = ? AND i.state = 'running'"

SQL(note_opened, UPDATE_OPENED "i.recovery_point = 'placed'" OF_KEY);

fallible
payment_note_opened(struct tx *tx, const struct payment_opened *o,
		    const struct idem *idem)
{
	return db_run(tx, &note_opened,
		      ARGS(o->attempt, idem->resource_kind, idem->resource_id, o->gw_id,
			   o->gw_payment, sealed_text(o->url), payment_look(0),
			   idem->scope, idem->key));
}

SQL(note_answered,
    UPDATE_OPENED "i.recovery_point = 'answered', i.state = 'done', i.resp_code = ?,"
		  " i.resp_location = ?, i.resp_type = ?, i.resp_body = ?" OF_KEY);

fallible
payment_note_answered(struct tx *tx, const struct payment_opened *o,
		      const struct idem *idem, const struct idem_reply *reply)
{
	return db_run(tx, &note_answered,
		      ARGS(o->attempt, idem->resource_kind, idem->resource_id, o->gw_id,
			   o->gw_payment, sealed_text(o->url), payment_look(0),
			   reply->status, sealed_text(reply->location),
			   reply->content_type, reply->body, idem->scope, idem->key));
}

SQL(move_attempt,
    "UPDATE payment_attempt SET state = ?, shopper_code = COALESCE(?, shopper_code),"
    " checks = checks + 1, lease_until = NULL, lease_owner = NULL,"
    " next_check_at = IF(? < 0, NULL, UTC_TIMESTAMP(6) + INTERVAL ? SECOND),"
    " updated_at = UTC_TIMESTAMP(6)"
    " WHERE id = ? AND state IN ('sent', 'requires_action', 'unknown')");

fallible
payment_move(struct tx *tx, struct attempt_id id, const char *state,
	     const char *shopper_code, int64_t next_check_s, int64_t *changed)
{
	/* The three live states have the same ways out. */
	if (!machine_allows(MACHINE_ATTEMPT, "sent", state))
		return FAIL(INTERNAL, "attempt=%" PRId64 ": to %s", id.n, state);
	return db_run_changed(tx, &move_attempt,
			      ARGS(state, shopper_code, next_check_s, next_check_s, id),
			      changed);
}

SQL(rest_attempt,
    "UPDATE payment_attempt SET checks = checks + 1, lease_until = NULL,"
    " lease_owner = NULL,"
    " next_check_at = IF(? < 0, NULL, UTC_TIMESTAMP(6) + INTERVAL ? SECOND)"
    " WHERE id = ? AND state NOT IN ('sent', 'requires_action', 'unknown')");

fallible
payment_rest(struct tx *tx, const struct attempt *attempt, bool closed)
{
	int64_t next_s = closed ? -1 : payment_ladder(attempt->checks);

	return db_run(tx, &rest_attempt, ARGS(next_s, next_s, attempt->id));
}

SQL(ask_now, "UPDATE payment_attempt SET next_check_at = UTC_TIMESTAMP(6) WHERE id = ?"
	     " AND state IN ('sent', 'requires_action', 'unknown')"
	     " AND (next_check_at IS NULL OR next_check_at > UTC_TIMESTAMP(6))");

fallible
payment_ask_now(struct tx *tx, struct attempt_id id)
{
	return db_run(tx, &ask_now, ARGS(id));
}

/* ---- what is due ---- */

/* The order is read without a lock, also by who locks the attempt. */
#define DUE_FIELDS (ATTEMPT_COLUMNS, order_state, late_us)
#define DUE_SELECT                                                                     \
	ATTEMPT_LIST ", (SELECT o.state FROM orders o WHERE o.id = order_id)"          \
		     " AS order_state, " DUE_LATE("next_check_at") "  FROM "           \
								   "payment_attempt"

SQL_ROWS(look_due, struct attempt, DUE_FIELDS,
	 DUE_SELECT " FORCE INDEX (due) WHERE next_check_at <= UTC_TIMESTAMP(6)"
		    " AND (lease_until IS NULL OR lease_until < UTC_TIMESTAMP(6))"
		    " ORDER BY next_check_at LIMIT ?");

fallible
payment_look_due(struct tx *tx, int64_t limit, struct attempt **list, size_t *n)
{
	return db_all(tx, &look_due, ARGS(limit), list, n);
}

SQL(lease_due, "UPDATE payment_attempt SET lease_owner = ?,"
	       " lease_until = UTC_TIMESTAMP(6) + INTERVAL ? SECOND"
	       " WHERE id = ? AND next_check_at <= UTC_TIMESTAMP(6)"
	       "   AND (lease_until IS NULL OR lease_until < UTC_TIMESTAMP(6))");

fallible
payment_claim(struct tx *tx, struct attempt_id id, const char *owner, int64_t lease_s,
	      bool *claimed)
{
	int64_t changed;

	TRY(db_run_changed(tx, &lease_due, ARGS(owner, lease_s, id), &changed));
	*claimed = changed > 0;
	return NULL;
}

/* T3 locks an attempt and then its place in the index; this comes from the index. It
 * waits for nobody, so that the two never wait for each other; an attempt that somebody
 * has locked is taken the next time. */
SQL_ROWS(lock_due, struct attempt, DUE_FIELDS,
	 DUE_SELECT " FORCE INDEX (due) WHERE next_check_at <= UTC_TIMESTAMP(6)"
		    " AND (lease_until IS NULL OR lease_until < UTC_TIMESTAMP(6))"
		    " ORDER BY next_check_at LIMIT ? FOR UPDATE SKIP LOCKED");

struct lease {
	const char *owner;
	int64_t seconds;
	struct attempt_id attempt;
};

SQL_SAVE(lease_one, struct lease, (owner, seconds, attempt),
	 "UPDATE payment_attempt SET lease_owner = ?,"
	 " lease_until = UTC_TIMESTAMP(6) + INTERVAL ? SECOND WHERE id = ?");
SQL_ROWS(list_leased, struct attempt, DUE_FIELDS,
	 DUE_SELECT " WHERE lease_owner = ? AND lease_until >= UTC_TIMESTAMP(6)"
		    " AND next_check_at <= UTC_TIMESTAMP(6)");

fallible
payment_claim_due(struct tx *tx, const char *owner, int64_t lease_s, int64_t limit,
		  struct attempt **list, size_t *n)
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

struct note {
	struct instant due_at;
	int64_t wait_s;
	struct attempt_id attempt;
	int64_t checks;
};

/* Who made it due meanwhile, since its session is to be closed, keeps it due. Whoever
 * asked meanwhile, or ended it, has counted or moved it, and let it go. */
SQL_SAVE(note_look, struct note, (due_at, wait_s, attempt, checks),
	 "UPDATE payment_attempt SET checks = checks + 1, lease_owner = NULL,"
	 " lease_until = NULL, updated_at = UTC_TIMESTAMP(6),"
	 " next_check_at = IF(next_check_at = ?, UTC_TIMESTAMP(6) + INTERVAL ? SECOND,"
	 "                    next_check_at)"
	 " WHERE id = ? AND checks = ?"
	 "   AND state IN ('sent', 'requires_action', 'unknown')");

static struct note
note_of(const struct payment_unchanged *look)
{
	return (struct note){look->attempt->next_check_at, look->wait_s,
			     look->attempt->id, look->attempt->checks};
}

fallible
payment_note_unchanged(struct tx *tx, const struct payment_unchanged *look)
{
	struct note note = note_of(look);

	return db_run_row(tx, &note_look, &note);
}

fallible
payment_note_all_unchanged(struct tx *tx, const struct payment_unchanged *looks,
			   size_t n)
{
	struct note *notes = arena_new_of(tx->mem, struct note, n);
	int64_t changed;

	for (size_t i = 0; i < n; i++)
		notes[i] = note_of(&looks[i]);
	return db_run_rows(tx, &note_look, notes, n, &changed);
}

struct held {
	struct attempt_id attempt;
	const char *owner;
};

SQL_SAVE(let_go, struct held, (attempt, owner),
	 "UPDATE payment_attempt SET lease_owner = NULL, lease_until = NULL"
	 " WHERE id = ? AND lease_owner = ?");

fallible
payment_let_go(struct tx *tx, const char *owner, const struct attempt *list, size_t n)
{
	struct held *held = arena_new_of(tx->mem, struct held, n);
	int64_t changed;

	for (size_t i = 0; i < n; i++)
		held[i] = (struct held){list[i].id, owner};
	return db_run_rows(tx, &let_go, held, n, &changed);
}
