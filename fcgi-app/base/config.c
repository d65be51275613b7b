/* config.c - settings: defaults, then the file, then the environment; all of them good
 * or no start. */
#include "base/config.h"

#include <assert.h>
#include <errno.h>
#include <ini.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"

enum kind { TEXT, FILE_PATH, INT, BOOL, WORD };

struct setting {
	const char *section, *name;
	enum kind kind;
	size_t offset; /* of its member in struct config */
	const char *initial;
	int64_t min, max; /* of the number, or of the text's length */
	const char *words, *sentence;
};

#define AT(section, name) offsetof(struct config, section##_##name)
#define SETTING_TEXT(s, n, value, most, sentence)                                      \
	{#s, #n, TEXT, AT(s, n), value, 0, most, NULL, sentence},
#define SETTING_FILE(s, n, value, sentence)                                            \
	{#s, #n, FILE_PATH, AT(s, n), value, 0, 255, NULL, sentence},
#define SETTING_INT(s, n, value, least, most, sentence)                                \
	{#s, #n, INT, AT(s, n), #value, least, most, NULL, sentence},
#define SETTING_BOOL(s, n, value, sentence)                                            \
	{#s, #n, BOOL, AT(s, n), #value, 0, 0, NULL, sentence},
#define SETTING_WORD(s, n, value, words, sentence)                                     \
	{#s, #n, WORD, AT(s, n), value, 0, 0, words, sentence},
static const struct setting settings[] = {
#include "base/settings.def"
};
enum { N_SETTINGS = sizeof settings / sizeof settings[0] };

/* The file while it is read: inih takes it line by line and does not say where it is.
 */
struct reading {
	struct arena *mem;
	FILE *file;
	const char *path;
	int line;
	bool indented;                  /* the line at hand begins with a blank */
	const char *values[N_SETTINGS]; /* NULL as long as the file has not said it */
	int lines[N_SETTINGS];
	struct err *e; /* the first thing wrong; reading ends there */
};

static struct err *
wrong_line(const struct reading *r, const char *why)
{
	return FAIL(INVALID, "%s:%d: %s", r->path, r->line, why);
}

/* What inih would take in silence and mean something else by. */
static struct err *
check_line(const struct reading *r, const char *line)
{
	const char *start = line + strspn(line, " \t");

	if (!text_is_utf8(line, strlen(line)))
		return wrong_line(r, "not UTF-8");
	if (*start == '#' || *start == ';')
		return NULL;
	if (strstr(start, " ;") != NULL || strstr(start, "\t;") != NULL)
		return wrong_line(r, "a comment needs a line of its own");
	return NULL;
}

/* Like fgets(), for inih: a line of fewer than size characters. */
static char *
read_line(char *line, int size, void *reading)
{
	struct reading *r = reading;
	int len = 0, c = '\n';

	while (r->e == NULL && (c = getc(r->file)) != EOF && c != '\n') {
		if (c == '\0')
			r->e = FAIL(INVALID, "%s:%d: a NUL byte", r->path, r->line + 1);
		else if (len == size - 2)
			r->e = FAIL(INVALID,
				    "%s:%d: longer than %d bytes; go on in the"
				    " next line, behind a blank",
				    r->path, r->line + 1, size - 2);
		else
			line[len++] = (char)c;
	}
	if (r->e != NULL || (c == EOF && len == 0))
		return NULL;
	r->line++;
	line[len] = '\0';
	r->indented = line[0] == ' ' || line[0] == '\t';
	r->e = check_line(r, line);
	return r->e == NULL ? line : NULL;
}

static const struct setting *
find_setting(const char *section, const char *name)
{
	for (const struct setting *s = settings; s < settings + N_SETTINGS; s++)
		if (text_equal(s->section, section) && text_equal(s->name, name))
			return s;
	return NULL;
}

/* A value that goes on in an indented line: only texts do, and a line that looks like a
 * setting of its own was meant as one. */
static struct err *
go_on(struct reading *r, const struct setting *s, const char *more)
{
	const char **value = &r->values[s - settings];

	if (s->kind != TEXT || strchr(more, '=') != NULL)
		return wrong_line(r, "a setting must not begin with a blank");
	*value = arena_printf(r->mem, "%s %s", *value, more);
	return NULL;
}

/* inih's call for each name and value: 0 stops. */
static int
take_value(void *reading, const char *section, const char *name, const char *value)
{
	struct reading *r = reading;
	const struct setting *s = find_setting(section, name);

	if (s == NULL)
		r->e = FAIL(INVALID, "%s:%d: there is no setting %s.%s", r->path,
			    r->line, section, name);
	else if (r->values[s - settings] == NULL)
		r->values[s - settings] = arena_text(r->mem, value);
	else if (r->indented)
		r->e = go_on(r, s, value);
	else
		r->e = FAIL(INVALID, "%s:%d: %s.%s stands already in line %d", r->path,
			    r->line, section, name, r->lines[s - settings]);
	if (r->e != NULL)
		return 0;
	if (r->lines[s - settings] == 0)
		r->lines[s - settings] = r->line;
	return 1;
}

static fallible
read_file(struct reading *r)
{
	int rc;

	r->file = fopen(r->path, "re");
	if (r->file == NULL)
		return FAIL(INVALID, "%s: %s", r->path, strerror(errno));
	rc = ini_parse_stream(read_line, r, take_value, r);
	if (r->e == NULL && (rc < 0 || ferror(r->file)))
		r->e = FAIL(INVALID, "%s: cannot be read", r->path);
	fclose(r->file);
	if (rc > 0 && (r->e == NULL || rc < r->line))
		r->e = FAIL(INVALID,
			    "%s:%d: neither \"[section]\" nor \"name = value\"",
			    r->path, rc);
	return r->e;
}

static bool
is_word(const char *words, const char *value)
{
	size_t len = strlen(value);

	for (const char *w = words;; w++) {
		size_t word = strcspn(w, "|");

		if (word == len && memcmp(w, value, len) == 0)
			return true;
		w += word;
		if (*w == '\0')
			return false;
	}
}

static bool
read_bool(const char *value, bool *out)
{
	*out = is_word("true|yes|on", value);
	return *out || is_word("false|no|off", value);
}

/* Puts a value into its member; where is the file and line, or the variable. */
static fallible
set_value(struct config *config, const struct setting *s, const char *value,
	  const char *where)
{
	void *member = (char *)config + s->offset;

	switch (s->kind) {
	case INT:
		if (!text_to_int(value, s->min, s->max, member))
			return FAIL(INVALID,
				    "%s: %s.%s is a whole number from %" PRId64
				    " to %" PRId64,
				    where, s->section, s->name, s->min, s->max);
		return NULL;
	case BOOL:
		if (!read_bool(value, member))
			return FAIL(INVALID, "%s: %s.%s is true or false", where,
				    s->section, s->name);
		return NULL;
	case WORD:
		if (!is_word(s->words, value))
			return FAIL(INVALID, "%s: %s.%s is one of %s", where,
				    s->section, s->name, s->words);
		break;
	case FILE_PATH:
		if (value[0] != '\0' && access(value, R_OK) != 0)
			return FAIL(INVALID, "%s: %s.%s: %s: %s", where, s->section,
				    s->name, value, strerror(errno));
		break;
	case TEXT:
		if (text_has_control(value) || text_length(value) > (size_t)s->max)
			return FAIL(INVALID,
				    "%s: %s.%s is a text of at most %" PRId64
				    " characters",
				    where, s->section, s->name, s->max);
		break;
	}
	*(const char **)member = value;
	return NULL;
}

/* The variable that overrides a setting, TILL_SHOP_NAME. Two such names are not read:
 * start scripts publish where a shop's database lies under them (till.env), and one
 * shop's must not become another's. */
static const char *
environment_name(struct arena *mem, const struct setting *s)
{
	char *name =
		text_upper(mem, arena_printf(mem, "TILL_%s_%s", s->section, s->name));

	if (text_equal(name, "TILL_DB_SOCKET") || text_equal(name, "TILL_DB_NAME"))
		return NULL;
	return name;
}

static fallible
set_all(const struct reading *r, struct config *config)
{
	for (const struct setting *s = settings; s < settings + N_SETTINGS; s++) {
		const char *variable = environment_name(r->mem, s);
		const char *value = variable == NULL ? NULL : getenv(variable);
		const char *where = variable;

		if (value != NULL && !text_is_utf8(value, strlen(value)))
			return FAIL(INVALID, "%s: not UTF-8", variable);
		if (value == NULL && r->values[s - settings] != NULL) {
			value = r->values[s - settings];
			where = arena_printf(r->mem, "%s:%d", r->path,
					     r->lines[s - settings]);
		}
		if (value != NULL)
			TRY(set_value(config, s, value, where));
	}
	return NULL;
}

struct config *
config_defaults(struct arena *mem)
{
	struct config *config = arena_new_of(mem, struct config, 1);

	for (const struct setting *s = settings; s < settings + N_SETTINGS; s++) {
		struct err *e = set_value(config, s, s->initial, "settings.def");

		assert(e == NULL);
	}
	config->path = "";
	return config;
}

struct err *
config_load(struct arena *mem, const char *path, struct config **out)
{
	struct reading *r = arena_new_of(mem, struct reading, 1);
	struct config *config = config_defaults(mem);

	r->mem = mem;
	r->path = config->path = arena_text(mem, path);
	TRY(read_file(r));
	TRY(set_all(r, config));
	*out = config;
	return NULL;
}

/* "1 to 512", "at most 80 characters", "page, steps". */
static void
put_limits(struct buf *to, const struct setting *s)
{
	switch (s->kind) {
	case TEXT:
		buf_printf(to, "text, at most %" PRId64 " characters", s->max);
		break;
	case FILE_PATH:
		buf_text(to, "file");
		break;
	case INT:
		buf_printf(to, "%" PRId64 " to %" PRId64, s->min, s->max);
		break;
	case BOOL:
		buf_text(to, "true, false");
		break;
	case WORD:
		for (const char *w = s->words; *w != '\0'; w++)
			buf_text(to, *w == '|' ? ", " : (char[]){*w, '\0'});
		break;
	}
}

void
config_describe(void (*line)(void *, const char *text), void *to)
{
	struct arena *mem = arena_new(1 << 20);

	line(to, "| setting | value | default | what it does |");
	line(to, "| --- | --- | --- | --- |");
	for (const struct setting *s = settings; s < settings + N_SETTINGS; s++) {
		struct buf row = buf_new(mem, 8192);

		buf_printf(&row, "| %s.%s | ", s->section, s->name);
		put_limits(&row, s);
		buf_printf(&row, " | %s | %s |", s->initial, s->sentence);
		line(to, buf_string(&row));
	}
	arena_free(mem);
}
