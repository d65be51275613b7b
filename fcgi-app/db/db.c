/* db.c - one connection, the statements prepared on it, and what its errors mean. */
#include <assert.h>
#include <errmsg.h>
#include <mysqld_error.h>
#include <string.h>

#include "base/config.h"
#include "base/secret.h"
#include "db/db_private.h"

enum { CONNECT_SECONDS = 2, TALK_SECONDS = 5, PATIENT_SECONDS = 3600 };

/* What a session must be before it sees its first statement, in one round trip. A
 * statement may take a little longer than it may wait for a lock, so that the server
 * says which of the two it was: only the second is worth another run. */
#define SESSION(statement_seconds)                                                     \
	"SET NAMES utf8mb4 COLLATE utf8mb4_bin, time_zone = '+00:00',"                 \
	" sql_mode = 'STRICT_ALL_TABLES,ONLY_FULL_GROUP_BY,NO_ZERO_DATE,"              \
	"NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION',"          \
	" tx_isolation = 'READ-COMMITTED', innodb_snapshot_isolation = ON,"            \
	" innodb_lock_wait_timeout = 3, max_statement_time = " statement_seconds

static void
close_it(void *db)
{
	db_close(db);
}

struct db *
db_new(struct arena *mem, const struct db_options *options)
{
	struct db *db = arena_new_of(mem, struct db, 1);
	size_t n = (size_t)(__stop_db_stmts - __start_db_stmts);

	db->mem = mem;
	db->options = (struct db_options){
		.socket = arena_text(mem, options->socket),
		.schema = arena_text(mem, options->schema),
		.user = arena_text(mem, options->user),
		.password = arena_text(mem, options->password),
		.patient = options->patient,
	};
	db->prepared = arena_new_of(mem, MYSQL_STMT *, n);
	arena_defer(mem, close_it, db);
	return db;
}

struct db *
db_patient(struct arena *mem, const struct db *like)
{
	struct db_options options = like->options;

	options.patient = true;
	return db_new(mem, &options);
}

fallible
db_options_from(struct arena *mem, const struct config *config, bool owner,
		struct db_options *out)
{
	const char *file =
		owner ? config->db_owner_password_file : config->db_password_file;
	struct secret *password = NULL;

	if (file != NULL && *file != '\0')
		TRY(secret_from_file(mem, file, &password));
	*out = (struct db_options){
		.socket = config->db_socket,
		.schema = config->db_name,
		.user = owner ? config->db_owner : config->db_user,
		.password = password ? secret_text(password) : NULL,
		.patient = owner,
	};
	return NULL;
}

/* Closes the connection; what was prepared on it is gone with it. */
void
db_drop(struct db *db)
{
	size_t n = (size_t)(__stop_db_stmts - __start_db_stmts);

	if (db->my == NULL)
		return;
	mysql_close(db->my);
	db->my = NULL;
	for (size_t i = 0; i < n; i++) {
		if (db->prepared[i] != NULL)
			mysql_stmt_close(db->prepared[i]);
		db->prepared[i] = NULL;
	}
	db->clock_moved = false;
	db->streaming = false;
}

void
db_close(struct db *db)
{
	db_drop(db);
}

bool
db_error_is_victim(unsigned number)
{
	return number == ER_LOCK_DEADLOCK || number == ER_LOCK_WAIT_TIMEOUT ||
	       number == ER_CHECKREAD;
}

bool
db_error_is_lost(unsigned number)
{
	switch (number) {
	case CR_SERVER_GONE_ERROR:
	case CR_SERVER_LOST:
	case CR_SERVER_LOST_EXTENDED:
	case CR_CONNECTION_ERROR:
	case CR_CONN_HOST_ERROR:
	case CR_COMMANDS_OUT_OF_SYNC:
	case CR_MALFORMED_PACKET:
	case CR_OUT_OF_MEMORY: /* what it had begun to read or write, nobody knows */
	case ER_SERVER_SHUTDOWN:
	case ER_CONNECTION_KILLED:
	case ER_NORMAL_SHUTDOWN:
	case ER_UNKNOWN_COM_ERROR: /* Galera: the node is not ready (1047) */
		return true;
	default:
		return false;
	}
}

/* Refused before anything was done (triggers.c). */
static bool
is_of_trigger(unsigned number, const char *words)
{
	return number == ER_NO_SUCH_TABLE ||
	       (number == ER_PARSE_ERROR && strstr(words, "rigger") != NULL);
}

/* On a new connection the same may pass: the transaction is run again. A table that is
 * really not there is nobody's passing trouble. */
static struct err *
trigger_failed(struct db *db, const char *what, unsigned number, const char *words)
{
	struct err *e = number == ER_NO_SUCH_TABLE
				? FAIL(INTERNAL, "%s: %u %s", what, number, words)
				: FAIL(DATABASE_DOWN, "%s: %u %s", what, number, words);

	db->victim = true;
	db->triggers_lost = number == ER_PARSE_ERROR;
	db_drop(db);
	return e;
}

