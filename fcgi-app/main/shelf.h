/* shelf.h - every product, one after another, as JSON or as a table: for the commands
 * that list them. */
#ifndef MAIN_SHELF_H
#define MAIN_SHELF_H

#include "main/command.h"
#include "main/table.h"

/* Where a row of the table goes. */
struct shelf_table {
	struct arena *mem; /* outlives the product */
	struct table *table;
};

struct shelf {
	/* Each is handed a struct product, good until it returns. */
	fallible (*put)(void *json_out, const void *product);
	fallible (*show)(void *shelf_table, const void *product);
	const char *const *names; /* of the columns */
	size_t n_names;
};

/* Prints all active products as --json says. REFUSED when the JSON is longer than
 * 64 MiB. */
fallible shelf_print(const struct command *, struct ctx *, const struct shelf *);

#endif
