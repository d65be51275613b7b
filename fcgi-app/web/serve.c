/* serve.c - the FastCGI loop of one child: accept, arena, dispatch, answer. */
#include "web/serve.h"

#include <errno.h>
#include <fcgiapp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/crash.h"
#include "base/fault_point.h"
#include "base/log.h"
#include "base/patience.h"
#include "base/shared.h"
#include "base/text.h"
#include "web/dispatch.h"
#include "web/peer.h"

enum {
	REQUEST_MEMORY = 24 * 1024 * 1024,
	REQUEST_SECONDS = 25, /* outside calls included (design.md section 7) */
	SOCKET_SECONDS = 10,  /* nginx has the whole body before it calls */
	NO_DESCRIPTOR_MS = 100,
	CLOSE_MS = 50, /* how long libfcgi may wait for the peer to close */
};

/* libfcgi takes an interrupted read for the end of a body, so signals are let in while
 * waiting only. Our handler stands before FCGX_Init, which leaves it then. */
static bool
prepare(FCGX_Request *request, struct patience *patience, const struct serve *s)
{
	char close_ms[16];

	if (!patience_begin(patience, s->listen_fd) ||
	    (s->first_fd >= 0 && !patience_watch(patience, s->first_fd)))
		return false;
	snprintf(close_ms, sizeof close_ms, "%d", CLOSE_MS);
	setenv("LIBFCGI_OS_CLOSE_POLL_TIMEOUT", close_ms, 1);
	if (FCGX_Init() != 0 || FCGX_InitRequest(request, -1, 0) != 0)
		return false;
	signal(SIGPIPE, SIG_IGN); /* FCGX_Init has a handler of its own for it */
	return true;
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

/* Those who check out or pay never stand behind those who look around. */
static int
accept_next(const struct serve *s, bool *yields)
{
	int fd = s->first_fd < 0 ? -1 : accept_one(s->first_fd);

	*yields = fd < 0 && s->first_fd >= 0;
	return fd < 0 ? accept_one(s->listen_fd) : fd;
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

struct body {
	FCGX_Stream *in;
	struct crash_note *note;
};

static size_t
read_body(void *from, void *to, size_t len)
{
	const struct body *body = from;
	size_t got = 0;

	while (got < len) {
		int n = FCGX_GetStr((char *)to + got, (int)(len - got), body->in);

		if (n <= 0 || FCGX_GetError(body->in) != 0)
			break;
		got += (size_t)n;
	}
	crash_body(body->note, to, got);
	return got;
}

/* In two parts where a test wants to cut between them. */
static void
send_body(FCGX_Stream *out, const struct shown *shown)
{
	size_t half = FAULT_POINT_IS_ARMED(answer_half) ? shown->len / 2 : 0;
	const char *body = shown->body;

	if (half > 0) {
		FCGX_PutStr(body, (int)half, out);
		FCGX_FFlush(out);
		FAULT_POINT(answer_half);
	}
	FCGX_PutStr(body + half, (int)(shown->len - half), out);
}

/* The page is whole before its first byte leaves, and its end goes with its last bytes:
 * one write for most. A peer that is gone is no error: the key of a request gives its
 * answer again. */
static void
send_answer(FCGX_Request *request, const struct answer *answer)
{
	FCGX_PutStr(answer->head.data, (int)answer->head.len, request->out);
	if (!answer->head_only && answer->shown.len > 0)
		send_body(request->out, &answer->shown);
	FCGX_FClose(request->err); /* the last stream to be closed ends the request */
	if (FCGX_FClose(request->out) != 0)
		log_event(LOG_INFO, "answer.not_sent", NULL);
	FAULT_POINT(answer_sent);
}

/* A request without a body is read when its parameters are; of any other somebody must
 * have seen the end. */
static bool
was_read_whole(const FCGX_Request *request)
{
	const char *length = FCGX_GetParam("CONTENT_LENGTH", request->envp);

	return text_is_empty(length) || strcmp(length, "0") == 0 ||
	       FCGX_HasSeenEOF(request->in) != 0;
}

/* Never kept, drained or not: bytes that nobody read are no next request. libfcgi waits
 * for the peer to close first, lest those bytes cost it the answer; where there are
 * none, a detached connection spares that wait. */
static void
finish(FCGX_Request *request, bool whole)
{
	request->keepConnection = 0;
	if (whole)
		FCGX_Detach(request);
	FCGX_Finish_r(request);
}

static void
serve_one(const struct serve *s, struct arena *mem, FCGX_Request *request, bool yields)
{
	struct arena_mark mark = arena_mark(mem);
	struct ctx cx = {
		.mem = mem,
		.db = s->db,
		.keys = s->web->keys,
		.deadline_us = clock_steady_us() + SECONDS(REQUEST_SECONDS),
	};
	struct body body = {request->in, s->web->crash};
	struct wire wire = {
		.params = (const char *const *)request->envp,
		.read = read_body,
		.from = &body,
		.yields = yields,
	};
	struct answer answer = {0};

	crash_begin(s->web->crash, wire.params);
	dispatch(s->web, &cx, &wire, &answer);
	send_answer(request, &answer);
	crash_end(s->web->crash);
	arena_rewind(mem, mark);
}

/* ---- the loop ---- */

/* Nothing was accepted: another child was faster, or there are no descriptors left. A
 * host without any is waited for; a child without any leaves, and who takes its place
 * has them again. */
static bool
may_go_on(int why)
{
	if (why != EMFILE && why != ENFILE)
		return true;
	log_event(LOG_ERROR, "descriptors.none", "why", strerror(why), NULL);
	poll(NULL, 0, NO_DESCRIPTOR_MS);
	return why == ENFILE;
}

int
serve_run(const struct serve *s)
{
	struct arena *mem = arena_new(REQUEST_MEMORY);
	struct patience patience;
	FCGX_Request request;
	int64_t served = 0;
	bool goes_on = true;

	if (!prepare(&request, &patience, s))
		return 1;
	shared_mark_busy(s->web->slot, false);
	while (goes_on && served < s->requests_max &&
	       (patience_wait(&patience, -1) || patience_queue(&patience))) {
		bool yields;
		int fd = accept_next(s, &yields);

		if (fd < 0) {
			goes_on = may_go_on(errno);
			continue;
		}
		shared_mark_busy(s->web->slot, true);
		if (adopt(&request, fd)) {
			serve_one(s, mem, &request, yields);
			finish(&request, was_read_whole(&request));
			served++;
		}
		shared_mark_busy(s->web->slot, false);
	}
	patience_end(&patience);
	arena_free(mem);
	return 0;
}
