/* cmd_stock.c - till stock: how much of a product there is. */
#include <stdio.h>

#include "base/json.h"
#include "base/text.h"
#include "domain/audit.h"
#include "domain/catalog_bulk.h"
#include "domain/stock.h"
#include "main/command.h"
#include "main/commands.h"
#include "main/shelf.h"

enum { OUTPUT_MAX = 64 * 1024 * 1024 };

#define UNITS_MAX INT64_C(1000000000)

static void
put_units(struct json_out *out, int64_t on_hand, int64_t reserved)
{
	json_pair_int(out, "on_hand", on_hand);
	json_pair_int(out, "reserved", reserved);
	json_pair_int(out, "available", on_hand - reserved);
}

static void
print_stock(const struct command *cmd, const struct stock *stock)
{
	struct buf text = buf_new(cmd->mem, OUTPUT_MAX);
	struct json_out out = json_out(&text);

	if (!cmd->json) {
		printf("%s: %" PRId64 " on hand, %" PRId64 " reserved, %" PRId64
		       " available\n",
		       stock->sku, stock->on_hand, stock->reserved, stock->available);
		return;
	}
	json_open(&out, '{');
	json_pair_text(&out, "sku", stock->sku);
	put_units(&out, stock->on_hand, stock->reserved);
	json_close(&out, '}');
	command_print(&text);
}

/* ---- show ---- */

static fallible
put_row(void *to, const void *row)
{
	struct json_out *out = to;
	const struct product *p = row;

	if (!p->on_hand.there)
		return NULL;
	json_open(out, '{');
	json_pair_text(out, "sku", p->sku);
	put_units(out, p->on_hand.n, p->reserved.n);
	json_close(out, '}');
	return NULL;
}

static fallible
show_row(void *to, const void *row)
{
	const struct shelf_table *rows = to;
	const struct product *p = row;
	const int64_t numbers[] = {p->on_hand.n, p->reserved.n, p->available.n};

	if (!p->on_hand.there)
		return NULL;
	table_put(rows->table, p->sku);
	for (size_t i = 0; i < DB_COUNT(numbers); i++)
		table_put(rows->table, arena_printf(rows->mem, "%" PRId64, numbers[i]));
	return NULL;
}

static fallible
show_all(const struct command *cmd, struct ctx *cx)
{
	static const char *const names[] = {"SKU", ">ON HAND", ">RESERVED",
					    ">AVAILABLE"};
	static const struct shelf shelf = {put_row, show_row, names, DB_COUNT(names)};

	return shelf_print(cmd, cx, &shelf);
}

static fallible
find(struct tx *tx, const char *sku, struct stock *stock)
{
	bool found;

	TRY(stock_find(tx, sku, stock, &found));
	return found ? NULL : FAIL(NOT_FOUND, "there is no stock of %s", sku);
}

static fallible
show(struct command *cmd)
{
	struct stock stock = {0};
	struct ctx *cx;
	struct err *e;

	cmd->patient = true;
	TRY(command_ctx(cmd, false, &cx));
	if (cmd->n_words == 1)
		return show_all(cmd, cx);
	READING (tx, cx, &e)
		e = find(tx, cmd->words[1], &stock);
	TRY(e);
	print_stock(cmd, &stock);
	return NULL;
}

/* ---- set and add ---- */

struct change {
	const char *sku, *actor;
	int64_t n;
	bool adds;
};

/* The audit comes first: stock is what others wait for, so it is locked last. */
static fallible
change_stock(struct tx *tx, const struct change *change, struct stock *out)
{
	struct product product = {0};

	TRY(catalog_get_by_sku(tx, change->sku, &product));
	if (change->adds && change->n < 0 && !product.on_hand.there)
		return FAIL(REFUSED, "there is no stock of %s", change->sku);
	TRY(audit_note(
		tx, change->actor, change->adds ? "stock.add" : "stock.set",
		(struct order_id){0},
		arena_printf(tx->mem, "sku=%s n=%" PRId64, change->sku, change->n)));
	if (change->adds)
		return stock_add(tx, change->sku, change->n, change->actor, out);
	return stock_set(tx, change->sku, change->n, change->actor, out);
}

static fallible
change(struct command *cmd, bool adds, int64_t n)
{
	const struct change wanted = {cmd->words[1], command_actor(cmd), n, adds};
	struct stock stock = {0};
	struct ctx *cx;
	struct err *e;

	TRY(command_ctx(cmd, false, &cx));
	TRANSACTION (tx, cx, &e)
		e = change_stock(tx, &wanted, &stock);
	TRY(e);
	print_stock(cmd, &stock);
	return NULL;
}

int
cmd_stock(int argc, char **argv)
{
	struct command cmd = {.usage = "stock set SKU N | stock add SKU N"
				       " | stock show [SKU]",
			      .words_min = 1,
			      .words_max = 3};
	int code = command_begin(&cmd, argc, argv);
	int64_t n;
	bool adds;

	if (code != COMMAND_GO)
		return code;
	if (text_equal(cmd.words[0], "show") && cmd.n_words <= 2)
		return command_end(&cmd, show(&cmd));
	adds = text_equal(cmd.words[0], "add");
	if ((!adds && !text_equal(cmd.words[0], "set")) || cmd.n_words != 3)
		return command_wrong(&cmd, "\"stock %s\" is not used like that",
				     cmd.words[0]);
	if (!text_to_int(cmd.words[2], adds ? -UNITS_MAX : 0, UNITS_MAX, &n))
		return command_wrong(&cmd, "\"%s\" is no number of units",
				     cmd.words[2]);
	return command_end(&cmd, change(&cmd, adds, n));
}
