/* audit_store.c - the audit trail and its hash chain. */
#include "domain/audit.h"

#include <string.h>

#include "base/digest.h"
#include "base/fault_point.h"

SQL(note_audit,
    "INSERT INTO audit (actor, action, order_id, body) VALUES (?, ?, ?, ?)");

fallible
audit_note(struct tx *tx, const char *actor, const char *action, struct order_id order,
	   const char *body)
{
	return db_run(tx, &note_audit, ARGS(actor, action, order, body));
}

struct waiting_row {
	int64_t n;
};

SQL_ROWS(look_unsealed, struct waiting_row, (n),
	 "SELECT 1 AS n FROM audit_unsealed LIMIT 1");

fallible
audit_look(struct tx *tx, bool *waiting)
{
	struct waiting_row row = {0};

	return db_one(tx, &look_unsealed, NO_ARGS, &row, waiting);
}

struct seal_row {
	int64_t audit_id;
	struct digest prev_hash, hash;
};

struct body_row {
	int64_t id;
	const char *body;
};

/* The row that is always there lets one sealer in at a time: a lock on the last seal is
 * one on yesterday's when somebody has sealed meanwhile. Should two come in all the
 * same (the first entry of all is not committed yet), the key one_after refuses the
 * second. */
SQL(lock_first, "SELECT id FROM audit ORDER BY id LIMIT 1 FOR UPDATE");
SQL_ROWS(last_seal, struct seal_row, (hash),
	 "SELECT hash FROM audit_seal ORDER BY n DESC LIMIT 1");
/* Committed entries, whatever their ids and clocks say; those under way are neither
 * seen nor waited for, and come with a later call. */
SQL_ROWS(list_unsealed, struct body_row, (id, body),
	 "SELECT id, CONCAT_WS('|', id, at, actor, action, COALESCE(order_id, 0), "
	 "body) AS body"
	 "  FROM audit_unsealed u STRAIGHT_JOIN audit ON id = u.audit_id"
	 " ORDER BY u.audit_id LIMIT ?");
/* The trigger audit_sealed takes each off the list. */
SQL_SAVE(insert_seal, struct seal_row, (audit_id, prev_hash, hash),
	 "INSERT INTO audit_seal (audit_id, prev_hash, hash) VALUES (?, ?, ?)");

static struct digest
chain(struct arena *mem, struct digest prev, const char *body)
{
	size_t len = strlen(body);
	unsigned char *bytes = arena_alloc(mem, sizeof prev.bytes + len);

	memcpy(bytes, prev.bytes, sizeof prev.bytes);
	memcpy(bytes + sizeof prev.bytes, body, len);
	return digest_sha256(bytes, sizeof prev.bytes + len);
}

fallible
audit_seal(struct tx *tx, int64_t limit, int64_t *sealed)
{
	struct seal_row last = {0}, *rows;
	struct body_row *bodies;
	size_t n;
	bool found;
	int64_t changed;

	*sealed = 0;
	TRY(db_run(tx, &lock_first, NO_ARGS));
	TRY(db_one(tx, &last_seal, NO_ARGS, &last, &found));
	if (!found) /* a chain starts from a stated value: all zero would read as NULL
		     */
		last.hash = digest_of_text("till audit 1");
	TRY(db_all(tx, &list_unsealed, ARGS(limit), &bodies, &n));
	if (n == 0)
		return NULL;
	rows = arena_new_of(tx->mem, struct seal_row, n);
	for (size_t i = 0; i < n; i++) {
		rows[i].audit_id = bodies[i].id;
		rows[i].prev_hash = last.hash;
		rows[i].hash = last.hash = chain(tx->mem, last.hash, bodies[i].body);
	}
	*sealed = (int64_t)n;
	FAULT_POINT_ERR(audit_linked, INTERNAL);
	return db_run_rows(tx, &insert_seal, rows, n, &changed);
}
