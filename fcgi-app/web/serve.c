/* serve.c - the FastCGI loop of one child: accept, arena, dispatch, answer. */
#include "web/serve.h"

#include <errno.h>
#include <fcgiapp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/shared.h"
#include "web/dispatch.h"
#include "web/peer.h"

enum {
	REQUEST_MEMORY = 24 * 1024 * 1024,
	REQUEST_SECONDS = 25, /* outside calls included (design.md section 7) */
	SOCKET_SECONDS = 10,  /* nginx has the whole body before it calls */
	CLOSE_MS = 50,        /* how long libfcgi may wait for the peer to close */
};

static volatile sig_atomic_t leaving;

static void
leave(int signal_number)
{
	(void)signal_number;
	leaving = 1;
}

/* Signals are let in while waiting only: libfcgi takes an interrupted read for the end
 * of a body. Our handler stands before FCGX_Init, which leaves it then. */
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
}

static int
prepare(FCGX_Request *request, sigset_t *while_waiting)
{
	char close_ms[16];

	take_signals(while_waiting);
	snprintf(close_ms, sizeof close_ms, "%d", CLOSE_MS);
	setenv("LIBFCGI_OS_CLOSE_POLL_TIMEOUT", close_ms, 1);
	if (FCGX_Init() != 0 || FCGX_InitRequest(request, -1, 0) != 0)
		return -1;
	signal(SIGPIPE, SIG_IGN);
	return 0;
}

/* ---- one connection ---- */

static int
accept_one(int listen_fd)
{
	struct timeval limit = {.tv_sec = SOCKET_SECONDS};
	int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		return -1;
	if (!peer_may_call(fd, listen_fd)) {
		log_event(LOG_WARNING, "peer.refused", NULL);
		close(fd);
		return -1;
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
	return fd;
}

/* Hands our own connection to libfcgi. A request without a listening socket makes it
 * give up on a broken record instead of accepting another connection by itself; "keep"
 * stops its habit of closing what it takes for the connection before. */
static bool
adopt(FCGX_Request *request, int fd)
{
	request->ipcFd = fd;
	request->keepConnection = 1;
	return FCGX_Accept_r(request) == 0;
}

static size_t
read_body(void *from, void *to, size_t len)
{
	FCGX_Stream *in = from;
	size_t got = 0;

	while (got < len) {
		int n = FCGX_GetStr((char *)to + got, (int)(len - got), in);

		if (n <= 0 || FCGX_GetError(in) != 0)
			break;
		got += (size_t)n;
	}
	return got;
}

/* The page is whole before its first byte leaves. A peer that is gone is no error: the
 * key of a request gives its answer again. */
static void
send_answer(FCGX_Request *request, const struct answer *answer)
{
	FCGX_PutStr(answer->head.data, (int)answer->head.len, request->out);
	if (!answer->head_only && answer->shown.len > 0)
		FCGX_PutStr(answer->shown.body, (int)answer->shown.len, request->out);
	if (FCGX_FFlush(request->out) != 0)
		log_event(LOG_INFO, "answer.not_sent", NULL);
}

/* Never kept, drained or not: bytes that nobody read are no next request. */
static void
finish(FCGX_Request *request)
{
	request->keepConnection = 0;
	FCGX_Finish_r(request);
}

static void
serve_one(const struct serve *s, struct arena *mem, FCGX_Request *request)
{
	struct arena_mark mark = arena_mark(mem);
	struct ctx cx = {
		.mem = mem,
		.db = s->db,
		.keys = s->web->keys,
		.deadline_us = clock_steady_us() + SECONDS(REQUEST_SECONDS),
	};
	struct wire wire = {
		.params = (const char *const *)request->envp,
		.read = read_body,
		.from = request->in,
	};
	struct answer answer = {0};

	dispatch(s->web, &cx, &wire, &answer);
	send_answer(request, &answer);
	arena_rewind(mem, mark);
}

/* ---- the loop ---- */

static void
mark_busy(struct shared_slot *slot, bool busy)
{
	if (slot == NULL)
		return;
	slot->busy_since_us = busy ? clock_steady_us() : 0;
	slot->idle_since_us = busy ? 0 : clock_steady_us();
}

/* One connection wakes one child, not all of them. */
static int
watch(int listen_fd)
{
	struct epoll_event wanted = {.events = EPOLLIN | EPOLLEXCLUSIVE};
	int fd = epoll_create1(EPOLL_CLOEXEC);

	if (fd < 0 || epoll_ctl(fd, EPOLL_CTL_ADD, listen_fd, &wanted) != 0)
		return -1;
	return fd;
}

/* Waits for a connection with the signals let in; false when it is time to leave. */
static bool
wait_for_one(int watch_fd, const sigset_t *while_waiting)
{
	struct epoll_event ready;

	while (!leaving) {
		int n = epoll_pwait(watch_fd, &ready, 1, -1, while_waiting);

		if (n > 0)
			return !leaving;
		if (n < 0 && errno != EINTR)
			return false;
	}
	return false;
}

int
serve_run(const struct serve *s)
{
	struct arena *mem = arena_new(REQUEST_MEMORY);
	FCGX_Request request;
	sigset_t while_waiting;
	int64_t served = 0;
	int watch_fd = watch(s->listen_fd);

	if (watch_fd < 0 || prepare(&request, &while_waiting) != 0)
		return 1;
	while (served < s->requests_max && wait_for_one(watch_fd, &while_waiting)) {
		int fd = accept_one(s->listen_fd);

		if (fd < 0) {
			/* Another child was faster; or there are no descriptors left,
			 * then spinning would only make it worse. */
			if (errno == EMFILE || errno == ENFILE)
				poll(NULL, 0, 100);
			continue;
		}
		mark_busy(s->web->slot, true);
		if (adopt(&request, fd)) {
			serve_one(s, mem, &request);
			finish(&request);
			served++;
		}
		mark_busy(s->web->slot, false);
	}
	close(watch_fd);
	arena_free(mem);
	return 0;
}
