/* import_row.h - from the cells of a CSV row to a product; shared by import*.c. */
#ifndef MAIN_IMPORT_ROW_H
#define MAIN_IMPORT_ROW_H

#include "domain/catalog_bulk.h"
#include "main/csv.h"

enum import_column {
	COLUMN_SKU,
	COLUMN_SLUG,
	COLUMN_TITLE,
	COLUMN_KIND,
	COLUMN_PRICE,
	COLUMN_CURRENCY,
	COLUMN_TAX_CLASS,
	COLUMN_WEIGHT,
	COLUMN_PER_ORDER,
	COLUMN_STOCK,
	COLUMN_PICTURE,
	COLUMN_SUMMARY,
	COLUMN_DESCRIPTION,
	COLUMN_POSITION,
	COLUMN_COUNT,
};

/* Where each column stands in the file: its place from 1, or 0 when it is not there. */
struct import_header {
	size_t place[COLUMN_COUNT];
	size_t n; /* columns of the file */
};

/* Reads the names of the first row, in any order. Appends a problem for one that is
 * not known, stands twice, or is missing (all but the optional ones). */
void import_read_header(struct arena *, const struct csv_row *, struct import_header *,
			struct problems *);

/* Fills the upper half of an import from a row; appends every problem, with the column
 * as its field. */
void import_read_row(struct arena *, const struct import_header *,
		     const struct csv_row *, const char *currency,
		     struct catalog_import *, struct problems *);

#endif
