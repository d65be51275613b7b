/* http_out.h - libcurl for calls to gateways: deadline, size cap, retry class, one log
 * line per call. https only; in sandbox mode also http to 127.0.0.1: the only trace of
 * the sandbox in payment code. */
#ifndef GATEWAY_HTTP_OUT_H
#define GATEWAY_HTTP_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/ctx.h"
#include "base/err.h"

struct config;
struct http_guard; /* http_guard.h */
struct http_out;   /* one connection, kept alive between calls */

enum http_retry { HTTP_SAFE, HTTP_SAFE_WITH_KEY, HTTP_NEVER };

/* What became of the bytes, as far as this host can know (gateways.md section 6). */
enum http_result {
	HTTP_ANSWERED,
	HTTP_NOT_SENT, /* name, connection or TLS failed, or nothing was written */
	HTTP_LOST,     /* sent, wholly or partly; no or no whole answer */
};

struct http_header {
	const char *name, *value;
};

struct http_call {
	const char *gateway, *operation; /* for the log: "stripe", "session.create" */
	const char *method, *url;
	const struct http_header *headers;
	size_t n_headers;
	const char *body; /* NULL: none */
	size_t body_len;
	enum http_retry retry;
	int64_t timeout_ms; /* of one try; 0: what the settings say (design.md section
			       7) */
};

struct http_answer {
	enum http_result result;
	int status;
	const char *body; /* NUL-terminated; at most 2 MiB, more is LOST */
	size_t body_len;
	const char *request_id; /* Request-Id or Paypal-Debug-Id; NULL: none */
	bool has_should_retry, should_retry; /* stripe-should-retry */
	int64_t retry_after;                 /* seconds, 0: none */
	struct instant date; /* the other side's clock, in whole seconds; none: not
				told */
	const char *error;   /* why there is no answer */
	int tries;
	bool hurried; /* the last try had less time than it is usually given */
	bool doubt; /* an earlier try may have been executed, whatever this answer says
		     */
};

/* The connection itself is made by the first call, so this may stand before a fork.
 * SIGPIPE is ignored from here on: TLS writes would raise it. */
struct http_out *http_out_new(struct arena *, const struct config *);

/* From here on calls go out only as the guard permits, and it is told of each try. */
void http_out_guard(struct http_out *, const struct http_guard *);

/* Tests only: what is called instead of sleeping before a repeat. */
void http_out_pause(struct http_out *, void (*pause)(int64_t ms));

/* Asserts that no transaction is open. Repeats at most twice, with the same bytes,
 * where the retry class allows it; the whole stays under 25 s and ends before the
 * deadline of the context. With a deadline (a shopper waits) a Retry-After over 5 s is
 * not waited for. */
void http_out_send(struct http_out *, struct ctx *, const struct http_call *,
		   struct http_answer *);

/* Base address is allowed in this mode: https, or http to 127.0.0.1 in sandbox mode. */
bool http_out_allows(const struct config *, const char *url);

/* What to do after an answer, when so many repeats were made already (pure). */
enum { HTTP_REPEATS = 2 };
enum http_next {
	HTTP_FINISHED, /* 2xx */
	HTTP_REPEAT,   /* the same bytes once more, after http_out_wait_ms */
	HTTP_GIVE_UP,  /* nothing was executed, or a repeat would be answered alike */
	HTTP_LOOK_UP,  /* it may have been executed: ask how the thing stands */
};
enum http_next http_out_next(const struct http_answer *, enum http_retry, int repeats);
/* 0.5 s doubling to 5 s, of which jitter (0..255) keeps the half to the whole; at least
 * what Retry-After asks for. */
int64_t http_out_wait_ms(const struct http_answer *, int repeats, unsigned jitter);

#endif
