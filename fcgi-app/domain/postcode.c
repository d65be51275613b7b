/* postcode.c - forms of postcodes: one small pattern language for server and browser.
 */
#include "domain/postcode.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "domain/script.h"

enum { PLAIN_SIZE = POSTCODE_MAX + 4, HTML_LIMIT = 4096, POSTAL_MARK = 0x3012 };

/* What may stand between the characters of a postcode, and does not count. */
#define BETWEEN "( |-)*"

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
	return c >= 'A' && c <= 'Z';
}

static char
upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

/* Only the letters and digits, in capitals; false when there is anything else. */
static bool
make_plain(const char *typed, char plain[PLAIN_SIZE])
{
	size_t len = 0;
	unsigned point;

	while ((point = script_next(&typed)) != 0) {
		char c = script_plain(point);

		if (!c && (script_is_gap(point) || point == POSTAL_MARK))
			continue;
		if (!c || len + 1 >= PLAIN_SIZE)
			return false;
		plain[len++] = c;
	}
	plain[len] = '\0';
	return len > 0;
}

static bool
is_separator(char p)
{
	return p == ' ' || p == '-' || p == '(' || p == ')';
}

static bool
character_fits(char p, char c)
{
	if (p == '9')
		return is_digit(c);
	if (p == 'A')
		return is_letter(c);
	if (p == '*')
		return is_digit(c) || is_letter(c);
	return upper(p) == c;
}

/* Lays plain over one form; left_out says that its () was not typed. */
static bool
form_fits(const char *form, const char *plain, bool left_out, char *out)
{
	bool inside = false;

	for (; *form && *form != '|'; form++) {
		inside = *form == '(' || (inside && *form != ')');
		if (*form == '(' || *form == ')')
			continue;
		if (is_separator(*form)) {
			*out++ = *form;
		} else if (inside && left_out) {
			*out++ = upper(*form);
		} else if (*plain && character_fits(*form, *plain)) {
			*out++ = *plain++;
		} else {
			return false;
		}
	}
	*out = '\0';
	return *plain == '\0';
}

/* The postcode without its country's letters before the digits, or NULL. */
static const char *
after_prefix(const char *country, const char *plain)
{
	if (plain[0] == country[0] && is_digit(plain[1]))
		return plain + 1;
	if (strncmp(plain, country, 2) == 0 && is_digit(plain[2]))
		return plain + 2;
	return NULL;
}

static const char *
next_form(const char *form)
{
	const char *bar = strchr(form, '|');

	return bar ? bar + 1 : NULL;
}

char *
postcode_canonical(struct arena *mem, const char *country, const char *pattern,
		   const char *typed)
{
	char plain[PLAIN_SIZE] = "", out[2 * PLAIN_SIZE];
	const char *rest;

	if (!typed || strlen(typed) > 4 * POSTCODE_MAX || !make_plain(typed, plain))
		return NULL;
	rest = after_prefix(country, plain);
	for (const char *form = pattern; form; form = next_form(form))
		if (form_fits(form, plain, false, out) ||
		    form_fits(form, plain, true, out) ||
		    (rest && is_digit(*form) && form_fits(form, rest, false, out)))
			return arena_text(mem, out);
	return NULL;
}

static void
put_class(struct buf *to, char p)
{
	if (p == '9')
		buf_text(to, "[0-9]");
	else if (p == 'A')
		buf_text(to, "[A-Za-z]");
	else if (p == '*')
		buf_text(to, "[A-Za-z0-9]");
	else if (is_digit(p))
		buf_char(to, p);
	else
		buf_printf(to, "[%c%c]", upper(p), p);
}

/* Writes the characters of a form that are alike and follow each other; returns what
 * comes after them. */
static const char *
put_run(struct buf *to, const char *form)
{
	char first = *form;
	int n = 0;

	while (*form == first || *form == ' ' || *form == '-') {
		n += *form == first;
		form++;
	}
	if (n == 1) {
		put_class(to, first);
		buf_text(to, BETWEEN);
		return form;
	}
	buf_char(to, '(');
	put_class(to, first);
	buf_printf(to, BETWEEN "){%d}", n);
	return form;
}

static void
put_prefix(struct buf *to, const char *country)
{
	char one = country[0], two = country[1];

	buf_printf(to, "([%c%c]([%c%c])?" BETWEEN ")?", one, one - 'A' + 'a', two,
		   two - 'A' + 'a');
}

char *
postcode_html_pattern(struct arena *mem, const char *country, const char *pattern)
{
	struct buf to = buf_new(mem, HTML_LIMIT);
	const char *at = pattern;

	buf_text(&to, BETWEEN "(");
	if (is_digit(*at))
		put_prefix(&to, country);
	while (*at) {
		if (*at == '(')
			buf_text(&to, "(");
		else if (*at == ')')
			buf_text(&to, ")?");
		else if (*at == '|')
			buf_text(&to, "|");
		if (*at == '|' && is_digit(at[1]))
			put_prefix(&to, country);
		if (*at == '(' || *at == ')' || *at == '|' || is_separator(*at))
			at++;
		else
			at = put_run(&to, at);
	}
	buf_text(&to, ")");
	return arena_text(mem, buf_string(&to));
}
