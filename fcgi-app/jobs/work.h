/* work.h - what a background job works with, one item after another. */
#ifndef JOBS_WORK_H
#define JOBS_WORK_H

#include "base/ctx.h"
#include "base/shared.h"
#include "db/db.h"
#include "flow/nudge.h"
#include "flow/shop.h"

struct mailer;
struct postponed;

struct work {
	struct shop *shop;
	struct ctx *cx;    /* its memory is rewound after each item */
	const char *owner; /* of leases: "host:pid" */
	const struct mailer *mailer;
	struct shared *shared;       /* what all roles of the host see; NULL in tests */
	struct postponed *postponed; /* what went wrong lately */
	bool holds[QUEUES]; /* it may have leases on items that it is not done with */
};

/* For so long a worker may be silent before another takes its item: above the longest
 * call to a gateway, in seconds. */
enum { WORK_LEASE_SECONDS = 60 };

/* mailer may be NULL where no mail is sent. The owner is this process. */
struct work *work_new(struct arena *, struct shop *, struct ctx *,
		      const struct mailer *);

/* Runs act() on one item in memory of its own and under a trace id of its own. What
 * goes wrong is logged once, and the item is left alone for a while that grows from 5 s
 * to 5 minutes, so that nothing spins. Returns 1 when it was done, 0 when not. */
int64_t work_item(struct work *, const char *job, int64_t id,
		  fallible (*act)(struct work *, const void *item), const void *item);

/* Before a claim, one plain read: whether anything of a queue is due. How long that has
 * waited is noted for whoever sizes the lanes. */
fallible work_look(struct work *, enum shared_queue,
		   fallible (*look)(struct tx *, const char *owner, int64_t *late_us),
		   bool *due);
/* The queue rests with its gateway: more workers would do nothing for it. */
void work_rests(struct work *, enum shared_queue);

/* How a job takes from its queue; `taken` is what the job makes of it. */
struct work_queue {
	enum shared_queue name;
	/* A plain read of those that are due, and for how long the first has been. */
	fallible (*look)(struct tx *, void *taken, size_t *n, int64_t *late_us);
	/* What was looked at is done with, without a claim; NULL: there is no such. */
	fallible (*end)(struct work *, void *taken, bool *ended);
	/* Leases the only one that was found, in one statement. */
	fallible (*claim_one)(struct tx *, const char *owner, void *taken,
			      bool *claimed);
	/* Leases several; *n says how many were seen to be due, 0: only those that the
	 * owner holds from before. */
	fallible (*claim)(struct tx *, const char *owner, void *taken, size_t *n);
};

/* Takes what is due: *n items are leased to this worker now. A lone one is nobody
 * else's aim, most likely, so it needs no transaction; where nothing is due the worker
 * goes on with what it holds (work->holds). */
fallible work_take(struct work *, const struct work_queue *, void *taken, size_t *n);

/* One transaction of a job that takes many rows at once; none where look() finds that
 * nothing waits (NULL: it cannot be told beforehand). */
fallible work_batch(struct work *, fallible (*look)(struct tx *, bool *waiting),
		    fallible (*act)(struct tx *, int64_t limit, int64_t *done),
		    int64_t limit, int64_t *done);

#endif
