/* lane.c - one process of a lane. */
#include "jobs/lane.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/shared.h"

enum { JOBS_MAX = 16, WAIT_MS = 1000, BACK_OFF_LAST_MS = 5000 };

/* Of one job in this process. */
struct turn {
	const struct job *job;
	int64_t next_us; /* not before */
	int64_t back_off_ms;
	int lock_fd; /* of a job that runs alone; -1: not opened */
};

struct turns {
	struct turn list[JOBS_MAX];
	size_t n;
};

static volatile sig_atomic_t leaving;

static void
leave(int signal_number)
{
	(void)signal_number;
	leaving = 1;
}

/* Signals are let in while waiting only, so that no call is cut short by one. */
static void
take_signals(sigset_t *while_waiting)
{
	struct sigaction on_leave = {.sa_handler = leave};
	sigset_t blocked;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigaddset(&blocked, SIGINT);
	sigaddset(&blocked, SIGHUP);
	sigprocmask(SIG_BLOCK, &blocked, while_waiting);
	sigdelset(while_waiting, SIGTERM);
	sigaddset(while_waiting, SIGINT);
	sigaddset(while_waiting, SIGHUP);
	sigaction(SIGTERM, &on_leave, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static struct turns
turns_of(enum lane lane)
{
	struct turns turns = {.n = 0};
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

	if (!turn->job->alone)
		return true;
	if (turn->lock_fd < 0) {
		char *path = arena_printf(work->cx->mem, "%s/job-%s.lock",
					  work->shop->config->run_dir, turn->job->name);
		turn->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	}
	return turn->lock_fd >= 0 && flock(turn->lock_fd, LOCK_EX | LOCK_NB) == 0;
}

static void
rest(struct turn *turn, const struct err *e, int64_t done)
{
	int64_t wait_ms = done > 0 ? 0 : turn->job->every_ms;

	if (e == NULL) {
		turn->back_off_ms = 0;
	} else {
		turn->back_off_ms = turn->back_off_ms == 0 ? turn->job->every_ms
							   : turn->back_off_ms * 2;
		if (turn->back_off_ms > BACK_OFF_LAST_MS)
			turn->back_off_ms = BACK_OFF_LAST_MS;
		wait_ms = turn->back_off_ms;
	}
	turn->next_us = clock_steady_us() + wait_ms * 1000;
}

static int64_t
run_one(const struct lane_worker *worker, struct turn *turn)
{
	struct arena *mem = worker->work->cx->mem;
	struct arena_mark mark = arena_mark(mem);
	int64_t done = 0;
	struct err *e = NULL;

	if (may_run(worker, turn)) {
		e = turn->job->run(worker->work, &done);
		if (turn->job->alone)
			flock(turn->lock_fd, LOCK_UN);
	}
	if (e != NULL) {
		log_event(LOG_WARNING, "job.stopped", "job", turn->job->name, NULL);
		log_error("job.failed", e);
	}
	rest(turn, e, done);
	arena_rewind(mem, mark);
	return done;
}

static void
mark_busy(struct shared_slot *slot, bool busy)
{
	if (slot == NULL)
		return;
	slot->busy_since_us = busy ? clock_steady_us() : 0;
	slot->idle_since_us = busy ? 0 : clock_steady_us();
}

/* One look at every job that is not resting. */
static int64_t
run_round(const struct lane_worker *worker, struct turns *turns)
{
	int64_t done = 0;

	for (size_t i = 0; i < turns->n && !leaving; i++) {
		if (turns->list[i].next_us > clock_steady_us())
			continue;
		mark_busy(worker->slot, true);
		done += run_one(worker, &turns->list[i]);
		mark_busy(worker->slot, false);
	}
	return done;
}

/* ---- waiting ---- */

/* A nudge wakes one process of the lane, not all of them. */
static int
watch(int nudges)
{
	struct epoll_event wanted = {.events = EPOLLIN | EPOLLEXCLUSIVE};
	int fd = epoll_create1(EPOLL_CLOEXEC);

	if (fd < 0 || epoll_ctl(fd, EPOLL_CTL_ADD, nudges, &wanted) != 0)
		return -1;
	return fd;
}

/* Jobs that look each second look at once; those with a rhythm of their own and those
 * that failed keep to it. */
static void
wake(struct turns *turns)
{
	for (size_t i = 0; i < turns->n; i++)
		if (turns->list[i].back_off_ms == 0 &&
		    turns->list[i].job->every_ms <= WAIT_MS)
			turns->list[i].next_us = 0;
}

static void
wait_for_nudge(const struct lane_worker *worker, struct turns *turns, int watch_fd,
	       const sigset_t *while_waiting)
{
	struct epoll_event ready;
	char byte;

	if (epoll_pwait(watch_fd, &ready, 1, WAIT_MS, while_waiting) <= 0)
		return;
	if (recv(worker->nudges, &byte, 1, MSG_DONTWAIT) == 1)
		wake(turns);
}

int
lane_run(const struct lane_worker *worker)
{
	struct turns turns = turns_of(worker->lane);
	sigset_t while_waiting;
	int64_t rounds = 0;
	int watch_fd = watch(worker->nudges);

	if (watch_fd < 0)
		return 1;
	take_signals(&while_waiting);
	while (!leaving && rounds < worker->rounds_max) {
		if (run_round(worker, &turns) > 0)
			rounds++;
		else
			wait_for_nudge(worker, &turns, watch_fd, &while_waiting);
	}
	close(watch_fd);
	return 0;
}

void
lane_run_due(const struct lane_worker *worker)
{
	struct turns turns = turns_of(worker->lane);

	while (run_round(worker, &turns) > 0)
		;
}
