/* http.c - a small HTTP/1.1 server on one epoll; answers can be held, cut or broken.
 * A connection owns one arena: its own bytes first, then those of the request at hand.
 */
#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/text.h"
#include "sandbox/http_parse.h"

enum { DATE_TEXT = 40 };
enum state { READING, HELD, SENDING, DRAINING };

struct conn {
	struct arena *mem;
	struct arena_mark fresh; /* what stands after it belongs to one request */
	size_t slot;
	int fd;
	enum state state;
	uint32_t watched; /* epoll events asked for */
	bool again;       /* bytes of a next request are here already */
	bool closing;     /* after this answer */
	bool refused; /* what the client still sends is read and dropped first, since
		       * closing at once would reset the answer away */
	char base[HTTP_HEAD_MAX];
	char *in; /* base, or larger for a long body */
	size_t in_len, in_cap;
	size_t head_len, body_len; /* of the request at hand; head 0: not here yet */
	struct http_request request;
	struct http_reply reply;
	const char *head;
	size_t sent, head_out, body_out;
	int64_t release_us; /* HELD until then */
	int64_t touched_us;
};

struct http_server {
	struct http_handler handler;
	int epoll, listener, port;
	size_t n_conns;
	struct conn *conns[HTTP_CONNS];
	int64_t looked_us; /* when idle connections were last looked for */
};

/* A client that sends no whole request in this time is dropped. */
static const int64_t read_limit_us = SECONDS(120);

fallible
http_listen(struct arena *mem, int port, struct http_handler handler,
	    struct http_server **out)
{
	struct http_server *server = arena_new_of(mem, struct http_server, 1);
	struct sockaddr_in at = {.sin_family = AF_INET,
				 .sin_port = htons((uint16_t)port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(at);
	struct epoll_event event = {.events = EPOLLIN};

	server->handler = handler;
	server->epoll = epoll_create1(EPOLL_CLOEXEC);
	server->listener =
		socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (server->epoll < 0 || server->listener < 0)
		return FAIL(INTERNAL, "socket: %s", strerror(errno));
	setsockopt(server->listener, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
	if (bind(server->listener, (struct sockaddr *)&at, size) ||
	    listen(server->listener, 1024) ||
	    getsockname(server->listener, (struct sockaddr *)&at, &size) ||
	    epoll_ctl(server->epoll, EPOLL_CTL_ADD, server->listener, &event))
		return FAIL(INTERNAL, "127.0.0.1:%d: %s", port, strerror(errno));
	server->port = ntohs(at.sin_port);
	*out = server;
	return NULL;
}

int
http_port(const struct http_server *server)
{
	return server->port;
}

int
http_descriptor(const struct http_server *server)
{
	return server->epoll;
}

static void
conn_watch(struct http_server *server, struct conn *c, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.ptr = c};

	if (c->watched == events)
		return;
	epoll_ctl(server->epoll, c->watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, c->fd,
		  &event);
	c->watched = events;
}

static void
conn_drop(struct http_server *server, struct conn *c)
{
	struct conn *last = server->conns[--server->n_conns];

	close(c->fd);
	server->conns[c->slot] = last;
	last->slot = c->slot;
	arena_free(c->mem);
}

static void
conn_reset(struct http_server *server, struct conn *c)
{
	struct linger now = {.l_onoff = 1, .l_linger = 0};

	setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	conn_drop(server, c);
}

static void
conn_accept(struct http_server *server)
{
	for (;;) {
		struct arena *mem;
		struct conn *c;
		int fd = accept4(server->listener, NULL, NULL,
				 SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0)
			return;
		if (server->n_conns == HTTP_CONNS) {
			close(fd);
			continue;
		}
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
		mem = arena_new((size_t)1 << 30);
		c = arena_new_of(mem, struct conn, 1);
		c->mem = mem;
		c->fresh = arena_mark(mem);
		c->fd = fd;
		c->in = c->base;
		c->in_cap = sizeof(c->base);
		c->touched_us = clock_steady_us();
		c->slot = server->n_conns;
		server->conns[server->n_conns++] = c;
		conn_watch(server, c, EPOLLIN | EPOLLRDHUP);
	}
}

static const char *
reason(int status)
{
	static const struct {
		int status;
		const char *text;
	} reasons[] = {
		{200, "OK"},
		{204, "No Content"},
		{303, "See Other"},
		{400, "Bad Request"},
		{401, "Unauthorized"},
		{402, "Payment Required"},
		{403, "Forbidden"},
		{404, "Not Found"},
		{405, "Method Not Allowed"},
		{409, "Conflict"},
		{413, "Too Large"},
		{429, "Too Many Requests"},
		{502, "Bad Gateway"},
	};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].status == status)
			return reasons[i].text;
	return status < 500 ? "Refused" : "Server Error";
}

