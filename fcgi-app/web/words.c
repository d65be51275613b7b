/* words.c - a catalogue of texts: "order_status.pending = Waiting for payment". */
#include "web/words.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "web/file.h"

struct words {
	struct word_entry *list; /* by name */
	size_t n;
};

struct word_entry {
	const char *name, *text;
};

static int
by_name(const void *a, const void *b)
{
	const struct word_entry *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static fallible
add_line(struct words *words, struct arena *mem, const char *path, int number,
	 const char *line, size_t len)
{
	const char *equals = memmem(line, len, " = ", 3);

	if (len == 0 || line[0] == '#')
		return NULL;
	if (equals == NULL || equals == line)
		return FAIL(INTERNAL, "%s:%d: not of the form \"name = text\"", path,
			    number);
	words->list[words->n++] = (struct word_entry){
		arena_copy(mem, line, (size_t)(equals - line)),
		arena_copy(mem, equals + 3, len - (size_t)(equals - line) - 3)};
	return NULL;
}

fallible
words_load(struct arena *mem, const char *path, struct words **out)
{
	struct words *words = arena_new_of(mem, struct words, 1);
	const char *text;
	size_t len, lines = 1;
	int number = 0;

	*out = words;
	TRY(file_read(mem, path, &text, &len));
	if (text == NULL)
		return NULL;
	for (size_t i = 0; i < len; i++)
		lines += text[i] == '\n';
	words->list = arena_new_of(mem, struct word_entry, lines);
	for (const char *at = text; *at != '\0';) {
		size_t line = strcspn(at, "\n");

		TRY(add_line(words, mem, path, ++number, at, line));
		at += line + (at[line] == '\n');
	}
	qsort(words->list, words->n, sizeof *words->list, by_name);
	for (size_t i = 1; i < words->n; i++)
		if (by_name(&words->list[i - 1], &words->list[i]) == 0)
			return FAIL(INTERNAL, "%s: %s comes twice", path,
				    words->list[i].name);
	return NULL;
}

const char *
words_find(const struct words *words, const char *catalogue, const char *word)
{
	size_t len = strlen(catalogue), from = 0, to = words->n;

	while (from < to) {
		size_t middle = (from + to) / 2;
		const char *name = words->list[middle].name;
		int order = strncmp(catalogue, name, len);

		if (order == 0)
			order = name[len] == '.' ? strcmp(word, name + len + 1)
						 : '.' - (unsigned char)name[len];
		if (order == 0)
			return words->list[middle].text;
		if (order < 0)
			to = middle;
		else
			from = middle + 1;
	}
	return NULL;
}
