/* db.h - statements as constants, rows as structs, transactions that retry.
 *
 * A statement is written once, directly above the one function that runs it, and lists
 * itself in the linker section "db_stmts", so that the test `schema` can prepare all of
 * them against the migrated schema. A struct tx is the only key to the tables. */
#ifndef DB_DB_H
#define DB_DB_H

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/ctx.h"
#include "base/each.h"
#include "base/err.h"
#include "base/ids.h"
#include "base/money.h"
#include "base/seal.h"

struct db; /* one connection, one per worker process */

enum tx_kind {
	TX_FULL,     /* BEGIN ... COMMIT */
	TX_SINGLE,   /* one writing statement that commits by itself */
	TX_READING,  /* no BEGIN, nothing may write */
	TX_SNAPSHOT, /* one consistent view, nothing may write */
};

struct tx { /* a transaction, or a reading handle */
	struct ctx *cx;
	struct db *db;
	struct arena *mem; /* rows are allocated here */
	struct arena_mark mark;
	struct err **err;
	int attempt; /* 1 for the first run; -1 when it is over */
	enum tx_kind kind;
	bool open;
};

/* An integer that may be NULL (stock of a product that has none). */
struct maybe_int {
	bool there;
	int64_t n;
};

/* ---- what a column is, taken from the field's own C type ---- */
enum db_type {
	DB_INT,
	DB_MAYBE_INT,
	DB_TEXT, /* NULL <-> NULL */
	DB_FLAG,
	DB_MONEY,   /* field unit takes unit_minor, unit_currency */
	DB_ID,      /* 0 <-> NULL */
	DB_UUID,    /* "" <-> NULL */
	DB_DIGEST,  /* all zero <-> NULL */
	DB_INSTANT, /* none <-> NULL; DATETIME(6), UTC */
	DB_BYTES,
	DB_PERSON, /* field person takes person_id, person_wrapped; before its sealed
		      fields */
	DB_SEALED, /* opened and sealed with the row's person and its field uid */
	DB_SEALED_BYTES, /* sealed under the house's key */
};

#define DB_TYPE_ID(name) struct name##_id : DB_ID,
/* clang-format off */
#define DB_TYPE_OF(lvalue) _Generic((lvalue), \
	ENTITY_IDS(DB_TYPE_ID) \
	int64_t: DB_INT, struct maybe_int: DB_MAYBE_INT, const char *: DB_TEXT, \
	_Bool: DB_FLAG, struct money: DB_MONEY, struct uuid: DB_UUID, \
	struct digest: DB_DIGEST, struct instant: DB_INSTANT, struct bytes: DB_BYTES, \
	struct person: DB_PERSON, struct sealed: DB_SEALED, \
	struct sealed_bytes: DB_SEALED_BYTES)
/* clang-format on */

struct db_col {
	const char *name;
	enum db_type type;
	size_t at;
};

/* Aligned so that the section is one array: a statement's place in it is its number. */
struct db_stmt {
	const char *name, *file, *text;
	const struct db_col *cols;
	size_t n_cols, row_size;
	bool saves; /* cols are parameters (SQL_SAVE), not results */
} __attribute__((aligned(64)));

#define DB_COUNT(array) (sizeof(array) / sizeof *(array))
#define DB_COL(type, field)                                                            \
	{                                                                              \
#field, DB_TYPE_OF(((type *)0)->field), offsetof(type, field)          \
	}
#define DB_LISTED static const struct db_stmt __attribute__((section("db_stmts"), used))

/* A statement that changes rows, or whose rows nobody reads. */
#define SQL(stmt, sql_text)                                                            \
	DB_LISTED stmt = {#stmt, __FILE__, sql_text, NULL, 0, 0, false}

/* A statement that yields rows of a struct: (fields) in the order selected; the columns
 * must bear the fields' names, a money field unit those of unit_minor, unit_currency, a
 * person field person those of person_id, person_wrapped. */
#define SQL_ROWS(stmt, type, fields, sql_text)                                         \
	static const struct db_col stmt##_cols[] = {                                   \
		EACH(DB_COL, type, EACH_BARE fields)};                                 \
	DB_LISTED stmt = {                                                             \
		#stmt,        __FILE__, sql_text, stmt##_cols, DB_COUNT(stmt##_cols),  \
		sizeof(type), false}

/* A statement whose parameters are fields of a struct, in order; a money field gives
 * its minor units and then its currency, a person field its id alone. The table that
 * sealed fields belong to is the word after INTO or UPDATE; the row's uuid is its field
 * uid. */
#define SQL_SAVE(stmt, type, fields, sql_text)                                         \
	static const struct db_col stmt##_cols[] = {                                   \
		EACH(DB_COL, type, EACH_BARE fields)};                                 \
	DB_LISTED stmt = {                                                             \
		#stmt,        __FILE__, sql_text, stmt##_cols, DB_COUNT(stmt##_cols),  \
		sizeof(type), true}

/* ---- arguments: a type with no rule here does not compile (no doubles) ---- */
/* Up to 50 codes for DB_IN_50; one that is not ASCII matches nothing. */
struct db_list {
	const char *const *texts;
	size_t n;
};

