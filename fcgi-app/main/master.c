/* master.c - starts children, replaces, grows, drains, re-executes itself. */
#include "main/master.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fault_point.h"
#include "base/log.h"

enum {
	TICK_MS = 1000, /* when nothing can grow */
	TICK_GROWING_MS = 50,
	GRACE_S = 40, /* above the longest request */
	LATE_MS = 1000,
	SHORT_LIFE_MS = 1000,
	BACK_OFF_FIRST_MS = 100,
	BACK_OFF_LAST_MS = 5000,
	CHECK_S = 30,
};

struct child {
	pid_t pid;
	size_t job;
	struct shared_slot *slot;
	int64_t started_us;
	bool leaving;
};

struct job_state {
	int wanted, running;
	int64_t back_off_ms, not_before_us;
};

struct state {
	struct master *m;
	struct child children[MASTER_CHILDREN];
	size_t n;
	struct job_state jobs[MASTER_JOBS];
	pid_t old[MASTER_CHILDREN]; /* children from before a re-execution */
	size_t n_old;
	bool replaced;       /* the old ones were asked to leave */
	int64_t draining_us; /* since when; 0: not */
	pid_t checking;      /* tries the new program before it takes over; 0: none */
	sigset_t signals;
};

/* ---- children ---- */

static _Noreturn void
be_child(const struct master_job *job, struct shared_slot *slot, pid_t master)
{
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != master)
		exit(0);
	if (slot != NULL)
		slot->pid = getpid();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	FAULT_POINT(child_born);
	exit(job->run(job, slot));
}

static void
start_child(struct state *s, size_t job_index)
{
	const struct master_job *job = &s->m->jobs[job_index];
	pid_t master = getpid(), pid;
	struct shared_slot *slot;

	if (s->n == MASTER_CHILDREN)
		return;
	slot = shared_claim(s->m->shared, job->name, master);
	pid = fork();
	if (pid == 0)
		be_child(job, slot, master);
	if (slot != NULL)
		slot->pid = pid < 0 ? 0 : pid;
	if (pid < 0) {
		log_event(LOG_ERROR, "child.not_started", "job", job->name, "why",
			  strerror(errno), NULL);
		s->jobs[job_index].not_before_us = clock_steady_us() + SECONDS(1);
		return;
	}
	s->m->shared->restarts++;
	s->jobs[job_index].running++;
	s->children[s->n++] =
		(struct child){pid, job_index, slot, clock_steady_us(), false};
}

/* A child that ends by itself with 0 was asked to, or has served its number. One that
 * dies young is not started again at once. */
static void
note_end(struct state *s, const struct child *child, int status)
{
	struct job_state *job = &s->jobs[child->job];
	int64_t now = clock_steady_us();

	if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
		job->back_off_ms = 0;
		return;
	}
	s->m->shared->deaths++;
	log_event(LOG_WARNING, "child.died", "job", s->m->jobs[child->job].name, "pid",
		  log_number(child->pid), WIFSIGNALED(status) ? "signal" : "exit",
		  log_number(WIFSIGNALED(status) ? WTERMSIG(status)
						 : WEXITSTATUS(status)),
		  NULL);
	if (now - child->started_us > (int64_t)SHORT_LIFE_MS * 1000) {
		job->back_off_ms = 0;
		return;
	}
	job->back_off_ms =
		job->back_off_ms == 0 ? BACK_OFF_FIRST_MS : job->back_off_ms * 2;
	if (job->back_off_ms > BACK_OFF_LAST_MS)
		job->back_off_ms = BACK_OFF_LAST_MS;
	job->not_before_us = now + job->back_off_ms * 1000;
}

static void
tell_end(const struct master_job *job, pid_t pid, int status)
{
	if (job->ended != NULL)
		job->ended(job, pid, WIFSIGNALED(status) ? WTERMSIG(status) : 0);
}

static void
end_child(struct state *s, pid_t pid, int status)
{
	shared_release(s->m->shared, pid);
	for (size_t i = 0; i < s->n_old; i++) {
		if (s->old[i] == pid)
			s->old[i] = s->old[--s->n_old];
	}
	for (size_t i = 0; i < s->n; i++) {
		if (s->children[i].pid != pid)
			continue;
		note_end(s, &s->children[i], status);
		tell_end(&s->m->jobs[s->children[i].job], pid, status);
		s->jobs[s->children[i].job].running -= !s->children[i].leaving;
		s->children[i] = s->children[--s->n];
		return;
	}
}

