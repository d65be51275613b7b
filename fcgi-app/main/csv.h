/* csv.h - reads a CSV file (RFC 4180) row by row: quoted fields, CRLF or LF, UTF-8,
 * with or without a byte order mark. What is wrong is told with its line and column,
 * and reading goes on in the next line, so that one pass finds everything. */
#ifndef MAIN_CSV_H
#define MAIN_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct arena;
struct csv;

enum { CSV_FIELDS_MAX = 64, CSV_ROW_MAX = 256 * 1024 };

struct csv_row {
	int64_t line;        /* where it begins, from 1 */
	const char **fields; /* NUL-terminated, in the arena that was given */
	size_t n;
	const char *wrong; /* what is wrong with it, or NULL; then it has no fields */
	int64_t wrong_line, wrong_column; /* where: in characters, from 1 */
};

/* The file is closed with the arena. REFUSED when it cannot be read. */
fallible csv_open(struct arena *, const char *path, struct csv **);
/* The next row that is not an empty line; *more is false after the last. REFUSED when
 * reading fails. */
fallible csv_next(struct csv *, struct arena *, struct csv_row *, bool *more);
/* Begins again at the first row. */
void csv_rewind(struct csv *);

#endif
