/* metrics.h - what a process counts, and all of it as Prometheus reads it. */
#ifndef WEB_METRICS_H
#define WEB_METRICS_H

#include <stdint.h>

struct buf;
struct router;
struct shared;
struct shared_slot;

/* slot NULL: nothing is counted. route -1: no route was found. */
void metrics_count(struct shared_slot *, int route, int status, int64_t us,
		   int64_t statements);
/* The text format 0.0.4 of Prometheus, over all roles of this host. */
void metrics_render(const struct shared *, const struct router *, struct buf *);

#endif
