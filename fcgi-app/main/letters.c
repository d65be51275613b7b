/* letters.c - what till webhook and till outbox share. */
#include "main/letters.h"

#include <stdio.h>

#include "base/json.h"
#include "base/text.h"
#include "domain/audit.h"
#include "main/table.h"

enum { OUTPUT_MAX = 16 * 1024 * 1024, LIMIT_MAX = 10000 };
enum { COLUMNS_MAX = 6 + LETTER_WORDS };

/* ---- list ---- */

static void
put_letter(struct arena *mem, struct json_out *out, const struct letters *of,
	   const struct letter *letter)
{
	json_open(out, '{');
	json_pair_int(out, "id", letter->id);
	for (size_t i = 0; i < LETTER_WORDS && of->words[i].key != NULL; i++)
		json_pair_text(out, of->words[i].key, letter->words[i]);
	json_pair_text(out, "state", letter->state);
	json_pair_int(out, "attempts", letter->attempts);
	json_pair_text(out, "error", letter->error);
	json_pair_text(out, of->came.key, instant_rfc3339(mem, letter->came_at));
	json_pair_text(out, "next_try_at", instant_rfc3339(mem, letter->next_try_at));
	json_close(out, '}');
}

static void
print_json(struct arena *mem, const struct letters *of, const struct letter *list,
	   size_t n)
{
	struct buf text = buf_new(mem, OUTPUT_MAX);
	struct json_out out = json_out(&text);

	json_open(&out, '[');
	for (size_t i = 0; i < n; i++)
		put_letter(mem, &out, of, &list[i]);
	json_close(&out, ']');
	command_print(&text);
}

static struct table *
new_table(struct arena *mem, const struct letters *of)
{
	const char *names[COLUMNS_MAX] = {">ID", "STATE", ">TRIES"};
	size_t n = 3;

	for (size_t i = 0; i < LETTER_WORDS; i++) {
		if (of->words[i].heading != NULL)
			names[n++] = of->words[i].heading;
	}
	names[n++] = of->came.heading;
	names[n++] = "NEXT";
	names[n++] = "ERROR";
	return table_new(mem, names, n);
}

void
letters_print_table(struct arena *mem, const struct letters *of,
		    const struct letter *list, size_t n)
{
	struct table *table = new_table(mem, of);

	for (size_t i = 0; i < n; i++) {
		table_put(table, arena_printf(mem, "%" PRId64, list[i].id));
		table_put(table, list[i].state);
		table_put(table, arena_printf(mem, "%" PRId64, list[i].attempts));
		for (size_t word = 0; word < LETTER_WORDS; word++) {
			if (of->words[word].heading != NULL)
				table_put(table, list[i].words[word]);
		}
		table_put(table, instant_rfc3339(mem, list[i].came_at));
		table_put(table, instant_rfc3339(mem, list[i].next_try_at));
		table_put(table, list[i].error);
	}
	table_print(table);
}

static fallible
list_state(struct tx *tx, const struct letters *of, const char *state, int64_t limit,
	   struct letter **rows, size_t *n)
{
	return of->list(tx, state, limit, rows, n);
}

static fallible
list(const struct command *cmd, const struct letters *of, const char *state,
     int64_t limit)
{
	struct letter *rows = NULL;
	struct ctx *cx;
	struct err *e;
	size_t n = 0;

	TRY(command_ctx(cmd, false, &cx));
	READING (tx, cx, &e)
		e = list_state(tx, of, state, limit, &rows, &n);
	TRY(e);
	if (cmd->json)
		print_json(cmd->mem, of, rows, n);
	else
		letters_print_table(cmd->mem, of, rows, n);
	return NULL;
}

static bool
is_state(const struct letters *of, const char *state)
{
	for (size_t i = 0; of->states[i] != NULL; i++) {
		if (text_equal(of->states[i], state))
			return true;
	}
	return state == NULL;
}

int
letters_list(struct command *cmd, const struct letters *of, const char *state,
	     const char *limit_text)
{
	int64_t limit = 100;

	if (!is_state(of, state))
		return command_wrong(cmd, "there is no state \"%s\"", state);
	if (limit_text != NULL && !text_to_int(limit_text, 1, LIMIT_MAX, &limit))
		return command_wrong(cmd, "the limit is 1 to %d", LIMIT_MAX);
	return command_end(cmd, list(cmd, of, state, limit));
}

/* ---- replay ---- */

static fallible
replay_noted(struct tx *tx, const struct letters *of, int64_t id, const char *actor,
	     int64_t *changed)
{
	TRY(of->replay(tx, id, changed));
	if (*changed == 0)
		return id == 0 ? NULL
			       : FAIL(NOT_FOUND, "no %s %" PRId64, of->given_up, id);
	return audit_note(tx, actor, arena_printf(tx->mem, "%s.replay", of->name),
			  (struct order_id){0},
			  arena_printf(tx->mem, "id=%" PRId64 " %s=%" PRId64, id,
				       of->many, *changed));
}

static fallible
replay(const struct command *cmd, const struct letters *of, int64_t id)
{
	const char *actor = command_actor(cmd);
	struct ctx *cx;
	struct err *e;
	int64_t changed = 0;

	TRY(command_ctx(cmd, false, &cx));
	TRANSACTION (tx, cx, &e)
		e = replay_noted(tx, of, id, actor, &changed);
	TRY(e);
	if (cmd->json)
		printf("{\"replayed\":%" PRId64 "}\n", changed);
	else
		printf("%" PRId64 " will be %s again\n", changed, of->again);
	return NULL;
}

int
letters_replay(struct command *cmd, const struct letters *of)
{
	const char *which = cmd->n_words == 2 ? cmd->words[1] : "all";
	int64_t id = 0;

	if (!text_equal(which, "all") && !text_to_int(which, 1, INT64_MAX, &id))
		return command_wrong(cmd, "\"%s\" is neither an id nor \"all\"", which);
	return command_end(cmd, replay(cmd, of, id));
}
