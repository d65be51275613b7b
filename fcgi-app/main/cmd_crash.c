/* cmd_crash.c - till crash: requests that killed who answered them. */
#include <stdio.h>

#include "base/crash.h"
#include "base/json.h"
#include "base/seal.h"
#include "base/text.h"
#include "main/command.h"
#include "main/commands.h"
#include "main/table.h"

enum { OUTPUT_MAX = 64 * 1024 };

static void
print_json(const struct command *cmd, const struct crash *kept, size_t n)
{
	struct buf text = buf_new(cmd->mem, OUTPUT_MAX);
	struct json_out out = json_out(&text);

	json_open(&out, '[');
	for (size_t i = 0; i < n; i++) {
		json_open(&out, '{');
		json_pair_text(&out, "name", kept[i].name);
		json_pair_text(&out, "at", instant_rfc3339(cmd->mem, kept[i].at));
		json_pair_int(&out, "pid", kept[i].pid);
		json_pair_int(&out, "signal", kept[i].signal);
		json_close(&out, '}');
	}
	json_close(&out, ']');
	command_print(&text);
}

static void
print_table(const struct command *cmd, const struct crash *kept, size_t n)
{
	static const char *const names[] = {"AT", ">PID", ">SIGNAL", "NAME"};
	struct table *table = table_new(cmd->mem, names, DB_COUNT(names));

	for (size_t i = 0; i < n; i++) {
		table_put(table, instant_rfc3339(cmd->mem, kept[i].at));
		table_put(table, arena_printf(cmd->mem, "%" PRId64, kept[i].pid));
		table_put(table, arena_printf(cmd->mem, "%" PRId64, kept[i].signal));
		table_put(table, kept[i].name);
	}
	table_print(table);
}

static fallible
list(const struct command *cmd)
{
	struct crash *kept = NULL;
	size_t n;

	TRY(crash_list(cmd->mem, cmd->config->run_dir, &kept, &n));
	if (cmd->json)
		print_json(cmd, kept, n);
	else
		print_table(cmd, kept, n);
	return NULL;
}

/* Byte for byte, so that it can be sent once more. */
static fallible
show(const struct command *cmd, const char *name)
{
	struct keyring *keys;
	const char *bytes;
	size_t len;

	TRY(keyring_load(cmd->mem, cmd->config->keys_file, &keys));
	TRY(crash_read(cmd->mem, cmd->config->run_dir, keys, name, &bytes, &len));
	fwrite(bytes, 1, len, stdout);
	return NULL;
}

int
cmd_crash(int argc, char **argv)
{
	struct command cmd = {.usage = "crash list | crash show NAME",
			      .words_min = 1,
			      .words_max = 2};
	int code = command_begin(&cmd, argc, argv);

	if (code != COMMAND_GO)
		return code;
	if (text_equal(cmd.words[0], "list") && cmd.n_words == 1)
		return command_end(&cmd, list(&cmd));
	if (text_equal(cmd.words[0], "show") && cmd.n_words == 2)
		return command_end(&cmd, show(&cmd, cmd.words[1]));
	return command_wrong(&cmd, "\"crash %s\" is not used like that", cmd.words[0]);
}
