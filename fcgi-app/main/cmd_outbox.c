/* cmd_outbox.c - till outbox: mails and events that wait, and those that gave up. */
#include <stdio.h>

#include "base/json.h"
#include "base/text.h"
#include "domain/audit.h"
#include "domain/outbox.h"
#include "main/command.h"
#include "main/commands.h"
#include "main/table.h"

enum { OUTPUT_MAX = 16 * 1024 * 1024, LIMIT_MAX = 10000 };

/* ---- list ---- */

static void
put_row(struct arena *mem, struct json_out *out, const struct outbox_row *row)
{
	json_open(out, '{');
	json_pair_int(out, "id", row->id.n);
	json_pair_text(out, "kind", row->kind);
	json_pair_text(out, "dedup", row->dedup);
	json_pair_text(out, "state", row->state);
	json_pair_int(out, "attempts", row->attempts);
	json_pair_text(out, "error", row->error);
	json_pair_text(out, "created_at", instant_rfc3339(mem, row->created_at));
	json_pair_text(out, "next_try_at", instant_rfc3339(mem, row->next_try_at));
	json_close(out, '}');
}

static void
print_json(struct arena *mem, const struct outbox_row *rows, size_t n)
{
	struct buf text = buf_new(mem, OUTPUT_MAX);
	struct json_out out = json_out(&text);

	json_open(&out, '[');
	for (size_t i = 0; i < n; i++)
		put_row(mem, &out, &rows[i]);
	json_close(&out, ']');
	command_print(&text);
}

static void
print_table(struct arena *mem, const struct outbox_row *rows, size_t n)
{
	static const char *const names[] = {">ID",     "STATE", ">TRIES", "KIND",
					    "CREATED", "NEXT",  "ERROR"};
	struct table *table = table_new(mem, names, DB_COUNT(names));

	for (size_t i = 0; i < n; i++) {
		table_put(table, arena_printf(mem, "%" PRId64, rows[i].id.n));
		table_put(table, rows[i].state);
		table_put(table, arena_printf(mem, "%" PRId64, rows[i].attempts));
		table_put(table, rows[i].kind);
		table_put(table, instant_rfc3339(mem, rows[i].created_at));
		table_put(table, instant_rfc3339(mem, rows[i].next_try_at));
		table_put(table, rows[i].error);
	}
	table_print(table);
}

static fallible
list(const struct command *cmd, const char *state, int64_t limit)
{
	struct outbox_row *rows = NULL;
	struct ctx *cx;
	struct err *e;
	size_t n = 0;

	TRY(command_ctx(cmd, false, &cx));
	READING (tx, cx, &e)
		e = outbox_list(tx, state, limit, &rows, &n);
	TRY(e);
	if (cmd->json)
		print_json(cmd->mem, rows, n);
	else
		print_table(cmd->mem, rows, n);
	return NULL;
}

/* ---- replay ---- */

/* id 0: all that are dead. */
static fallible
replay_noted(struct tx *tx, struct outbox_id id, const char *actor, int64_t *changed)
{
	TRY(outbox_replay(tx, id, changed));
	if (*changed == 0)
		return id.n == 0 ? NULL
				 : FAIL(NOT_FOUND, "no dead entry %" PRId64, id.n);
	return audit_note(tx, actor, "outbox.replay", (struct order_id){0},
			  arena_printf(tx->mem, "id=%" PRId64 " entries=%" PRId64, id.n,
				       *changed));
}

static fallible
replay(const struct command *cmd, struct outbox_id id)
{
	const char *actor = command_actor(cmd);
	struct ctx *cx;
	struct err *e;
	int64_t changed = 0;

	TRY(command_ctx(cmd, false, &cx));
	TRANSACTION (tx, cx, &e)
		e = replay_noted(tx, id, actor, &changed);
	TRY(e);
	printf(cmd->json ? "{\"replayed\":%" PRId64 "}\n"
			 : "%" PRId64 " will be sent again\n",
	       changed);
	return NULL;
}

static bool
is_state(const char *state)
{
	static const char *const states[] = {"ready", "leased", "done", "dead"};

	for (size_t i = 0; i < DB_COUNT(states); i++) {
		if (text_equal(states[i], state))
			return true;
	}
	return state == NULL;
}

static int
run_list(struct command *cmd, const char *state, const char *limit_text)
{
	int64_t limit = 100;

	if (!is_state(state))
		return command_wrong(cmd, "there is no state \"%s\"", state);
	if (limit_text != NULL && !text_to_int(limit_text, 1, LIMIT_MAX, &limit))
		return command_wrong(cmd, "the limit is 1 to %d", LIMIT_MAX);
	return command_end(cmd, list(cmd, state, limit));
}

static int
run_replay(struct command *cmd)
{
	const char *which = cmd->n_words == 2 ? cmd->words[1] : "all";
	struct outbox_id id = {0};

	if (!text_equal(which, "all") && !text_to_int(which, 1, INT64_MAX, &id.n))
		return command_wrong(cmd, "\"%s\" is neither an id nor \"all\"", which);
	return command_end(cmd, replay(cmd, id));
}

int
cmd_outbox(int argc, char **argv)
{
	const char *state = NULL, *limit = NULL;
	const struct command_option options[] = {
		{"--state", "STATE", "list: ready, leased, done or dead", &state, NULL},
		{"--limit", "N", "list: at most so many (100)", &limit, NULL},
		{0},
	};
	struct command cmd = {.usage = "outbox list | outbox replay [ID|all]",
			      .options = options,
			      .words_min = 1,
			      .words_max = 2};
	int code = command_begin(&cmd, argc, argv);

	if (code != COMMAND_GO)
		return code;
	if (text_equal(cmd.words[0], "list") && cmd.n_words == 1)
		return run_list(&cmd, state, limit);
	if (text_equal(cmd.words[0], "replay") && state == NULL && limit == NULL)
		return run_replay(&cmd);
	return command_wrong(&cmd, "\"outbox %s\" is not used like that", cmd.words[0]);
}
