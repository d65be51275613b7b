/* patience.c - how a child waits. */
#include "base/patience.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"

enum { QUEUE_S = 2 };

static volatile sig_atomic_t leaving;
static int64_t asked_us; /* when that was seen */

static void
leave(int signal_number)
{
	(void)signal_number;
	leaving = 1;
}

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

bool
patience_begin(struct patience *p, int fd)
{
	p->watch_fd = epoll_create1(EPOLL_CLOEXEC);
	take_signals(&p->while_waiting);
	return p->watch_fd >= 0 && patience_watch(p, fd);
}

bool
patience_watch(const struct patience *p, int fd)
{
	struct epoll_event wanted = {.events = EPOLLIN | EPOLLEXCLUSIVE};

	return epoll_ctl(p->watch_fd, EPOLL_CTL_ADD, fd, &wanted) == 0;
}

/* A signal that is still held back counts: where something is ready at once, epoll lets
 * none in, and a child under load would never leave. */
bool
patience_is_over(void)
{
	sigset_t held;

	if (!leaving && sigpending(&held) == 0 && sigismember(&held, SIGTERM) == 1)
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
