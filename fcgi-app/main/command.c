/* command.c - options, settings, output and exit codes of every subcommand. */
#include "main/command.h"

#include <ctype.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/seal.h"
#include "base/shared.h"
#include "base/text.h"

enum { MEMORY = 256 * 1024 * 1024, OUTPUT_MAX = 64 * 1024 };

static void
say_usage(FILE *to, const struct command *cmd)
{
	const struct command_option *option = cmd->options;

	fprintf(to, "Usage: till %s [options]\n", cmd->usage);
	for (; option != NULL && option->name != NULL; option++)
		fprintf(to, "  %s %-*s %s\n", option->name,
			(int)(20 - strlen(option->name)),
			option->value_name ? option->value_name : "", option->says);
	fprintf(to, "  --config FILE         settings (else TILL_CONF)\n"
		    "  --json                print one JSON document\n");
}

/* ---- options ---- */

/* What stands between the words of a command line. */
struct reading {
	struct command *cmd;
	char **argv;
	int argc, at;
	const char *config;
	bool help, words_only;
	const char *wrong; /* what is wrong with it, or NULL */
};

/* The value of an option: after "=", or the next word. NULL when there is none. */
static const char *
option_value(struct reading *r, const char *word, size_t name_len)
{
	if (word[name_len] == '=')
		return word + name_len + 1;
	if (r->at + 1 >= r->argc)
		return NULL;
	return r->argv[++r->at];
}

static bool
is_option(const char *word, const char *name)
{
	size_t len = strlen(name);

	return strncmp(word, name, len) == 0 && (word[len] == '\0' || word[len] == '=');
}

static void
take_option(struct reading *r, const char *word, const struct command_option *option)
{
	size_t len = strlen(option->name);

	if (option->given != NULL)
		*option->given = true;
	if (option->value_name != NULL) {
		*option->value = option_value(r, word, len);
		if (*option->value == NULL)
			r->wrong = arena_printf(r->cmd->mem, "%s needs a value", word);
	} else if (word[len] == '=') {
		r->wrong = arena_printf(r->cmd->mem, "%s takes no value", option->name);
	}
}

static void
take_word(struct reading *r, const char *word)
{
	const struct command_option common[] = {
		{"--config", "FILE", "", &r->config, NULL},
		{"--json", NULL, "", NULL, &r->cmd->json},
		{"--help", NULL, "", NULL, &r->help},
		{0},
	};
	const struct command_option *const lists[] = {common, r->cmd->options};

	if (r->words_only || word[0] != '-' || word[1] == '\0' ||
	    isdigit((unsigned char)word[1])) { /* "-10" is a number */
		r->cmd->words[r->cmd->n_words++] = word;
		return;
	}
	if (strcmp(word, "--") == 0) {
		r->words_only = true;
		return;
	}
	for (size_t i = 0; i < 2; i++) {
		const struct command_option *option = lists[i];

		for (; option != NULL && option->name != NULL; option++) {
			if (is_option(word, option->name)) {
				take_option(r, word, option);
				return;
			}
		}
	}
	r->wrong = arena_printf(r->cmd->mem, "there is no option %s", word);
}

/* ---- begin and end ---- */

int
command_wrong(struct command *cmd, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fprintf(stderr, "till: ");
	vfprintf(stderr, format, args);
	fprintf(stderr, "\n");
	va_end(args);
	say_usage(stderr, cmd);
	arena_free(cmd->mem);
	return COMMAND_WRONG_USE;
}

static enum log_level
level_of(const char *word)
{
	static const char *const words[] = {"debug", "info", "warning", "error"};

	for (size_t i = 0; i < 4; i++) {
		if (text_equal(word, words[i]))
			return (enum log_level)i;
	}
	return LOG_INFO;
}

static fallible
read_settings(struct command *cmd, const char *path)
{
	if (text_is_empty(path))
		path = getenv("TILL_CONF");
	if (text_is_empty(path)) {
		if (cmd->without_config)
			return NULL;
		return FAIL(REFUSED,
			    "no settings: give --config FILE or set TILL_CONF");
	}
	TRY(config_load(cmd->mem, path, &cmd->config));
	log_threshold(level_of(cmd->config->log_level));
	return NULL;
}