/* "Sat, 21 Nov 2026 14:00:00 GMT". */
static const char *
http_date(struct arena *mem, struct instant date)
{
	struct instant at = instant_is_none(date) ? clock_now() : date;
	time_t now = (time_t)(at.us / SECONDS(1));
	char *text = arena_alloc(mem, DATE_TEXT);
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(text, DATE_TEXT, "%a, %d %b %Y %H:%M:%S GMT", &tm);
	return text;
}

/* Writes the head of the answer into the request's arena. */
static void
conn_answer(struct conn *c)
{
	struct http_reply *re = &c->reply;
	bool silent = c->request.method && strcmp(c->request.method, "HEAD") == 0;
	char *head;

	if (re->status == 0)
		re->status = 200;
	if (!re->body)
		re->body = "";
	c->closing = c->closing || c->request.close || re->fate != HTTP_ANSWER;
	head = arena_printf(
		c->mem, "HTTP/1.1 %d %s\r\nDate: %s\r\nContent-Length: %zu\r\n%s%s%s%s",
		re->status, reason(re->status), http_date(c->mem, re->date),
		re->body_len, re->type ? "Content-Type: " : "",
		re->type ? re->type : "", re->type ? "\r\n" : "",
		c->closing ? "Connection: close\r\n" : "");
	for (size_t i = 0; i < re->n_headers; i++) {
		assert(text_is_header_safe(re->headers[i].value));
		head = arena_printf(c->mem, "%s%s: %s\r\n", head, re->headers[i].name,
				    re->headers[i].value);
	}
	c->head = arena_printf(c->mem, "%s\r\n", head);
	c->head_out = strlen(c->head);
	c->body_out = silent ? 0 : re->body_len;
	if (re->fate == HTTP_CUT)
		c->body_out /= 2;
	c->sent = 0;
	c->state = HELD;
	c->release_us = clock_steady_us() + re->hold_us;
	c->touched_us = c->release_us;
}

static void
conn_refuse(struct conn *c, int status)
{
	c->closing = c->refused = true;
	c->reply = (struct http_reply){0};
	http_reply_text(&c->reply, status, "text/plain; charset=utf-8", "refused\n");
	conn_answer(c);
}

/* True when a whole request is in the buffer; false also when it was refused. */
static bool
conn_request_is_here(struct conn *c)
{
	int wrong;

	if (c->head_len == 0) {
		c->head_len = http_head_length(c->in, c->in_len);
		if (c->head_len == 0) {
			if (c->in_len == c->in_cap)
				conn_refuse(c, 431);
			return false;
		}
		c->request = (struct http_request){.mem = c->mem};
		wrong = http_parse_head(&c->request, c->in, c->head_len, &c->body_len);
		if (wrong) {
			conn_refuse(c, wrong);
			return false;
		}
		if (c->head_len + c->body_len > c->in_cap) {
			char *larger = arena_alloc(c->mem, c->head_len + c->body_len);

			memcpy(larger, c->in, c->in_len);
			c->in = larger;
			c->in_cap = c->head_len + c->body_len;
		}
	}
	return c->in_len >= c->head_len + c->body_len;
}

static void
conn_handle(struct http_server *server, struct conn *c)
{
	c->again = false;
	if (!conn_request_is_here(c))
		return;
	c->request.body = arena_copy(c->mem, c->in + c->head_len, c->body_len);
	c->request.body_len = c->body_len;
	c->reply = (struct http_reply){0};
	server->handler.handle(server->handler.arg, &c->request, &c->reply);
	conn_answer(c);
}

static void
conn_read(struct http_server *server, struct conn *c)
{
	ssize_t got = recv(c->fd, c->in + c->in_len, c->in_cap - c->in_len, 0);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {
		conn_drop(server, c);
		return;
	}
	c->in_len += (size_t)got;
	c->touched_us = clock_steady_us();
	conn_handle(server, c);
}

/* Forgets the answered request; what came after it is kept. */
static void
conn_next(struct conn *c)
{
	size_t used = c->head_len + c->body_len;
	size_t left = c->in_len - used;

	/* A buffer other than base was made to measure: nothing can follow in it. */
	assert(left == 0 || c->in == c->base);
	memmove(c->base, c->base + (left ? used : 0), left);
	c->in = c->base;
	c->in_cap = sizeof(c->base);
	c->in_len = left;
	c->head_len = c->body_len = 0;
	c->again = left > 0;
	c->state = READING;
	c->request = (struct http_request){0};
	c->touched_us = clock_steady_us();
	arena_rewind(c->mem, c->fresh);
}

