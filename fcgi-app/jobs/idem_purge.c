/* idem_purge.c - drops idempotency keys past their 30 days, and counters of tries whose
 * window is over. */
#include "db/idem.h"
#include "domain/throttle.h"
#include "jobs/jobs.h"

enum { ROWS_AT_ONCE = 500 };

fallible
idem_purge_run(struct work *work, int64_t *done)
{
	int64_t keys = 0, counters = 0;

	TRY(work_batch(work, idem_purge, ROWS_AT_ONCE, &keys));
	TRY(work_batch(work, throttle_purge, ROWS_AT_ONCE, &counters));
	*done = keys + counters;
	return NULL;
}
