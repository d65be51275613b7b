/* pairs.c - names and values of a query or of an urlencoded form. */
#include "web/pairs.h"

#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "web/endpoint.h"

const char *
pairs_find(const struct typed *list, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i].name, name) == 0)
			return list[i].value;
	return NULL;
}

/* Decodes "+" and "%41" in place of a copy. */
static fallible
decode(struct arena *mem, const char *from, size_t len, size_t max, const char **out)
{
	char *text = arena_alloc(mem, len + 1);
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		text[n] = from[i] == '+' ? ' ' : from[i];
		if (from[i] == '%') {
			char pair[3] = {0};

			if (len - i < 3)
				return FAIL(BAD_REQUEST, "cut escape");
			memcpy(pair, from + i + 1, 2);
			if (!text_from_hex(pair, text + n, 1))
				return FAIL(BAD_REQUEST, "broken escape");
			i += 2;
		}
		n++;
	}
	text[n] = '\0';
	if (n > max)
		return FAIL(BAD_REQUEST, "name or value of %zu bytes", n);
	if (!text_is_utf8(text, n))
		return FAIL(BAD_REQUEST, "not UTF-8, or NUL");
	*out = text;
	return NULL;
}

static fallible
add_pair(struct arena *mem, const char *at, size_t len, struct typed *list, size_t *n)
{
	const char *equals = memchr(at, '=', len);
	size_t name_len = equals == NULL ? len : (size_t)(equals - at);
	struct typed *pair = &list[*n];

	TRY(decode(mem, at, name_len, PAIRS_NAME_MAX, &pair->name));
	pair->value = "";
	if (equals != NULL)
		TRY(decode(mem, equals + 1, len - name_len - 1, PAIRS_VALUE_MAX,
			   &pair->value));
	if (pairs_find(list, *n, pair->name) != NULL)
		return FAIL(BAD_REQUEST, "a name came twice");
	++*n;
	return NULL;
}

static size_t
count_pairs(const char *bytes, size_t len)
{
	size_t n = 1;

	for (size_t i = 0; i < len; i++)
		n += bytes[i] == '&';
	return n;
}

fallible
pairs_parse(struct arena *mem, const char *bytes, size_t len, const struct typed **out,
	    size_t *n)
{
	size_t most = count_pairs(bytes, len);
	struct typed *list;

	*out = NULL;
	*n = 0;
	if (len == 0)
		return NULL;
	if (most > PAIRS_MAX)
		return FAIL(BAD_REQUEST, "%zu pairs", most);
	list = arena_new_of(mem, struct typed, most);
	for (const char *at = bytes, *end = bytes + len; at <= end;) {
		const char *amp = memchr(at, '&', (size_t)(end - at));
		size_t pair = (size_t)((amp == NULL ? end : amp) - at);

		if (pair > 0)
			TRY(add_pair(mem, at, pair, list, n));
		at += pair + 1;
	}
	*out = list;
	return NULL;
}
