/* audit_seal.c - links new rows of the audit trail into its hash chain. */
#include "domain/audit.h"

#include "jobs/jobs.h"

enum { ROWS_AT_ONCE = 500 };

fallible
audit_seal_run(struct work *work, int64_t *done)
{
	return work_batch(work, audit_look, audit_seal, ROWS_AT_ONCE, done);
}
