/* rows.c - fetches rows into structs: one, all, or each in turn. */
#include <assert.h>
#include <string.h>

#include "db/db_private.h"

/* One statement's rows on their way. */
struct fetch {
	struct tx *tx;
	const struct db_stmt *stmt;
	MYSQL_STMT *prepared;
	const MYSQL_FIELD *fields; /* where sealed columns come from */
	char *row;
	struct person person; /* of the last person column read */
};

/* Numbers and times arrive in their cells; bytes only tell their length, and are
 * fetched straight to where they stay. */
static void
bind_cell(MYSQL_BIND *bind, struct db_cell *cell, enum db_wire wire)
{
	*bind = (MYSQL_BIND){
		.length = &cell->len, .is_null = &cell->null, .error = &cell->cut};
	switch (wire) {
	case WIRE_NUMBER:
		bind->buffer_type = MYSQL_TYPE_LONGLONG;
		bind->buffer = &cell->number;
		break;
	case WIRE_TIME:
		bind->buffer_type = MYSQL_TYPE_DATETIME;
		bind->buffer = &cell->time;
		break;
	case WIRE_BYTES:
		bind->buffer_type = MYSQL_TYPE_BLOB;
		break;
	}
}

static fallible
bind_results(struct fetch *f)
{
	struct db *db = f->tx->db;
	size_t c = 0;

	for (size_t i = 0; i < f->stmt->n_cols; i++) {
		const struct db_rule *rule = db_rule(f->stmt->cols[i].type);

		for (size_t p = 0; p < rule->n_read; p++, c++)
			bind_cell(&db->results[c], &db->cells[c], rule->parts[p].wire);
	}
	if (mysql_stmt_bind_result(f->prepared, db->results) != 0)
		return db_stmt_failed(db, f->stmt, f->prepared);
	f->fields = mariadb_stmt_fetch_fields(f->prepared);
	return NULL;
}

static fallible
null_is_wrong(const struct fetch *f, const struct db_col *col)
{
	return FAIL(INTERNAL, "%s: column %s is NULL", f->stmt->name, col->name);
}

/* The bytes of a column, NUL-terminated, in the transaction's arena. */
static fallible
take_bytes(struct fetch *f, size_t c, struct bytes *out)
{
	const struct db_cell *cell = &f->tx->db->cells[c];
	char *copy;
	unsigned long len = 0;
	MYSQL_BIND bind = {.buffer_type = MYSQL_TYPE_BLOB, .length = &len};

	*out = (struct bytes){NULL, 0};
	if (cell->null)
		return NULL;
	copy = arena_alloc(f->tx->mem, cell->len + 1);
	bind.buffer = copy;
	bind.buffer_length = cell->len;
	if (cell->len > 0 &&
	    mysql_stmt_fetch_column(f->prepared, &bind, (unsigned)c, 0) != 0)
		return db_stmt_failed(f->tx->db, f->stmt, f->prepared);
	*out = (struct bytes){copy, cell->len};
	return NULL;
}

/* ---- one function for each way a field is filled ---- */

static fallible
take_number(struct fetch *f, const struct db_col *col, size_t c)
{
	const struct db_cell *cell = &f->tx->db->cells[c];

	if (cell->null && col->type != DB_ID)
		return null_is_wrong(f, col);
	if (col->type == DB_FLAG)
		*(_Bool *)(f->row + col->at) = cell->number != 0;
	else
		*(int64_t *)(void *)(f->row + col->at) = cell->null ? 0 : cell->number;
	return NULL;
}

static fallible
take_maybe(struct fetch *f, const struct db_col *col, size_t c)
{
	const struct db_cell *cell = &f->tx->db->cells[c];
	struct maybe_int *maybe = (void *)(f->row + col->at);

	maybe->there = !cell->null;
	maybe->n = cell->null ? 0 : cell->number;
	return NULL;
}

static fallible
take_text(struct fetch *f, const struct db_col *col, size_t c)
{
	struct bytes bytes;

	TRY(take_bytes(f, c, &bytes));
	*(const char **)(void *)(f->row + col->at) = bytes.at;
	return NULL;
}

/* A value of fixed size; NULL leaves the field zero. */
static fallible
take_fixed(struct fetch *f, const struct db_col *col, size_t c, size_t len)
{
	struct bytes bytes;

	TRY(take_bytes(f, c, &bytes));
	if (bytes.at == NULL || bytes.len == 0)
		return NULL;
	if (bytes.len != len)
		return FAIL(INTERNAL, "%s: column %s has %zu bytes", f->stmt->name,
			    col->name, bytes.len);
	memcpy(f->row + col->at, bytes.at, len);
	return NULL;
}

static fallible
take_uuid(struct fetch *f, const struct db_col *col, size_t c)
{
	return take_fixed(f, col, c, sizeof(struct uuid) - 1);
}

static fallible
take_digest(struct fetch *f, const struct db_col *col, size_t c)
{
	return take_fixed(f, col, c, sizeof(struct digest));
}

