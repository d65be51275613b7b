/* verify_watch.h - till verify --watch: looks again and again at what changed. */
#ifndef MAIN_VERIFY_WATCH_H
#define MAIN_VERIFY_WATCH_H

#include "main/command.h"

/* Looks at everything once, then each so many seconds at the stock sums, the queues and
 * the orders that changed since the last round in which nothing was broken; a line a
 * round, until SIGINT or SIGTERM. The command is refused when anything ever was broken,
 * or was never seen. Fails when it cannot wait at all. */
fallible verify_watch(struct command *, struct ctx *, int64_t every_s);

#endif
