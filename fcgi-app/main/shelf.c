/* shelf.c - every product, one after another, as JSON or as a table. */
#include "main/shelf.h"

#include "base/json.h"
#include "domain/catalog_bulk.h"

enum { OUTPUT_MAX = 64 * 1024 * 1024, LIST_MEMORY = 192 * 1024 * 1024 };

/* Products come one by one, their arena rewound behind them: what is kept of them needs
 * an arena of its own. */
static fallible
print_json(struct ctx *cx, const struct shelf *shelf, struct arena *kept)
{
	struct buf text = buf_new(kept, OUTPUT_MAX);
	struct json_out out = json_out(&text);
	struct err *e;

	json_open(&out, '[');
	READING (tx, cx, &e)
		e = catalog_bulk_each(tx, shelf->put, &out);
	TRY(e);
	json_close(&out, ']');
	if (text.full)
		return FAIL(REFUSED, "the list is longer than %d bytes", OUTPUT_MAX);
	command_print(&text);
	return NULL;
}

static fallible
print_table(struct ctx *cx, const struct shelf *shelf, struct arena *kept)
{
	struct shelf_table to = {kept, table_new(kept, shelf->names, shelf->n_names)};
	struct err *e;

	READING (tx, cx, &e)
		e = catalog_bulk_each(tx, shelf->show, &to);
	TRY(e);
	table_print(to.table);
	return NULL;
}

fallible
shelf_print(const struct command *cmd, struct ctx *cx, const struct shelf *shelf)
{
	struct arena *kept = arena_new(LIST_MEMORY);
	struct err *e =
		cmd->json ? print_json(cx, shelf, kept) : print_table(cx, shelf, kept);

	arena_free(kept);
	return e;
}
