/* cmd_webhook.c - till webhook: what gateways told, above all what could not be
 * applied. */
#include <stdio.h>

#include "base/json.h"
#include "base/text.h"
#include "domain/audit.h"
#include "domain/inbox.h"
#include "main/command.h"
#include "main/commands.h"
#include "main/table.h"

enum { OUTPUT_MAX = 16 * 1024 * 1024, LIMIT_MAX = 10000 };

/* ---- list, show ---- */

static void
put_webhook(struct arena *mem, struct json_out *out, const struct webhook *webhook)
{
	json_open(out, '{');
	json_pair_int(out, "id", webhook->id.n);
	json_pair_text(out, "gateway", webhook->gateway);
	json_pair_text(out, "event_id", webhook->event_id);
	json_pair_text(out, "type", webhook->type);
	json_pair_text(out, "state", webhook->state);
	json_pair_int(out, "attempts", webhook->attempts);
	json_pair_text(out, "error", webhook->error);
	json_pair_text(out, "received_at", instant_rfc3339(mem, webhook->received_at));
	json_pair_text(out, "next_try_at", instant_rfc3339(mem, webhook->next_try_at));
	json_close(out, '}');
}

static void
print_json(struct arena *mem, const struct webhook *list, size_t n)
{
	struct buf text = buf_new(mem, OUTPUT_MAX);
	struct json_out out = json_out(&text);

	json_open(&out, '[');
	for (size_t i = 0; i < n; i++)
		put_webhook(mem, &out, &list[i]);
	json_close(&out, ']');
	command_print(&text);
}

static void
print_table(struct arena *mem, const struct webhook *list, size_t n)
{
	static const char *const names[] = {">ID",  "STATE",    ">TRIES", "GATEWAY",
					    "TYPE", "RECEIVED", "NEXT",   "ERROR"};
	struct table *table = table_new(mem, names, DB_COUNT(names));

	for (size_t i = 0; i < n; i++) {
		table_put(table, arena_printf(mem, "%" PRId64, list[i].id.n));
		table_put(table, list[i].state);
		table_put(table, arena_printf(mem, "%" PRId64, list[i].attempts));
		table_put(table, list[i].gateway);
		table_put(table, list[i].type);
		table_put(table, instant_rfc3339(mem, list[i].received_at));
		table_put(table, instant_rfc3339(mem, list[i].next_try_at));
		table_put(table, list[i].error);
	}
	table_print(table);
}

static fallible
list(const struct command *cmd, const char *state, int64_t limit)
{
	struct webhook *rows = NULL;
	struct ctx *cx;
	struct err *e;
	size_t n = 0;

	TRY(command_ctx(cmd, false, &cx));
	READING (tx, cx, &e)
		e = inbox_list(tx, state, limit, &rows, &n);
	TRY(e);
	if (cmd->json)
		print_json(cmd->mem, rows, n);
	else
		print_table(cmd->mem, rows, n);
	return NULL;
}

/* The body byte for byte as the gateway signed it. */
static fallible
show(const struct command *cmd, struct webhook_id id)
{
	struct webhook webhook = {0};
	struct ctx *cx;
	struct err *e;

	TRY(command_ctx(cmd, false, &cx));
	READING (tx, cx, &e)
		e = inbox_get(tx, id, &webhook);
	TRY(e);
	if (!cmd->json)
		print_table(cmd->mem, &webhook, 1);
	fwrite(webhook.body.at, 1, webhook.body.len, stdout);
	putchar('\n');
	return NULL;
}

/* ---- replay, discard ---- */

/* id 0: all that are dead or parked. */
static fallible
replay_noted(struct tx *tx, struct webhook_id id, const char *actor, int64_t *changed)
{
	TRY(inbox_replay(tx, id, changed));
	if (*changed == 0)
		return id.n == 0 ? NULL
				 : FAIL(NOT_FOUND, "no dead or parked webhook %" PRId64,
					id.n);
	return audit_note(tx, actor, "webhook.replay", (struct order_id){0},
			  arena_printf(tx->mem, "id=%" PRId64 " webhooks=%" PRId64,
				       id.n, *changed));
}

static fallible
replay(const struct command *cmd, struct webhook_id id)
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
			 : "%" PRId64 " will be applied again\n",
	       changed);
	return NULL;
}

static fallible
discard_noted(struct tx *tx, struct webhook_id id, const char *actor,
	      const char *reason)
{
	int64_t changed = 0;

	TRY(inbox_discard(tx, id, reason, &changed));
	if (changed == 0)
		return FAIL(NOT_FOUND, "no webhook %" PRId64 " that waits", id.n);
	return audit_note(
		tx, actor, "webhook.discard", (struct order_id){0},
		arena_printf(tx->mem, "id=%" PRId64 " reason=%s", id.n, reason));
}

static fallible
discard(const struct command *cmd, struct webhook_id id, const char *reason)
{
	const char *actor = command_actor(cmd);
	struct ctx *cx;
	struct err *e;

	TRY(command_ctx(cmd, false, &cx));
	TRANSACTION (tx, cx, &e)
		e = discard_noted(tx, id, actor, reason);
	TRY(e);
	printf(cmd->json ? "{\"discarded\":%" PRId64 "}\n"
			 : "webhook %" PRId64 " is discarded\n",
	       id.n);
	return NULL;
}

/* ---- words ---- */

static bool
is_state(const char *state)
{
	static const char *const states[] = {"received", "applied", "ignored", "parked",
					     "dead"};

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
run_on_one(struct command *cmd, const char *reason)
{
	const char *verb = cmd->words[0],
		   *which = cmd->n_words == 2 ? cmd->words[1] : "all";
	struct webhook_id id = {0};
	bool all = text_equal(verb, "replay") && text_equal(which, "all");

	if (!all && !text_to_int(which, 1, INT64_MAX, &id.n))
		return command_wrong(cmd, "\"%s\" is no id", which);
	if (text_equal(verb, "show") && reason == NULL)
		return command_end(cmd, show(cmd, id));
	if (text_equal(verb, "replay") && reason == NULL)
		return command_end(cmd, replay(cmd, id));
	if (text_equal(verb, "discard") && reason != NULL && reason[0] != '\0')
		return command_end(cmd, discard(cmd, id, reason));
	return command_wrong(cmd,
			     text_equal(verb, "discard")
				     ? "say why, with --reason TEXT"
				     : "\"webhook %s\" is not used like that",
			     verb);
}

int
cmd_webhook(int argc, char **argv)
{
	const char *state = NULL, *limit = NULL, *reason = NULL;
	const struct command_option options[] = {
		{"--state", "STATE", "list: received, applied, ignored, parked or dead",
		 &state, NULL},
		{"--limit", "N", "list: at most so many (100)", &limit, NULL},
		{"--reason", "TEXT", "discard: why it will never be applied", &reason,
		 NULL},
		{0},
	};
	struct command cmd = {.usage = "webhook list | webhook show ID |"
				       " webhook replay [ID|all] | webhook discard ID",
			      .options = options,
			      .words_min = 1,
			      .words_max = 2};
	int code = command_begin(&cmd, argc, argv);

	if (code != COMMAND_GO)
		return code;
	if (text_equal(cmd.words[0], "list") && cmd.n_words == 1 && reason == NULL)
		return run_list(&cmd, state, limit);
	if (!text_equal(cmd.words[0], "list") && state == NULL && limit == NULL)
		return run_on_one(&cmd, reason);
	return command_wrong(&cmd, "\"webhook %s\" is not used like that",
			     cmd.words[0]);
}
