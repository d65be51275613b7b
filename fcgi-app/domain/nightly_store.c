/* nightly_store.c - when all the books were looked at: one event a day, whose subject
 * is the day. */
#include "domain/nightly.h"

#define TODAY                                                                          \
	"CAST(CONCAT('00000000-0000-7000-8000-',"                                      \
	"            DATE_FORMAT(UTC_TIMESTAMP(6), '%Y%m%d0000')) AS UUID)"

struct due_row {
	bool due;
};

SQL_ROWS(read_due, struct due_row, (due),
	 "SELECT HOUR(UTC_TIMESTAMP(6)) >= ? AND NOT EXISTS (SELECT 1 FROM event"
	 "  WHERE kind = 'BooksVerified' AND subject = " TODAY ") AS due");

fallible
nightly_is_due(struct tx *tx, int64_t hour, bool *due)
{
	struct due_row row = {0};
	bool found;

	TRY(db_one(tx, &read_due, ARGS(hour), &row, &found));
	*due = row.due;
	return NULL;
}

SQL(note, "INSERT IGNORE INTO event (kind, subject, detail)"
	  " VALUES ('BooksVerified', " TODAY ", ?)");

fallible
nightly_note(struct tx *tx, const char *found)
{
	return db_run(tx, &note, ARGS(found));
}