static void
signal_children(const struct state *s, int signal_number)
{
	for (size_t i = 0; i < s->n; i++)
		kill(s->children[i].pid, signal_number);
	for (size_t i = 0; i < s->n_old; i++)
		kill(s->old[i], signal_number);
}

/* ---- how many ---- */

static void
fill_up(struct state *s)
{
	int64_t now = clock_steady_us();

	for (size_t j = 0; j < s->m->n_jobs; j++)
		while (s->jobs[j].running < s->jobs[j].wanted &&
		       s->jobs[j].not_before_us <= now) {
			size_t before = s->n;

			start_child(s, j);
			if (s->n == before)
				break;
		}
}

static bool
is_busy(const struct child *child)
{
	return child->slot != NULL && child->slot->busy_since_us != 0;
}

/* All children of a job are busy, and its work waits: half as many again, within its
 * limit. */
static void
grow(struct state *s, size_t j)
{
	const struct master_job *job = &s->m->jobs[j];
	struct job_state *state = &s->jobs[j];
	int busy = 0, more = state->wanted / 2 + 1;

	if (state->wanted >= job->children_max || state->running < state->wanted ||
	    (job->late_us != NULL && job->late_us(job) < (int64_t)LATE_MS * 1000))
		return;
	for (size_t i = 0; i < s->n; i++)
		busy += s->children[i].job == j && is_busy(&s->children[i]);
	if (busy < state->running)
		return;
	if (more > job->children_max - state->wanted)
		more = job->children_max - state->wanted;
	state->wanted += more;
	log_event(LOG_INFO, "children.grow", "job", job->name, "to",
		  log_number(state->wanted), NULL);
}

/* A child above the least number that had no work for a while is asked to leave. */
static void
shrink(struct state *s, struct child *child)
{
	struct job_state *job = &s->jobs[child->job];
	int64_t idle = child->slot == NULL ? 0 : child->slot->idle_since_us;

	if (child->leaving || is_busy(child) || idle == 0 ||
	    job->wanted <= s->m->jobs[child->job].children_min ||
	    clock_steady_us() - idle < SECONDS(s->m->jobs[child->job].idle_s))
		return;
	child->leaving = true;
	job->wanted--;
	job->running--;
	kill(child->pid, SIGTERM);
}

static void
end_stuck(const struct state *s, const struct child *child)
{
	int64_t limit = s->m->jobs[child->job].busy_limit_s;
	int64_t since = child->slot == NULL ? 0 : child->slot->busy_since_us;

	if (limit == 0 || since == 0 || clock_steady_us() - since < SECONDS(limit))
		return;
	log_event(LOG_ERROR, "child.stuck", "job", s->m->jobs[child->job].name, "pid",
		  log_number(child->pid), NULL);
	kill(child->pid, SIGKILL);
}

/* It has reached its loop: what it needs to start, it has. */
static bool
is_ready(const struct child *child)
{
	return child->slot == NULL || child->slot->idle_since_us != 0 ||
	       child->slot->busy_since_us != 0;
}

static bool
has_ready(const struct state *s, size_t j)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->children[i].job == j && is_ready(&s->children[i]))
			return true;
	return false;
}

/* Once new children stand ready on the same socket, the old may finish and leave. New
 * ones that only die leave the work to the old. */
static void
replace_old(struct state *s)
{
	if (s->replaced)
		return;
	for (size_t j = 0; j < s->m->n_jobs; j++)
		if (!has_ready(s, j))
			return;
	for (size_t i = 0; i < s->n_old; i++)
		kill(s->old[i], SIGTERM);
	s->replaced = true;
}

static void
look_after(struct state *s)
{
	for (size_t j = 0; j < s->m->n_jobs; j++)
		grow(s, j);
	for (size_t i = 0; i < s->n; i++) {
		shrink(s, &s->children[i]);
		end_stuck(s, &s->children[i]);
	}
	fill_up(s);
	replace_old(s);
}

/* ---- taking over ---- */

bool
master_only_checks(void)
{
	return getenv("TILL_MASTER_CHECK") != NULL;
}

/* The path of this program; a newer file may lie there by now. */
static const char *
own_path(void)
{
	static char path[500];
	ssize_t len = readlink("/proc/self/exe", path, sizeof path - 1);
	char *gone;

	path[len < 0 ? 0 : len] = '\0';
	gone = strstr(path, " (deleted)");
	if (gone != NULL)
		*gone = '\0';
	return path;
}

