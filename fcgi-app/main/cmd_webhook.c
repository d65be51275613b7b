/* cmd_webhook.c - till webhook: what gateways told, above all what could not be
 * applied. */
#include <stdio.h>

#include "base/text.h"
#include "domain/audit.h"
#include "domain/inbox.h"
#include "main/command.h"
#include "main/commands.h"
#include "main/letters.h"

static struct letter
as_letter(const struct webhook *webhook)
{
	return (struct letter){
		.id = webhook->id.n,
		.words = {webhook->gateway, webhook->event_id, webhook->type},
		.state = webhook->state,
		.attempts = webhook->attempts,
		.error = webhook->error,
		.came_at = webhook->received_at,
		.next_try_at = webhook->next_try_at};
}

static fallible
list_webhooks(struct tx *tx, const char *state, int64_t limit, struct letter **out,
	      size_t *n)
{
	struct webhook *rows;

	TRY(inbox_list(tx, state, limit, &rows, n));
	*out = arena_new_of(tx->mem, struct letter, *n + 1);
	for (size_t i = 0; i < *n; i++)
		(*out)[i] = as_letter(&rows[i]);
	return NULL;
}

static fallible
replay_webhooks(struct tx *tx, int64_t id, int64_t *changed)
{
	return inbox_replay(tx, (struct webhook_id){id}, changed);
}

static const char *const states[] = {"received", "applied", "ignored",
				     "parked",   "dead",    NULL};

static const struct letters webhooks = {
	.name = "webhook",
	.words = {{"gateway", "GATEWAY"}, {"event_id", NULL}, {"type", "TYPE"}},
	.came = {"received_at", "RECEIVED"},
	.states = states,
	.given_up = "dead or parked webhook",
	.many = "webhooks",
	.again = "applied",
	.list = list_webhooks,
	.replay = replay_webhooks,
};

/* ---- show, discard ---- */

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
	if (!cmd->json) {
		struct letter letter = as_letter(&webhook);

		letters_print_table(cmd->mem, &webhooks, &letter, 1);
	}
	fwrite(webhook.body.at, 1, webhook.body.len, stdout);
	putchar('\n');
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

static int
run_on_one(struct command *cmd, const char *reason)
{
	const char *verb = cmd->words[0], *which = cmd->words[1];
	struct webhook_id id = {0};

	if (!text_to_int(which, 1, INT64_MAX, &id.n))
		return command_wrong(cmd, "\"%s\" is no id", which);
	if (text_equal(verb, "show") && reason == NULL)
		return command_end(cmd, show(cmd, id));
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
		return letters_list(&cmd, &webhooks, state, limit);
	if (text_equal(cmd.words[0], "replay") && state == NULL && limit == NULL &&
	    reason == NULL)
		return letters_replay(&cmd, &webhooks);
	if (cmd.n_words == 2 && state == NULL && limit == NULL)
		return run_on_one(&cmd, reason);
	return command_wrong(&cmd, "\"webhook %s\" is not used like that",
			     cmd.words[0]);
}
