/* bulk.c - many rows in one round trip: each parameter is an array over the rows. */
#include <assert.h>
#include <string.h>

#include "db/db_private.h"

/* The array of one parameter. */
struct column {
	int64_t *numbers;
	void **places; /* of texts, bytes and times */
	unsigned long *lengths;
	char *nulls;
	MYSQL_TIME *times;
};

static struct column
column_new(struct arena *mem, size_t rows)
{
	return (struct column){
		.numbers = arena_new_of(mem, int64_t, rows),
		.places = arena_new_of(mem, void *, rows),
		.lengths = arena_new_of(mem, unsigned long, rows),
		.nulls = arena_new_of(mem, char, rows),
		.times = arena_new_of(mem, MYSQL_TIME, rows),
	};
}

static void
column_put(struct column *column, size_t row, const struct db_value *value)
{
	column->nulls[row] = value->null ? STMT_INDICATOR_NULL : STMT_INDICATOR_NONE;
	column->numbers[row] = value->number;
	column->lengths[row] = (unsigned long)value->len;
	column->times[row] = value->time;
	column->places[row] = value->wire == WIRE_TIME ? (void *)&column->times[row]
						       : (void *)(uintptr_t)value->at;
}

static void
column_bind(MYSQL_BIND *bind, struct column *column, const struct db_value *sample)
{
	*bind = (MYSQL_BIND){0};
	bind->buffer_type = db_buffer_type(sample);
	bind->buffer = sample->wire == WIRE_NUMBER ? (void *)column->numbers
						   : (void *)column->places;
	bind->length = column->lengths;
	bind->u.indicator = column->nulls;
}

fallible
db_run_rows_(struct tx *tx, const struct db_stmt *stmt, const void *rows, size_t size,
	     size_t n, int64_t *changed)
{
	size_t width = db_width(stmt), n_values;
	struct column columns[DB_MAX_PARAMS];
	struct db *db = tx->db;

	assert(stmt->row_size == size && n <= DB_MAX_ROWS && width <= DB_MAX_PARAMS);
	*changed = 0;
	if (n == 0)
		return NULL;
	for (size_t i = 0; i < width; i++)
		columns[i] = column_new(tx->mem, n);
	for (size_t row = 0; row < n; row++) {
		TRY(db_values_of_row(tx, stmt, (const char *)rows + row * size,
				     &n_values));
		for (size_t i = 0; i < width; i++)
			column_put(&columns[i], row, &db->values[i]);
	}
	for (size_t i = 0; i < width; i++)
		column_bind(&db->params[i], &columns[i], &db->values[i]);
	return db_execute_bulk(tx, stmt, width, n, changed);
}
