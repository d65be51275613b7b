/* jobs.h - every background job: its lane, its rhythm. */
#ifndef JOBS_JOBS_H
#define JOBS_JOBS_H

#include <stdbool.h>
#include <stddef.h>

#include "jobs/work.h"

enum manner {
	PLAIN,
	NUDGED, /* a nudge of its lane is about it, too; others keep their rhythm */
	ALONE,  /* in one process of a host at a time: its items have no lease */
	GENTLE, /* nobody waits for it: it rests for as long as it has worked */
};

struct job {
	const char *name;
	enum lane lane;
	int64_t every_ms; /* how long it rests when there was nothing to do */
	enum manner manner;
	/* Does what is due, a little at a time; *done counts. An error is of the job as
	 * a whole: its items' errors stay with them. */
	fallible (*run)(struct work *, int64_t *done);
};

const struct job *jobs_all(size_t *n);

#define JOB(name) fallible name(struct work *, int64_t *done)
JOB(audit_seal_run);
JOB(cart_sweep_run);
JOB(disk_watch_run);
JOB(idem_purge_run);
JOB(invoice_left_out_run);
JOB(invoice_number_run);
JOB(journal_keep_run);
JOB(journal_purge_run);
JOB(order_expire_run);
JOB(outbox_send_run);
JOB(payment_poll_run);
JOB(refund_send_run);
JOB(stock_expire_run);
JOB(verify_all_run);
JOB(webhook_apply_run);
JOB(webhook_catch_up_run);
#undef JOB

#endif
