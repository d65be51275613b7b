/* crash.h - what a child was answering when it died: kept for whoever looks for the
 * reason, and for a fuzz corpus (reliability.md 3.1, row 14).
 *
 * Each child notes the request at hand in memory that it shares with its master alone,
 * which is in no file. When the child dies by a signal, the master leaves the request
 * in run_dir/crash, sealed under the house's key: whole, since the byte that kills is
 * not known, and therefore with cookies and addresses in it. `till crash` opens it. So
 * many are kept, for so long, as the numbers below say. */
#ifndef BASE_CRASH_H
#define BASE_CRASH_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/clock.h"
#include "base/err.h"

struct arena;
struct crash_note;
struct keyring;

enum {
	CRASH_REQUEST_MOST = 384 * 1024, /* bytes of a request; what is more is cut */
	CRASH_KEPT_MOST = 50,            /* the newest */
	CRASH_KEPT_DAYS = 30,
};

/* The notes of a master's children. */
struct crashes {
	const char *folder;
	const struct keyring *keys;
	struct crash_note *notes;
	size_t n;
};

/* What is known of a request that was kept. */
struct crash {
	const char *name; /* of its record */
	struct instant at;
	int64_t pid, signal;
};

/* Before the fork: room for n children; makes the folder. INTERNAL without either. */
fallible crash_open(struct arena *, const char *run_dir, const struct keyring *,
		    size_t n, struct crashes *);
/* In the child: its note; NULL when all are taken, which the others bear. */
struct crash_note *crash_claim(struct crashes *);
/* A request begins ("NAME=value" each, NULL at the end), bytes of its body came, it is
 * answered. Without a note nothing. */
void crash_begin(struct crash_note *, const char *const *params);
void crash_body(struct crash_note *, const void *bytes, size_t len);
void crash_end(struct crash_note *);
/* In the master: the child has ended, by this signal (0: by itself). Keeps the request
 * that it was answering, if any, and frees its note. What cannot be kept is logged. */
void crash_child_ended(struct crashes *, pid_t, int signal_number);

/* What is kept, the oldest first. No folder is nothing. */
fallible crash_list(struct arena *, const char *run_dir, struct crash **, size_t *n);
/* The request: a line for each parameter, an empty one, the body. NOT_FOUND. */
fallible crash_read(struct arena *, const char *run_dir, const struct keyring *,
		    const char *name, const char **bytes, size_t *len);

#endif
