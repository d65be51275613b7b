/* http_out.h - libcurl for calls to gateways: deadline, size cap, retry class, one log line
 * per call. https only; in sandbox mode also http to 127.0.0.1: the only trace of the
 * sandbox in payment code. */
#ifndef GATEWAY_HTTP_OUT_H
#define GATEWAY_HTTP_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ctx.h"
#include "base/err.h"

struct config;
struct http_out; /* one easy handle, kept alive: made after the fork */

enum http_retry { HTTP_SAFE, HTTP_SAFE_WITH_KEY, HTTP_NEVER };

/* What became of the bytes, as far as this host can know (gateways.md section 6). */
enum http_result {
	HTTP_ANSWERED,
	HTTP_NOT_SENT, /* name, connection or TLS failed, or nothing was written */
	HTTP_LOST, /* sent, wholly or partly; no or no whole answer */
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
	int64_t timeout_ms; /* 0: 20 s for POST, 8 s for GET (design.md section 7) */
	bool in_page; /* a shopper waits: Retry-After over 5 s is not waited for */
};

struct http_answer {
	enum http_result result;
	int status;
	const char *body; /* NUL-terminated; at most 2 MiB, more is LOST */
	size_t body_len;
	const char *request_id; /* Request-Id, Paypal-Debug-Id ... */
	bool has_should_retry, should_retry; /* stripe-should-retry */
	int64_t retry_after; /* seconds, 0: none */
	const char *error; /* libcurl's words when not ANSWERED */
	int tries;
};

struct http_out *http_out_new(struct arena *, const struct config *);
/* Asserts that no transaction is open. Repeats at most twice, with the same bytes, where
 * the retry class allows it and the whole stays under 25 s. */
void http_out_send(struct http_out *, struct ctx *, const struct http_call *,
		   struct http_answer *);
/* Base address is allowed in this mode: https, or http to 127.0.0.1 in sandbox mode. */
bool http_out_allows(const struct config *, const char *url);

#endif
