/* json_check.c - the strict reader before json-c, which takes much that is not JSON. */
#include "base/json_private.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/text.h"

enum {
	NUMBER_BYTES = 64,
	EXPONENT_DIGITS = 2,
};

/* Names are compared by a hash of what they mean, escapes undone: whoever makes two of
 * them collide has only their own document refused. The names of all objects that are
 * open lie one after the other. */
struct check {
	struct arena *mem;
	const unsigned char *at, *end;
	const char *why; /* the first thing found wrong */
	int depth;
	uint64_t *names;
	size_t n_names, cap_names;
	struct json_sum sum;
};

static bool check_value(struct check *);

static bool
wrong(struct check *c, const char *why)
{
	c->why = why;
	return false;
}

/* The byte at hand, 0 at the end: a NUL never stands for itself in JSON. */
static unsigned char
peek(const struct check *c)
{
	return c->at < c->end ? *c->at : 0;
}

static bool
take(struct check *c, char byte)
{
	if (peek(c) != (unsigned char)byte)
		return false;
	c->at++;
	return true;
}

static void
skip_space(struct check *c)
{
	while (peek(c) == ' ' || peek(c) == '\t' || peek(c) == '\n' || peek(c) == '\r')
		c->at++;
}

static bool
is_digit(unsigned char byte)
{
	return byte >= '0' && byte <= '9';
}

static bool
take_hex4(struct check *c, uint32_t *unit)
{
	unsigned char bytes[2];
	char hex[5] = "";

	if (c->end - c->at < 4)
		return wrong(c, "short \\u");
	memcpy(hex, c->at, 4);
	if (!text_from_hex(hex, bytes, sizeof bytes))
		return wrong(c, "bad \\u");
	*unit = (uint32_t)bytes[0] << 8 | bytes[1];
	c->at += 4;
	return true;
}

/* After \u: one code point, from a pair of surrogates if need be. */
static bool
take_unicode(struct check *c, uint32_t *point)
{
	uint32_t low;

	if (!take_hex4(c, point))
		return false;
	if (*point == 0)
		return wrong(c, "NUL in a text");
	if (*point < 0xD800 || *point > 0xDFFF)
		return true;
	if (*point > 0xDBFF || !take(c, '\\') || !take(c, 'u'))
		return wrong(c, "lone surrogate");
	if (!take_hex4(c, &low))
		return false;
	if (low < 0xDC00 || low > 0xDFFF)
		return wrong(c, "lone surrogate");
	*point = 0x10000 + ((*point - 0xD800) << 10) + (low - 0xDC00);
	return true;
}

static bool
take_escape(struct check *c, uint32_t *point)
{
	static const char escapes[] = "\"\"\\\\//b\bf\fn\nr\rt\t";

	if (take(c, 'u'))
		return take_unicode(c, point);
	for (const char *e = escapes; *e != '\0'; e += 2) {
		if (take(c, *e)) {
			*point = (uint32_t)e[1];
			return true;
		}
	}
	return wrong(c, "unknown escape");
}

void
json_hash_byte(uint64_t *hash, uint32_t byte)
{
	*hash = (*hash ^ byte) * UINT64_C(1099511628211);
}

/* The bytes of a code point as UTF-8 has them: that is how it stands when not escaped.
 */
static void
hash_point(uint64_t *hash, uint32_t point)
{
	if (point < 0x80) {
		json_hash_byte(hash, point);
		return;
	}
	if (point < 0x800) {
		json_hash_byte(hash, 0xC0 | point >> 6);
	} else {
		if (point < 0x10000) {
			json_hash_byte(hash, 0xE0 | point >> 12);
		} else {
			json_hash_byte(hash, 0xF0 | point >> 18);
			json_hash_byte(hash, 0x80 | (point >> 12 & 0x3F));
		}
		json_hash_byte(hash, 0x80 | (point >> 6 & 0x3F));
	}
	json_hash_byte(hash, 0x80 | (point & 0x3F));
}

/* A string with its quotes; that it is UTF-8 was seen before. */
static bool
check_string(struct check *c, uint64_t *hash)
{
	uint32_t point;

	*hash = JSON_HASH;
	if (!take(c, '"'))
		return wrong(c, "a name must stand in double quotes");
	while (!take(c, '"')) {
		if (c->at == c->end)
			return wrong(c, "text without an end");
		if (peek(c) < 0x20)
			return wrong(c, "raw control character in a text");
		if (!take(c, '\\')) {
			json_hash_byte(hash, *c->at++);
			continue;
		}
		if (!take_escape(c, &point))
			return false;
		hash_point(hash, point);
	}
	c->sum.texts += *hash;
	return true;
}

static bool
take_digits(struct check *c)
{
	const unsigned char *start = c->at;

	while (is_digit(peek(c)))
		c->at++;
	return c->at > start || wrong(c, "bad number");
}