static fallible
take_instant(struct fetch *f, const struct db_col *col, size_t c)
{
	const struct db_cell *cell = &f->tx->db->cells[c];
	struct instant *instant = (void *)(f->row + col->at);

	if (!cell->null && !instant_from_time(&cell->time, instant))
		return FAIL(INTERNAL, "%s: column %s is no moment", f->stmt->name,
			    col->name);
	return NULL;
}

static fallible
take_money(struct fetch *f, const struct db_col *col, size_t c)
{
	const struct db_cell *cell = &f->tx->db->cells[c];
	struct money *money = (void *)(f->row + col->at);
	struct bytes currency;

	TRY(take_bytes(f, c + 1, &currency));
	if (cell->null)
		return NULL; /* "nothing yet", as of an outer join */
	if (currency.len != sizeof money->currency - 1)
		return FAIL(INTERNAL, "%s: %s without a currency", f->stmt->name,
			    col->name);
	money->minor = cell->number;
	memcpy(money->currency, currency.at, currency.len);
	return NULL;
}

static fallible
take_bytes_field(struct fetch *f, const struct db_col *col, size_t c)
{
	return take_bytes(f, c, (void *)(f->row + col->at));
}

static fallible
take_person(struct fetch *f, const struct db_col *col, size_t c)
{
	const struct db_cell *cell = &f->tx->db->cells[c];
	struct person *person = (void *)(f->row + col->at);

	person->id.n = cell->null ? 0 : cell->number;
	TRY(take_bytes(f, c + 1, &person->wrapped));
	f->person = *person;
	return NULL;
}

static const char *
place_read(const struct fetch *f, size_t c)
{
	return arena_printf(f->tx->mem, "%s.%s", f->fields[c].org_table,
			    f->fields[c].org_name);
}

/* Whether a column is the uuid of the row that a sealed one belongs to: uid beside
 * email, customer.uid beside customer.email. */
static bool
is_uid_of(const struct db_col *col, const struct db_col *sealed)
{
	const char *dot = strrchr(sealed->name, '.');
	size_t len = dot == NULL ? 0 : (size_t)(dot - sealed->name) + 1;

	return col->type == DB_UUID && strncmp(col->name, sealed->name, len) == 0 &&
	       strcmp(col->name + len, "uid") == 0;
}

/* The row's own uuid; the schema test sees to it that there is one. */
static fallible
find_uid(const struct fetch *f, const struct db_col *sealed, struct uuid *uid)
{
	for (size_t i = 0; i < f->stmt->n_cols; i++) {
		const struct db_col *col = &f->stmt->cols[i];

		if (is_uid_of(col, sealed)) {
			memcpy(uid, f->row + col->at, sizeof *uid);
			return NULL;
		}
	}
	return FAIL(INTERNAL, "%s: sealed fields need the row's uid", f->stmt->name);
}

static fallible
take_sealed(struct fetch *f, const struct db_col *col, size_t c)
{
	struct sealed *sealed = (void *)(f->row + col->at);
	struct bytes bytes;
	struct uuid uid;

	TRY(take_bytes(f, c, &bytes));
	if (bytes.at == NULL || f->person.wrapped.at == NULL)
		return NULL; /* nothing there, or the person was forgotten */
	if (f->tx->cx->keys == NULL)
		return FAIL(INTERNAL, "%s: no keyring", f->stmt->name);
	TRY(find_uid(f, col, &uid));
	return seal_open(f->tx->cx->keys, f->tx->mem, f->person, place_read(f, c), uid,
			 bytes, &sealed->plain);
}

static fallible
take_sealed_bytes(struct fetch *f, const struct db_col *col, size_t c)
{
	struct sealed_bytes *sealed = (void *)(f->row + col->at);
	struct bytes bytes, plain;

	TRY(take_bytes(f, c, &bytes));
	if (bytes.at == NULL)
		return NULL;
	if (f->tx->cx->keys == NULL)
		return FAIL(INTERNAL, "%s: no keyring", f->stmt->name);
	TRY(seal_open_house(f->tx->cx->keys, f->tx->mem, place_read(f, c), bytes,
			    &plain));
	*sealed = (struct sealed_bytes){plain.at, plain.len};
	return NULL;
}

static struct err *(*const takers[])(struct fetch *, const struct db_col *, size_t) = {
	[DB_INT] = take_number,
	[DB_MAYBE_INT] = take_maybe,
	[DB_TEXT] = take_text,
	[DB_FLAG] = take_number,
	[DB_MONEY] = take_money,
	[DB_ID] = take_number,
	[DB_UUID] = take_uuid,
	[DB_DIGEST] = take_digest,
	[DB_INSTANT] = take_instant,
	[DB_BYTES] = take_bytes_field,
	[DB_PERSON] = take_person,
	[DB_SEALED] = take_sealed,
	[DB_SEALED_BYTES] = take_sealed_bytes,
};

/* ---- rows ---- */

