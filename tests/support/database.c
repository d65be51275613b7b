/* database.c - a schema of its own for each test file. */
#include "support/database.h"

#include <mysql.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "db/migrate.h"

enum { ARENA_CAP = 64 * 1024 * 1024, TEXTS = 8, LIVING_MAX = 64, SQL_MAX = 64 * 1024 };

static char schema[40];
static MYSQL *admin; /* of this process */
static pid_t admin_pid;
static volatile int64_t clock_moved;
static struct arena *living[LIVING_MAX]; /* of contexts that no one has given back */

static const char *
setting(const char *name)
{
	const char *value = getenv(name);

	if (value == NULL)
		fail_msg("%s is not set: run this test by ctest", name);
	return value;
}

static const char *
socket_path(void)
{
	static char path[108];
	char file[512];
	FILE *stream;

	if (path[0] != '\0')
		return path;
	snprintf(file, sizeof file, "%s/socket", setting("TILL_MARIADB"));
	stream = fopen(file, "re");
	if (stream == NULL || fgets(path, sizeof path, stream) == NULL)
		fail_msg("no database: tests/support/mariadb.sh up %s",
			 setting("TILL_MARIADB"));
	fclose(stream);
	path[strcspn(path, "\n")] = '\0';
	return path;
}

/* ---- the connection that arranges and looks ---- */

static MYSQL *
admin_connection(void)
{
	if (admin != NULL && admin_pid == getpid())
		return admin;
	admin = mysql_init(NULL); /* a parent's one is left alone: it is its own */
	admin_pid = getpid();
	mysql_options(admin, MYSQL_SET_CHARSET_NAME, "utf8mb4");
	mysql_options(admin, MYSQL_INIT_COMMAND, "SET time_zone = '+00:00'");
	if (mysql_real_connect(admin, NULL, "root", NULL, NULL, 0, socket_path(),
			       CLIENT_MULTI_STATEMENTS) == NULL)
		fail_msg("admin: %s", mysql_error(admin));
	return admin;
}

/* Runs when the process ends, of a test that failed too. */
static void
close_all(void)
{
	for (size_t i = 0; i < LIVING_MAX; i++) {
		if (living[i] != NULL && admin_pid == getpid())
			arena_free(living[i]);
	}
	if (admin != NULL && admin_pid == getpid())
		mysql_close(admin);
}

static void
query(const char *sql)
{
	MYSQL *my = admin_connection();

	if (mysql_real_query(my, sql, strlen(sql)) != 0)
		fail_msg("%s\n%s", sql, mysql_error(my));
}

static const char *
statement(const char *format, va_list args)
{
	static char sql[SQL_MAX];
	int len = vsnprintf(sql, sizeof sql, format, args);

	if (len < 0 || (size_t)len >= sizeof sql)
		fail_msg("a statement is too long");
	return sql;
}

/* ---- the schema ---- */

static void
remember(struct arena *mem, struct arena *was)
{
	for (size_t i = 0; i < LIVING_MAX; i++) {
		if (living[i] == was) {
			living[i] = mem;
			return;
		}
	}
	fail_msg("too many contexts at once");
}

static struct ctx *
new_ctx(const char *user)
{
	struct arena *mem = arena_new(ARENA_CAP);
	struct ctx *cx = arena_new_of(mem, struct ctx, 1);
	struct db_options options = {
		.socket = socket_path(), .schema = schema, .user = user};

	remember(mem, NULL);
	options.patient = strcmp(user, "till_owner") == 0;
	cx->mem = mem;
	cx->keys = keyring_for_tests(mem);
	cx->trace = "00000000000000000000000000000000";
	cx->db = db_new(mem, &options);
	return cx;
}

static void
migrate(void)
{
	struct ctx *cx = new_ctx("till_owner");
	struct migrations done;

	log_threshold(LOG_WARNING);
	WANT_OK(migrate_run(cx, arena_printf(cx->mem, "%s/sql", setting("TILL_SOURCE")),
			    "till", &done));
	test_ctx_free(cx);
}

static const char *
own_schema(bool bare)
{
	char sql[256];

	if (schema[0] != '\0')
		return schema;
	snprintf(schema, sizeof schema, "till%dx%lld", (int)getpid(),
		 (long long)(clock_now().us % 1000000));
	snprintf(sql, sizeof sql,
		 "CREATE DATABASE `%s` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
		 schema);
	query(sql);
	if (!bare)
		migrate();
	if (mysql_select_db(admin_connection(), schema) != 0)
		fail_msg("%s", mysql_error(admin));
	atexit(close_all);
	return schema;
}

const char *
test_schema(void)
{
	return own_schema(false);
}

