/* due.c - the one look that every queue takes. */
#include "domain/due.h"

fallible
due_look(struct tx *tx, const struct db_stmt *look, struct db_args args,
	 int64_t *late_us)
{
	struct due_row row = {0};
	bool found;

	TRY(db_one(tx, look, args, &row, &found));
	*late_us = found ? row.late_us : -1;
	return NULL;
}