struct db_arg {
	enum db_type type;
	bool is_list;
	union {
		int64_t n;
		const char *text;
		struct maybe_int maybe;
		struct instant instant;
		struct digest digest;
		struct bytes bytes;
		struct sealed_bytes sealed; /* for the column it goes to */
		struct db_list list;
		struct uuid uuid;
	};
};

struct db_args {
	const struct db_arg *v;
	size_t n;
};

/* Fifty places for a db_list argument, padded with its last text. */
#define DB_IN_50                                                                       \
	"?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,"                           \
	"?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?"

static inline struct db_arg
db_arg_int(int64_t n)
{
	return (struct db_arg){.type = DB_INT, .n = n};
}
static inline struct db_arg
db_arg_maybe(struct maybe_int n)
{
	return (struct db_arg){.type = DB_MAYBE_INT, .maybe = n};
}
static inline struct db_arg
db_arg_text(const char *text)
{
	return (struct db_arg){.type = DB_TEXT, .text = text};
}
static inline struct db_arg
db_arg_uuid(struct uuid uuid)
{
	return (struct db_arg){.type = DB_UUID, .uuid = uuid};
}
static inline struct db_arg
db_arg_digest(struct digest digest)
{
	return (struct db_arg){.type = DB_DIGEST, .digest = digest};
}
static inline struct db_arg
db_arg_instant(struct instant instant)
{
	return (struct db_arg){.type = DB_INSTANT, .instant = instant};
}
static inline struct db_arg
db_arg_bytes(struct bytes bytes)
{
	return (struct db_arg){.type = DB_BYTES, .bytes = bytes};
}
static inline struct db_arg
db_arg_sealed_bytes(struct sealed_bytes bytes)
{
	return (struct db_arg){.type = DB_SEALED_BYTES, .sealed = bytes};
}
static inline struct db_arg
db_arg_list(struct db_list list)
{
	return (struct db_arg){.type = DB_TEXT, .is_list = true, .list = list};
}
#define DB_ARG_ID_FN(name)                                                             \
	static inline struct db_arg db_arg_##name(struct name##_id id)                 \
	{                                                                              \
		return (struct db_arg){.type = DB_ID, .n = id.n};                      \
	}
ENTITY_IDS(DB_ARG_ID_FN)
#undef DB_ARG_ID_FN
#define DB_ARG_ID(name) struct name##_id : db_arg_##name,
/* clang-format off */
#define DB_ARG(x) _Generic((x), ENTITY_IDS(DB_ARG_ID) \
	int: db_arg_int, int64_t: db_arg_int, _Bool: db_arg_int, \
	struct maybe_int: db_arg_maybe, \
	char *: db_arg_text, const char *: db_arg_text, struct uuid: db_arg_uuid, \
	struct digest: db_arg_digest, struct instant: db_arg_instant, \
	struct bytes: db_arg_bytes, struct sealed_bytes: db_arg_sealed_bytes, \
	struct db_list: db_arg_list)(x)
/* clang-format on */
#define DB_ARG_(unused, x) DB_ARG(x)
#define ARGS(...)                                                                      \
	((struct db_args){                                                             \
		(const struct db_arg[]){EACH(DB_ARG_, , __VA_ARGS__)},                 \
		DB_COUNT(((const struct db_arg[]){EACH(DB_ARG_, , __VA_ARGS__)}))})
#define NO_ARGS ((struct db_args){NULL, 0})

/* ---- the verbs. Errors: BUSY for a transaction's victim (handled by TRANSACTION),
 * DATABASE_DOWN when there is no connection, UNCERTAIN when a COMMIT's answer was lost,
 * INTERNAL otherwise, always with statement name and the server's words as cause. ----
 */
fallible db_run(struct tx *, const struct db_stmt *, struct db_args);
/* changed: affected rows; an UPDATE to the same values counts as none. */
fallible db_run_changed(struct tx *, const struct db_stmt *, struct db_args,
			int64_t *changed);
/* id: the AUTO_INCREMENT value that the row got. */
fallible db_run_id(struct tx *, const struct db_stmt *, struct db_args, int64_t *id);
/* As db_run_id, but *taken instead of an error when a unique key is there already. */
fallible db_run_new(struct tx *, const struct db_stmt *, struct db_args, int64_t *id,
		    bool *taken);

/* At most one row; more is INTERNAL. *row is left alone when none is found. In all
 * three a text that its column cannot hold (a letter beyond ASCII where codes are kept)
 * is equal to nothing: no row is found. */
fallible db_one_(struct tx *, const struct db_stmt *, struct db_args, void *row, size_t,
		 bool *found);
/* All rows, in the transaction's arena. */
fallible db_all_(struct tx *, const struct db_stmt *, struct db_args, void *rows,
		 size_t, size_t *n);
/* Row by row, the arena rewound after each: for exports and verification. */
fallible db_each_(struct tx *, const struct db_stmt *, struct db_args,
		  fallible (*row)(void *to, const void *row), void *to, size_t);
