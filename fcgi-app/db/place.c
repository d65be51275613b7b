/* place.c - which column does the nth "?" of a statement go to? A sealed value is bound
 * to that place, so that it does not open in another one.
 *
 * Reads the two forms that the program writes: "column = ?" (in SET) and INSERT INTO
 * table (columns) VALUES (expressions). Texts in quotes hold no question marks here. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "db/db_private.h"

static bool
is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static size_t
word_length(const char *at)
{
	size_t n = 0;

	while (is_word(at[n]))
		n++;
	return n;
}

static const char *
skip_blank(const char *at)
{
	while (isspace((unsigned char)*at) || *at == '`')
		at++;
	return at;
}

/* What follows the first whole word (of capitals) of the text; NULL without it. */
static const char *
after_word(const char *text, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = text; (at = strstr(at, word)) != NULL; at += len) {
		if ((at == text || !is_word(at[-1])) && !is_word(at[len]))
			return skip_blank(at + len);
	}
	return NULL;
}

static const char *
table_of(const char *text)
{
	const char *at = after_word(text, "INTO");

	return at != NULL ? at : after_word(text, "UPDATE");
}

static const char *
nth_parameter(const char *text, size_t nth)
{
	const char *at = strchr(text, '?');

	while (at != NULL && nth-- > 0)
		at = strchr(at + 1, '?');
	return at;
}

/* The column of "column = ?", or NULL. */
static const char *
assigned(const char *text, const char *parameter)
{
	const char *at = parameter;

	while (at > text && isspace((unsigned char)at[-1]))
		at--;
	if (at == text || at[-1] != '=')
		return NULL;
	at--;
	while (at > text && (isspace((unsigned char)at[-1]) || at[-1] == '`'))
		at--;
	while (at > text && is_word(at[-1]))
		at--;
	return is_word(*at) ? at : NULL;
}

/* How many commas stand at the first level between an opening bracket and a place. */
static size_t
commas_between(const char *bracket, const char *place)
{
	size_t commas = 0;
	int depth = 0;

	for (const char *at = bracket + 1; at < place; at++) {
		depth += (*at == '(') - (*at == ')');
		commas += *at == ',' && depth == 0;
	}
	return commas;
}

/* The column of the list that stands where the parameter stands among the values. */
static const char *
inserted(const char *table, const char *parameter)
{
	const char *columns = skip_blank(table + word_length(table));
	const char *values = after_word(table, "VALUES");
	size_t nth;

	if (*columns != '(' || values == NULL || *values != '(' || parameter < values)
		return NULL;
	nth = commas_between(values, parameter);
	for (columns++; nth > 0; nth--) {
		columns = strchr(columns, ',');
		if (columns == NULL)
			return NULL;
		columns++;
	}
	return skip_blank(columns);
}

/* The word before an alias where it is given: "idem i" for i. */
static const char *
word_before(const char *text, const char *alias, size_t len)
{
	const char *before = NULL;

	for (const char *at = text; *at != '\0';) {
		size_t n = word_length(at);

		if (n == 0) {
			before = isspace((unsigned char)*at) ? before : NULL;
			at++;
			continue;
		}
		if (before != NULL && n == len && strncmp(at, alias, len) == 0 &&
		    at[n] != '.')
			return before;
		before = at;
		at += n;
	}
	return NULL;
}

/* The table of a column: of two that one UPDATE joins, the one whose alias is before
 * it. */
static const char *
table_of_column(const char *text, const char *column)
{
	const char *alias = column;

	if (column == text || column[-1] != '.')
		return NULL;
	for (alias--; alias > text && is_word(alias[-1]);)
		alias--;
	return word_before(text, alias, word_length(alias));
}

const char *
db_place(struct arena *mem, const char *text, size_t nth)
{
	const char *table = table_of(text);
	const char *parameter = nth_parameter(text, nth);
	const char *column, *joined;

	if (table == NULL || parameter == NULL)
		return NULL;
	column = assigned(text, parameter);
	if (column == NULL)
		column = inserted(table, parameter);
	if (column == NULL || word_length(column) == 0)
		return NULL;
	joined = table_of_column(text, column);
	if (joined != NULL)
		table = joined;
	return arena_printf(mem, "%.*s.%.*s", (int)word_length(table), table,
			    (int)word_length(column), column);
}
