/* log.h - one line per event: name key=value ... trace=..., to stderr, one write(2)
 * each. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };

/* Writes {"at":..,"level":..,"event":"order.placed",...,"trace":..} as one JSON line.
 * The pairs are "key", "value" texts up to a NULL key; NULL values are left out. Never
 * blocks an order: a full pipe drops the line and counts it. Personal data only through
 * log_masked(). */
void log_event(enum log_level, const char *event, ...) __attribute__((sentinel));
/* The edge's one line for a failed request or job: code, cause, file and line. */
void log_error(const char *event, const struct err *);
/* The trace id of the work at hand; NULL for none. */
void log_trace(const char *trace);
/* The least level that is written: LOG_INFO at the start. */
void log_threshold(enum log_level);
/* Where lines go: standard error unless said otherwise. */
void log_to(int fd);
/* "a***@e***.com", "J***": enough to recognise, too little to know. Static ring of 4.
 */
const char *log_masked(const char *personal);
/* A number as text, from a static ring of 8. */
const char *log_number(int64_t);
/* Lines dropped since the start. */
uint64_t log_dropped(void);
/* Tests: what was logged at LOG_ERROR since the last call. */
int log_errors_seen(void);

#endif