/* Sealed fields come last: the row's uuid may stand after them. */
static fallible
take_row(struct fetch *f, char *row)
{
	for (int sealed = 0; sealed <= 1; sealed++) {
		size_t c = 0;

		f->row = row;
		f->person = (struct person){0};
		for (size_t i = 0; i < f->stmt->n_cols; i++) {
			const struct db_col *col = &f->stmt->cols[i];

			if ((col->type == DB_SEALED) == sealed)
				TRY(takers[col->type](f, col, c));
			else if (col->type == DB_PERSON)
				memcpy(&f->person, row + col->at, sizeof f->person);
			c += db_rule(col->type)->n_read;
		}
	}
	return NULL;
}

/* *row is false after the last one. */
static fallible
next_row(struct fetch *f, bool *row)
{
	int rc = f->prepared ? mysql_stmt_fetch(f->prepared) : MYSQL_NO_DATA;

	*row = rc == 0 || rc == MYSQL_DATA_TRUNCATED;
	if (*row || rc == MYSQL_NO_DATA)
		return NULL;
	return db_stmt_failed(f->tx->db, f->stmt, f->prepared);
}

/* A text that a column cannot hold (a letter with an accent, where codes are kept)
 * equals none of its values: there are no rows, which f->prepared says by being NULL.
 */
static fallible
fetch_begin(struct fetch *f, struct tx *tx, const struct db_stmt *stmt,
	    struct db_args args, size_t size)
{
	struct err *e;
	size_t n;

	assert(stmt->row_size == size && !stmt->saves && stmt->n_cols > 0);
	*f = (struct fetch){.tx = tx, .stmt = stmt};
	TRY(db_values_of_args(tx, stmt, args, &n));
	e = db_execute(tx, stmt, n, &f->prepared);
	if (e != NULL)
		return tx->db->unlike ? NULL : e;
	return bind_results(f);
}

/* Rows that are still on their way are read and thrown away, unless the connection went
 * and took the statement with it. */
static fallible
fetch_end(struct fetch *f, struct err *e)
{
	if (f->prepared != NULL && f->tx->db->my != NULL)
		mysql_stmt_free_result(f->prepared);
	return e;
}

static fallible
fetch_one(struct fetch *f, char *row, bool *found)
{
	bool more;

	TRY(next_row(f, found));
	if (!*found)
		return NULL;
	TRY(take_row(f, row));
	TRY(next_row(f, &more));
	return more ? FAIL(INTERNAL, "%s: more than one row", f->stmt->name) : NULL;
}

fallible
db_one_(struct tx *tx, const struct db_stmt *stmt, struct db_args args, void *row,
	size_t size, bool *found)
{
	char *fresh = arena_alloc(tx->mem, size);
	struct fetch f;

	*found = false;
	TRY(fetch_begin(&f, tx, stmt, args, size));
	TRY(fetch_end(&f, fetch_one(&f, fresh, found)));
	if (*found)
		memcpy(row, fresh, size);
	return NULL;
}

/* Doubles the room when it is full. */
static char *
room_for(struct arena *mem, char *rows, size_t n, size_t *cap, size_t size)
{
	char *bigger;

	if (n < *cap)
		return rows;
	*cap = *cap ? 2 * *cap : 16;
	bigger = arena_array(mem, *cap, size);
	if (n > 0)
		memcpy(bigger, rows, n * size);
	return bigger;
}

static fallible
fetch_all(struct fetch *f, char **rows, size_t *n)
{
	size_t cap = 0, size = f->stmt->row_size;
	bool more;

	for (;;) {
		TRY(next_row(f, &more));
		if (!more)
			return NULL;
		*rows = room_for(f->tx->mem, *rows, *n, &cap, size);
		TRY(take_row(f, *rows + *n * size));
		++*n;
	}
}

fallible
db_all_(struct tx *tx, const struct db_stmt *stmt, struct db_args args, void *rows,
	size_t size, size_t *n)
{
	char *all = NULL;
	struct fetch f;

	*n = 0;
	TRY(fetch_begin(&f, tx, stmt, args, size));
	TRY(fetch_end(&f, fetch_all(&f, &all, n)));
	memcpy(rows, &all, sizeof all);
	return NULL;
}

static fallible
fetch_each(struct fetch *f, fallible (*row)(void *, const void *), void *to)
{
	struct arena *mem = f->tx->mem;
	bool more;

	for (;;) {
		struct arena_mark mark = arena_mark(mem);
		char *fresh = arena_alloc(mem, f->stmt->row_size);

		TRY(next_row(f, &more));
		if (!more)
			return NULL;
		TRY(take_row(f, fresh));
		TRY(row(to, fresh));
		arena_rewind(mem, mark);
	}
}

fallible
db_each_(struct tx *tx, const struct db_stmt *stmt, struct db_args args,
	 fallible (*row)(void *, const void *), void *to, size_t size)
{
	struct fetch f;
	struct err *e;

	TRY(fetch_begin(&f, tx, stmt, args, size));
	tx->db->streaming = true;
	e = fetch_end(&f, fetch_each(&f, row, to));
	tx->db->streaming = false;
	return e;
}
