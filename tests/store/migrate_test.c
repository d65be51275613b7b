/* migrate_test.c - the schema goes forward only, and knows what it was made of. */
#include "db/migrate.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/database.h"

static char folder[64];    /* of the test at hand */
static const char *target; /* its schema */

/* Writes a file of the folder; NULL removes it. */
static void
put(const char *name, const char *text)
{
	char path[200];
	FILE *file;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	if (text == NULL) {
		WANT_INT(unlink(path), 0);
		return;
	}
	file = fopen(path, "w");
	WANT(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0);
}

static void
remove_folder(void)
{
	char command[200];

	snprintf(command, sizeof command, "rm -rf '%s'", folder);
	WANT_INT(system(command), 0); /* NOLINT: the path is our own */
}

/* An empty schema and a folder with one migration and the grants; as their owner. */
static struct ctx *
arrange(void)
{
	static int nth;
	struct ctx *cx = test_owner();
	struct db_options options = test_options();

	target = arena_printf(cx->mem, "%sm%d", test_schema(), ++nth);
	test_script("CREATE DATABASE %s", target);
	options.schema = target;
	options.user = "till_owner";
	options.patient = true;
	cx->db = db_new(cx->mem, &options);
	snprintf(folder, sizeof folder, "/tmp/till-migrate.XXXXXX");
	WANT(mkdtemp(folder) != NULL);
	put("0001_first.sql", "CREATE TABLE IF NOT EXISTS mug (n INT);");
	put("grants.sql", "GRANT SELECT ON {schema}.mug TO {user};\n"
			  "GRANT INSERT ON {schema}.mug TO {user};");
	return cx;
}

static void
clear(struct ctx *cx)
{
	remove_folder();
	test_script("DROP DATABASE %s", target);
	test_ctx_free(cx);
}

static fallible
migrate(struct ctx *cx, struct migrations *done)
{
	return migrate_run(cx, folder, "till", done);
}

static void
want_refused(struct ctx *cx, const char *because)
{
	struct migrations done;
	struct err *e = migrate(cx, &done);

	WANT_ERR(e, REFUSED);
	if (strstr(e->cause, because) == NULL)
		fail_msg("%s", e->cause);
}

static int64_t
count(const char *table)
{
	return test_number("SELECT COUNT(*) FROM information_schema.tables"
			   " WHERE table_schema = '%s' AND table_name = '%s'",
			   target, table);
}

static void
waiting_migrations_are_applied_once_in_order(void **state)
{
	struct ctx *cx = arrange();
	struct migrations done;

	(void)state;
	put("0003_third.sql", "INSERT INTO mug VALUES (3);");
	put("0002_second.sql",
	    "INSERT INTO mug VALUES (2); INSERT INTO mug VALUES (22);");
	put("README.md", "not a migration");
	WANT_OK(migrate(cx, &done));
	WANT_INT(done.n, 3);
	WANT_INT(done.applied, 3);
	WANT_TEXT(done.list[1].name, "0002_second");
	WANT_TEXT(test_text("SELECT GROUP_CONCAT(n) FROM %s.mug", target), "2,22,3");
	WANT_OK(migrate(cx, &done));
	WANT_INT(done.applied, 0);
	WANT(!instant_is_none(done.list[2].applied_at));
	put("0004_fourth.sql", "INSERT INTO mug VALUES (4);");
	WANT_OK(migrate(cx, &done));
	WANT_INT(done.applied, 1);
	WANT_TEXT(test_text("SELECT GROUP_CONCAT(n) FROM %s.mug", target), "2,22,3,4");
	clear(cx);
}

static void
a_changed_migration_is_refused(void **state)
{
	struct ctx *cx = arrange();
	struct migrations done;

	(void)state;
	WANT_OK(migrate(cx, &done));
	put("0001_first.sql", "CREATE TABLE IF NOT EXISTS mug (n INT); -- and a word");
	put("0002_second.sql", "CREATE TABLE cup (n INT);");
	want_refused(cx, "0001_first has changed");
	WANT_INT(count("cup"), 0);
	put("0001_first.sql", NULL);
	put("0001_other.sql", "CREATE TABLE IF NOT EXISTS mug (n INT);");
	want_refused(cx, "0001_other has changed");
	clear(cx);
}