struct err *
db_failed(struct db *db, const char *what, unsigned number, const char *words)
{
	struct err *e;

	if (db_error_is_victim(number)) {
		db->victim = true;
		return FAIL(BUSY, "%s: %u %s", what, number, words);
	}
	if (db_error_is_lost(number)) {
		/* words may belong to the connection: they are read before it goes */
		e = FAIL(DATABASE_DOWN, "%s: %u %s", what, number, words);
		db->lost = true;
		db_drop(db);
		return e;
	}
	if (is_of_trigger(number, words))
		return trigger_failed(db, what, number, words);
	db->duplicate = number == ER_DUP_ENTRY;
	db->unlike = number == ER_CANT_AGGREGATE_2COLLATIONS;
	if (number == ER_OPTION_PREVENTS_STATEMENT || number == ER_READ_ONLY_MODE)
		return FAIL(DATABASE_DOWN, "%s: %u %s", what, number, words);
	if (number == ER_STATEMENT_TIMEOUT || number == ER_QUERY_INTERRUPTED)
		return FAIL(BUSY, "%s: %u %s", what, number, words);
	return FAIL(INTERNAL, "%s: %u %s", what, number, words);
}

struct err *
db_stmt_failed(struct db *db, const struct db_stmt *stmt, MYSQL_STMT *prepared)
{
	unsigned number = mysql_stmt_errno(prepared);
	char words[256];

	strncpy(words, mysql_stmt_error(prepared), sizeof words - 1);
	words[sizeof words - 1] = '\0';
	/* an answer that was cut off in the middle leaves no number */
	return db_failed(db, stmt->name, number != 0 ? number : CR_SERVER_LOST, words);
}

static MYSQL *
new_connection(const struct db_options *options)
{
	MYSQL *my = mysql_init(NULL);
	unsigned connect = CONNECT_SECONDS;
	unsigned talk = options->patient ? PATIENT_SECONDS : TALK_SECONDS;
	unsigned no = 0;

	assert(my != NULL);
	mysql_options(my, MYSQL_OPT_CONNECT_TIMEOUT, &connect);
	mysql_options(my, MYSQL_OPT_READ_TIMEOUT, &talk);
	mysql_options(my, MYSQL_OPT_WRITE_TIMEOUT, &talk);
	mysql_options(my, MYSQL_OPT_LOCAL_INFILE, &no);
	mysql_options(my, MYSQL_SET_CHARSET_NAME, "utf8mb4");
	mysql_options(my, MYSQL_INIT_COMMAND,
		      options->patient ? SESSION("0") : SESSION("3.5"));
	return my;
}

/* Rows in bulk travel by array binding, which MariaDB has and MySQL has not. */
static bool
has_array_binding(MYSQL *my)
{
	unsigned long extended = 0;

	mariadb_get_infov(my, MARIADB_CONNECTION_EXTENDED_SERVER_CAPABILITIES,
			  &extended);
	return (extended & (MARIADB_CLIENT_STMT_BULK_OPERATIONS >> 32)) != 0;
}

fallible
db_connect(struct db *db)
{
	const struct db_options *to = &db->options;
	struct err *e;

	if (db->my != NULL)
		return NULL;
	db->my = new_connection(to);
	if (mysql_real_connect(db->my, NULL, to->user, to->password, to->schema, 0,
			       to->socket, 0) == NULL) {
		e = FAIL(DATABASE_DOWN, "connect %s: %u %s", to->socket,
			 mysql_errno(db->my), mysql_error(db->my));
		db_drop(db);
		return e;
	}
	if (!has_array_binding(db->my)) {
		db_drop(db);
		return FAIL(DATABASE_DOWN,
			    "connect %s: the server is no MariaDB of at"
			    " least 10.2",
			    to->socket);
	}
	return NULL;
}

fallible
db_text(struct db *db, const char *what, const char *sql)
{
	char words[256];

	if (mysql_real_query(db->my, sql, strlen(sql)) == 0)
		return NULL;
	strncpy(words, mysql_error(db->my), sizeof words - 1);
	words[sizeof words - 1] = '\0';
	return db_failed(db, what, mysql_errno(db->my), words);
}

fallible
db_prepared(struct db *db, const struct db_stmt *stmt, MYSQL_STMT **out)
{
	MYSQL_STMT **slot = &db->prepared[stmt - __start_db_stmts];
	struct err *e;

	assert(stmt >= __start_db_stmts && stmt < __stop_db_stmts);
	if (*slot == NULL) {
		MYSQL_STMT *fresh = mysql_stmt_init(db->my);

		assert(fresh != NULL);
		if (mysql_stmt_prepare(fresh, stmt->text, strlen(stmt->text)) != 0)
			e = db_stmt_failed(db, stmt, fresh);
		else
			e = db_compare(stmt, fresh);
		if (e != NULL) {
			mysql_stmt_close(fresh);
			return e;
		}
		*slot = fresh;
	}
	*out = *slot;
	return NULL;
}

int64_t
db_statements(const struct db *db)
{
	return db->statements;
}
