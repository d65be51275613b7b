/* throttle.h - counters that slow guessing down: so many tries in a window, then no
 * more until it ends. */
#ifndef DOMAIN_THROTTLE_H
#define DOMAIN_THROTTLE_H

#include "db/db.h"

/* Counts one try for a subject ("10.0.0.7", "ABCDE-23456") of a purpose. *over true
 * when there were more than limit within the window that the first of them opened.
 * Subjects are kept as keyed hashes alone. Two statements. */
fallible throttle_count(struct tx *, const char *purpose, const char *subject,
			int64_t limit, int64_t window_s, bool *over);

/* Job: drops up to limit counters whose window is over. */
fallible throttle_purge(struct tx *, int64_t limit, int64_t *dropped);

#endif
