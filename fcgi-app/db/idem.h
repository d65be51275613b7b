/* idem.h - idempotency keys, recovery points and the replies they earned.
 *
 * One row per (scope, key). The request that inserts it runs; others wait, replay or
 * are refused (design.md section 5, IETF Idempotency-Key draft -07). Lock order: first.
 */
#ifndef DB_IDEM_H
#define DB_IDEM_H

#include "db/db.h"

/* An answer as it left the house: replayed byte for byte. */
struct idem_reply {
	int64_t status;       /* 0: none stored */
	const char *location; /* NULL: none */
	const char *content_type;
	struct sealed_bytes body;
};

enum idem_state {
	IDEM_NEW,     /* this request inserted the row and runs */
	IDEM_RESUMED, /* the row was left by a request that died or stored no answer;
			 run on */
	IDEM_REPLAY,  /* answered before: reply holds it */
	IDEM_RUNNING, /* the first request still runs: KEY_IN_USE */
	IDEM_OTHER,   /* the key was used for another request: KEY_REUSED */
};

struct idem {
	enum idem_state state;
	const char *scope, *key;
	const char *recovery_point; /* "started", "placed", "answered" */
	const char *resource_kind;  /* "order", "order_again", "attempt", "cancel" */
	int64_t resource_id;        /* 0: none yet */
	struct idem_reply reply;
};

/* How long a request may be silent before another may take its key over: above the
 * whole request budget of 25 s (design.md section 7), in seconds. When its process is
 * known to be gone nobody waits. */
enum { IDEM_LOCK_SECONDS = 60 };

/* 1 to 255 visible ASCII characters (a pair of quotes around it is taken off: both the
 * bare and the RFC 8941 form are accepted). Returns NULL when it is neither. */
const char *idem_key_clean(struct arena *, const char *);

/* Claims the key inside the transaction that does the work. hash covers everything that
 * makes two requests the same: visitor, operation and body. */
fallible idem_begin(struct tx *, const char *scope, const char *key, struct digest hash,
		    struct idem *out);
/* The same question without claiming: for replays before any other work. *found false
 * when the key is new. */
fallible idem_find(struct tx *, const char *scope, const char *key, struct digest hash,
		   struct idem *out, bool *found);
/* Moves the recovery point and names what the key made, in the caller's transaction. */
fallible idem_point(struct tx *, const struct idem *, const char *recovery_point,
		    const char *resource_kind, int64_t resource_id);
/* Stores the answer, sealed: one statement (SINGLE will do); state done. The first
 * answer stays. Answers of 5xx are never stored: they call idem_release instead. */
fallible idem_finish(struct tx *, const char *scope, const char *key,
		     const struct idem_reply *);
/* Lets the same key run again at once (the request failed before it changed anything,
 * or may be resumed). */
fallible idem_release(struct tx *, const char *scope, const char *key);
/* Releases keys whose request died without an answer; returns how many. */
fallible idem_release_left(struct tx *, int64_t limit, int64_t *released);
/* Drops rows that are past their 30 days; returns how many. */
fallible idem_purge(struct tx *, int64_t limit, int64_t *dropped);

#endif