int
command_begin(struct command *cmd, int argc, char **argv)
{
	struct reading r = {.cmd = cmd, .argv = argv, .argc = argc};
	struct err *e;

	cmd->mem = arena_new(MEMORY);
	cmd->words = arena_new_of(cmd->mem, const char *, (size_t)argc + 1);
	for (r.at = 1; r.at < argc && r.wrong == NULL; r.at++)
		take_word(&r, argv[r.at]);
	if (r.help) {
		say_usage(stdout, cmd);
		return command_end(cmd, NULL);
	}
	if (r.wrong != NULL)
		return command_wrong(cmd, "%s", r.wrong);
	if (cmd->n_words < cmd->words_min)
		return command_wrong(cmd, "something is missing");
	if (cmd->n_words > cmd->words_max)
		return command_wrong(cmd, "\"%s\" is too much",
				     cmd->words[cmd->words_max]);
	e = read_settings(cmd, r.config);
	return e == NULL ? COMMAND_GO : command_end(cmd, e);
}

/* Causes of these are sentences; of others they are facts that need a name. */
static bool
speaks_for_itself(enum err_code code)
{
	return code == ERR_REFUSED || code == ERR_INTERNAL || code == ERR_INVALID ||
	       code == ERR_DATABASE_DOWN;
}

/* The person at the shell keeps the shop: the cause is meant for such eyes. */
static void
say_error(struct command *cmd, const struct err *e)
{
	struct buf text = buf_new(cmd->mem, OUTPUT_MAX);
	struct json_out out = json_out(&text);

	if (speaks_for_itself(e->code))
		fprintf(stderr, "till: %s\n", e->cause);
	else
		fprintf(stderr, "till: %s: %s\n", err_wire_name(e->code), e->cause);
	if (!cmd->json)
		return;
	json_open(&out, '{');
	json_pair_text(&out, "error", err_wire_name(e->code));
	json_pair_text(&out, "cause", e->cause);
	json_close(&out, '}');
	command_print(&text);
}

int
command_end(struct command *cmd, const struct err *e)
{
	if (e != NULL)
		say_error(cmd, e);
	arena_free(cmd->mem);
	return e == NULL && !cmd->refused ? COMMAND_DONE : COMMAND_REFUSED;
}

void
command_print(const struct buf *text)
{
	fwrite(text->data, 1, text->len, stdout);
	putchar('\n');
	fflush(stdout);
}

const char *
command_actor(const struct command *cmd)
{
	const struct passwd *user = getpwuid(getuid());

	if (user == NULL)
		return arena_printf(cmd->mem, "shell:%d", (int)getuid());
	return arena_printf(cmd->mem, "shell:%.34s", user->pw_name);
}

/* The clock of a shop that plays may be turned: a command sees the same one. */
static fallible
borrow_clock(const struct command *cmd)
{
	const char *path = arena_printf(cmd->mem, "%s/shm", cmd->config->run_dir);
	struct shared *shared;

	if (strcmp(cmd->config->gateway_mode, "sandbox") != 0 ||
	    access(path, R_OK | W_OK) != 0)
		return NULL;
	TRY(shared_open(path, &shared));
	clock_share(&shared->clock_offset_s);
	return NULL;
}

fallible
command_ctx(const struct command *cmd, bool owner, struct ctx **out)
{
	struct ctx *cx = arena_new_of(cmd->mem, struct ctx, 1);
	struct db_options options;
	struct keyring *keys = NULL;

	if (!owner && !text_is_empty(cmd->config->keys_file))
		TRY(keyring_load(cmd->mem, cmd->config->keys_file, &keys));
	TRY(borrow_clock(cmd));
	TRY(db_options_from(cmd->mem, cmd->config, owner, &options));
	options.patient = owner || cmd->patient;
	cx->mem = cmd->mem;
	cx->keys = keys;
	cx->db = db_new(cmd->mem, &options);
	*out = cx;
	return NULL;
}
