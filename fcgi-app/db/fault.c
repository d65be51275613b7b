/* fault.c - tests only: let the nth statement of a connection fail. */
#include <errmsg.h>
#include <mysqld_error.h>

#include "db/db_private.h"
#include "db/fault.h"

void
db_fail_statement(struct db *db, int nth, unsigned error)
{
	db->fault = (struct db_fault){.nth = nth, .error = error};
}

void
db_fail_from(struct db *db, int nth, unsigned error)
{
	db->fault = (struct db_fault){.nth = nth, .error = error, .all = true};
}

void
db_fail_commit_after(struct db *db, int nth)
{
	db->fault = (struct db_fault){.commit_after = nth};
}

int
db_fail_counted(const struct db *db)
{
	return db->fault.counted;
}

uint64_t
db_fail_commits(const struct db *db)
{
	return db->fault.commits;
}

unsigned
db_fault_next(struct db *db)
{
	int late;

	db->statements++;
	late = ++db->fault.counted - db->fault.nth;
	if (db->fault.nth == 0 || late < 0 || (late > 0 && !db->fault.all))
		return 0;
	if (db_error_is_victim(db->fault.error) && db->my != NULL)
		mysql_query(db->my, "ROLLBACK"); /* as the server would have */
	return db->fault.error;
}

const char *
db_fault_words(unsigned number)
{
	return number == ER_PARSE_ERROR
		       ? "Unknown trigger has an error in its body: 'injected'"
		       : "injected";
}

bool
db_fault_commit_after(struct db *db)
{
	if (db->fault.counted < 63)
		db->fault.commits |= UINT64_C(2) << db->fault.counted;
	if (db->fault.commit_after == 0 ||
	    db->fault.counted + 1 != db->fault.commit_after)
		return false;
	db->fault.counted++;
	db->statements++;
	return true;
}
