/* verify_watch.c - till verify --watch: looks again and again at what changed. */
#include "main/verify_watch.h"

#include "base/clock.h"
#include "base/patience.h"
#include "main/verify_report.h"

struct watch {
	struct command *cmd;
	struct ctx *cx;
	struct invariant_point clean; /* look back to here */
	bool looked;                  /* there is such a point */
};

static fallible
look(struct tx *tx, const struct watch *watch, struct invariant_point *now,
     struct invariants *all)
{
	TRY(invariant_point(tx, watch->looked ? &watch->clean : NULL, now));
	if (watch->looked)
		return invariant_check_changed(tx, &watch->clean, all);
	return invariant_check_all(tx, NULL, all);
}

/* What was broken is looked at again the next time, whether it changed or not. */
static void
look_once(struct watch *watch)
{
	struct arena_mark mark = arena_mark(watch->cx->mem);
	struct invariant_point now = {0};
	struct invariants all = {0};
	int64_t began_us = clock_steady_us();
	struct err *e;

	SNAPSHOT (tx, watch->cx, &e)
		e = look(tx, watch, &now, &all);
	verify_report_round(watch->cmd, &all, &now, clock_steady_us() - began_us, e);
	if (all.broken > 0)
		watch->cmd->refused = true;
	if (e == NULL && all.broken == 0) {
		watch->clean = now;
		watch->looked = true;
	}
	arena_rewind(watch->cx->mem, mark);
}

static void
wait_until(const struct patience *patience, int64_t next_us)
{
	int64_t ms = (next_us - clock_steady_us() + 999) / 1000;

	if (ms > 0)
		patience_wait(patience, (int)ms);
}

/* A round is never cut in two: it is asked to leave between rounds. */
fallible
verify_watch(struct command *cmd, struct ctx *cx, int64_t every_s)
{
	struct watch watch = {.cmd = cmd, .cx = cx};
	struct patience patience;

	if (!patience_begin_alone(&patience))
		return FAIL(INTERNAL, "there are no descriptors left");
	while (!patience_is_over()) {
		int64_t next_us = clock_steady_us() + SECONDS(every_s);

		look_once(&watch);
		wait_until(&patience, next_us);
	}
	patience_end(&patience);
	if (!watch.looked)
		cmd->refused = true;
	return NULL;
}
