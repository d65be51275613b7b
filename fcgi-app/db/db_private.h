/* db_private.h - what the files of this floor share; nobody else includes it. */
#ifndef DB_DB_PRIVATE_H
#define DB_DB_PRIVATE_H

#include <mysql.h>

#include "db/db.h"

enum { DB_MAX_COLUMNS = 64, DB_MAX_PARAMS = 128, DB_MAX_ROWS = 1000 };

/* How a value travels. */
enum db_wire { WIRE_NUMBER, WIRE_BYTES, WIRE_TIME };

/* A field of some types is several columns: a money field is its minor units and its
 * currency. */
struct db_part {
	const char *suffix;
	enum db_wire wire;
};

struct db_rule {
	size_t size;            /* of the field's C type */
	size_t n_read, n_saved; /* parts when selected, and when a row is saved */
	struct db_part parts[2];
};

/* One value on its way to the server. */
struct db_value {
	enum db_wire wire;
	bool null, binary;
	int64_t number;
	const void *at;
	size_t len;
	MYSQL_TIME time;
};

/* One value on its way from the server. */
struct db_cell {
	int64_t number;
	MYSQL_TIME time;
	unsigned long len;
	my_bool null, cut;
};

/* Injected failures (fault.h). */
struct db_fault {
	int counted, nth, commit_after;
	bool all; /* the nth and those after it */
	unsigned error;
	uint64_t commits; /* bit n: the nth statement was a COMMIT */
};

struct db {
	struct arena *mem;
	struct db_options options;
	MYSQL *my;             /* NULL: not connected */
	MYSQL_STMT **prepared; /* by the statement's place in its section */
	struct tx *tx;         /* the one that is open */
	bool victim;    /* the server rolled the open transaction back: run it again */
	bool lost;      /* the connection broke since the transaction began */
	bool duplicate; /* the last statement met a unique key that is there already */
	bool unlike;    /* the last statement compared a text with a column that cannot
			   hold it */
	bool triggers_lost; /* the server failed to read a table's triggers */
	bool clock_moved;   /* the session's clock was set */
	bool streaming;     /* rows of db_each are on their way: nothing else may run */
	int64_t statements;
	struct db_fault fault;
	struct db_value values[DB_MAX_PARAMS];
	MYSQL_BIND params[DB_MAX_PARAMS];
	struct db_cell cells[DB_MAX_COLUMNS];
	MYSQL_BIND results[DB_MAX_COLUMNS];
};

/* The first statement of the program and the one after its last (the linker's). */
extern const struct db_stmt __start_db_stmts[], __stop_db_stmts[];

/* types.c */
const struct db_rule *db_rule(enum db_type);
size_t db_width(const struct db_stmt *); /* columns read, or parameters saved */
bool instant_from_time(const MYSQL_TIME *, struct instant *);
MYSQL_TIME time_from_instant(struct instant);

/* db.c: every error of the server passes through db_failed, which remembers victims and
 * closes a broken connection. */
struct err *db_failed(struct db *, const char *what, unsigned number,
		      const char *words);
struct err *db_stmt_failed(struct db *, const struct db_stmt *, MYSQL_STMT *);
void db_drop(struct db *);
bool db_error_is_lost(unsigned number);
bool db_error_is_victim(unsigned number);
/* Runs constant text: BEGIN, COMMIT and the like; not counted, never injected. */
fallible db_text(struct db *, const char *what, const char *sql);
fallible db_prepared(struct db *, const struct db_stmt *, MYSQL_STMT **);

/* triggers.c: has the server read the triggers anew, before a transaction begins; the
 * connection is dropped when it cannot. */
#define DB_TABLES_WITH_TRIGGERS                                                        \
	"audit, audit_seal, dispute, event, gateway_call, invoice, ledger,"            \
	" order_amendment, order_event, order_line, orders, payment_attempt, refund,"  \
	" stock_move"
void db_read_triggers(struct db *);

/* check.c */
fallible db_compare(const struct db_stmt *, MYSQL_STMT *);

/* place.c: "table.column" that the nth (from 0) parameter of a statement goes to; NULL
 * when the text does not say. */
const char *db_place(struct arena *, const char *text, size_t nth);

/* values.c */
fallible db_values_of_args(struct tx *, const struct db_stmt *, struct db_args,
			   size_t *n);
fallible db_values_of_row(struct tx *, const struct db_stmt *, const void *row,
			  size_t *n);

/* stmt.c: runs the statement with the first n of db->values, or with the first n of
 * db->params as arrays over so many rows. */
enum enum_field_types db_buffer_type(const struct db_value *);
fallible db_execute(struct tx *, const struct db_stmt *, size_t n, MYSQL_STMT **);
fallible db_execute_bulk(struct tx *, const struct db_stmt *, size_t n, size_t rows,
			 int64_t *changed);

/* fault.c: counts a statement; the error number it is to fail with, or 0. */
unsigned db_fault_next(struct db *);
/* The server's words for it. */
const char *db_fault_words(unsigned number);
bool db_fault_commit_after(struct db *);

#endif
