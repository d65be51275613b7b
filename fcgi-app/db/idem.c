/* idem.c - idempotency keys: one row decides who runs, who waits and who is answered
 * from store. The row is the first lock of every transaction that takes one. */
#include "db/idem.h"

#include <string.h>

#include "base/digest.h"
#include "base/process.h"
#include "base/text.h"

enum { KEY_MAX = 255 };

/* ---- the key as it was sent ---- */

static bool
is_visible(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] <= ' ' || text[i] > '~')
			return false;
	}
	return len >= 1 && len <= KEY_MAX;
}

/* What stands between the quotes, where a backslash may stand before a quote or another
 * backslash only; NULL when the quotes do not pair. */
static const char *
unquote(struct arena *mem, const char *text, size_t len)
{
	char *out = arena_alloc(mem, len);
	size_t n = 0;

	for (size_t i = 1; i < len - 1; i++) {
		if (text[i] == '"')
			return NULL;
		if (text[i] == '\\') {
			i++;
			if (i == len - 1 || (text[i] != '"' && text[i] != '\\'))
				return NULL;
		}
		out[n++] = text[i];
	}
	return is_visible(out, n) ? out : NULL;
}

const char *
idem_key_clean(struct arena *mem, const char *sent)
{
	size_t len = sent ? strlen(sent) : 0;

	if (len == 0)
		return NULL;
	if (sent[0] != '"' && sent[len - 1] != '"')
		return is_visible(sent, len) ? sent : NULL;
	if (len < 3 || sent[0] != '"' || sent[len - 1] != '"')
		return NULL;
	return unquote(mem, sent, len);
}

/* ---- the row ---- */

struct idem_row {
	struct digest req_hash;
	bool done, fresh;
	const char *owner, *recovery_point, *resource_kind;
	struct maybe_int resource_id, resp_code;
	struct sealed_bytes resp_location;
	const char *resp_type;
	struct sealed_bytes resp_body;
};

SQL_ROWS(read_row, struct idem_row,
	 (req_hash, done, fresh, owner, recovery_point, resource_kind, resource_id,
	  resp_code, resp_location, resp_type, resp_body),
	 "SELECT req_hash, state = 'done' AS done,"
	 "       COALESCE(locked_at > UTC_TIMESTAMP(6) - INTERVAL ? SECOND, FALSE)"
	 "           AS fresh,"
	 "       owner, recovery_point, resource_kind, resource_id, resp_code,"
	 "       resp_location, resp_type, resp_body"
	 "  FROM idem WHERE scope = ? AND idem_key = ?");

static enum idem_state
state_of(const struct idem_row *row, struct digest hash)
{
	if (!digest_same(row->req_hash, hash))
		return IDEM_OTHER;
	if (row->done)
		return IDEM_REPLAY;
	return row->fresh && !process_is_gone(row->owner) ? IDEM_RUNNING : IDEM_RESUMED;
}

fallible
idem_find(struct tx *tx, const char *scope, const char *key, struct digest hash,
	  struct idem *out, bool *found)
{
	struct idem_row row = {0};

	TRY(db_one(tx, &read_row, ARGS(IDEM_LOCK_SECONDS, scope, key), &row, found));
	if (!*found)
		return NULL;
	*out = (struct idem){
		.state = state_of(&row, hash),
		.scope = scope,
		.key = key,
		.recovery_point = row.recovery_point,
		.resource_kind = row.resource_kind,
		.resource_id = row.resource_id.n,
		.reply = {.status = row.resp_code.n,
			  .location = row.resp_location.at,
			  .content_type = row.resp_type,
			  .body = row.resp_body},
	};
	return NULL;
}

SQL(claim, "INSERT INTO idem (scope, idem_key, req_hash, owner, locked_at, expires_at)"
	   " VALUES (?, ?, ?, ?, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6) + INTERVAL 30 DAY)"
	   " ON DUPLICATE KEY UPDATE idem_key = VALUES(idem_key)");

/* Inserts the row, or waits for whoever holds it and locks it. */
static fallible
idem_claim(struct tx *tx, const char *scope, const char *key, struct digest hash,
	   bool *fresh)
{
	int64_t changed;

	TRY(db_run_changed(tx, &claim, ARGS(scope, key, hash, process_name()),
			   &changed));
	*fresh = changed == 1; /* an update to the same value counts as none */
	return NULL;
}

SQL(take_over, "UPDATE idem SET owner = ?, locked_at = UTC_TIMESTAMP(6)"
	       " WHERE scope = ? AND idem_key = ?");

static fallible
idem_take_over(struct tx *tx, const char *scope, const char *key)
{
	return db_run(tx, &take_over, ARGS(process_name(), scope, key));
}

fallible
idem_begin(struct tx *tx, const char *scope, const char *key, struct digest hash,
	   struct idem *out)
{
	bool fresh, found;

	TRY(idem_claim(tx, scope, key, hash, &fresh));
	if (fresh) {
		*out = (struct idem){.state = IDEM_NEW,
				     .scope = scope,
				     .key = key,
				     .recovery_point = "started"};
		return NULL;
	}
	TRY(idem_find(tx, scope, key, hash, out, &found));
	if (!found)
		return tx_again(tx, "an idempotency row went while it was claimed");
	if (out->state == IDEM_RESUMED)
		return idem_take_over(tx, scope, key);
	return NULL;
}

SQL(set_point, "UPDATE idem SET recovery_point = ?, resource_kind = ?, resource_id = ?"
	       " WHERE scope = ? AND idem_key = ?");

fallible
idem_point(struct tx *tx, const struct idem *idem, const char *recovery_point,
	   const char *resource_kind, int64_t resource_id)
{
	struct maybe_int id = {.there = resource_id != 0, .n = resource_id};

	return db_run(tx, &set_point,
		      ARGS(recovery_point, resource_kind, id, idem->scope, idem->key));
}

SQL(store_reply, "UPDATE idem SET state = 'done', recovery_point = 'answered',"
		 " resp_code = ?, resp_location = ?, resp_type = ?, resp_body = ?"
		 " WHERE scope = ? AND idem_key = ? AND state = 'running'");

fallible
idem_finish(struct tx *tx, const char *scope, const char *key,
	    const struct idem_reply *reply)
{
	struct sealed_bytes location = {reply->location,
					reply->location ? strlen(reply->location) : 0};

	return db_run(tx, &store_reply,
		      ARGS(reply->status, location, reply->content_type, reply->body,
			   scope, key));
}

SQL(release, "UPDATE idem SET locked_at = NULL"
	     " WHERE scope = ? AND idem_key = ? AND state = 'running'");

fallible
idem_release(struct tx *tx, const char *scope, const char *key)
{
	return db_run(tx, &release, ARGS(scope, key));
}

SQL(release_left, "UPDATE idem SET locked_at = NULL WHERE state = 'running'"
		  "   AND locked_at < UTC_TIMESTAMP(6) - INTERVAL ? SECOND LIMIT ?");

fallible
idem_release_left(struct tx *tx, int64_t limit, int64_t *released)
{
	return db_run_changed(tx, &release_left, ARGS(2 * IDEM_LOCK_SECONDS, limit),
			      released);
}

SQL(purge, "DELETE FROM idem WHERE expires_at < UTC_TIMESTAMP(6) LIMIT ?");

fallible
idem_purge(struct tx *tx, int64_t limit, int64_t *dropped)
{
	return db_run_changed(tx, &purge, ARGS(limit), dropped);
}
