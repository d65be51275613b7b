/* text.c - what may be said of a text, and its forms for other places. */
#include "base/text.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"

/* Decodes the code point at s, of which len bytes are left: its length, 0 when it is
 * not well-formed. Lead bytes C0, C1 and F5..FF never occur; the second byte's range
 * rules out overlong forms, surrogates and what lies beyond U+10FFFF. */
static size_t
decode(const unsigned char *s, size_t len, uint32_t *point)
{
	unsigned char low = 0x80, high = 0xBF;
	size_t more;

	if (s[0] < 0x80) {
		*point = s[0];
		return 1;
	}
	if (s[0] < 0xC2 || s[0] > 0xF4)
		return 0;
	more = s[0] < 0xE0 ? 1 : s[0] < 0xF0 ? 2 : 3;
	if (s[0] == 0xE0)
		low = 0xA0;
	if (s[0] == 0xED)
		high = 0x9F;
	if (s[0] == 0xF0)
		low = 0x90;
	if (s[0] == 0xF4)
		high = 0x8F;
	if (len <= more || s[1] < low || s[1] > high)
		return 0;
	*point = s[0] & (0x3Fu >> more);
	for (size_t i = 1; i <= more; i++) {
		if ((s[i] & 0xC0) != 0x80)
			return 0;
		*point = *point << 6 | (s[i] & 0x3Fu);
	}
	return more + 1;
}

bool
text_is_utf8(const void *bytes, size_t len)
{
	const unsigned char *s = bytes;
	uint32_t point;

	for (size_t i = 0, n; i < len; i += n) {
		n = decode(s + i, len - i, &point);
		if (n == 0 || point == 0)
			return false;
	}
	return true;
}

bool
text_has_control(const char *text)
{
	for (const unsigned char *s = (const void *)text; *s != '\0'; s++)
		if (*s < 0x20 || *s == 0x7F ||
		    (*s == 0xC2 && s[1] >= 0x80 && s[1] < 0xA0))
			return true;
	return false;
}

size_t
text_length(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += (*text & 0xC0) != 0x80;
	return n;
}

bool
text_equal(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static char
upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool
text_equal_fold(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	while (*a != '\0' && lower(*a) == lower(*b)) {
		a++;
		b++;
	}
	return lower(*a) == lower(*b);
}

bool
text_is_empty(const char *text)
{
	return text == NULL || *text == '\0';
}

bool
text_starts(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool
text_ends(const char *text, const char *suffix)
{
	size_t len = strlen(text), tail = strlen(suffix);

	return len >= tail && strcmp(text + len - tail, suffix) == 0;
}

/* White space as Unicode lists it. */
static bool
is_space(uint32_t point)
{
	return (point >= 0x09 && point <= 0x0D) || point == 0x20 || point == 0x85 ||
	       point == 0xA0 || point == 0x1680 ||
	       (point >= 0x2000 && point <= 0x200A) || point == 0x2028 ||
	       point == 0x2029 || point == 0x202F || point == 0x205F || point == 0x3000;
}

char *
text_fold_space(struct arena *mem, const char *text)
{
	size_t len = strlen(text), used = 0;
	char *folded = arena_alloc(mem, len + 1);
	bool gap = false;

	for (size_t i = 0, n; i < len; i += n) {
		uint32_t point = 0;

		n = decode((const unsigned char *)text + i, len - i, &point);
		if (n == 0) {
			n = 1;
			point = 0xFFFD;
		}
		if (is_space(point)) {
			gap = used > 0;
			continue;
		}
		if (gap)
			folded[used++] = ' ';
		gap = false;
		memcpy(folded + used, text + i, n);
		used += n;
	}
	folded[used] = '\0';
	return folded;
}

static char *
map_text(struct arena *mem, const char *text, char (*map)(char))
{
	char *mapped = arena_text(mem, text);

	for (char *c = mapped; *c != '\0'; c++)
		*c = map(*c);
	return mapped;
}

char *
text_upper(struct arena *mem, const char *text)
{
	return map_text(mem, text, upper);
}

char *
text_lower(struct arena *mem, const char *text)
{
	return map_text(mem, text, lower);
}

bool
text_to_int(const char *text, int64_t min, int64_t max, int64_t *out)
{
	bool minus;
	int64_t n = 0;

	if (text == NULL)
		return false;
	minus = *text == '-';
	text += minus;
	if (*text == '\0' || (text[0] == '0' && (minus || text[1] != '\0')))
		return false;
	/* Counted downwards, since the least number has no positive twin. */
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9' || __builtin_mul_overflow(n, 10, &n) ||
		    __builtin_sub_overflow(n, *text - '0', &n))
			return false;
	}
	if (!minus && __builtin_sub_overflow(0, n, &n))
		return false;
	if (n < min || n > max)
		return false;
	*out = n;
	return true;
}

