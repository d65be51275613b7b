/* triggers_test.c - a table whose triggers the server failed to read is read anew, and
 * nobody is refused for long. */
#include <mysqld_error.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/text.h"
#include "base/token.h"
#include "db/db_private.h"
#include "db/fault.h"
#include "support/database.h"

enum { WRITERS = 4, LOOKERS = 6, SECONDS_MOST = 5, PAUSE_US = 2000 };

SQL(note, "INSERT INTO audit (actor, action, body) VALUES ('test', 'test', ?)");

/* What the processes share. */
struct shared {
	_Atomic unsigned long writers[WRITERS];
	atomic_int refused;
	atomic_bool over;
};

static struct shared *shared;
static int runs, fail_runs;
static unsigned fail_with;

static fallible
note_in_vain(struct tx *tx)
{
	runs++;
	if (tx->attempt <= fail_runs)
		db_fail_statement(tx->db, 1, fail_with);
	return db_run(tx, &note, ARGS(arena_printf(tx->mem, "run %d", runs)));
}

static struct err *
write_once(struct ctx *cx, unsigned number, int times)
{
	struct err *e;

	runs = 0;
	fail_with = number;
	fail_runs = times;
	TRANSACTION (tx, cx, &e)
		e = note_in_vain(tx);
	return e;
}

static int64_t
notes(void)
{
	return test_number("SELECT COUNT(*) FROM audit");
}

static void
work_that_met_a_lost_trigger_is_run_again(void **state)
{
	struct ctx *cx = test_ctx();
	int64_t before = notes();

	(void)state;
	WANT_OK(write_once(cx, ER_PARSE_ERROR, 3));
	WANT_INT(runs, 4);
	WANT_OK(write_once(cx, ER_NO_SUCH_TABLE, 1));
	WANT_INT(runs, 2);
	WANT_INT(notes(), before + 2);
	test_ctx_free(cx);
}

static void
when_it_does_not_come_back_the_database_is_down_for_now(void **state)
{
	struct ctx *cx = test_ctx();
	int64_t before = notes();

	(void)state;
	WANT_ERR(write_once(cx, ER_PARSE_ERROR, 99), DATABASE_DOWN);
	WANT_INT(runs, 4);
	WANT_ERR(write_once(cx, ER_NO_SUCH_TABLE, 99), INTERNAL);
	WANT_INT(notes(), before);
	WANT_OK(write_once(cx, 0, 0));
	test_ctx_free(cx);
}

static void
every_table_with_a_trigger_is_read_anew(void **state)
{
	(void)state;
	WANT_TEXT(test_text("SELECT GROUP_CONCAT(DISTINCT event_object_table"
			    " ORDER BY BINARY event_object_table SEPARATOR ', ')"
			    " FROM information_schema.triggers"
			    " WHERE trigger_schema = '%s'",
			    test_schema()),
		  DB_TABLES_WITH_TRIGGERS);
}

/* ---- the real thing ---- */

static MYSQL *
connection(void)
{
	struct db_options options = test_options();
	MYSQL *my = mysql_init(NULL);

	if (mysql_real_connect(my, NULL, "till_owner", NULL, options.schema, 0,
			       options.socket, 0) != NULL)
		return my;
	mysql_close(my);
	return NULL;
}

/* Its trigger refuses each change of the audit, if it can run. */
static bool
is_refused_for_want_of_a_trigger(MYSQL *my, const char *sql)
{
	return mysql_query(my, sql) != 0 && mysql_errno(my) == ER_PARSE_ERROR;
}

static void
write_until_over(int writer)
{
	MYSQL *my = connection();

	if (my == NULL)
		return;
	shared->writers[writer] = mysql_thread_id(my);
	while (!shared->over) {
		if (is_refused_for_want_of_a_trigger(my, "UPDATE audit SET body = ''"))
			shared->over = true;
		if (mysql_errno(my) != ER_SIGNAL_EXCEPTION &&
		    mysql_errno(my) != ER_QUERY_INTERRUPTED)
			break;
	}
	mysql_close(my);
}

static void
kill_until_over(void)
{
	MYSQL *my = connection();
	int64_t end = clock_steady_us() + SECONDS(SECONDS_MOST);
	char sql[64];

	while (!shared->over && clock_steady_us() < end) {
		test_script("FLUSH TABLES audit");
		for (int i = 0; i < 4 && !shared->over; i++) {
			usleep((useconds_t)token_below(PAUSE_US));
			snprintf(sql, sizeof sql, "KILL %s %lu",
				 token_below(2) ? "QUERY" : "CONNECTION",
				 shared->writers[token_below(WRITERS)]);
			mysql_query(my, sql);
		}
	}
	shared->over = true;
	mysql_close(my);
}

static int
break_triggers(int child)
{
	if (child == WRITERS)
		kill_until_over();
	while (!shared->over)
		write_until_over(child);
	return 0;
}

/* All at once, so that each is handed another open table. */
static int
look(int child)
{
	MYSQL *my = connection();

	(void)child;
	shared->refused += is_refused_for_want_of_a_trigger(
		my, "UPDATE audit SET body = IF(SLEEP(0.1), '', body) LIMIT 1");
	mysql_close(my);
	return 0;
}

static int
refused(void)
{
	shared->refused = 0;
	test_processes(LOOKERS, look);
	return shared->refused;
}

/* A later server may have mended it: then there is nothing to see. */
static void
what_a_kill_has_broken_is_whole_after_the_next_run(void **state)
{
	struct ctx *cx = test_ctx();

	(void)state;
	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	WANT(shared != MAP_FAILED);
	WANT_OK(write_once(cx, 0, 0));
	test_processes(WRITERS + 1, break_triggers);
	if (refused() == 0)
		skip();
	WANT_OK(write_once(cx, ER_PARSE_ERROR, 1));
	WANT_INT(runs, 2);
	WANT_INT(refused(), 0);
	munmap(shared, sizeof *shared);
	test_ctx_free(cx);
}

TESTS(TEST(work_that_met_a_lost_trigger_is_run_again),
      TEST(when_it_does_not_come_back_the_database_is_down_for_now),
      TEST(every_table_with_a_trigger_is_read_anew),
      TEST(what_a_kill_has_broken_is_whole_after_the_next_run))
