/* patience.c - how a process waits. */
#include "base/patience.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"

enum { QUEUE_S = 2 };

static const int signals[] = {SIGTERM, SIGINT, SIGHUP};

enum { SIGNALS = sizeof signals / sizeof signals[0] };

static volatile sig_atomic_t leaving;
static int64_t asked_us; /* when that was seen */
static sigset_t asking;  /* those that ask to leave */

static void
leave(int signal_number)
{
	(void)signal_number;
	leaving = 1;
}

/* Those that ask are let in while waiting, the others of those held back never. */
static void
take_signals(const sigset_t *held_back, sigset_t *while_waiting)
{
	struct sigaction on_leave = {.sa_handler = leave};

	sigprocmask(SIG_BLOCK, held_back, while_waiting);
	for (int i = 0; i < SIGNALS; i++) {
		if (sigismember(&asking, signals[i]) == 1) {
			sigdelset(while_waiting, signals[i]);
			sigaction(signals[i], &on_leave, NULL);
		} else if (sigismember(held_back, signals[i]) == 1) {
			sigaddset(while_waiting, signals[i]);
		}
	}
}

bool
patience_begin(struct patience *p, int fd)
{
	sigset_t held_back;

	sigemptyset(&asking);
	sigaddset(&asking, SIGTERM);
	held_back = asking;
	sigaddset(&held_back, SIGINT);
	sigaddset(&held_back, SIGHUP);
	p->watch_fd = epoll_create1(EPOLL_CLOEXEC);
	take_signals(&held_back, &p->while_waiting);
	signal(SIGPIPE, SIG_IGN);
	return p->watch_fd >= 0 && patience_watch(p, fd);
}

bool
patience_begin_alone(struct patience *p)
{
	sigemptyset(&asking);
	sigaddset(&asking, SIGTERM);
	sigaddset(&asking, SIGINT);
	p->watch_fd = epoll_create1(EPOLL_CLOEXEC);
	take_signals(&asking, &p->while_waiting);
	return p->watch_fd >= 0;
}

bool
patience_watch(const struct patience *p, int fd)
{
	struct epoll_event wanted = {.events = EPOLLIN | EPOLLEXCLUSIVE};

	return epoll_ctl(p->watch_fd, EPOLL_CTL_ADD, fd, &wanted) == 0;
}

static bool
one_is_held_back(void)
{
	sigset_t held;

	if (sigpending(&held) != 0)
		return false;
	for (int i = 0; i < SIGNALS; i++) {
		if (sigismember(&asking, signals[i]) == 1 &&
		    sigismember(&held, signals[i]) == 1)
			return true;
	}
	return false;
}

/* A signal that is still held back counts: where something is ready at once, epoll lets
 * none in, and a child under load would never leave. */
bool
patience_is_over(void)
{
	if (!leaving && one_is_held_back())
		leaving = 1;
	if (leaving && asked_us == 0)
		asked_us = clock_steady_us();
	return leaving;
}

bool
patience_queue(const struct patience *p)
{
	struct epoll_event ready;

	return patience_is_over() && clock_steady_us() - asked_us < SECONDS(QUEUE_S) &&
	       epoll_wait(p->watch_fd, &ready, 1, 0) > 0;
}

bool
patience_wait(const struct patience *p, int ms)
{
	struct epoll_event ready;
	int n = 0;

	while (!patience_is_over()) {
		n = epoll_pwait(p->watch_fd, &ready, 1, ms, &p->while_waiting);
		if (n >= 0 || errno != EINTR)
			break;
	}
	return n > 0 && !leaving;
}

void
patience_end(const struct patience *p)
{
	close(p->watch_fd);
}
