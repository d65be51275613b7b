/* stmt.c - binds values to parameters and runs a prepared statement: one row or many.
 */
#include <assert.h>
#include <errmsg.h>
#include <string.h>

#include "db/db_private.h"

enum enum_field_types
db_buffer_type(const struct db_value *value)
{
	switch (value->wire) {
	case WIRE_NUMBER:
		return MYSQL_TYPE_LONGLONG;
	case WIRE_TIME:
		return MYSQL_TYPE_DATETIME;
	case WIRE_BYTES:
		break;
	}
	return value->binary ? MYSQL_TYPE_BLOB : MYSQL_TYPE_STRING;
}

static void *
buffer_of(struct db_value *value)
{
	switch (value->wire) {
	case WIRE_NUMBER:
		return &value->number;
	case WIRE_TIME:
		return &value->time;
	case WIRE_BYTES:
		break;
	}
	return (void *)(uintptr_t)value->at; /* the client library only reads it */
}

static void
bind_value(MYSQL_BIND *bind, struct db_value *value)
{
	*bind = (MYSQL_BIND){0};
	bind->buffer_type = value->null ? MYSQL_TYPE_NULL : db_buffer_type(value);
	bind->buffer = buffer_of(value);
	bind->buffer_length = (unsigned long)value->len;
}

/* May this work meet a new connection? Inside a transaction it may not: what was done
 * before is rolled back. */
static fallible
ready(struct tx *tx, const struct db_stmt *stmt)
{
	struct db *db = tx->db;

	assert(tx->open && db->tx == tx && !db->streaming);
	if (db->victim)
		return FAIL(BUSY, "%s: the transaction was rolled back before",
			    stmt->name);
	if (db->my != NULL)
		return NULL;
	if (tx->kind != TX_READING)
		return FAIL(DATABASE_DOWN, "%s: the connection was lost before",
			    stmt->name);
	return db_connect(db);
}

static fallible
execute_once(struct tx *tx, const struct db_stmt *stmt, size_t n, unsigned rows,
	     MYSQL_STMT **out)
{
	struct db *db = tx->db;
	unsigned injected;
	MYSQL_STMT *prepared;

	TRY(ready(tx, stmt));
	TRY(db_prepared(db, stmt, &prepared));
	if (mysql_stmt_param_count(prepared) != n)
		return FAIL(INTERNAL, "%s: %lu parameters, %zu given", stmt->name,
			    mysql_stmt_param_count(prepared), n);
	injected = db_fault_next(db);
	if (injected != 0)
		return db_failed(db, stmt->name, injected, db_fault_words(injected));
	mysql_stmt_attr_set(prepared, STMT_ATTR_ARRAY_SIZE, &rows);
	if ((n > 0 && mysql_stmt_bind_param(prepared, db->params) != 0) ||
	    mysql_stmt_execute(prepared) != 0)
		return db_stmt_failed(db, stmt, prepared);
	*out = prepared;
	return NULL;
}

/* A reader that meets a broken connection asks once more on a new one. */
static fallible
execute(struct tx *tx, const struct db_stmt *stmt, size_t n, unsigned rows,
	MYSQL_STMT **out)
{
	struct db *db = tx->db;
	struct err *e;

	db->lost = db->duplicate = db->unlike = false;
	e = execute_once(tx, stmt, n, rows, out);
	if (e != NULL && db->lost && tx->kind == TX_READING)
		e = execute_once(tx, stmt, n, rows, out);
	return e;
}

static fallible
may_write(const struct tx *tx, const struct db_stmt *stmt)
{
	if (tx->kind == TX_READING || tx->kind == TX_SNAPSHOT)
		return FAIL(INTERNAL, "%s (%s) writes, but only reads were announced",
			    stmt->name, stmt->file);
	return NULL;
}

/* Ends a statement; rows that nobody wanted (a lock taken by SELECT) are thrown away.
 */
static void
finish(MYSQL_STMT *prepared)
{
	if (mysql_stmt_field_count(prepared) > 0)
		mysql_stmt_free_result(prepared);
}

fallible
db_execute(struct tx *tx, const struct db_stmt *stmt, size_t n, MYSQL_STMT **out)
{
	for (size_t i = 0; i < n; i++)
		bind_value(&tx->db->params[i], &tx->db->values[i]);
	return execute(tx, stmt, n, 0, out);
}

fallible
db_execute_bulk(struct tx *tx, const struct db_stmt *stmt, size_t n, size_t rows,
		int64_t *changed)
{
	MYSQL_STMT *prepared;

	TRY(may_write(tx, stmt));
	TRY(execute(tx, stmt, n, (unsigned)rows, &prepared));
	*changed = (int64_t)mysql_stmt_affected_rows(prepared);
	finish(prepared);
	return NULL;
}

/* ---- statements without rows ---- */

fallible
db_run_changed(struct tx *tx, const struct db_stmt *stmt, struct db_args args,
	       int64_t *changed)
{
	MYSQL_STMT *prepared;
	size_t n;

	TRY(may_write(tx, stmt));
	TRY(db_values_of_args(tx, stmt, args, &n));
	TRY(db_execute(tx, stmt, n, &prepared));
	*changed = (int64_t)mysql_stmt_affected_rows(prepared);
	finish(prepared);
	return NULL;
}

fallible
db_run(struct tx *tx, const struct db_stmt *stmt, struct db_args args)
{
	int64_t changed;

	return db_run_changed(tx, stmt, args, &changed);
}

fallible
db_run_id(struct tx *tx, const struct db_stmt *stmt, struct db_args args, int64_t *id)
{
	MYSQL_STMT *prepared;
	size_t n;

	TRY(may_write(tx, stmt));
	TRY(db_values_of_args(tx, stmt, args, &n));
	TRY(db_execute(tx, stmt, n, &prepared));
	*id = (int64_t)mysql_stmt_insert_id(prepared);
	finish(prepared);
	return NULL;
}

fallible
db_run_new(struct tx *tx, const struct db_stmt *stmt, struct db_args args, int64_t *id,
	   bool *taken)
{
	struct err *e = db_run_id(tx, stmt, args, id);

	*taken = e != NULL && tx->db->duplicate;
	return *taken ? NULL : e;
}

fallible
db_run_row_(struct tx *tx, const struct db_stmt *stmt, const void *row, size_t size,
	    int64_t *id)
{
	MYSQL_STMT *prepared = NULL;
	size_t n;

	assert(stmt->row_size == size);
	TRY(may_write(tx, stmt));
	TRY(db_values_of_row(tx, stmt, row, &n));
	TRY(db_execute(tx, stmt, n, &prepared));
	if (id != NULL)
		*id = (int64_t)mysql_stmt_insert_id(prepared);
	finish(prepared);
	return NULL;
}

fallible
db_run_row_new_(struct tx *tx, const struct db_stmt *stmt, const void *row, size_t size,
		int64_t *id, bool *taken)
{
	struct err *e = db_run_row_(tx, stmt, row, size, id);

	*taken = e != NULL && tx->db->duplicate;
	return *taken ? NULL : e;
}
