/* cmd_payment.c - till payment: what gateways were asked and what they answered. */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "domain/journal.h"
#include "domain/order.h"
#include "main/command.h"
#include "main/commands.h"
#include "main/table.h"

enum { OUTPUT_MAX = 64 * 1024 * 1024, ROW_MAX = 16 * 1024 * 1024 };

/* One value of a call, as both formats name it. */
struct cell {
	const char *name, *text;
	int64_t number;
	bool is_number;
};

enum { CELLS = 21 };

static struct cell
text_cell(const char *name, const char *text)
{
	return (struct cell){.name = name, .text = text};
}

static struct cell
number_cell(const char *name, int64_t number)
{
	return (struct cell){.name = name, .number = number, .is_number = true};
}

/* A gateway may have sent anything: what is no text is shown as question marks. */
static const char *
readable(struct arena *mem, struct sealed_bytes body)
{
	char *copy;

	if (body.at == NULL)
		return NULL;
	copy = arena_copy(mem, body.at, body.len);
	for (size_t i = 0; i < body.len && !text_is_utf8(body.at, body.len); i++)
		if (copy[i] == '\0' || (unsigned char)copy[i] > 0x7E)
			copy[i] = '?';
	return copy;
}

static const char *
uuid_or_none(const struct uuid *uuid)
{
	return uuid->text[0] == '\0' ? NULL : uuid->text;
}

/* Of the attempt, so the same in each of its calls; without a currency: not told. */
static struct cell
fee_cell(struct arena *mem, struct money fee)
{
	return text_cell("attempt_fee",
			 fee.currency[0] == '\0' ? NULL : money_decimal(mem, fee));
}

static size_t
cells_of(struct arena *mem, const struct journal_call *call, struct cell list[CELLS])
{
	size_t n = 0;

	list[n++] = text_cell("called_at", instant_rfc3339(mem, call->called_at));
	list[n++] = text_cell("order", call->order_number);
	list[n++] = text_cell("attempt", uuid_or_none(&call->attempt_uid));
	list[n++] = text_cell("refund", uuid_or_none(&call->refund_uid));
	list[n++] = text_cell("gateway", call->gateway);
	list[n++] = text_cell("operation", call->operation);
	list[n++] = text_cell("method", call->method);
	list[n++] = text_cell("path", call->path);
	list[n++] = text_cell("idempotency_key", call->idem_key);
	list[n++] = number_cell("try", call->nth);
	list[n++] = text_cell("outcome", call->outcome);
	list[n++] = number_cell("status", call->status);
	list[n++] = number_cell("milliseconds", call->took_ms);
	list[n++] = text_cell("request_id", call->request_id);
	list[n++] = text_cell("trace_id", call->trace);
	list[n++] = text_cell("error", call->error);
	list[n++] = text_cell("request", readable(mem, call->request));
	list[n++] = text_cell("response", readable(mem, call->response));
	list[n++] = text_cell("created_at", instant_rfc3339(mem, call->created_at));
	list[n++] = fee_cell(mem, call->fee);
	list[n++] =
		text_cell("fee_currency",
			  call->fee.currency[0] == '\0' ? NULL : call->fee.currency);
	return n;
}

/* ---- one row, as JSON and as CSV ---- */

static void
put_json(struct arena *mem, struct json_out *out, const struct journal_call *call)
{
	struct cell cells[CELLS];
	size_t n = cells_of(mem, call, cells);

	json_open(out, '{');
	for (const struct cell *cell = cells; cell < cells + n; cell++) {
		if (cell->is_number)
			json_pair_int(out, cell->name, cell->number);
		else
			json_pair_text(out, cell->name, cell->text);
	}
	json_close(out, '}');
}

/* RFC 4180; a text that a spreadsheet would take for a formula gets an apostrophe. */
static void
put_csv_text(struct buf *to, const char *text)
{
	if (text == NULL)
		return;
	buf_char(to, '"');
	if (*text != '\0' && strchr("=+-@\t\r", *text) != NULL)
		buf_char(to, '\'');
	for (; *text != '\0'; text++) {
		if (*text == '"')
			buf_char(to, '"');
		buf_char(to, *text);
	}
	buf_char(to, '"');
}

static void
put_csv(struct arena *mem, struct buf *to, const struct journal_call *call, bool names)
{
	struct cell cells[CELLS];
	size_t n = cells_of(mem, call, cells);

	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_char(to, ',');
		if (names)
			buf_text(to, cells[i].name);
		else if (cells[i].is_number)
			buf_printf(to, "%" PRId64, cells[i].number);
		else
			put_csv_text(to, cells[i].text);
	}
	buf_text(to, "\r\n");
}

/* ---- calls ---- */

static void
print_json(struct arena *mem, const struct journal_call *list, size_t n)
{
	struct buf text = buf_new(mem, OUTPUT_MAX);
	struct json_out out = json_out(&text);

	json_open(&out, '[');
	for (size_t i = 0; i < n; i++)
		put_json(mem, &out, &list[i]);
	json_close(&out, ']');
	command_print(&text);
}

