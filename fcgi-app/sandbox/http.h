/* http.h - a small HTTP/1.1 server on one epoll: keep-alive and Content-Length bodies,
 * and answers that can be held back, cut off, or replaced by silence or a reset. */
#ifndef SANDBOX_HTTP_H
#define SANDBOX_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"

struct arena;

enum {
	HTTP_HEADERS = 64, /* of one request */
	HTTP_REPLY_HEADERS = 16,
	HTTP_HEAD_MAX = 16384, /* bytes of request line and headers */
	HTTP_BODY_MAX = 262144,
	HTTP_CONNS = 1024,
};

struct http_header {
	const char *name, *value;
};

struct http_request {
	struct arena *mem; /* dies when the answer is sent */
	const char *method;
	const char *path;  /* as sent, without the query */
	const char *query; /* "" when there is none */
	const char *body;  /* NUL-terminated, and body_len bytes */
	size_t body_len;
	size_t n_headers;
	struct http_header headers[HTTP_HEADERS]; /* names in lower case */
	int minor;                                /* HTTP/1.minor */
	bool close;                               /* the client asked for it */
};

enum http_fate {
	HTTP_ANSWER,
	HTTP_SILENCE, /* closed without a byte */
	HTTP_RESET,   /* closed with a TCP reset */
	HTTP_CUT,     /* all headers, half of the body, closed */
};

/* The texts must live as long as the request's arena. */
struct http_reply {
	int status; /* 200 unless set */
	const char *type, *body;
	size_t body_len;
	size_t n_headers;
	struct http_header headers[HTTP_REPLY_HEADERS];
	enum http_fate fate;
	int64_t hold_us;     /* nothing is sent before that much time went by */
	uint64_t ticket;     /* not 0: http_release() ends the hold early */
	struct instant date; /* none: the clock of this host */
};

struct http_server;

struct http_handler {
	void *arg;
	/* Answers one request. */
	void (*handle)(void *arg, const struct http_request *, struct http_reply *);
	/* Called after a round of requests and before the first byte of their answers:
	 * what the answers promise must be on disk when it returns. */
	void (*settle)(void *arg);
};

/* Listens on 127.0.0.1; port 0 takes a free one. Fails with INTERNAL. */
fallible http_listen(struct arena *, int port, struct http_handler,
		     struct http_server **);
int http_port(const struct http_server *);
/* The descriptor that becomes readable when http_turn() has work. */
int http_descriptor(const struct http_server *);
/* Microseconds (clock_steady_us) when http_turn() has work without any descriptor:
 * 0 at once, INT64_MAX never. */
int64_t http_due(const struct http_server *);
/* One round: accepts, reads, handles, settles, sends. Never waits. */
void http_turn(struct http_server *);
void http_release(struct http_server *, uint64_t ticket);
/* Closes all connections and the port. */
void http_stop(struct http_server *);

/* A header's value by its lower-case name, or NULL. */
const char *http_header_of(const struct http_request *, const char *name);
void http_reply_header(struct http_reply *, const char *name, const char *value);
/* Sets status, type and a NUL-terminated body. */
void http_reply_text(struct http_reply *, int status, const char *type,
		     const char *body);

#endif
