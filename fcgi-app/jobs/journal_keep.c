/* journal_keep.c - brings what gateways were asked and answered into its table. */
#include "flow/outside.h"
#include "jobs/jobs.h"

fallible
journal_keep_run(struct work *work, int64_t *done)
{
	return outside_keep(work->shop, work->cx, done);
}
