/* config_test.c - settings: a bad one stops the start with file and line. */
#include "base/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/text.h"
#include "support/check.h"

static struct arena *mem;
static char path[] = "/tmp/till_config_XXXXXX";

static struct err *
load_bytes(const char *bytes, size_t len, struct config **out)
{
	FILE *file;
	struct err *e;

	memcpy(path + strlen(path) - 6, "XXXXXX", 6);
	file = fdopen(mkstemp(path), "w");
	WANT(file != NULL && fwrite(bytes, 1, len, file) == len);
	fclose(file);
	e = config_load(mem, path, out);
	unlink(path);
	return e;
}

static struct err *
load(const char *text, struct config **out)
{
	return load_bytes(text, strlen(text), out);
}

/* Refused, and the cause begins with "file:line: " and holds a word. */
static void
want_refused(const char *text, int line, const char *word)
{
	struct config *config;
	struct err *e = load(text, &config);

	WANT_ERR(e, INVALID);
	WANT(text_starts(e->cause, arena_printf(mem, "%s:%d: ", path, line)));
	if (strstr(e->cause, word) == NULL)
		check_fail(__FILE__, __LINE__, "\"%s\" without \"%s\"", e->cause, word);
}

static int
begin(void **state)
{
	(void)state;
	mem = arena_new(1 << 20);
	return check_begin(state);
}

static int
end(void **state)
{
	arena_free(mem);
	return check_end(state);
}

static void
what_the_file_does_not_say_has_its_default(void **state)
{
	struct config *config;

	(void)state;
	WANT_OK(load("# a comment\n\n[shop]\nname = Dock & Sons\n", &config));
	WANT_TEXT(config->shop_name, "Dock & Sons");
	WANT_TEXT(config->shop_currency, "USD");
	WANT_INT(config->checkout_hold_minutes, 30);
	WANT(config->tax_included);
	WANT_TEXT(config->path, path);
}

static void
every_kind_of_setting_is_read(void **state)
{
	struct config *config;

	(void)state;
	WANT_OK(load("[cart]\nlines=7\n[tax]\nincluded = no\nrates = US * 0; DE * 19\n"
		     "[checkout]\nhold_at = payment\r\n[keys]\nfile = /dev/null\n"
		     "[cart]\nkeep_hours = 1",
		     &config));
	WANT_INT(config->cart_lines, 7);
	WANT_INT(config->cart_keep_hours, 1);
	WANT(!config->tax_included);
	WANT_TEXT(config->tax_rates, "US * 0; DE * 19");
	WANT_TEXT(config->checkout_hold_at, "payment");
	WANT_TEXT(config->keys_file, "/dev/null");
}

static void
a_bad_value_is_refused_with_its_line(void **state)
{
	(void)state;
	want_refused("[cart]\nlines = 51\n", 2, "from 1 to 50");
	want_refused("[cart]\n\nlines = 5x\n", 3, "cart.lines");
	want_refused("[cart]\nlines =\n", 2, "cart.lines");
	want_refused("[cart]\nlines = 99999999999999999999\n", 2, "cart.lines");
	want_refused("[tax]\nincluded = maybe\n", 2, "true or false");
	want_refused("[checkout]\nhold_at = start|payment\n", 2, "start|payment");
	want_refused("[shop]\ncurrency = EURO\n", 2, "at most 3");
	want_refused("[shop]\nname = a\tb\n", 2, "shop.name");
	want_refused("[keys]\nfile = /nowhere/at/all\n", 2, "/nowhere/at/all: No such");
}

static void
an_unknown_setting_is_refused_with_its_line(void **state)
{
	(void)state;
	want_refused("[shop]\nnmae = x\n", 2, "shop.nmae");
	want_refused("[shpo]\n\n# x\nname = x\n", 4, "shpo.name");
	want_refused("name = x\n", 1, "no setting .name");
}

static void
a_duplicate_setting_is_refused_with_both_lines(void **state)
{
	(void)state;
	want_refused("[shop]\nname = x\n\nname = x\n", 4, "already in line 2");
	want_refused("[shop]\nname = x\n[cart]\n[shop]\nname = y\n", 5,
		     "already in line 2");
}

static void
a_line_that_is_no_setting_is_refused(void **state)
{
	(void)state;
	want_refused("[shop]\nname\n", 2, "neither");
	want_refused("[shop\nname = x\n", 1, "neither");
	want_refused("[shop]\nname = x\n  email = y@z.org\n", 3, "begin with a blank");
	want_refused("[cart]\nlines = 5\n  0\n", 3, "begin with a blank");
	want_refused("[shop]\nname = x ; not y\n", 2, "line of its own");
	want_refused("[shop]\nname = \xC3\x28\n", 2, "not UTF-8");
}

