/* verify_watch.c - till verify --watch: looks again and again at what changed. */
#include "main/verify_watch.h"

#include <signal.h>
#include <sys/select.h>
#include <time.h>

#include "base/clock.h"
#include "main/verify_report.h"

struct watch {
	struct command *cmd;
	struct ctx *cx;
	struct invariant_point clean; /* look back to here */
	bool looked;                  /* there is such a point */
};

static volatile sig_atomic_t leaving;

static void
leave(int signal_number)
{
	(void)signal_number;
	leaving = 1;
}

/* Blocked while it works, let in while it waits: a round is never cut in two. */
static void
take_signals(sigset_t *while_waiting)
{
	struct sigaction on_leave = {.sa_handler = leave};
	sigset_t blocked;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigaddset(&blocked, SIGINT);
	sigprocmask(SIG_BLOCK, &blocked, while_waiting);
	sigdelset(while_waiting, SIGTERM);
	sigdelset(while_waiting, SIGINT);
	sigaction(SIGTERM, &on_leave, NULL);
	sigaction(SIGINT, &on_leave, NULL);
}

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
wait_until(int64_t next_us, const sigset_t *while_waiting)
{
	while (!leaving) {
		int64_t us = next_us - clock_steady_us();
		struct timespec wait = {us / SECONDS(1), us % SECONDS(1) * 1000};

		if (us <= 0)
			return;
		pselect(0, NULL, NULL, NULL, &wait, while_waiting);
	}
}

void
verify_watch(struct command *cmd, struct ctx *cx, int64_t every_s)
{
	struct watch watch = {.cmd = cmd, .cx = cx};
	sigset_t while_waiting;

	take_signals(&while_waiting);
	while (!leaving) {
		int64_t next_us = clock_steady_us() + SECONDS(every_s);

		look_once(&watch);
		wait_until(next_us, &while_waiting);
	}
	if (!watch.looked)
		cmd->refused = true;
}