static const char *
html_name(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

void
escape_html(struct buf *to, const char *text)
{
	size_t plain;

	if (text == NULL)
		return;
	while (*text != '\0') {
		plain = strcspn(text, "&<>\"'");
		buf_put(to, text, plain);
		text += plain;
		if (*text != '\0')
			buf_text(to, html_name(*text++));
	}
}

static bool
is_unreserved(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == '~';
}

void
escape_url(struct buf *to, const char *text)
{
	static const char hex[] = "0123456789ABCDEF";

	if (text == NULL)
		return;
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (is_unreserved(*text))
			buf_char(to, *text);
		else
			buf_put(to, (char[]){'%', hex[c >> 4], hex[c & 15]}, 3);
	}
}

/* May stand in a JSON string as it is, in a page's script block and in a log alike. */
static bool
is_json_plain(uint32_t point)
{
	return point >= 0x20 && point != '"' && point != '\\' && point != '<' &&
	       point != '>' && point != '&' && !(point >= 0x7F && point < 0xA0) &&
	       point != 0x2028 && point != 0x2029;
}

static void
escape_json_point(struct buf *to, uint32_t point)
{
	static const char shorts[] = "\bb\tt\nn\ff\rr\"\"\\\\";

	for (const char *s = shorts; *s != '\0'; s += 2) {
		if ((uint32_t)*s == point) {
			buf_put(to, (char[]){'\\', s[1]}, 2);
			return;
		}
	}
	buf_printf(to, "\\u%04x", (unsigned)point);
}

void
escape_json(struct buf *to, const char *text)
{
	size_t len = text == NULL ? 0 : strlen(text), plain = 0;

	buf_char(to, '"');
	for (size_t i = 0, n; i < len; i += n) {
		uint32_t point = 0;

		n = decode((const unsigned char *)text + i, len - i, &point);
		if (n > 0 && is_json_plain(point))
			continue;
		buf_put(to, text + plain, i - plain);
		/* A log line may hold bytes from anywhere: it stays JSON. */
		escape_json_point(to, n == 0 ? 0xFFFD : point);
		n = n == 0 ? 1 : n;
		plain = i + n;
	}
	buf_put(to, len == 0 ? "" : text + plain, len - plain);
	buf_char(to, '"');
}

bool
text_is_header_safe(const char *text)
{
	for (; *text != '\0'; text++)
		if (*text < 0x20 || *text > 0x7E)
			return false;
	return true;
}

char *
text_hex(struct arena *mem, const void *bytes, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *s = bytes;
	char *hex = arena_alloc(mem, 2 * len + 1);

	for (size_t i = 0; i < len; i++) {
		hex[2 * i] = digits[s[i] >> 4];
		hex[2 * i + 1] = digits[s[i] & 15];
	}
	return hex;
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool
text_from_hex(const char *hex, void *out, size_t len)
{
	unsigned char *bytes = out;

	if (hex == NULL || strlen(hex) != 2 * len)
		return false;
	for (size_t i = 0; i < len; i++) {
		int high = hex_value(hex[2 * i]), low = hex_value(hex[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		bytes[i] = (unsigned char)(high << 4 | low);
	}
	return true;
}
