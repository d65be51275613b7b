/* http_guard.h - who may call a gateway now: the breaker and the seats that all
 * processes of this host share, and what is counted and written down of each call. */
#ifndef GATEWAY_HTTP_GUARD_H
#define GATEWAY_HTTP_GUARD_H

#include "base/clock.h"
#include "base/traffic.h"
#include "gateway/http_out.h"

/* One try, as it may be kept: without headers, without secrets (gateway/redact.h). */
struct http_note {
	const char *gateway, *operation, *method;
	const char *path;               /* and query, without scheme and host */
	const char *key;                /* idempotency key; NULL: none */
	const char *request, *response; /* bodies, cut to HTTP_NOTE_BODY; NULL: none */
	const char *outcome;            /* answered, lost, not_sent */
	const char *request_id, *error;
	int64_t status, nth, took_ms; /* nth try of its call, from 1 */
	struct instant called_at;
};

enum { HTTP_NOTE_BODY = 256 * 1024 };

struct http_guard {
	struct traffic *traffic; /* NULL: nobody shares anything */
	int64_t calls_most;      /* of one gateway at once, by all processes */
	bool trusting;           /* no breaker: it is called however often it failed */
	/* Told of each try; must not fail and may not touch the database. NULL: nobody
	 * is told. */
	void (*note)(void *to, struct ctx *, const struct http_note *);
	void *to;
};

/* What one call was given. */
struct http_pass {
	struct traffic_gateway *gateway; /* NULL: nothing is guarded */
	enum breaker_leave leave;
	int seat;
};

/* False: nothing may be sent now; *out says so as NOT_SENT, with the seconds to wait.
 */
bool http_guard_enter(const struct http_guard *, const struct http_call *,
		      struct http_pass *, struct http_answer *out);
/* After a failed try: no repeat while others know that the gateway is down. */
bool http_guard_may_repeat(const struct http_pass *, const struct http_answer *);
/* Frees the seat, tells the breaker, counts. */
void http_guard_leave(const struct http_guard *, const struct http_call *,
		      const struct http_pass *, const struct http_answer *,
		      int64_t took_us);
/* Hands one try to whoever keeps a journal. */
void http_guard_note(const struct http_guard *, struct ctx *, const struct http_call *,
		     const struct http_answer *, int64_t began_us);

#endif
