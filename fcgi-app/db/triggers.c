/* triggers.c - tables whose triggers the server failed to read.
 *
 * MariaDB (10.11) reads a table's triggers when it opens it. When the session that does
 * so is killed meanwhile, the open table goes to the cache with triggers that cannot
 * run: whoever is handed it later is refused (1064), on any connection, until it leaves
 * the cache. And a statement that was prepared with it does not know the tables that
 * its triggers read (1146), as long as its connection lasts. No row is wrong. */
#include "base/log.h"
#include "db/db_private.h"

/* InnoDB repairs nothing, but the cache lets go of the tables, which the error does not
 * name. It needs no more than SELECT and INSERT; FLUSH TABLES would need RELOAD. */
#define READ_ANEW                                                                      \
	"SET STATEMENT lock_wait_timeout = 1 FOR"                                      \
	" REPAIR NO_WRITE_TO_BINLOG TABLE " DB_TABLES_WITH_TRIGGERS

void
db_read_triggers(struct db *db)
{
	db->triggers_lost = false;
	if (mysql_real_query(db->my, READ_ANEW, sizeof READ_ANEW - 1) == 0) {
		mysql_free_result(mysql_store_result(db->my));
		log_event(LOG_WARNING, "database.triggers_read_anew", NULL);
		return;
	}
	log_event(LOG_WARNING, "database.triggers_lost", "cause", mysql_error(db->my),
		  NULL);
	db_drop(db);
}
