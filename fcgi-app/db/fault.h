/* fault.h - tests only: let the nth statement of a connection fail. */
#ifndef DB_FAULT_H
#define DB_FAULT_H

#include <stdint.h>

struct db;

/* From now on counts statements (BEGIN and COMMIT included) and fails the nth with the
 * server's or client's error number: 1213 rolls back as the server would, 2013 drops
 * the connection (on COMMIT: before or after it took effect, as after says), 1064 is a
 * trigger's. nth 0: never. */
void db_fail_statement(struct db *, int nth, unsigned error);
/* The same for the nth and all that follow. */
void db_fail_from(struct db *, int nth, unsigned error);
void db_fail_commit_after(struct db *, int nth);
/* Statements counted since db_fail_statement. */
int db_fail_counted(const struct db *);
/* Which of them were COMMITs: bit n for the nth. */
uint64_t db_fail_commits(const struct db *);

#endif