static _Noreturn void
execute_again(const struct state *s)
{
	char *argv[64] = {(char *)"till"};
	size_t n = 1;

	for (char *const *word = s->m->argv; *word != NULL && n < 63; word++)
		argv[n++] = *word;
	execv(own_path(), argv);
	log_event(LOG_ERROR, "master.not_executed", "why", strerror(errno), NULL);
	exit(1);
}

/* A new program or new settings that do not hold must not end what runs: they are tried
 * in a process of their own first. */
static void
begin_check(struct state *s)
{
	sigset_t none;

	if (s->checking != 0 || s->draining_us != 0)
		return;
	s->checking = fork();
	if (s->checking != 0)
		return;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setenv("TILL_MASTER_CHECK", "1", 1);
	alarm(CHECK_S);
	FAULT_POINT(master_check);
	execute_again(s);
}

static void
hand_over(struct state *s)
{
	char list[2 * MASTER_CHILDREN * 12] = "";
	size_t len = 0;

	for (size_t i = 0; i < s->n; i++)
		len += (size_t)snprintf(list + len, sizeof list - len, "%d ",
					s->children[i].pid);
	for (size_t i = 0; i < s->n_old; i++)
		len += (size_t)snprintf(list + len, sizeof list - len, "%d ",
					s->old[i]);
	setenv("TILL_MASTER_OLD", list, 1);
	master_pass_on(s->m);
	log_event(LOG_INFO, "master.again", "name", s->m->name, NULL);
	FAULT_POINT(master_execute);
	execute_again(s);
}

static void
end_check(struct state *s, int status)
{
	s->checking = 0;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		hand_over(s);
	log_event(LOG_ERROR, "master.check_failed", "name", s->m->name, NULL);
}

static void
read_old(struct state *s)
{
	const char *at = getenv("TILL_MASTER_OLD");
	char *end;

	while (at != NULL && *at != '\0' && s->n_old < MASTER_CHILDREN) {
		long pid = strtol(at, &end, 10);

		if (end == at)
			break;
		if (pid > 0)
			s->old[s->n_old++] = (pid_t)pid;
		at = end + (*end == ' ');
	}
	unsetenv("TILL_MASTER_OLD");
}

/* ---- the loop ---- */

static void
reap(struct state *s)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == s->checking)
			end_check(s, status);
		else
			end_child(s, pid, status);
	}
}

static void
begin_drain(struct state *s)
{
	if (s->draining_us == 0) {
		log_event(LOG_INFO, "master.drain", "name", s->m->name, NULL);
		s->draining_us = clock_steady_us();
	}
	signal_children(s, SIGTERM);
}

static void
take_signal(struct state *s)
{
	bool growing = s->draining_us != 0 || s->checking != 0 || !s->replaced;
	struct timespec tick = {.tv_sec = 0};
	int got;

	for (size_t j = 0; j < s->m->n_jobs; j++)
		growing |= s->m->jobs[j].children_max > s->m->jobs[j].children_min ||
			   s->jobs[j].running < s->jobs[j].wanted;
	tick.tv_sec = growing ? 0 : TICK_MS / 1000;
	tick.tv_nsec = growing ? TICK_GROWING_MS * 1000000L : 0;
	got = sigtimedwait(&s->signals, NULL, &tick);
	if (got == SIGTERM || got == SIGINT)
		begin_drain(s);
	else if (got == SIGHUP)
		begin_check(s);
}

static void
prepare(struct state *s)
{
	sigemptyset(&s->signals);
	sigaddset(&s->signals, SIGTERM);
	sigaddset(&s->signals, SIGINT);
	sigaddset(&s->signals, SIGHUP);
	sigaddset(&s->signals, SIGCHLD);
	sigprocmask(SIG_BLOCK, &s->signals, NULL);
	for (size_t j = 0; j < s->m->n_jobs; j++)
		s->jobs[j].wanted = s->m->jobs[j].children_min;
	read_old(s);
	fill_up(s);
	s->replaced = s->n_old == 0;
	log_event(LOG_INFO, "master.ready", "name", s->m->name, "children",
		  log_number((int64_t)s->n), NULL);
}

int
master_run(struct master *m)
{
	static struct state s;

	s = (struct state){.m = m};
	prepare(&s);
	while (s.draining_us == 0 || s.n + s.n_old > 0) {
		take_signal(&s);
		reap(&s);
		if (s.draining_us == 0)
			look_after(&s);
		else if (clock_steady_us() - s.draining_us > SECONDS(GRACE_S))
			signal_children(&s, SIGKILL);
	}
	log_event(LOG_INFO, "master.done", "name", m->name, NULL);
	return 0;
}
