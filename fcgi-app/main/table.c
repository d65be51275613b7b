/* table.c - columns for people at a terminal. */
#include "main/table.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/text.h"

enum { COLUMNS_MAX = 16, CELLS_FIRST = 256 };

struct table {
	struct arena *mem;
	const char **cells; /* the names are the first row */
	size_t n, cap, columns;
	size_t widths[COLUMNS_MAX];
	bool right[COLUMNS_MAX];
};

static const char *
shown(struct arena *mem, const char *text)
{
	char *copy;

	if (text_is_empty(text))
		return "-";
	if (!text_has_control(text))
		return arena_text(mem, text);
	copy = arena_text(mem, text);
	for (char *c = copy; *c != '\0'; c++) {
		if ((unsigned char)*c < 0x20 || *c == 0x7F || *c == '\xC2')
			*c = '?'; /* 0xC2 leads the controls beyond ASCII */
	}
	return copy;
}

static void
put_shown(struct table *table, const char *text)
{
	size_t column = table->n % table->columns, width = text_length(text);

	if (table->n == table->cap) {
		const char **bigger =
			arena_new_of(table->mem, const char *, 2 * table->cap);

		for (size_t i = 0; i < table->n; i++)
			bigger[i] = table->cells[i];
		table->cells = bigger;
		table->cap *= 2;
	}
	table->cells[table->n++] = text;
	if (width > table->widths[column])
		table->widths[column] = width;
}

struct table *
table_new(struct arena *mem, const char *const *names, size_t n_columns)
{
	struct table *table = arena_new_of(mem, struct table, 1);

	assert(n_columns > 0 && n_columns <= COLUMNS_MAX);
	table->mem = mem;
	table->columns = n_columns;
	table->cap = CELLS_FIRST;
	table->cells = arena_new_of(mem, const char *, table->cap);
	for (size_t i = 0; i < n_columns; i++) {
		table->right[i] = names[i][0] == '>';
		put_shown(table, names[i] + table->right[i]);
	}
	return table;
}

void
table_put(struct table *table, const char *text)
{
	put_shown(table, shown(table->mem, text));
}

/* Widths are counted in characters, which printf does not do. */
static void
print_cell(const struct table *table, size_t i)
{
	size_t column = i % table->columns;
	int gap = (int)(table->widths[column] - text_length(table->cells[i]));
	bool last = column + 1 == table->columns;

	if (table->right[column])
		printf("%*s%s", gap, "", table->cells[i]);
	else
		printf("%s%*s", table->cells[i], last ? 0 : gap, "");
	fputs(last ? "\n" : "  ", stdout);
}

void
table_print(const struct table *table)
{
	assert(table->n % table->columns == 0);
	for (size_t i = 0; i < table->n; i++)
		print_cell(table, i);
}
