/* due.h - how a queue is looked at before anything of it is claimed: one plain read,
 * which locks nothing and commits nothing. */
#ifndef DOMAIN_DUE_H
#define DOMAIN_DUE_H

#include "db/db.h"

struct due_row {
	int64_t late_us;
};

/* For how long a row has been due: since its time (a column), or since the lease of who
 * let it go. */
#define DUE_LATE(column)                                                               \
	"GREATEST(0, TIMESTAMPDIFF(MICROSECOND, GREATEST(" column ","                  \
	" COALESCE(lease_until, " column ")), UTC_TIMESTAMP(6))) AS late_us"
/* Nobody works on it, or who asks does (its claim may have been lost): the parameter.
 */
#define DUE_FREE                                                                       \
	"(lease_until IS NULL OR lease_until < UTC_TIMESTAMP(6) OR lease_owner = ?)"

/* What a statement of the store, of struct due_row, finds: *late_us tells for how many
 * microseconds the first row has been due, -1 that none is. */
fallible due_look(struct tx *, const struct db_stmt *look, struct db_args,
		  int64_t *late_us);

#endif