static void
a_cut_line_is_refused_with_its_line(void **state)
{
	char text[600];

	(void)state;
	for (int len = 190; len < 450; len++) {
		struct config *config;

		snprintf(text, sizeof text, "[shop]\n[tax]\nrates = %0*d\n", len - 8,
			 0);
		if (len <= 198) {
			WANT_OK(load(text, &config));
			WANT_INT(strlen(config->tax_rates), len - 8);
		} else {
			want_refused(text, 3, "longer than 198 bytes");
		}
	}
}

static void
a_long_text_goes_on_behind_blanks(void **state)
{
	struct config *config;

	(void)state;
	WANT_OK(load(
		"[tax]\nrates = US * 0;\n\tDE * 19;\n  FR * 20\n[cart]\nlines = 3\n",
		&config));
	WANT_TEXT(config->tax_rates, "US * 0; DE * 19; FR * 20");
}

static void
a_nul_byte_is_refused(void **state)
{
	static const char text[] = "[shop]\nname = a\0b\n";
	struct config *config;

	(void)state;
	WANT_ERR(load_bytes(text, sizeof text - 1, &config), INVALID);
}

static void
a_missing_file_is_refused(void **state)
{
	struct config *config;
	struct err *e = config_load(mem, "/nowhere/till.conf", &config);

	(void)state;
	WANT_ERR(e, INVALID);
	WANT(strstr(e->cause, "/nowhere/till.conf: No such file") != NULL);
}

static void
the_environment_wins_over_the_file(void **state)
{
	struct config *config;

	(void)state;
	setenv("TILL_CART_LINES", "9", 1);
	setenv("TILL_SHOP_NAME", "", 1);
	WANT_OK(load("[cart]\nlines = 7\n[shop]\nname = x\n", &config));
	WANT_INT(config->cart_lines, 9);
	WANT_TEXT(config->shop_name, "");
	setenv("TILL_CART_LINES", "nine", 1);
	WANT_ERR(load("[cart]\nlines = 7\n", &config), INVALID);
	unsetenv("TILL_CART_LINES");
	unsetenv("TILL_SHOP_NAME");
}

/* till.env of one shop, sourced in a shell, must not bend the settings of another. */
static void
the_published_variables_change_no_setting(void **state)
{
	static const char *const published[] = {
		"TILL_VAR",       "TILL_PORT",    "TILL_HTTP_PORT", "TILL_SANDBOX_PORT",
		"TILL_URL",       "TILL_BIN",     "TILL_CONF",      "TILL_SANDBOX_URL",
		"TILL_DB_SOCKET", "TILL_DB_NAME", "TILL_DB_READER", "TILL_MAIL_DIR",
		"TILL_CA",        "TILL_VECTORS", "TILL_TLS12",     "TILL_SOURCE",
	};
	struct config *config, *defaults = config_defaults(mem);

	(void)state;
	for (size_t i = 0; i < sizeof published / sizeof published[0]; i++)
		setenv(published[i], "x", 1);
	WANT_OK(load("", &config));
	for (size_t i = 0; i < sizeof published / sizeof published[0]; i++)
		unsetenv(published[i]);
	defaults->path = config->path;
	WANT(memcmp(config, defaults, sizeof *config) == 0);
}

static void
count_line(void *n, const char *line)
{
	(*(int *)n)++;
	WANT(text_starts(line, "| ") && text_ends(line, " |"));
}

static void
every_setting_is_described(void **state)
{
	int lines = 0, rows = 0;

	(void)state;
#define SETTING_TEXT(...) rows++;
#define SETTING_FILE(...) rows++;
#define SETTING_INT(...)  rows++;
#define SETTING_BOOL(...) rows++;
#define SETTING_WORD(...) rows++;
#include "base/settings.def"
	config_describe(count_line, &lines);
	WANT_INT(lines, rows + 2);
}

#define WITH_MEMORY(name) cmocka_unit_test_setup_teardown(name, begin, end)
TESTS(WITH_MEMORY(what_the_file_does_not_say_has_its_default),
      WITH_MEMORY(every_kind_of_setting_is_read),
      WITH_MEMORY(a_bad_value_is_refused_with_its_line),
      WITH_MEMORY(an_unknown_setting_is_refused_with_its_line),
      WITH_MEMORY(a_duplicate_setting_is_refused_with_both_lines),
      WITH_MEMORY(a_line_that_is_no_setting_is_refused),
      WITH_MEMORY(a_cut_line_is_refused_with_its_line),
      WITH_MEMORY(a_long_text_goes_on_behind_blanks),
      WITH_MEMORY(a_nul_byte_is_refused), WITH_MEMORY(a_missing_file_is_refused),
      WITH_MEMORY(the_environment_wins_over_the_file),
      WITH_MEMORY(the_published_variables_change_no_setting),
      WITH_MEMORY(every_setting_is_described))