const char *
test_schema_bare(void)
{
	return own_schema(true);
}

struct db_options
test_options(void)
{
	return (struct db_options){
		.socket = socket_path(), .schema = test_schema(), .user = "till"};
}

struct ctx *
test_ctx(void)
{
	test_schema();
	return new_ctx("till");
}

struct ctx *
test_owner(void)
{
	test_schema();
	return new_ctx("till_owner");
}

void
test_ctx_free(struct ctx *cx)
{
	remember(NULL, cx->mem);
	arena_free(cx->mem);
}

/* ---- looking and arranging ---- */

static MYSQL *
in_schema(void)
{
	static MYSQL *inside; /* a child's own connection is another one */
	const char *name = test_schema();
	MYSQL *my = admin_connection();

	if (my != inside && mysql_select_db(my, name) != 0)
		fail_msg("%s", mysql_error(my));
	inside = my;
	return my;
}

void
test_script(const char *format, ...)
{
	MYSQL *my = in_schema();
	va_list args;
	int more;

	va_start(args, format);
	query(statement(format, args));
	va_end(args);
	do {
		mysql_free_result(mysql_store_result(my));
		more = mysql_next_result(my);
	} while (more == 0);
	if (more > 0)
		fail_msg("%s", mysql_error(my));
}

static const char *
ask(const char *sql)
{
	static char texts[TEXTS][4096];
	static int turn;
	char *text = texts[turn++ % TEXTS];
	MYSQL_RES *result;
	MYSQL_ROW row;

	query(sql);
	result = mysql_store_result(admin_connection());
	row = result ? mysql_fetch_row(result) : NULL;
	if (row == NULL || row[0] == NULL)
		text = NULL;
	else
		snprintf(text, sizeof texts[0], "%s", row[0]);
	mysql_free_result(result);
	return text;
}

int64_t
test_number(const char *format, ...)
{
	const char *text;
	va_list args;

	in_schema();
	va_start(args, format);
	text = ask(statement(format, args));
	va_end(args);
	return text == NULL ? 0 : strtoll(text, NULL, 10);
}

const char *
test_text(const char *format, ...)
{
	const char *text;
	va_list args;

	in_schema();
	va_start(args, format);
	text = ask(statement(format, args));
	va_end(args);
	return text;
}

void
test_rows(const char *sql, void (*row)(void *to, char **cells), void *to)
{
	MYSQL_RES *result;
	MYSQL_ROW cells;

	in_schema();
	query(sql);
	result = mysql_store_result(admin_connection());
	while (result != NULL && (cells = mysql_fetch_row(result)) != NULL)
		row(to, cells);
	mysql_free_result(result);
}

int64_t
test_cut_connections(void)
{
	int64_t id, n = 0;

	while ((id = test_number("SELECT MIN(id) FROM information_schema.processlist"
				 " WHERE user = 'till' AND db = '%s'"
				 " AND command <> 'Killed'",
				 test_schema())) != 0) {
		test_script("KILL HARD %" PRId64, id);
		n++;
	}
	return n;
}

void
test_turn_clock(int64_t seconds)
{
	clock_moved = seconds;
	clock_share(&clock_moved);
}

void
test_processes(int n, int (*play)(int child))
{
	int status, bad = 0;

	fflush(NULL);
	for (int child = 0; child < n; child++) {
		pid_t pid = fork();

		if (pid == 0) {
			setenv("CMOCKA_TEST_ABORT", "1", 1); /* or it would go on */
			_exit(play(child));
		}
		WANT(pid > 0);
	}
	for (int child = 0; child < n; child++) {
		WANT(wait(&status) > 0);
		bad += !WIFEXITED(status) || WEXITSTATUS(status) != 0;
	}
	WANT_INT(bad, 0);
}

int
test_rounds(int usual)
{
	const char *wanted = getenv("TILL_ROUNDS");
	int rounds = wanted == NULL ? 0 : (int)strtol(wanted, NULL, 10);

	return rounds > 0 ? rounds : usual;
}

struct meeting
test_meeting(void)
{
	struct timeval patience = {.tv_sec = 10};
	struct meeting meeting;

	WANT_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, meeting.ends), 0);
	for (int i = 0; i < 2; i++)
		WANT_INT(setsockopt(meeting.ends[i], SOL_SOCKET, SO_RCVTIMEO, &patience,
				    sizeof patience),
			 0);
	return meeting;
}

void
test_meet(struct meeting meeting, int child)
{
	char here = 1;

	WANT_INT(write(meeting.ends[child], &here, 1), 1);
	WANT_INT(read(meeting.ends[child], &here, 1), 1);
}
