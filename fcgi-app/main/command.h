/* command.h - what every subcommand of till shares: options, settings, output, exit
 * codes.
 *
 * int
 * cmd_stock(int argc, char **argv)
 * {
 *         const char *reason = NULL;
 *         const struct command_option options[] = {
 *                 {"--reason", "TEXT", "why it changed", &reason, NULL}, {0}};
 *         struct command cmd = {.usage = "stock set SKU N", .options = options,
 *                               .words_min = 3, .words_max = 3};
 *         int code = command_begin(&cmd, argc, argv);
 *
 *         if (code != COMMAND_GO)
 *                 return code;
 *         return command_end(&cmd, set_stock(&cmd, reason));
 * } */
#ifndef MAIN_COMMAND_H
#define MAIN_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/config.h"
#include "base/ctx.h"
#include "base/err.h"
#include "db/db.h"

enum {
	COMMAND_DONE = 0,
	COMMAND_REFUSED = 1, /* refused or not found */
	COMMAND_WRONG_USE = 2,
	COMMAND_GO = -1,
};

/* One option of a subcommand's own: with a value, or a flag. The list ends with {0}. */
struct command_option {
	const char *name;       /* "--pool" */
	const char *value_name; /* "NAME"; NULL for a flag */
	const char *says;
	const char **value; /* where the value goes */
	bool *given;        /* where a flag goes; may be NULL beside a value */
};

struct command {
	/* Filled by the subcommand: */
	const char *usage;                    /* "stock set SKU N" */
	const struct command_option *options; /* NULL: none but the common ones */
	size_t words_min, words_max;          /* words that are no options */
	bool without_config; /* the settings file is read only when it is named */
	bool patient;        /* its statements may run for more than 3 s */
	bool refused; /* set while it runs: exit code 1, and it has said why itself */
	/* Filled by command_begin: */
	struct arena *mem;     /* given back by command_end */
	struct config *config; /* NULL only when without_config and none is named */
	bool json;             /* print one JSON document and nothing else */
	const char **words;
	size_t n_words;
};

/* Reads options and settings. COMMAND_GO, or the exit code to return: after --help,
 * wrong use, or settings that do not hold (said on stderr). */
int command_begin(struct command *, int argc, char **argv);
/* Says what went wrong, if anything did, gives the memory back; the exit code. */
int command_end(struct command *, const struct err *);
/* Says on stderr how the subcommand is used; COMMAND_WRONG_USE. Ends the command. */
int command_wrong(struct command *, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* A context on the shop's database: as the program's user with the keyring of the
 * settings, or as the owner without one. Not yet connected. A shop that plays lends it
 * its turned clock. */
fallible command_ctx(const struct command *, bool owner, struct ctx **out);
/* Who acts, for audit and stock moves: "shell:alice", at most 40 characters. */
const char *command_actor(const struct command *);
/* Writes what was put into a buffer to stdout, with a newline. */
void command_print(const struct buf *);

#endif