static void
a_missing_and_an_unknown_migration_are_refused(void **state)
{
	struct ctx *cx = arrange();
	struct migrations done;

	(void)state;
	put("0002_second.sql", "CREATE TABLE cup (n INT);");
	WANT_OK(migrate(cx, &done));
	put("0002_second.sql", NULL);
	want_refused(cx, "0002_second was applied to this schema");
	put("0003_third.sql", "CREATE TABLE jar (n INT);");
	want_refused(cx, "0002_second was applied to this schema");
	WANT_INT(count("jar"), 0);
	clear(cx);
}

static void
a_migration_that_comes_late_is_refused(void **state)
{
	struct ctx *cx = arrange();
	struct migrations done;

	(void)state;
	put("0005_fifth.sql", "CREATE TABLE jar (n INT);");
	WANT_OK(migrate(cx, &done));
	put("0003_third.sql", "CREATE TABLE cup (n INT);");
	want_refused(cx, "0003_third waits");
	put("0003_third.sql", NULL);
	put("0005_again.sql", "CREATE TABLE cup (n INT);");
	want_refused(cx, "have one number");
	WANT_INT(count("cup"), 0);
	clear(cx);
}

static void
a_migration_that_was_cut_short_is_run_again(void **state)
{
	struct ctx *cx = arrange();
	struct migrations done;

	(void)state;
	put("0002_second.sql", "CREATE TABLE IF NOT EXISTS cup (n INT); SELEKT 1;");
	want_refused(cx, "0002_second: statement 2 of the script");
	WANT_INT(count("cup"), 1);
	WANT_INT(test_number("SELECT MAX(version) FROM %s.schema_migration", target),
		 1);
	put("0002_second.sql", "CREATE TABLE IF NOT EXISTS cup (n INT); SELECT 1;");
	WANT_OK(migrate(cx, &done));
	WANT_INT(done.applied, 1);
	clear(cx);
}

static void
the_program_gets_its_rights_and_no_more(void **state)
{
	struct ctx *cx = arrange();
	struct migrations done;

	(void)state;
	WANT_OK(migrate(cx, &done));
	WANT_TEXT(
		test_text(
			"SELECT GROUP_CONCAT(privilege_type ORDER BY 1) FROM"
			" information_schema.table_privileges WHERE table_schema = '%s'"
			" AND grantee = '\\'till\\'@\\'localhost\\''",
			target),
		"INSERT,SELECT");
	put("grants.sql", NULL);
	want_refused(cx, "grants.sql cannot be read");
	clear(cx);
}

static void
a_name_that_would_need_quoting_is_refused(void **state)
{
	struct ctx *cx = arrange();
	struct migrations done;

	(void)state;
	WANT_ERR(migrate_run(cx, folder, "till'@'%", &done), REFUSED);
	WANT_ERR(migrate_run(cx, "/nowhere", "till", &done), REFUSED);
	clear(cx);
}

static int
play_migrate(int child)
{
	struct ctx *cx = test_owner();
	struct db_options options = test_options();
	struct migrations done;
	struct err *e;

	(void)child;
	options.schema = target;
	options.user = "till_owner";
	options.patient = true;
	cx->db = db_new(cx->mem, &options);
	e = migrate(cx, &done);
	test_ctx_free(cx);
	return e != NULL;
}

static void
of_two_at_once_one_waits_for_the_other(void **state)
{
	struct ctx *cx = arrange();

	(void)state;
	put("0002_second.sql", "DO SLEEP(0.2); INSERT INTO mug VALUES (2);");
	test_processes(3, play_migrate);
	WANT_INT(test_number("SELECT COUNT(*) FROM %s.mug", target), 1);
	clear(cx);
}

static void
every_migration_of_the_shop_may_be_run_twice(void **state)
{
	struct ctx *cx = test_owner();
	struct migrations done;
	const char *source = getenv("TILL_SOURCE");

	(void)state;
	test_script("DELETE FROM schema_migration");
	WANT_OK(migrate_run(cx, arena_printf(cx->mem, "%s/sql", source), "till",
			    &done));
	WANT_INT(done.applied, done.n);
	WANT(done.n > 0);
	test_ctx_free(cx);
}

TESTS(TEST(waiting_migrations_are_applied_once_in_order),
      TEST(a_changed_migration_is_refused),
      TEST(a_missing_and_an_unknown_migration_are_refused),
      TEST(a_migration_that_comes_late_is_refused),
      TEST(a_migration_that_was_cut_short_is_run_again),
      TEST(the_program_gets_its_rights_and_no_more),
      TEST(a_name_that_would_need_quoting_is_refused),
      TEST(of_two_at_once_one_waits_for_the_other),
      TEST(every_migration_of_the_shop_may_be_run_twice))