/* An integer must be one of 64 bits, and none is minus zero. */
static bool
check_integer(struct check *c, const unsigned char *start)
{
	char text[NUMBER_BYTES + 1] = "";
	int64_t n;

	memcpy(text, start, (size_t)(c->at - start));
	return text_to_int(text, INT64_MIN, INT64_MAX, &n) ||
	       wrong(c, "integer beyond 64 bits");
}

static bool
check_exponent(struct check *c)
{
	const unsigned char *start;

	c->at += peek(c) == '+' || peek(c) == '-';
	start = c->at;
	if (!take_digits(c))
		return false;
	return c->at - start <= EXPONENT_DIGITS || wrong(c, "exponent too large");
}

static bool
check_number(struct check *c)
{
	const unsigned char *start = c->at;
	bool whole = true;

	take(c, '-');
	if (!take(c, '0') && !take_digits(c))
		return false;
	if (is_digit(peek(c)))
		return wrong(c, "leading zero");
	if (take(c, '.')) {
		whole = false;
		if (!take_digits(c))
			return false;
	}
	if (take(c, 'e') || take(c, 'E')) {
		whole = false;
		if (!check_exponent(c))
			return false;
	}
	if (c->at - start > NUMBER_BYTES)
		return wrong(c, "number too long");
	return !whole || check_integer(c, start);
}

static bool
check_word(struct check *c, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(c->end - c->at) < len || memcmp(c->at, word, len) != 0)
		return wrong(c, "not a value");
	c->at += len;
	return true;
}

static bool
add_name(struct check *c, size_t first, uint64_t hash)
{
	uint64_t *names;

	if (c->n_names - first == JSON_MEMBERS)
		return wrong(c, "too many members");
	for (size_t i = first; i < c->n_names; i++)
		if (c->names[i] == hash)
			return wrong(c, "duplicate member");
	if (c->n_names == c->cap_names) {
		c->cap_names = c->cap_names == 0 ? 64 : 2 * c->cap_names;
		names = arena_new_of(c->mem, uint64_t, c->cap_names);
		if (c->n_names > 0)
			memcpy(names, c->names, c->n_names * sizeof *names);
		c->names = names;
	}
	c->names[c->n_names++] = hash;
	return true;
}

static bool
check_members(struct check *c)
{
	size_t first = c->n_names;
	uint64_t hash;

	skip_space(c);
	if (take(c, '}'))
		return true;
	do {
		skip_space(c);
		if (!check_string(c, &hash) || !add_name(c, first, hash))
			return false;
		skip_space(c);
		if (!take(c, ':'))
			return wrong(c, "a colon is missing");
		if (!check_value(c))
			return false;
	} while (take(c, ','));
	c->n_names = first;
	return take(c, '}') || wrong(c, "object without an end");
}

static bool
check_items(struct check *c)
{
	skip_space(c);
	if (take(c, ']'))
		return true;
	do {
		if (!check_value(c))
			return false;
	} while (take(c, ','));
	return take(c, ']') || wrong(c, "list without an end");
}

static bool
check_nested(struct check *c)
{
	bool good;

	if (c->depth == JSON_DEPTH)
		return wrong(c, "nested too deeply");
	c->depth++;
	good = *c->at++ == '{' ? check_members(c) : check_items(c);
	c->depth--;
	return good;
}

static bool
check_scalar(struct check *c)
{
	uint64_t unused;

	switch (peek(c)) {
	case '"':
		return check_string(c, &unused);
	case 't':
		return check_word(c, "true");
	case 'f':
		return check_word(c, "false");
	case 'n':
		c->sum.nulls++;
		return check_word(c, "null");
	default:
		if (peek(c) == '-' || is_digit(peek(c)))
			return check_number(c);
		return wrong(c, "not a value");
	}
}

/* A value and the space around it. */
static bool
check_value(struct check *c)
{
	skip_space(c);
	c->sum.values++;
	if (!(peek(c) == '{' || peek(c) == '[' ? check_nested(c) : check_scalar(c)))
		return false;
	skip_space(c);
	return true;
}

struct err *
json_check(struct arena *mem, const void *bytes, size_t len, struct json_sum *sum)
{
	struct check c = {.mem = mem, .at = bytes};
	struct arena_mark mark = arena_mark(mem);
	bool good;

	if (!text_is_utf8(bytes, len))
		return FAIL(BAD_REQUEST, "json: not UTF-8, or a NUL in it");
	c.end = c.at + len;
	good = check_value(&c) &&
	       (c.at == c.end || wrong(&c, "something after the document"));
	arena_rewind(mem, mark);
	*sum = c.sum;
	if (good)
		return NULL;
	return FAIL(BAD_REQUEST, "json: %s at byte %zu", c.why,
		    (size_t)(c.at - (const unsigned char *)bytes));
}
