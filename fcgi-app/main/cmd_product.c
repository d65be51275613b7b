/* cmd_product.c - till product: what is on the shelf, and filling it from a file. */
#include <stdio.h>

#include "base/json.h"
#include "base/text.h"
#include "main/command.h"
#include "main/commands.h"
#include "main/import.h"
#include "main/shelf.h"

enum { OUTPUT_MAX = 64 * 1024 * 1024, PROBLEMS_MEMORY = 192 * 1024 * 1024 };

static void
put_maybe(struct json_out *out, const char *name, struct maybe_int n)
{
	json_key(out, name);
	if (n.there)
		json_put_int(out, n.n);
	else
		json_put_null(out);
}

/* ---- list ---- */

static fallible
put_product(void *to, const void *row)
{
	struct json_out *out = to;
	const struct product *p = row;

	json_open(out, '{');
	json_pair_text(out, "sku", p->sku);
	json_pair_text(out, "title", p->title);
	json_pair_text(out, "kind", p->kind);
	json_key(out, "price");
	json_put_money(out, p->price);
	put_maybe(out, "on_hand", p->on_hand);
	put_maybe(out, "reserved", p->reserved);
	put_maybe(out, "available", p->available);
	json_pair_int(out, "per_order", p->per_order);
	json_close(out, '}');
	return NULL;
}

static void
show_maybe(const struct shelf_table *shelf, struct maybe_int n)
{
	table_put(shelf->table,
		  n.there ? arena_printf(shelf->mem, "%" PRId64, n.n) : NULL);
}

static fallible
show_product(void *to, const void *row)
{
	const struct shelf_table *shelf = to;
	const struct product *p = row;

	table_put(shelf->table, p->sku);
	table_put(shelf->table, p->title);
	table_put(shelf->table, p->kind);
	table_put(shelf->table, money_format(shelf->mem, p->price));
	show_maybe(shelf, p->on_hand);
	show_maybe(shelf, p->reserved);
	show_maybe(shelf, p->available);
	table_put(shelf->table, arena_printf(shelf->mem, "%" PRId64, p->per_order));
	return NULL;
}

static fallible
list(struct command *cmd)
{
	static const char *const names[] = {"SKU",        "TITLE",     "KIND",
					    ">PRICE",     ">ON HAND",  ">RESERVED",
					    ">AVAILABLE", ">PER ORDER"};
	static const struct shelf shelf = {put_product, show_product, names,
					   DB_COUNT(names)};
	struct ctx *cx;

	cmd->patient = true;
	TRY(command_ctx(cmd, false, &cx));
	return shelf_print(cmd, cx, &shelf);
}

/* ---- import ---- */

static void
print_problem(void *to, const struct import_problem *problem)
{
	const char *path = to;

	fprintf(stderr, "%s:%" PRId64, path, problem->line);
	if (problem->at > 0)
		fprintf(stderr, ":%" PRId64, problem->at);
	if (!text_is_empty(problem->column))
		fprintf(stderr, ": %s", problem->column);
	fprintf(stderr, ": %s\n", problem->text);
}

static void
put_problem(void *to, const struct import_problem *problem)
{
	struct json_out *out = to;

	json_open(out, '{');
	json_pair_int(out, "line", problem->line);
	json_key(out, "at");
	if (problem->at > 0)
		json_put_int(out, problem->at);
	else
		json_put_null(out);
	json_pair_text(out, "column", problem->column);
	json_pair_text(out, "code", problem->code);
	json_pair_text(out, "message", problem->text);
	json_close(out, '}');
}

static void
put_report(struct json_out *out, const struct import *import,
	   const struct import_report *report)
{
	json_pair_bool(out, "dry_run", import->dry_run);
	json_pair_int(out, "rows", report->rows);
	json_pair_int(out, "added", report->added);
	json_pair_int(out, "changed", report->changed);
	json_pair_int(out, "same", report->same);
	json_pair_int(out, "stocked", report->stocked);
}

/* Problems are part of the document: they are told while the file is read. */
static fallible
import_as_json(struct command *cmd, struct import import)
{
	struct arena *kept = arena_new(PROBLEMS_MEMORY);
	struct buf text = buf_new(kept, OUTPUT_MAX);
	struct json_out out = json_out(&text);
	struct import_report report;
	struct err *e;

	json_open(&out, '{');
	json_key(&out, "problems");
	json_open(&out, '[');
	import.problem = put_problem;
	import.to = &out;
	e = import_products(&import, &report);
	json_close(&out, ']');
	put_report(&out, &import, &report);
	json_close(&out, '}');
	cmd->refused = e != NULL && e->code == ERR_INVALID && !text.full;
	if (e == NULL || cmd->refused)
		command_print(&text);
	arena_free(kept);
	return cmd->refused ? NULL : e;
}

static fallible
import_as_lines(struct import import)
{
	struct import_report report;

	import.problem = print_problem;
	import.to = (void *)(uintptr_t)import.path;
	TRY(import_products(&import, &report));
	printf("%s%" PRId64 " rows: %" PRId64 " added, %" PRId64 " changed, %" PRId64
	       " the same; first stock for %" PRId64 "\n",
	       import.dry_run ? "would be (nothing was written): " : "", report.rows,
	       report.added, report.changed, report.same, report.stocked);
	return NULL;
}

static fallible
import_file(struct command *cmd, bool dry_run)
{
	struct import import = {.path = cmd->words[1],
				.actor = command_actor(cmd),
				.currency = cmd->config->shop_currency,
				.dry_run = dry_run};

	TRY(command_ctx(cmd, false, &import.cx));
	return cmd->json ? import_as_json(cmd, import) : import_as_lines(import);
}

int
cmd_product(int argc, char **argv)
{
	bool dry_run = false;
	const struct command_option options[] = {
		{"--dry-run", NULL, "say what an import would do", NULL, &dry_run},
		{0},
	};
	struct command cmd = {.usage = "product list | product import FILE.csv",
			      .options = options,
			      .words_min = 1,
			      .words_max = 2};
	int code = command_begin(&cmd, argc, argv);

	if (code != COMMAND_GO)
		return code;
	if (text_equal(cmd.words[0], "list") && cmd.n_words == 1 && !dry_run)
		return command_end(&cmd, list(&cmd));
	if (text_equal(cmd.words[0], "import") && cmd.n_words == 2)
		return command_end(&cmd, import_file(&cmd, dry_run));
	return command_wrong(&cmd, "\"product %s\" is not used like that",
			     cmd.words[0]);
}
