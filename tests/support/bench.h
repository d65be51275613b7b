/* bench.h - the workbench of background work: a kit with everything that a lane works
 * with. (How fast things are is measured in tests/bench.) */
#ifndef SUPPORT_BENCH_H
#define SUPPORT_BENCH_H

#include "gateway/mail.h"
#include "jobs/lane.h"
#include "support/kit.h"

struct bench {
	struct kit kit;
	struct arena *letters; /* outlives the items */
	const struct mail_port *mail;
	struct work *work;
	char *dir; /* where locks lie */
};

/* A new kit (kit_new) whose script is open, whose mails are kept; given back by
 * bench_drop, which wants the folder empty but for locks, and sets the clock right. */
struct bench bench_new(void);
void bench_drop(struct bench *);

/* Everything that a lane has to do by now. */
void bench_run(struct bench *, enum lane);
/* The newest letter that was sent; the test fails when there is none. */
const struct mail *bench_last_letter(const struct bench *);

#endif
