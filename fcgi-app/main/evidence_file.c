/* evidence_file.c - what others saw of the shop, as they wrote it down: JSON lines. A
 * last line without its end was never acknowledged: who wrote it died over it. */
#include "main/evidence_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"

enum { LINE_MAX_BYTES = 8192, PARSING = 1024 * 1024 };

/* Counts the whole lines of a file. */
static fallible
count_lines(const char *path, size_t *lines)
{
	FILE *file = fopen(path, "re");
	int c;

	*lines = 0;
	if (file == NULL)
		return FAIL(REFUSED, "%s: %s", path, strerror(errno));
	while ((c = fgetc(file)) != EOF)
		*lines += c == '\n';
	fclose(file);
	return NULL;
}

/* Reads one line; what it keeps lives in the first arena. */
struct line_kind {
	fallible (*take)(struct arena *, const struct json *, struct evidence *);
};

static fallible
read_line(struct arena *mem, struct arena *parsing, const char *line,
	  const struct line_kind *kind, struct evidence *out)
{
	const struct json *value = NULL;

	TRY(json_parse(parsing, line, strlen(line), &value));
	return kind->take(mem, value, out);
}

static fallible
read_lines(struct arena *mem, struct arena *parsing, FILE *file, const char *path,
	   const struct line_kind *kind, struct evidence *out)
{
	char line[LINE_MAX_BYTES];

	for (size_t n = 1; fgets(line, sizeof line, file) != NULL; n++) {
		struct arena_mark mark = arena_mark(parsing);
		struct err *e = NULL;

		if (strchr(line, '\n') == NULL && !feof(file))
			return FAIL(REFUSED, "%s line %zu is too long", path, n);
		if (strchr(line, '\n') != NULL)
			e = read_line(mem, parsing, line, kind, out);
		if (e != NULL)
			return FAIL(REFUSED, "%s line %zu: %s", path, n,
				    arena_text(mem, e->cause));
		arena_rewind(parsing, mark);
	}
	return NULL;
}

static fallible
read_file(struct arena *mem, const char *path, const struct line_kind *kind,
	  struct evidence *out)
{
	struct arena *parsing = arena_new(PARSING);
	FILE *file = fopen(path, "re");
	struct err *e;

	if (file == NULL) {
		arena_free(parsing);
		return FAIL(REFUSED, "%s: %s", path, strerror(errno));
	}
	e = read_lines(mem, parsing, file, path, kind, out);
	fclose(file);
	arena_free(parsing);
	return e;
}

/* NULL when the member is not there. */
static const char *
text_of(struct arena *mem, const struct json *line, const char *member)
{
	const char *text = json_text_at(line, member);

	return text == NULL ? NULL : arena_text(mem, text);
}

static fallible
take_ack(struct arena *mem, const struct json *line, struct evidence *out)
{
	const char *told = json_text_at(line, "told");
	struct ack ack = {.confirmed = told == NULL || text_equal(told, "confirmed")};

	ack.order = text_of(mem, line, "order");
	ack.key = text_of(mem, line, "key");
	if (ack.order == NULL || !json_int_at(line, "total", &ack.total))
		return FAIL(REFUSED, "it needs an order and a total");
	out->acks[out->n_acks++] = ack;
	return NULL;
}

static fallible
take_effect(struct arena *mem, const struct json *line, struct evidence *out)
{
	struct effect effect = {text_of(mem, line, "dedup"),
				text_of(mem, line, "kind")};

	if (effect.dedup == NULL)
		return FAIL(REFUSED, "it needs a dedup");
	out->effects[out->n_effects++] = effect;
	return NULL;
}

fallible
evidence_read_acks(struct arena *mem, const char *path, struct evidence *out)
{
	size_t lines;

	TRY(count_lines(path, &lines));
	out->acks = arena_new_of(mem, struct ack, lines + 1);
	out->has_acks = true;
	return read_file(mem, path, &(struct line_kind){take_ack}, out);
}

fallible
evidence_read_effects(struct arena *mem, const char *path, struct evidence *out)
{
	size_t lines;

	TRY(count_lines(path, &lines));
	out->effects = arena_new_of(mem, struct effect, lines + 1);
	out->has_effects = true;
	return read_file(mem, path, &(struct line_kind){take_effect}, out);
}
