/* verify_all.c - looks at all the books once a day. After a stop, or while a fault
 * lasts, jobs are behind and some things are not true yet: what is broken counts when
 * it still is five minutes later. */
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/shared.h"
#include "domain/invariant.h"
#include "domain/nightly.h"
#include "jobs/jobs.h"

enum { MEMORY = 64 * 1024 * 1024, ROWS_TEXT = 4096, AGAIN_AFTER_S = 300 };

/* Since when this process sees something broken; 0: it does not. */
static int64_t broken_since_us;

static const char *
rows_of(struct arena *mem, const struct invariant *invariant)
{
	struct buf rows = buf_new(mem, ROWS_TEXT);

	for (size_t i = 0; i < invariant->n_rows; i++)
		buf_printf(&rows, "%s%s", i > 0 ? "; " : "", invariant->rows[i]);
	if (invariant->more)
		buf_text(&rows, "; and more");
	return buf_string(&rows);
}

static void
tell(struct arena *mem, const struct invariants *all, struct shared *shared)
{
	for (size_t i = 0; i < all->n; i++) {
		const struct invariant *one = &all->list[i];

		if (one->n_rows > 0)
			log_event(LOG_ERROR, "verify.broken", "invariant", one->id,
				  "says", one->says, "rows", rows_of(mem, one), NULL);
	}
	if (all->broken == 0)
		log_event(LOG_INFO, "verify.holds", "checked",
			  log_number((int64_t)all->checked), NULL);
	if (shared == NULL)
		return;
	shared->books.broken = (int64_t)all->broken;
	shared->books.checked_us = clock_now().us;
}

/* Whether what was seen is to be told: at once when all is well. */
static bool
is_certain(const struct invariants *all)
{
	if (all->broken == 0) {
		broken_since_us = 0;
		return true;
	}
	if (broken_since_us == 0)
		broken_since_us = clock_now().us;
	return clock_now().us - broken_since_us >= SECONDS(AGAIN_AFTER_S);
}

static fallible
look(struct work *work, struct arena *mem)
{
	struct ctx cx = *work->cx;
	struct invariants all = {0};
	struct err *e;

	cx.mem = mem;
	cx.db = db_patient(mem, work->cx->db);
	TRY(invariant_check_each(&cx, NULL, &all));
	if (!is_certain(&all))
		return NULL;
	tell(mem, &all, work->shared);
	broken_since_us = 0;
	SINGLE (tx, work->cx, &e)
		e = nightly_note(tx, all.broken == 0 ? "holds" : "broken");
	return e;
}

/* On a connection of its own: the lane's is not meant for statements that take long. */
fallible
verify_all_run(struct work *work, int64_t *done)
{
	struct arena *mem;
	struct err *e;
	bool due = false;

	*done = 0;
	READING (tx, work->cx, &e)
		e = nightly_is_due(tx, work->shop->config->verify_hour, &due);
	TRY(e);
	if (!due)
		return NULL;
	mem = arena_new(MEMORY);
	e = look(work, mem);
	arena_free(mem);
	return e;
}
