/* cmd_outbox.c - till outbox: mails and events that wait, and those that gave up. */
#include "base/text.h"
#include "domain/outbox.h"
#include "main/command.h"
#include "main/commands.h"
#include "main/letters.h"

static fallible
list_outbox(struct tx *tx, const char *state, int64_t limit, struct letter **out,
	    size_t *n)
{
	struct outbox_row *rows;

	TRY(outbox_list(tx, state, limit, &rows, n));
	*out = arena_new_of(tx->mem, struct letter, *n + 1);
	for (size_t i = 0; i < *n; i++)
		(*out)[i] = (struct letter){.id = rows[i].id.n,
					    .words = {rows[i].kind, rows[i].dedup},
					    .state = rows[i].state,
					    .attempts = rows[i].attempts,
					    .error = rows[i].error,
					    .came_at = rows[i].created_at,
					    .next_try_at = rows[i].next_try_at};
	return NULL;
}

static fallible
replay_outbox(struct tx *tx, int64_t id, int64_t *changed)
{
	return outbox_replay(tx, (struct outbox_id){id}, changed);
}

static const char *const states[] = {"ready", "leased", "done", "dead", NULL};

static const struct letters outbox = {
	.name = "outbox",
	.words = {{"kind", "KIND"}, {"dedup", NULL}},
	.came = {"created_at", "CREATED"},
	.states = states,
	.given_up = "dead entry",
	.many = "entries",
	.again = "sent",
	.list = list_outbox,
	.replay = replay_outbox,
};

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
		return letters_list(&cmd, &outbox, state, limit);
	if (text_equal(cmd.words[0], "replay") && state == NULL && limit == NULL)
		return letters_replay(&cmd, &outbox);
	return command_wrong(&cmd, "\"outbox %s\" is not used like that", cmd.words[0]);
}
