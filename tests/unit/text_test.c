/* text_test.c - UTF-8, numbers, and text on its way to other places. */
#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/buf.h"
#include "support/check.h"

struct sample {
	const char *bytes;
	size_t len;
};
#define BYTES(literal)                                                                 \
	{                                                                              \
		literal, sizeof(literal) - 1                                           \
	}

static void
well_formed_utf8_is_taken(void **state)
{
	static const struct sample good[] = {
		BYTES(""),
		BYTES("plain"),
		BYTES("\xC2\x80 \xDF\xBF"), /* U+0080, U+07FF */
		BYTES("\xE0\xA0\x80 \xED\x9F\xBF \xEE\x80\x80 \xEF\xBF\xBF"),
		BYTES("\xF0\x90\x80\x80 \xF4\x8F\xBF\xBF"), /* U+10000, U+10FFFF */
		BYTES("Łódź, 東京, 😀"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		WANT(text_is_utf8(good[i].bytes, good[i].len));
}

static void
malformed_utf8_and_nul_are_refused(void **state)
{
	static const struct sample bad[] = {
		BYTES("\0"),
		BYTES("a\0b"),
		BYTES("\x80"), /* a continuation alone */
		BYTES("a\xBF"),
		BYTES("\xC2"), /* cut short */
		BYTES("\xE2\x82"),
		BYTES("\xF0\x9F\x98"),
		BYTES("\xC2\x41"),
		BYTES("\xE2\x82\x41"),
		BYTES("\xF0\x9F\x98\x41"),
		BYTES("\xC0\xAF"), /* overlong / */
		BYTES("\xC1\xBF"),
		BYTES("\xE0\x80\xAF"),
		BYTES("\xE0\x9F\xBF"),
		BYTES("\xF0\x80\x80\xAF"),
		BYTES("\xF0\x8F\xBF\xBF"),
		BYTES("\xC0\x80"),     /* the NUL of some */
		BYTES("\xED\xA0\x80"), /* surrogates */
		BYTES("\xED\xBF\xBF"),
		BYTES("\xED\xA0\xBD\xED\xB8\x80"),
		BYTES("\xF4\x90\x80\x80"), /* beyond U+10FFFF */
		BYTES("\xF5\x80\x80\x80"),
		BYTES("\xF8\x88\x80\x80\x80"),
		BYTES("\xFE"),
		BYTES("\xFF"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		if (text_is_utf8(bad[i].bytes, bad[i].len))
			check_fail(__FILE__, __LINE__, "took bad sample %zu", i);
}

/* The definition of RFC 3629, written the other way round: encode every code point. */
static size_t
encode(uint32_t point, unsigned char *out)
{
	static const unsigned char heads[] = {0, 0, 0xC0, 0xE0, 0xF0};
	size_t len = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;

	for (size_t i = len; i-- > 1; point >>= 6)
		out[i] = (unsigned char)(0x80 | (point & 0x3F));
	out[0] = (unsigned char)(heads[len] | point);
	return len;
}

static void
exactly_the_code_points_are_utf8(void **state)
{
	unsigned char bytes[4];

	(void)state;
	for (uint32_t point = 0; point < 0x200000; point++) {
		bool valid = point > 0 && point < 0x110000 &&
			     (point < 0xD800 || point > 0xDFFF);

		if (text_is_utf8(bytes, encode(point, bytes)) != valid)
			check_fail(__FILE__, __LINE__, "U+%04X", (unsigned)point);
	}
}

static void
characters_are_counted_not_bytes(void **state)
{
	(void)state;
	WANT_INT(text_length(""), 0);
	WANT_INT(text_length("Łódź 東京 😀"), 9);
}

static void
control_characters_are_seen(void **state)
{
	(void)state;
	WANT(!text_has_control("Ada Łovelace ~ \xC2\xA0"));
	WANT(text_has_control("a\tb"));
	WANT(text_has_control("a\n"));
	WANT(text_has_control("\x1B[2J"));
	WANT(text_has_control("\x7F"));
	WANT(text_has_control("\xC2\x9B"));
	WANT(text_has_control("\xC2\x80"));
}

static void
texts_are_compared(void **state)
{
	(void)state;
	WANT(text_equal("a", "a") && !text_equal("a", "A") && !text_equal("a", NULL));
	WANT(text_equal(NULL, NULL) && !text_equal("a", "ab"));
	WANT(text_equal_fold("Content-Type", "content-TYPE"));
	WANT(!text_equal_fold("a", "ab") && !text_equal_fold("ab", "a"));
	WANT(!text_equal_fold("@", "`") && !text_equal_fold("[", "{"));
	WANT(!text_equal_fold("Ä", "ä")); /* ASCII letters alone */
	WANT(text_is_empty(NULL) && text_is_empty("") && !text_is_empty(" "));
	WANT(text_starts("/api/v1", "/api") && !text_starts("/ap", "/api"));
	WANT(text_ends("a.html", ".html") && !text_ends("html", ".html"));
}

static void
white_space_is_folded(void **state)
{
	struct arena *mem = arena_new(1 << 20);

	(void)state;
	WANT_TEXT(text_fold_space(mem, "  Ada \t\n Lovelace\r\n"), "Ada Lovelace");
	WANT_TEXT(text_fold_space(mem, " \n "), "");
	WANT_TEXT(text_fold_space(mem, ""), "");
	WANT_TEXT(text_fold_space(mem, "\xC2\xA0"
				       "a\xE3\x80\x80\xE2\x80\x83"
				       "b"),
		  "a b");
	WANT_TEXT(text_fold_space(mem, "東 京"), "東 京");
	WANT_TEXT(text_upper(mem, "aZ9ä"), "AZ9ä");
	WANT_TEXT(text_lower(mem, "AZ9Ä"), "az9Ä");
	arena_free(mem);
}

static void
numbers_of_64_bits_come_back(void **state)
{
	static const int64_t edges[] = {0,  1,         -1,        9,
					10, INT64_MAX, INT64_MIN, INT64_MIN + 1};
	uint64_t seed = 4;
	char text[32];
	int64_t n;

	(void)state;
	for (int round = 0; round < 100000; round++) {
		int64_t want = round < 8 ? edges[round]
					 : (int64_t)(check_random(&seed) >>
						     check_random_below(&seed, 64));

		snprintf(text, sizeof text, "%" PRId64, want);
		WANT(text_to_int(text, INT64_MIN, INT64_MAX, &n));
		WANT_INT(n, want);
	}
}

static void
what_is_not_a_plain_number_is_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"-",
		"+1",
		" 1",
		"1 ",
		"1.0",
		"1e3",
		"0x1",
		"01",
		"-0",
		"00",
		"--1",
		"1\n",
		"１",
		"1,0",
		"NaN",
		"inf",
		"1_000",
		"-01",
		"9223372036854775808",
		"-9223372036854775809",
		"18446744073709551616",
		"99999999999999999999999999",
	};
	int64_t n;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		if (text_to_int(bad[i], INT64_MIN, INT64_MAX, &n))
			check_fail(__FILE__, __LINE__, "took \"%s\"", bad[i]);
	WANT(!text_to_int(NULL, 0, 9, &n));
	WANT(!text_to_int("100", 1, 99, &n) && !text_to_int("0", 1, 99, &n));
	WANT(text_to_int("99", 1, 99, &n) && text_to_int("1", 1, 99, &n));
}

static const char *
escaped(struct arena *mem, void (*escape)(struct buf *, const char *), const char *text)
{
	struct buf b = buf_new(mem, 1000);

	escape(&b, text);
	return buf_string(&b);
}

static void
text_is_escaped_for_where_it_goes(void **state)
{
	struct arena *mem = arena_new(1 << 20);

	(void)state;
	WANT_TEXT(escaped(mem, escape_html, "<a href='x\">&amp;</a>é"),
		  "&lt;a href=&#39;x&quot;&gt;&amp;amp;&lt;/a&gt;é");
	WANT_TEXT(escaped(mem, escape_html, NULL), "");
	WANT_TEXT(escaped(mem, escape_url, "a b/ü?&=+~-_.%"),
		  "a%20b%2F%C3%BC%3F%26%3D%2B~-_.%25");
	WANT_TEXT(escaped(mem, escape_json, "a\"\\/\b\f\n\r\t\x01é"),
		  "\"a\\\"\\\\/\\b\\f\\n\\r\\t\\u0001é\"");
	WANT_TEXT(escaped(mem, escape_json,
			  "</script>&\xE2\x80\xA8\xE2\x80\xA9\x7F\xC2\x9B"),
		  "\"\\u003c/script\\u003e\\u0026\\u2028\\u2029\\u007f\\u009b\"");
	WANT_TEXT(escaped(mem, escape_json,
			  "a\xFF"
			  "b\xC3"),
		  "\"a\\ufffdb\\ufffd\"");
	WANT_TEXT(escaped(mem, escape_json, ""), "\"\"");
	arena_free(mem);
}

static void
a_header_value_holds_no_line_end(void **state)
{
	(void)state;
	WANT(text_is_header_safe("attachment; filename=\"a b\"") &&
	     text_is_header_safe(""));
	WANT(!text_is_header_safe("a\r\nSet-Cookie: x") &&
	     !text_is_header_safe("a\tb"));
	WANT(!text_is_header_safe("é") && !text_is_header_safe("\x7F"));
}

static void
hex_comes_back(void **state)
{
	struct arena *mem = arena_new(1 << 20);
	unsigned char bytes[256], back[256];

	(void)state;
	for (int i = 0; i < 256; i++)
		bytes[i] = (unsigned char)i;
	WANT(text_from_hex(text_hex(mem, bytes, 256), back, 256));
	WANT(memcmp(bytes, back, 256) == 0);
	WANT_TEXT(text_hex(mem, "\x00\xAB\xFF", 3), "00abff");
	WANT(text_from_hex("ABcd", back, 2) && back[0] == 0xAB && back[1] == 0xCD);
	WANT(!text_from_hex("abc", back, 2) && !text_from_hex("abcde", back, 2));
	WANT(!text_from_hex("ag", back, 1) && !text_from_hex(" a", back, 1));
	WANT(!text_from_hex(NULL, back, 1));
	arena_free(mem);
}

TESTS(TEST(well_formed_utf8_is_taken), TEST(malformed_utf8_and_nul_are_refused),
      TEST(exactly_the_code_points_are_utf8), TEST(characters_are_counted_not_bytes),
      TEST(control_characters_are_seen), TEST(texts_are_compared),
      TEST(white_space_is_folded), TEST(numbers_of_64_bits_come_back),
      TEST(what_is_not_a_plain_number_is_refused),
      TEST(text_is_escaped_for_where_it_goes), TEST(a_header_value_holds_no_line_end),
      TEST(hex_comes_back))
