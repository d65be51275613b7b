/* plan.h - how the database would find the rows of a statement (EXPLAIN), and what is
 * wrong with that in a shop that grows. */
#ifndef SUPPORT_PLAN_H
#define SUPPORT_PLAN_H

#include "db/db.h"

/* Whatever looks at more rows of a table than this, or reads more of all its tables
 * when it is run, reads a part that grows with the shop (past.h has ten times as many
 * rows). A LIMIT of 500 with two tables beside it is less. */
enum { PLAN_ROWS_MOST = 1000, PLAN_READS_MOST = 3000 };

/* The statement with a value in place of each parameter: one that a row in the middle
 * of past.h has, so that its plan is that of a question with an answer. NULL, and
 * *unknown says of which column, where a condition compares with a column that has
 * none. */
const char *plan_with_values(struct arena *, const struct db_stmt *,
			     const char **unknown);

/* What is wrong with the statement's plan, table by table; NULL when nothing is. Wrong
 * is to read more than PLAN_ROWS_MOST rows, by an index or without, sorted or not; and
 * a condition so impossible that no plan is shown. */
const char *plan_complaint(struct arena *, const char *text);

/* The same of what it reads when it is run, and rolled back: a plan knows not how far a
 * LIMIT lets a statement go. */
const char *plan_complaint_when_run(struct arena *, const char *text);

#endif
