/* tx.c - transactions: begin, settle, and run again when chosen as a victim.
 *
 * A COMMIT whose answer was lost is UNCERTAIN: it may have taken effect, so the call is
 * never run again; whoever asked looks for the row (design.md section 8). */
#include <assert.h>
#include <errmsg.h>
#include <stdio.h>
#include <time.h>

#include "base/log.h"
#include "base/token.h"
#include "db/db_private.h"

enum { RUNS = 4, PAUSE_US = 20000 };

static struct tx
tx_new(struct ctx *cx, struct err **err, enum tx_kind kind)
{
	assert(cx->db != NULL && cx->db->tx == NULL);
	return (struct tx){.cx = cx,
			   .db = cx->db,
			   .mem = cx->mem,
			   .mark = arena_mark(cx->mem),
			   .err = err,
			   .kind = kind};
}

struct tx
tx_open(struct ctx *cx, struct err **err)
{
	return tx_new(cx, err, TX_FULL);
}

struct tx
tx_single(struct ctx *cx, struct err **err)
{
	return tx_new(cx, err, TX_SINGLE);
}

struct tx
tx_reading(struct ctx *cx, struct err **err)
{
	return tx_new(cx, err, TX_READING);
}

struct tx
tx_snapshot(struct ctx *cx, struct err **err)
{
	return tx_new(cx, err, TX_SNAPSHOT);
}

/* ---- begin ---- */

/* Gives the session the clock that tests have turned, or its own back. */
static fallible
turn_clock(struct db *db)
{
	char sql[64];

	if (clock_offset() == 0) {
		if (!db->clock_moved)
			return NULL;
		TRY(db_text(db, "clock", "SET timestamp = DEFAULT"));
		db->clock_moved = false;
		return NULL;
	}
	int64_t us = clock_now().us;

	snprintf(sql, sizeof sql, "SET timestamp = %" PRId64 ".%06" PRId64,
		 us / SECONDS(1), us % SECONDS(1));
	TRY(db_text(db, "clock", sql));
	db->clock_moved = true;
	return NULL;
}

/* Rows that stand still are held against a clock that does: to look at a million orders
 * takes minutes, in which each deadline of the snapshot would seem to have passed. */
static fallible
stop_clock(struct db *db)
{
	if (db->clock_moved)
		return NULL;
	TRY(db_text(db, "clock", "SET timestamp = UNIX_TIMESTAMP(NOW(6))"));
	db->clock_moved = true;
	return NULL;
}

/* A statement of the construct itself: counted, and a place for injected failures. */
static fallible
control(struct db *db, const char *what, const char *sql)
{
	unsigned injected = db_fault_next(db);

	return injected != 0 ? db_failed(db, what, injected, "injected")
			     : db_text(db, what, sql);
}

static fallible
begin_on_connection(struct tx *tx)
{
	struct db *db = tx->db;

	TRY(db_connect(db));
	if (db->triggers_lost) {
		db_read_triggers(db);
		TRY(db_connect(db));
	}
	TRY(turn_clock(db));
	switch (tx->kind) {
	case TX_READING:
	case TX_SINGLE:
		return NULL;
	case TX_SNAPSHOT:
		TRY(stop_clock(db));
		TRY(db_text(db, "isolation",
			    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"));
		return control(db, "begin",
			       "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY");
	case TX_FULL:
		break;
	}
	return control(db, "begin", "START TRANSACTION");
}

/* A connection that broke while it was idle is replaced once: nothing was done on it.
 */
static fallible
begin(struct tx *tx)
{
	struct db *db = tx->db;
	struct err *e;

	assert(db->tx == NULL && !db->streaming);
	db->victim = db->lost = false;
	e = begin_on_connection(tx);
	if (e != NULL && db->lost) {
		db->lost = false;
		e = begin_on_connection(tx);
	}
	return e;
}

bool
tx_begin(struct tx *tx)
{
	if (tx->attempt < 0)
		return false;
	tx->attempt++;
	*tx->err = begin(tx);
	if (*tx->err != NULL) {
		tx->attempt = -1;
		return false;
	}
	tx->open = true;
	tx->db->tx = tx;
	tx->cx->in_tx = tx->kind == TX_FULL || tx->kind == TX_SNAPSHOT;
	return true;
}

/* ---- settle ---- */

static fallible
commit(struct db *db)
{
	bool effective = db_fault_commit_after(db);
	unsigned injected = effective ? 0 : db_fault_next(db);
	struct err *e;

	if (injected != 0)
		e = db_failed(db, "commit", injected, "injected");
	else
		e = db_text(db, "commit", "COMMIT");
	if (e == NULL && effective)
		e = db_failed(db, "commit", CR_SERVER_LOST, "injected");
	if (e == NULL || db->victim)
		return e;
	return FAIL(UNCERTAIN, "%s", arena_text(db->tx->mem, e->cause));
}

/* Ends what is open on the server; a connection that broke has done so by itself. */
static void
rollback(struct db *db)
{
	struct err *e;

	if (db->my == NULL)
		return;
	e = db_text(db, "rollback", "ROLLBACK");
	if (e != NULL)
		db_drop(db);
}

/* What became of the work: NULL only when it is in the database. */
static fallible
outcome(struct tx *tx)
{
	struct db *db = tx->db;

	if (*tx->err != NULL && tx->kind == TX_SINGLE && db->lost)
		return FAIL(UNCERTAIN, "%s", arena_text(tx->mem, (*tx->err)->cause));
	if (*tx->err != NULL)
		return *tx->err;
	if (db->victim)
		return FAIL(BUSY, "an error of the server was passed over");
	if (tx->kind == TX_FULL && db->my == NULL)
		return FAIL(DATABASE_DOWN, "a lost connection was passed over");
	return tx->kind == TX_FULL ? commit(db) : NULL;
}

static void
pause_before_rerun(int attempt)
{
	int64_t us = (int64_t)token_below(PAUSE_US) * attempt + 1000;
	struct timespec wait = {0, us * 1000};

	nanosleep(&wait, NULL);
}

static void
run_again(struct tx *tx)
{
	log_event(LOG_INFO, "tx.again", "run", log_number(tx->attempt), "cause",
		  (*tx->err)->cause, NULL);
	arena_rewind(tx->mem, tx->mark);
	pause_before_rerun(tx->attempt);
}

void
tx_settle(struct tx *tx)
{
	struct db *db = tx->db;
	struct err *e = outcome(tx);

	if (tx->kind == TX_SNAPSHOT || (tx->kind == TX_FULL && e != NULL))
		rollback(db);
	*tx->err = e;
	tx->open = false;
	tx->cx->in_tx = false;
	db->tx = NULL;
	if (e != NULL && db->victim && tx->attempt < RUNS)
		run_again(tx);
	else
		tx->attempt = -1;
}

fallible
tx_again(struct tx *tx, const char *why)
{
	tx->db->victim = true;
	return FAIL(BUSY, "%s", why);
}

bool
tx_is_rerun(const struct tx *tx)
{
	return tx->attempt > 1;
}