static void
print_table(struct arena *mem, const struct journal_call *list, size_t n)
{
	static const char *const names[] = {"CALLED", "GATEWAY",    "OPERATION",
					    ">TRY",   "OUTCOME",    ">STATUS",
					    ">MS",    "REQUEST ID", "ERROR"};
	struct table *table = table_new(mem, names, DB_COUNT(names));

	for (size_t i = 0; i < n; i++) {
		table_put(table, instant_rfc3339(mem, list[i].called_at));
		table_put(table, list[i].gateway);
		table_put(table, list[i].operation);
		table_put(table, arena_printf(mem, "%" PRId64, list[i].nth));
		table_put(table, list[i].outcome);
		table_put(table, arena_printf(mem, "%" PRId64, list[i].status));
		table_put(table, arena_printf(mem, "%" PRId64, list[i].took_ms));
		table_put(table, list[i].request_id);
		table_put(table, list[i].error);
	}
	table_print(table);
}

static fallible
read_calls(struct tx *tx, const char *name, struct journal_call **list, size_t *n)
{
	struct order order = {0};

	TRY(order_get(tx, name, &order));
	return journal_list(tx, order.id, list, n);
}

static fallible
show_calls(const struct command *cmd, const char *name)
{
	struct journal_call *list = NULL;
	struct ctx *cx;
	struct err *e;
	size_t n = 0;

	TRY(command_ctx(cmd, false, &cx));
	READING (tx, cx, &e)
		e = read_calls(tx, name, &list, &n);
	TRY(e);
	if (cmd->json)
		print_json(cmd->mem, list, n);
	else
		print_table(cmd->mem, list, n);
	return NULL;
}

/* ---- export ---- */

struct export
{
	struct arena *mem;
	bool csv;
	int64_t rows;
};

/* Row by row: a year of calls is more than fits into memory. */
static fallible
export_row(void *to, const void *row)
{
	struct export *export = to;
	struct arena_mark mark = arena_mark(export->mem);
	struct buf text = buf_new(export->mem, ROW_MAX);
	struct json_out out = json_out(&text);

	if (export->csv) {
		put_csv(export->mem, &text, row, false);
	} else {
		buf_text(&text, export->rows > 0 ? ",\n" : "");
		put_json(export->mem, &out, row);
	}
	export->rows++;
	if (fwrite(buf_string(&text), 1, text.len, stdout) != text.len)
		return FAIL(REFUSED, "standard output takes no more");
	arena_rewind(export->mem, mark);
	return NULL;
}

static fallible
export_calls(const struct command *cmd, struct instant since, bool csv)
{
	const struct journal_call none = {0};
	struct export export = {.mem = cmd->mem, .csv = csv};
	struct buf names = buf_new(cmd->mem, ROW_MAX);
	struct ctx *cx;
	struct err *e;

	TRY(command_ctx(cmd, false, &cx));
	put_csv(cmd->mem, &names, &none, true);
	fputs(csv ? buf_string(&names) : "[", stdout);
	READING (tx, cx, &e)
		e = journal_each(tx, since, export_row, &export);
	TRY(e);
	fputs(csv ? "" : "]\n", stdout);
	return NULL;
}

/* ---- the command ---- */

static int
run_export(struct command *cmd, const char *since, const char *format)
{
	struct instant from = {0};
	bool csv = text_equal(format, "csv");

	if (!csv && format != NULL && !text_equal(format, "json"))
		return command_wrong(cmd, "the format is csv or json");
	if (since != NULL &&
	    !instant_from_sql(arena_printf(cmd->mem, "%s 00:00:00", since), &from))
		return command_wrong(cmd, "\"%s\" is no date like 2026-11-21", since);
	return command_end(cmd, export_calls(cmd, from, csv));
}

int
cmd_payment(int argc, char **argv)
{
	const char *since = NULL, *format = NULL;
	const struct command_option options[] = {
		{"--since", "DATE", "export: what was called from that day on (UTC)",
		 &since, NULL},
		{"--format", "csv|json", "export: json unless said", &format, NULL},
		{0},
	};
	struct command cmd = {.usage = "payment calls ORDER | payment export",
			      .options = options,
			      .words_min = 1,
			      .words_max = 2,
			      .patient = true};
	int code = command_begin(&cmd, argc, argv);
	bool plain = since == NULL && format == NULL;

	if (code != COMMAND_GO)
		return code;
	if (text_equal(cmd.words[0], "calls") && cmd.n_words == 2 && plain)
		return command_end(&cmd, show_calls(&cmd, cmd.words[1]));
	if (text_equal(cmd.words[0], "export") && cmd.n_words == 1)
		return run_export(&cmd, since, format);
	return command_wrong(&cmd, "\"payment %s\" is not used like that",
			     cmd.words[0]);
}
