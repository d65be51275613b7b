/* cmd_verify.c - till verify: whether the books are true, in one snapshot. */
#include <stdio.h>

#include "base/json.h"
#include "domain/invariant.h"
#include "main/command.h"
#include "main/commands.h"

enum { OUTPUT_MAX = 1024 * 1024 };

static const char *
verdict(const struct invariant *invariant)
{
	if (invariant->needs != NULL)
		return "not_checked";
	return invariant->n_rows > 0 ? "broken" : "holds";
}

static void
put_texts(struct json_out *out, const char *name, const char *const *texts, size_t n)
{
	json_key(out, name);
	json_open(out, '[');
	for (size_t i = 0; i < n; i++)
		json_put_text(out, texts[i]);
	json_close(out, ']');
}

static void
put_invariant(struct json_out *out, const struct invariant *invariant)
{
	json_open(out, '{');
	json_pair_text(out, "id", invariant->id);
	json_pair_text(out, "says", invariant->says);
	json_pair_text(out, "verdict", verdict(invariant));
	json_pair_text(out, "needs", invariant->needs);
	put_texts(out, "rows", invariant->rows, invariant->n_rows);
	json_pair_bool(out, "more", invariant->more);
	json_close(out, '}');
}

static void
print_json(struct arena *mem, const struct invariants *all)
{
	struct buf text = buf_new(mem, OUTPUT_MAX);
	struct json_out out = json_out(&text);

	json_open(&out, '{');
	json_pair_bool(&out, "ok", all->broken == 0);
	json_pair_int(&out, "checked", (int64_t)all->checked);
	json_pair_int(&out, "broken", (int64_t)all->broken);
	json_key(&out, "invariants");
	json_open(&out, '[');
	for (size_t i = 0; i < all->n; i++)
		put_invariant(&out, &all->list[i]);
	json_close(&out, ']');
	put_texts(&out, "parked", all->parked, all->n_parked);
	json_close(&out, '}');
	command_print(&text);
}

static void
print_invariant(const struct invariant *invariant)
{
	if (invariant->needs != NULL) {
		printf("%s  not checked: needs %s\n", invariant->id, invariant->needs);
		return;
	}
	printf("%s  %-6s %s\n", invariant->id,
	       invariant->n_rows > 0 ? "BROKEN" : "holds", invariant->says);
	for (size_t i = 0; i < invariant->n_rows; i++)
		printf("       %s\n", invariant->rows[i]);
	if (invariant->more)
		printf("       and more\n");
}

static void
print_lines(const struct invariants *all)
{
	for (size_t i = 0; i < all->n; i++)
		print_invariant(&all->list[i]);
	for (size_t i = 0; i < all->n_parked; i++)
		printf("parked %s\n", all->parked[i]);
	printf("%zu checked, %zu broken\n", all->checked, all->broken);
}

static fallible
verify(struct command *cmd)
{
	struct invariants all = {0};
	struct ctx *cx;
	struct err *e;

	TRY(command_ctx(cmd, false, &cx));
	SNAPSHOT (tx, cx, &e)
		e = invariant_check_all(tx, NULL, &all);
	TRY(e);
	if (cmd->json)
		print_json(cmd->mem, &all);
	else
		print_lines(&all);
	cmd->refused = all.broken > 0;
	return NULL;
}

int
cmd_verify(int argc, char **argv)
{
	struct command cmd = {.usage = "verify", .patient = true};
	int code = command_begin(&cmd, argc, argv);

	return code == COMMAND_GO ? command_end(&cmd, verify(&cmd)) : code;
}
