/* redact.c - bodies of gateway calls as they may be kept. It reads no grammar but that
 * of texts and pairs, so that a body that was cut is cleaned all the same. */
#include "gateway/redact.h"

#include <stdbool.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"

static const char removed[] = "[removed]";

/* A piece of a body. */
struct piece {
	const char *at;
	size_t len;
};

static bool
begins(struct piece piece, const char *word)
{
	size_t len = strlen(word);

	return piece.len >= len && memcmp(piece.at, word, len) == 0;
}

static bool
holds(struct piece piece, const char *word)
{
	size_t len = strlen(word);

	for (size_t i = 0; i + len <= piece.len; i++)
		if (memcmp(piece.at + i, word, len) == 0)
			return true;
	return false;
}

/* The addresses of the way back hold the attempt's token. */
static bool
is_secret_name(struct piece name)
{
	static const char *const words[] = {"secret",      "token",      "password",
					    "success_url", "cancel_url", "return_url",
					    "card[number", "cvc"};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (holds(name, words[i]))
			return true;
	return false;
}

static bool
is_secret_value(struct piece value)
{
	static const char *const starts[] = {"sk_live_", "sk_test_", "rk_live_",
					     "rk_test_", "whsec_",   "Bearer "};

	for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
		if (begins(value, starts[i]))
			return true;
	return holds(value, "_secret_") || holds(value, "/checkout/return/") ||
	       holds(value, "%2Fcheckout%2Freturn%2F");
}

/* ---- a form ---- */

static size_t
length_to(struct piece rest, char end)
{
	const char *found = memchr(rest.at, end, rest.len);

	return found == NULL ? rest.len : (size_t)(found - rest.at);
}

static void
clean_form(struct buf *to, struct piece body)
{
	while (body.len > 0) {
		struct piece pair = {body.at, length_to(body, '&')};
		struct piece name = {pair.at, length_to(pair, '=')};
		struct piece value = {name.at + name.len, pair.len - name.len};
		bool more = pair.len < body.len;

		if (value.len > 0) {
			value.at++;
			value.len--;
		}
		buf_put(to, name.at, name.len);
		if (name.len < pair.len)
			buf_char(to, '=');
		if (is_secret_name(name) || is_secret_value(value))
			buf_text(to, removed);
		else
			buf_put(to, value.at, value.len);
		if (more)
			buf_char(to, '&');
		body.at += pair.len + more;
		body.len -= pair.len + more;
	}
}

/* ---- JSON ---- */

/* The text that begins after a quote; ended is false when the body was cut in it. */
static struct piece
read_text(struct piece rest, bool *ended)
{
	size_t i = 0;

	while (i < rest.len && rest.at[i] != '"')
		i += rest.at[i] == '\\' ? 2 : 1;
	*ended = i < rest.len;
	return (struct piece){rest.at, i < rest.len ? i : rest.len};
}

static bool
is_name(struct piece after)
{
	while (after.len > 0 && strchr(" \t\r\n", *after.at) != NULL) {
		after.at++;
		after.len--;
	}
	return after.len > 0 && *after.at == ':';
}

static void
clean_json(struct buf *to, struct piece body)
{
	struct piece name = {"", 0};

	while (body.len > 0) {
		size_t before = length_to(body, '"');
		struct piece rest, text;
		bool ended;

		buf_put(to, body.at, before);
		if (memchr(body.at, ',', before) != NULL ||
		    memchr(body.at, '{', before) != NULL)
			name = (struct piece){"", 0};
		if (before == body.len)
			return;
		rest = (struct piece){body.at + before + 1, body.len - before - 1};
		text = read_text(rest, &ended);
		body = (struct piece){text.at + text.len + ended,
				      rest.len - text.len - ended};
		buf_char(to, '"');
		if (ended && is_name(body)) {
			name = text;
			buf_put(to, text.at, text.len);
		} else if (is_secret_name(name) || is_secret_value(text)) {
			buf_text(to, removed);
		} else {
			buf_put(to, text.at, text.len);
		}
		if (ended)
			buf_char(to, '"');
	}
}

const char *
redact(struct arena *mem, const char *body, size_t len)
{
	/* A value of one character grows to nine. */
	struct buf to = buf_new(mem, len * sizeof removed + sizeof removed);
	struct piece all = {body, len};
	size_t blanks = 0;

	while (blanks < len && strchr(" \t\r\n", body[blanks]) != NULL &&
	       body[blanks] != '\0')
		blanks++;
	if (blanks < len && (body[blanks] == '{' || body[blanks] == '['))
		clean_json(&to, all);
	else
		clean_form(&to, all);
	return buf_string(&to);
}
