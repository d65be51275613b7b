/* cmd_migrate.c - till migrate: forward-only, each migration with its checksum. */
#include <stdio.h>

#include "base/json.h"
#include "db/migrate.h"
#include "main/command.h"
#include "main/commands.h"

enum { OUTPUT_MAX = 1024 * 1024 };

static void
print_json(struct arena *mem, const struct migrations *all)
{
	struct buf text = buf_new(mem, OUTPUT_MAX);
	struct json_out out = json_out(&text);

	json_open(&out, '{');
	json_pair_int(&out, "version", all->n ? all->list[all->n - 1].version : 0);
	json_key(&out, "applied");
	json_open(&out, '[');
	for (size_t i = all->n - all->applied; i < all->n; i++)
		json_put_text(&out, all->list[i].name);
	json_close(&out, ']');
	json_close(&out, '}');
	command_print(&text);
}

static void
print_lines(const struct migrations *all)
{
	for (size_t i = all->n - all->applied; i < all->n; i++)
		printf("applied %s\n", all->list[i].name);
	if (all->applied == 0)
		printf("nothing to do\n");
}

static fallible
migrate(const struct command *cmd)
{
	const struct config *config = cmd->config;
	struct migrations all;
	struct ctx *cx;

	TRY(command_ctx(cmd, true, &cx));
	TRY(migrate_run(cx, config->db_migrations, config->db_user, &all));
	if (cmd->json)
		print_json(cmd->mem, &all);
	else
		print_lines(&all);
	return NULL;
}

int
cmd_migrate(int argc, char **argv)
{
	struct command cmd = {.usage = "migrate"};
	int code = command_begin(&cmd, argc, argv);

	return code == COMMAND_GO ? command_end(&cmd, migrate(&cmd)) : code;
}
