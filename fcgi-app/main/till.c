/* till.c - one program, several roles: the first word picks the subcommand. */
#include <stdio.h>
#include <string.h>

#include "base/config.h"
#include "main/command.h"
#include "main/commands.h"

struct role {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *says;
};

static const struct role roles[] = {
#define COMMAND(name, function, sentence) {#name, function, sentence},
#include "main/commands.def"
#undef COMMAND
};

static void
print_line(void *to, const char *text)
{
	fprintf(to, "%s\n", text);
}

static void
print_roles(FILE *to)
{
	fprintf(to, "Usage: till COMMAND [--config FILE] [--json] ...\n\n");
	for (size_t i = 0; i < DB_COUNT(roles); i++)
		fprintf(to, "  %-10s %s\n", roles[i].name, roles[i].says);
	fprintf(to, "  %-10s %s\n", "help",
		"this; \"help settings\" lists every setting");
	fprintf(to, "\ntill COMMAND --help tells more. Exit codes: 0 done, 1 refused or"
		    " not found, 2 wrong use.\n");
}

static int
help(int argc, char **argv)
{
	if (argc > 2 && strcmp(argv[2], "settings") == 0)
		config_describe(print_line, stdout);
	else
		print_roles(stdout);
	return COMMAND_DONE;
}

int
main(int argc, char **argv)
{
	if (argc < 2) {
		print_roles(stderr);
		return COMMAND_WRONG_USE;
	}
	if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0)
		return help(argc, argv);
	for (size_t i = 0; i < DB_COUNT(roles); i++) {
		if (strcmp(argv[1], roles[i].name) == 0)
			return roles[i].run(argc - 1, argv + 1);
	}
	fprintf(stderr, "till: there is no command \"%s\"\n", argv[1]);
	print_roles(stderr);
	return COMMAND_WRONG_USE;
}
