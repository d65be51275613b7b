/* idem_purge.c - releases idempotency keys whose request died, drops those past their
 * 30 days, and counters of tries whose window is over. */
#include "base/fault_point.h"
#include "db/idem.h"
#include "domain/throttle.h"
#include "jobs/jobs.h"

enum { ROWS_AT_ONCE = 500 };

fallible
idem_purge_run(struct work *work, int64_t *done)
{
	int64_t left = 0, keys = 0, counters = 0;

	TRY(work_batch(work, NULL, idem_release_left, ROWS_AT_ONCE, &left));
	FAULT_POINT_ERR(idem_purge_half, INTERNAL);
	TRY(work_batch(work, NULL, idem_purge, ROWS_AT_ONCE, &keys));
	TRY(work_batch(work, NULL, throttle_purge, ROWS_AT_ONCE, &counters));
	*done = left + keys + counters;
	return NULL;
}
