/* check.c - a prepared statement is compared with the struct that it fills or saves. */
#include <assert.h>
#include <string.h>

#include "db/db_private.h"

static bool
is_whole_number(enum enum_field_types type)
{
	return type == MYSQL_TYPE_TINY || type == MYSQL_TYPE_SHORT ||
	       type == MYSQL_TYPE_INT24 || type == MYSQL_TYPE_LONG ||
	       type == MYSQL_TYPE_LONGLONG || type == MYSQL_TYPE_YEAR;
}

static bool
is_bytes(enum enum_field_types type)
{
	return type == MYSQL_TYPE_STRING || type == MYSQL_TYPE_VAR_STRING ||
	       type == MYSQL_TYPE_VARCHAR || type == MYSQL_TYPE_TINY_BLOB ||
	       type == MYSQL_TYPE_BLOB || type == MYSQL_TYPE_MEDIUM_BLOB ||
	       type == MYSQL_TYPE_LONG_BLOB || type == MYSQL_TYPE_ENUM ||
	       type == MYSQL_TYPE_JSON;
}

static bool
is_time(enum enum_field_types type)
{
	return type == MYSQL_TYPE_DATETIME || type == MYSQL_TYPE_TIMESTAMP;
}

/* A column of the literal NULL fits every field. */
static bool
travels_as(enum db_wire wire, enum enum_field_types type)
{
	if (type == MYSQL_TYPE_NULL)
		return true;
	switch (wire) {
	case WIRE_NUMBER:
		return is_whole_number(type);
	case WIRE_BYTES:
		return is_bytes(type);
	case WIRE_TIME:
		return is_time(type);
	}
	return false;
}

/* The column bears the field's name and the part's suffix; a dot of the field (a member
 * of a member) is an underscore in the column. */
static bool
bears_name(const char *column, const char *field, const char *suffix)
{
	for (; *field != '\0'; field++, column++) {
		if (*column != (*field == '.' ? '_' : *field))
			return false;
	}
	return strcmp(column, suffix) == 0;
}

static fallible
compare_part(const struct db_stmt *stmt, const struct db_col *col,
	     const struct db_part *part, const MYSQL_FIELD *column)
{
	const char *remedy = "";

	if (!bears_name(column->name, col->name, part->suffix))
		return FAIL(INTERNAL, "%s (%s): column %s stands where %s%s is wanted",
			    stmt->name, stmt->file, column->name, col->name,
			    part->suffix);
	if (travels_as(part->wire, column->type))
		return NULL;
	if (column->type == MYSQL_TYPE_NEWDECIMAL || column->type == MYSQL_TYPE_DECIMAL)
		remedy = "; a sum is DECIMAL: write CAST(... AS SIGNED)";
	return FAIL(INTERNAL,
		    "%s (%s): column %s has type %d, which field %s cannot"
		    " hold%s",
		    stmt->name, stmt->file, column->name, (int)column->type, col->name,
		    remedy);
}

static fallible
compare_columns(const struct db_stmt *stmt, const MYSQL_FIELD *columns)
{
	size_t c = 0;

	for (size_t i = 0; i < stmt->n_cols; i++) {
		const struct db_col *col = &stmt->cols[i];
		const struct db_rule *rule = db_rule(col->type);

		if (col->type == DB_SEALED || col->type == DB_SEALED_BYTES) {
			if (*columns[c].org_table == '\0')
				return FAIL(INTERNAL,
					    "%s (%s): sealed column %s must come"
					    " straight from its table",
					    stmt->name, stmt->file, columns[c].name);
		}
		for (size_t p = 0; p < rule->n_read; p++, c++)
			TRY(compare_part(stmt, col, &rule->parts[p], &columns[c]));
	}
	return NULL;
}

static fallible
compare_result(const struct db_stmt *stmt, MYSQL_STMT *prepared)
{
	size_t n = mysql_stmt_field_count(prepared);
	MYSQL_RES *meta;
	struct err *e;

	if (n != db_width(stmt) || n > DB_MAX_COLUMNS)
		return FAIL(INTERNAL,
			    "%s (%s): %zu columns selected, %zu wanted, %d"
			    " at most",
			    stmt->name, stmt->file, n, db_width(stmt), DB_MAX_COLUMNS);
	meta = mysql_stmt_result_metadata(prepared);
	assert(meta != NULL);
	e = compare_columns(stmt, mysql_fetch_fields(meta));
	mysql_free_result(meta);
	return e;
}

/* Sealed parameters are bound to the column that they go to, so it must be legible. */
static fallible
compare_places(const struct db_stmt *stmt)
{
	struct arena *mem = arena_new(64 * 1024);
	size_t nth = 0;
	struct err *e = NULL;

	for (size_t i = 0; i < stmt->n_cols && e == NULL; i++) {
		enum db_type type = stmt->cols[i].type;

		if ((type == DB_SEALED || type == DB_SEALED_BYTES) &&
		    db_place(mem, stmt->text, nth) == NULL)
			e = FAIL(INTERNAL,
				 "%s (%s): sealed field %s goes to no column"
				 " by name",
				 stmt->name, stmt->file, stmt->cols[i].name);
		nth += db_rule(type)->n_saved;
	}
	arena_free(mem);
	return e;
}

fallible
db_compare(const struct db_stmt *stmt, MYSQL_STMT *prepared)
{
	size_t n = mysql_stmt_param_count(prepared);

	if (n > DB_MAX_PARAMS)
		return FAIL(INTERNAL, "%s (%s): %zu parameters, %d at most", stmt->name,
			    stmt->file, n, DB_MAX_PARAMS);
	if (stmt->saves && n != db_width(stmt))
		return FAIL(INTERNAL, "%s (%s): %zu parameters, %zu saved", stmt->name,
			    stmt->file, n, db_width(stmt));
	if (stmt->saves)
		return compare_places(stmt);
	return stmt->n_cols > 0 ? compare_result(stmt, prepared) : NULL;
}

fallible
db_check_all(struct db *db, size_t *n)
{
	MYSQL_STMT *prepared;

	*n = 0;
	TRY(db_connect(db));
	for (const struct db_stmt *stmt = __start_db_stmts; stmt < __stop_db_stmts;
	     stmt++, ++*n)
		TRY(db_prepared(db, stmt, &prepared));
	return NULL;
}
