/* database.h - a real MariaDB for tests: one server for all (the ctest fixture
 * "mariadb", or tests/support/mariadb.sh by hand), one schema for each test file,
 * freshly migrated unless it asks for a bare one. */
#ifndef SUPPORT_DATABASE_H
#define SUPPORT_DATABASE_H

#include "base/ctx.h"
#include "db/db.h"
#include "support/check.h"

/* Work as the program does it: a fresh arena, a connection of its own as the program's
 * user, the keyring for tests. Given back by test_ctx_free, or when the test ends. A
 * child of fork() makes its own. */
struct ctx *test_ctx(void);
void test_ctx_free(struct ctx *);

/* The same as the owner of the schema, who may do everything. */
struct ctx *test_owner(void);

/* The file's schema, and what connects to it as the program's user. */
const char *test_schema(void);
/* The same schema without a table, which spares the migrations: for files that make the
 * tables they need. Whichever of the two is called first decides. */
const char *test_schema_bare(void);
struct db_options test_options(void);

/* Runs statements as one who may do anything; the test fails when one of them does. */
void test_script(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The one number, or the one text, that a SELECT yields. NULL is 0 and NULL; the text
 * is good until eight more were asked for. */
int64_t test_number(const char *format, ...) __attribute__((format(printf, 1, 2)));
const char *test_text(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Hands over each row of an answer, its cells as texts or NULL; row runs no statements.
 */
void test_rows(const char *sql, void (*row)(void *to, char **cells), void *to);

/* Kills every connection of the program's user to this schema; returns how many. */
int64_t test_cut_connections(void);

/* Moves the clock of program and database by so many seconds; 0 sets it right. */
void test_turn_clock(int64_t seconds);

/* Runs play(child number) in n processes at once; each exits by its result. Fails the
 * test when one of them does not return 0. */
void test_processes(int n, int (*play)(int child));

/* How many rounds of a race: as many as TILL_ROUNDS says, else as usual. */
int test_rounds(int usual);

/* Two children meet: neither goes on before the other has come. Made before the fork; a
 * child that waits in vain for ten seconds fails. */
struct meeting {
	int ends[2];
};
struct meeting test_meeting(void);
void test_meet(struct meeting, int child);

#endif
