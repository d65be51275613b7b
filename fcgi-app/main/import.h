/* import.h - products from a CSV file: read, checked whole, and only then written. */
#ifndef MAIN_IMPORT_H
#define MAIN_IMPORT_H

#include "base/ctx.h"
#include "domain/catalog_bulk.h"
#include "main/csv.h"

/* One thing that is wrong with the file. */
struct import_problem {
	int64_t line;
	int64_t at;         /* characters from the start of the line; 0: not known */
	const char *column; /* its name in the header, or "" */
	const char *code, *text;
};

struct import_report {
	int64_t rows, added, changed, same, stocked, problems;
};

struct import {
	struct ctx *cx;
	const char *path, *actor;
	const char *currency; /* that the shop keeps its prices in */
	bool dry_run;
	/* Told of each problem, in the order of the file; what it is given dies after.
	 */
	void (*problem)(void *to, const struct import_problem *);
	void *to;
};

/* Reads the file twice: first every row is checked and compared with the catalogue,
 * then, if nothing is wrong and it is no dry run, up to 500 rows at a time are written,
 * each with its audit note. So an import that was cut short is run again as it is.
 * Counts what was (or would be) done. INVALID when problems were told. */
fallible import_products(const struct import *, struct import_report *);

#endif