#define db_one(tx, stmt, args, row, found)                                             \
	db_one_(tx, stmt, args, row, sizeof *(row), found)
#define db_all(tx, stmt, args, rows, n)                                                \
	db_all_(tx, stmt, args, rows, sizeof **(rows), n)

/* One row from a struct (SQL_SAVE); id may be NULL. */
fallible db_run_row_(struct tx *, const struct db_stmt *, const void *row, size_t,
		     int64_t *id);
#define db_run_row(tx, stmt, row)        db_run_row_(tx, stmt, row, sizeof *(row), NULL)
#define db_run_row_id(tx, stmt, row, id) db_run_row_(tx, stmt, row, sizeof *(row), id)
/* As db_run_new, from a struct. */
fallible db_run_row_new_(struct tx *, const struct db_stmt *, const void *row, size_t,
			 int64_t *id, bool *taken);
#define db_run_row_new(tx, stmt, row, id, taken)                                       \
	db_run_row_new_(tx, stmt, row, sizeof *(row), id, taken)
/* Many rows in one round trip (array binding); changed is the sum over all rows. */
fallible db_run_rows_(struct tx *, const struct db_stmt *, const void *rows, size_t,
		      size_t n, int64_t *changed);
#define db_run_rows(tx, stmt, rows, n, changed)                                        \
	db_run_rows_(tx, stmt, rows, sizeof *(rows), n, changed)

/* ---- transactions ----
 * TRANSACTION (tx, cx, &e)
 *         e = one_call(tx, ...);
 * TRY(e);
 * The call runs inside a transaction: committed when e is NULL, rolled back otherwise,
 * and run again from the top (arena rewound) when the server chose it as a victim
 * (1213, 1205, 1020), four times at most with a growing random pause. So the call must
 * be repeatable: it changes only rows and its out parameters. */
#define TRANSACTION(name, cx, errp)                                                    \
	for (struct tx name##_ = tx_open(cx, errp), *name = &name##_; tx_begin(name);  \
	     tx_settle(name))

/* READING (tx, cx, &e)
 *         e = one_call(tx, ...);
 * The same without BEGIN: each statement sees the newest committed rows. */
#define READING(name, cx, errp)                                                        \
	for (struct tx name##_ = tx_reading(cx, errp), *name = &name##_;               \
	     tx_begin(name); tx_settle(name))

/* SNAPSHOT (tx, cx, &e): one consistent view of everything, for till verify; the
 * server's clock stands at the moment of the view as well. */
#define SNAPSHOT(name, cx, errp)                                                       \
	for (struct tx name##_ = tx_snapshot(cx, errp), *name = &name##_;              \
	     tx_begin(name); tx_settle(name))

/* SINGLE (tx, cx, &e)
 *         e = one_call(tx, ...);
 * One writing statement that commits by itself, in one round trip; run again as a
 * TRANSACTION is. When its answer is lost it is UNCERTAIN: it should be repeatable. */
#define SINGLE(name, cx, errp)                                                         \
	for (struct tx name##_ = tx_single(cx, errp), *name = &name##_;                \
	     tx_begin(name); tx_settle(name))

struct tx tx_open(struct ctx *, struct err **);
struct tx tx_single(struct ctx *, struct err **);
struct tx tx_reading(struct ctx *, struct err **);
struct tx tx_snapshot(struct ctx *, struct err **);
bool tx_begin(struct tx *);
void tx_settle(struct tx *);
/* Raises the error that makes TRANSACTION run the call again: a plain read was outdated
 * by the time its guarded UPDATE ran. Also usable to see whether this is the last run.
 */
fallible tx_again(struct tx *, const char *why);
bool tx_is_rerun(const struct tx *);

/* ---- connections ---- */
struct db_options {
	const char *socket, *schema, *user, *password; /* password may be NULL */
	bool patient; /* no limit of 3 s a statement: migrations, verification, exports
		       */
};

struct config;
/* From [db] of the settings: the program's user, or the owner (who is patient).
 * INTERNAL when the password file cannot be read. */
fallible db_options_from(struct arena *, const struct config *, bool owner,
			 struct db_options *);

/* A handle in the arena; connects at its first statement, and again when the connection
 * was found dead before a transaction's first statement. Closed with the arena. */
struct db *db_new(struct arena *, const struct db_options *);
/* Another connection to the same place, whose statements may take long. */
struct db *db_patient(struct arena *, const struct db *like);
/* Connects now (2 s at most), or says why not: DATABASE_DOWN. */
fallible db_connect(struct db *);
void db_close(struct db *);

/* Prepares every statement of the program and compares columns with structs; n counts
 * them. The error names the statement and its file. */
fallible db_check_all(struct db *, size_t *n);

/* Statements since db_new, BEGIN and COMMIT included: tests hold routes to budgets. */
int64_t db_statements(const struct db *);

/* Runs a script of several statements (migrations, test fixtures) on a handle with the
 * owner's rights, outside any transaction; never shopper's data. INTERNAL names the
 * statement that failed by its place in the script. */
fallible db_script(struct db *, const char *sql);

#endif
