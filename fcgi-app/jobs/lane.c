/* lane.c - one process of a lane. */
#include "jobs/lane.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/patience.h"
#include "base/shared.h"

enum { JOBS_MAX = 16, WAIT_MS = 1000, BACK_OFF_LAST_MS = 5000 };

/* Of one job in this process. */
struct turn {
	const struct job *job;
	int64_t next_us; /* not before */
	bool breathes;   /* a gentle one that has more to do */
	int64_t back_off_ms;
	int lock_fd; /* of a job that runs alone; -1: not opened */
};

struct turns {
	struct turn list[JOBS_MAX];
	size_t n;
	bool hurry; /* nobody is gentle */
};

static struct turns
turns_of(enum lane lane, bool hurry)
{
	struct turns turns = {.n = 0, .hurry = hurry};
	size_t n;
	const struct job *all = jobs_all(&n);

	for (size_t i = 0; i < n && turns.n < JOBS_MAX; i++)
		if (all[i].lane == lane)
			turns.list[turns.n++] =
				(struct turn){.job = &all[i], .lock_fd = -1};
	return turns;
}

/* ---- one job ---- */

/* The lock of a job that runs alone goes with the process that holds it. */
static bool
may_run(const struct lane_worker *worker, struct turn *turn)
{
	const struct work *work = worker->work;

	if (turn->job->manner != ALONE)
		return true;
	if (turn->lock_fd < 0) {
		char *path = arena_printf(work->cx->mem, "%s/job-%s.lock",
					  work->shop->config->run_dir, turn->job->name);
		turn->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	}
	return turn->lock_fd >= 0 && flock(turn->lock_fd, LOCK_EX | LOCK_NB) == 0;
}

/* A sweep that has found much goes on at half of its speed, so that shoppers meet an
 * idle database every other moment. */
static void
rest(struct turn *turn, const struct err *e, int64_t done, int64_t worked_us)
{
	int64_t wait_ms = done > 0 ? 0 : turn->job->every_ms;

	turn->breathes = e == NULL && done > 0 && turn->job->manner == GENTLE;
	if (e == NULL) {
		turn->back_off_ms = 0;
	} else {
		turn->back_off_ms = turn->back_off_ms == 0 ? turn->job->every_ms
							   : turn->back_off_ms * 2;
		if (turn->back_off_ms > BACK_OFF_LAST_MS)
			turn->back_off_ms = BACK_OFF_LAST_MS;
		wait_ms = turn->back_off_ms;
	}
	turn->next_us =
		clock_steady_us() + wait_ms * 1000 + (turn->breathes ? worked_us : 0);
}

static int64_t
run_one(const struct lane_worker *worker, struct turn *turn)
{
	struct arena *mem = worker->work->cx->mem;
	struct arena_mark mark = arena_mark(mem);
	int64_t done = 0, began_us = clock_steady_us();
	struct err *e = NULL;

	if (may_run(worker, turn)) {
		e = turn->job->run(worker->work, &done);
		if (turn->job->manner == ALONE)
			flock(turn->lock_fd, LOCK_UN);
	}
	if (e != NULL) {
		log_event(LOG_WARNING, "job.stopped", "job", turn->job->name, NULL);
		log_error("job.failed", e);
	}
	rest(turn, e, done, clock_steady_us() - began_us);
	arena_rewind(mem, mark);
	return done;
}

/* A look that finds nothing is no work: a process that only looks leaves in time. */
static int64_t
run_marked(const struct lane_worker *worker, struct turn *turn)
{
	int64_t idle_us = worker->slot == NULL ? 0 : worker->slot->idle_since_us, done;

	shared_mark_busy(worker->slot, true);
	done = run_one(worker, turn);
	if (done > 0)
		shared_mark_busy(worker->slot, false);
	else
		shared_mark_idle_since(worker->slot, idle_us);
	return done;
}

static bool
is_due(const struct turns *turns, const struct turn *turn)
{
	return (turns->hurry && turn->breathes) || turn->next_us <= clock_steady_us();
}

/* One look at every job that is not resting. */
static int64_t
run_round(const struct lane_worker *worker, struct turns *turns)
{
	int64_t done = 0;

	for (size_t i = 0; i < turns->n && !patience_is_over(); i++) {
		if (!is_due(turns, &turns->list[i]))
			continue;
		done += run_marked(worker, &turns->list[i]);
	}
	return done;
}

/* ---- waiting ---- */

/* Those that failed keep to their back-off. */
static void
wake(struct turns *turns)
{
	for (size_t i = 0; i < turns->n; i++)
		if (turns->list[i].back_off_ms == 0 &&
		    turns->list[i].job->manner == NUDGED)
			turns->list[i].next_us = 0;
}

/* A second, or until one that breathes goes on. */
static int
wait_ms(const struct turns *turns)
{
	int64_t least = WAIT_MS, now_us = clock_steady_us();

	for (size_t i = 0; i < turns->n; i++) {
		int64_t ms = (turns->list[i].next_us - now_us) / 1000 + 1;

		if (turns->list[i].breathes && ms < least)
			least = ms > 0 ? ms : 0;
	}
	return (int)least;
}

static void
wait_for_nudge(const struct lane_worker *worker, struct turns *turns,
	       const struct patience *patience)
{
	char byte;

	if (patience_wait(patience, wait_ms(turns)) &&
	    recv(worker->nudges, &byte, 1, MSG_DONTWAIT) == 1)
		wake(turns);
}

int
lane_run(const struct lane_worker *worker)
{
	struct turns turns = turns_of(worker->lane, false);
	struct patience patience;
	int64_t rounds = 0;

	if (!patience_begin(&patience, worker->nudges))
		return 1;
	while (!patience_is_over() && rounds < worker->rounds_max) {
		if (run_round(worker, &turns) > 0)
			rounds++;
		else
			wait_for_nudge(worker, &turns, &patience);
	}
	patience_end(&patience);
	return 0;
}

void
lane_run_due(const struct lane_worker *worker)
{
	struct turns turns = turns_of(worker->lane, true);

	while (run_round(worker, &turns) > 0)
		;
}
