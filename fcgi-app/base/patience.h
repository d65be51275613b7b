/* patience.h - how a process waits: for what it watches, and no longer than until it is
 * asked to leave. */
#ifndef BASE_PATIENCE_H
#define BASE_PATIENCE_H

#include <signal.h>
#include <stdbool.h>

struct patience {
	int watch_fd;
	sigset_t while_waiting;
};

/* Watches the descriptor, which siblings may watch as well: what comes wakes one of
 * them. From here on SIGTERM, SIGINT and SIGHUP are let in while waiting only, so that
 * no call is cut short by one, and SIGPIPE is ignored. False: there are no
 * descriptors left. */
bool patience_begin(struct patience *, int fd);
/* For a process that watches nothing and has no master: SIGTERM and SIGINT both ask it
 * to leave, and are let in while waiting only; SIGHUP and SIGPIPE end it as ever.
 * False: there are no descriptors left. */
bool patience_begin_alone(struct patience *);
/* Watches another descriptor as well, in the same way. */
bool patience_watch(const struct patience *, int fd);
/* True when something came within so many milliseconds (-1: however long it takes). */
bool patience_wait(const struct patience *, int ms);
/* SIGTERM came, and something waits already: true for two seconds after it at most.
 * Where nobody comes after this process, what waits would be lost with it. */
bool patience_queue(const struct patience *);
/* It was asked to leave: what is at hand is finished, nothing new is begun. */
bool patience_is_over(void);
void patience_end(const struct patience *);

#endif
