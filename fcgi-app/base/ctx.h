/* ctx.h - one piece of work: a request or a job, and what it works with. */
#ifndef BASE_CTX_H
#define BASE_CTX_H

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct db;
struct keyring;

struct ctx {
	struct arena *mem; /* dies with the work */
	struct db *db;
	const struct keyring *keys; /* seals personal fields */
	const char *trace;          /* 32 hex digits, one id from nginx to gateway */
	bool in_tx;          /* a transaction is open: no outside call may be made */
	int64_t deadline_us; /* on clock_steady_us(): outside calls end before it, since
			      * a shopper waits; 0: nobody does (jobs) */
};

#endif
