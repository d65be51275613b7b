/* journal_purge.c - drops gateway calls that are older than the shop keeps them. */
#include "domain/journal.h"
#include "jobs/jobs.h"

enum { ROWS_AT_ONCE = 500 };

fallible
journal_purge_run(struct work *work, int64_t *done)
{
	struct err *e;

	TRANSACTION (tx, work->cx, &e)
		e = journal_purge(tx, work->shop->config->journal_keep_days,
				  ROWS_AT_ONCE, done);
	return e;
}