static void
conn_send(struct http_server *server, struct conn *c)
{
	while (c->sent < c->head_out + c->body_out) {
		size_t of_head = c->sent < c->head_out ? c->head_out - c->sent : 0;
		size_t of_body = c->sent < c->head_out ? 0 : c->sent - c->head_out;
		struct iovec parts[2] = {
			{(char *)(uintptr_t)c->head + c->head_out - of_head, of_head},
			{(char *)(uintptr_t)c->reply.body + of_body,
			 c->body_out - of_body}};
		struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
		ssize_t put = sendmsg(c->fd, &message, MSG_NOSIGNAL);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0 && errno == EAGAIN) {
			conn_watch(server, c, EPOLLOUT);
			return;
		}
		if (put < 0) {
			conn_drop(server, c);
			return;
		}
		c->sent += (size_t)put;
	}
	if (c->refused) {
		shutdown(c->fd, SHUT_WR);
		c->state = DRAINING;
		c->release_us = clock_steady_us() + SECONDS(2);
		conn_watch(server, c, EPOLLIN);
		return;
	}
	if (c->closing) {
		conn_drop(server, c);
		return;
	}
	conn_next(c);
	conn_watch(server, c, EPOLLIN | EPOLLRDHUP);
}

/* Sends what is due, or parks the connection until it is. */
static void
conn_release(struct http_server *server, struct conn *c, int64_t now)
{
	if (c->release_us > now) {
		conn_watch(server, c, EPOLLRDHUP);
		return;
	}
	if (c->reply.fate == HTTP_RESET) {
		conn_reset(server, c);
		return;
	}
	if (c->reply.fate == HTTP_SILENCE) {
		conn_drop(server, c);
		return;
	}
	c->state = SENDING;
	conn_send(server, c);
}

static void
conn_settle(struct http_server *server, struct conn *c, int64_t now)
{
	if (c->state == HELD)
		conn_release(server, c, now);
	else if (c->state == DRAINING && c->release_us <= now)
		conn_drop(server, c);
}

static void
conn_drain(struct http_server *server, struct conn *c)
{
	char lost[4096];
	ssize_t got = recv(c->fd, lost, sizeof(lost), 0);

	if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
		conn_drop(server, c);
}

static void
conn_event(struct http_server *server, struct conn *c, uint32_t events)
{
	if (c->state == READING && events & EPOLLIN)
		conn_read(server, c);
	else if (c->state == SENDING && events & EPOLLOUT)
		conn_send(server, c);
	else if (c->state == DRAINING && events & EPOLLIN)
		conn_drain(server, c);
	else if (events & (EPOLLHUP | EPOLLERR | EPOLLRDHUP))
		conn_drop(server, c);
}

int64_t
http_due(const struct http_server *server)
{
	int64_t due = INT64_MAX;

	for (size_t i = 0; i < server->n_conns; i++) {
		const struct conn *c = server->conns[i];

		if (c->again)
			return 0;
		if ((c->state == HELD || c->state == DRAINING) && c->release_us < due)
			due = c->release_us;
	}
	return due;
}

static void
drop_idle(struct http_server *server, int64_t now)
{
	if (now - server->looked_us < SECONDS(1))
		return;
	server->looked_us = now;
	for (size_t i = server->n_conns; i-- > 0;)
		if (now - server->conns[i]->touched_us > read_limit_us)
			conn_drop(server, server->conns[i]);
}

void
http_turn(struct http_server *server)
{
	struct epoll_event events[128];
	int n = epoll_wait(server->epoll, events, 128, 0);
	int64_t now;

	for (int i = 0; i < n; i++) {
		if (events[i].data.ptr)
			conn_event(server, events[i].data.ptr, events[i].events);
		else
			conn_accept(server);
	}
	for (size_t i = server->n_conns; i-- > 0;)
		if (server->conns[i]->again)
			conn_handle(server, server->conns[i]);
	server->handler.settle(server->handler.arg);
	now = clock_steady_us();
	for (size_t i = server->n_conns; i-- > 0;)
		conn_settle(server, server->conns[i], now);
	drop_idle(server, now);
}

void
http_release(struct http_server *server, uint64_t ticket)
{
	for (size_t i = 0; i < server->n_conns; i++)
		if (server->conns[i]->state == HELD &&
		    server->conns[i]->reply.ticket == ticket)
			server->conns[i]->release_us = 0;
}

void
http_stop(struct http_server *server)
{
	while (server->n_conns)
		conn_drop(server, server->conns[server->n_conns - 1]);
	close(server->listener);
	close(server->epoll);
}

void
http_reply_header(struct http_reply *re, const char *name, const char *value)
{
	assert(re->n_headers < HTTP_REPLY_HEADERS);
	re->headers[re->n_headers++] = (struct http_header){name, value};
}

void
http_reply_text(struct http_reply *re, int status, const char *type, const char *body)
{
	re->status = status;
	re->type = type;
	re->body = body;
	re->body_len = strlen(body);
}
