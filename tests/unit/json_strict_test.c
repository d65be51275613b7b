/* json_strict_test.c - what the reader takes and what it refuses. */
#include "base/json.h"

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

static const struct sample allowed[] = {
	BYTES("0"),
	BYTES(" null "),
	BYTES("\"\""),
	BYTES("true"),
	BYTES("-1"),
	BYTES("9223372036854775807"),
	BYTES("-9223372036854775808"),
	BYTES("12.10"),
	BYTES("-0.0"),
	BYTES("1E+2"),
	BYTES("1e-99"),
	BYTES("[]"),
	BYTES("{}"),
	BYTES(" [ 1 , [ ] , { } ]\r\n\t"),
	BYTES("{\"\":0}"),
	BYTES("{\"a\":{\"a\":{\"a\":1}},\"A\":2}"),
	BYTES("[{\"a\":1},{\"a\":1}]"),
	BYTES("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\ud83d\\ude00\\uffff\""),
	BYTES("\"\xF0\x9F\x98\x80 \xC2\xBA \xE2\x80\xA8 \x7F\""),
	BYTES("{\"a.b\":1,\"__proto__\":2}"),
};

static void
what_rfc_8259_allows_is_taken(void **state)
{
	struct arena *mem = arena_new(1 << 20);
	const struct json *j;

	(void)state;
	for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++)
		WANT_OK(json_parse(mem, allowed[i].bytes, allowed[i].len, &j));
	arena_free(mem);
}

static const struct sample forbidden[] = {
	BYTES(""),
	BYTES("  "),
	BYTES("\xEF\xBB\xBF{}"), /* a byte order mark */
	BYTES("NaN"),
	BYTES("Infinity"),
	BYTES("-Infinity"),
	BYTES("[nan]"),
	BYTES("TRUE"),
	BYTES("tru"),
	BYTES("truE"),
	BYTES("nulll"),
	BYTES("undefined"),
	BYTES("'a'"),
	BYTES("{'a':1}"),
	BYTES("{a:1}"),
	BYTES("{1:1}"),
	BYTES("{null:1}"),
	BYTES("[1,]"),
	BYTES("[,1]"),
	BYTES("[1,,2]"),
	BYTES("[1 2]"),
	BYTES("{\"a\":1,}"),
	BYTES("{,\"a\":1}"),
	BYTES("{\"a\" 1}"),
	BYTES("{\"a\":}"),
	BYTES("{\"a\"}"),
	BYTES("{\"a\":1 \"b\":2}"),
	BYTES("{\"a\"::1}"),
	BYTES("[1]]"),
	BYTES("[1"),
	BYTES("[1}"),
	BYTES("{\"a\":1]"),
	BYTES("{\"a\":1"),
	BYTES("{"),
	BYTES("\"a"),
	BYTES("\"a\\\""),
	BYTES("{}{}"),
	BYTES("{} x"),
	BYTES("{}\0"),
	BYTES("1 2"),
	BYTES("\"a\"\"b\""),
	BYTES("/* c */ 1"),
	BYTES("1 // c"),
	BYTES("# c\n1"),
	BYTES("01"),
	BYTES("-01"),
	BYTES("00"),
	BYTES("+1"),
	BYTES("-"),
	BYTES("--1"),
	BYTES(".5"),
	BYTES("5."),
	BYTES("-.5"),
	BYTES("1.e2"),
	BYTES("1e"),
	BYTES("1e+"),
	BYTES("1e1.5"),
	BYTES("0x10"),
	BYTES("1_000"),
	BYTES("1a"),
	BYTES("\xEF\xBC\x91"), /* a full-width digit */
	BYTES("\"\t\""),       /* raw control characters */
	BYTES("\"\n\""),
	BYTES("\"\x1F\""),
	BYTES("{\"a\tb\":1}"),
	BYTES("\"\\x41\""),
	BYTES("\"\\'\""),
	BYTES("\"\\\n\""),
	BYTES("\"\\u12\""),
	BYTES("\"\\u12G4\""),
	BYTES("\"\\u+123\""),
	BYTES("\"\\U0041\""),
	BYTES("\"\\"),
	BYTES("\"\\u00"),
	BYTES("\v1"), /* other white space */
	BYTES("\f1"),
	BYTES("\xC2\xA0"
	      "1"),
	BYTES("[1\xE2\x80\xA8]"),
};

static void
what_rfc_8259_forbids_is_refused(void **state)
{
	struct arena *mem = arena_new(1 << 20);
	const struct json *j;

	(void)state;
	for (size_t i = 0; i < sizeof forbidden / sizeof forbidden[0]; i++)
		if (json_parse(mem, forbidden[i].bytes, forbidden[i].len, &j) == NULL)
			check_fail(__FILE__, __LINE__, "took \"%s\"",
				   forbidden[i].bytes);
	arena_free(mem);
}

/* RFC 8259 leaves these to the reader, and json-c makes something else of each. */
static const struct sample disputed[] = {
	BYTES("{\"a\":1,\"a\":2}"),
	BYTES("{\"a\":1,\"\\u0061\":2}"),
	BYTES("{\"\xC3\xA9\":1,\"\\u00e9\":2}"),
	BYTES("{\"\xE6\x9D\xB1\":1,\"\\u6771\":2}"),
	BYTES("{\"\xF0\x9F\x98\x80\":1,\"\\uD83d\\uDe00\":2}"),
	BYTES("{\"a/b\":1,\"a\\/b\":2}"),
	BYTES("{\"x\":{\"b\":1,\"c\":[{}],\"b\":1}}"),
	BYTES("{\"\":1,\"\":2}"),
	BYTES("\"a\\u0000b\""),
	BYTES("{\"a\\u0000b\":1}"),
	BYTES("\"a\0b\""),
	BYTES("\"\\ud800\""), /* lone surrogates */
	BYTES("\"\\udc00\""),
	BYTES("\"\\ud800x\""),
	BYTES("\"\\ud800\\u0041\""),
	BYTES("\"\\ud800\\ud800\""),
	BYTES("\"\\udc00\\ud800\""),
	BYTES("{\"\\udfff\":1}"),
	BYTES("\"\xED\xA0\x80\""),
	BYTES("\"\xC0\x80\""),
	BYTES("\"\xFF\""),
	BYTES("\"\xC3\""),
	BYTES("\"\xF4\x90\x80\x80\""),
	BYTES("9223372036854775808"), /* 2^63 */
	BYTES("18446744073709551615"),
	BYTES("18446744073709551616"), /* 2^64 */
	BYTES("-9223372036854775809"),
	BYTES("123456789012345678901234567890"),
	BYTES("-0"),
	BYTES("1e999"),
	BYTES("-1e999"),
	BYTES("1e100"),
	BYTES("1e-100"),
	BYTES("0."
	      "0000000000000000000000000000000000000000000000000000000000000000"
	      "0"),
};

static void
what_readers_disagree_about_is_refused(void **state)
{
	struct arena *mem = arena_new(1 << 20);
	const struct json *j;

	(void)state;
	for (size_t i = 0; i < sizeof disputed / sizeof disputed[0]; i++)
		WANT_ERR(json_parse(mem, disputed[i].bytes, disputed[i].len, &j),
			 BAD_REQUEST);
	arena_free(mem);
}

/* A document of n nested brackets, with something innermost. */
static struct err *
parse_nested(struct arena *mem, const char *open, size_t n, const char *inner,
	     const char *close)
{
	struct buf b = buf_new(mem, 4 << 20);
	const struct json *j;

	for (size_t i = 0; i < n; i++)
		buf_text(&b, open);
	buf_text(&b, inner);
	for (size_t i = 0; i < n; i++)
		buf_text(&b, close);
	return json_parse(mem, buf_string(&b), b.len, &j);
}

static void
depth_ends_at_its_limit(void **state)
{
	struct arena *mem = arena_new(64 << 20);

	(void)state;
	WANT_OK(parse_nested(mem, "[", JSON_DEPTH, "", "]"));
	WANT_OK(parse_nested(mem, "[", JSON_DEPTH, "1,\"a\"", "]"));
	WANT_OK(parse_nested(mem, "{\"a\":", JSON_DEPTH, "1", "}"));
	WANT_ERR(parse_nested(mem, "[", JSON_DEPTH + 1, "", "]"), BAD_REQUEST);
	WANT_ERR(parse_nested(mem, "{\"a\":", JSON_DEPTH + 1, "1", "}"), BAD_REQUEST);
	WANT_ERR(parse_nested(mem, "[", 100000, "", "]"), BAD_REQUEST);
	WANT_ERR(parse_nested(mem, "{\"a\":", 100000, "1", "}"), BAD_REQUEST);
	WANT_ERR(parse_nested(mem, "[", 100000, "", ""), BAD_REQUEST);
	arena_free(mem);
}

static struct err *
parse_members(struct arena *mem, int n, bool twice)
{
	struct buf b = buf_new(mem, 1 << 20);
	const struct json *j;
	struct err *e;

	for (int i = 0; i < n; i++)
		buf_printf(&b, "%c\"k%d\":%d", i == 0 ? '{' : ',', i, i);
	buf_text(&b, twice ? ",\"k0\":1}" : "}");
	e = json_parse(mem, buf_string(&b), b.len, &j);
	for (int i = 0; e == NULL && i < n; i++)
		WANT_TEXT(json_member_name(j, (size_t)i), arena_printf(mem, "k%d", i));
	return e;
}

static void
members_end_at_their_limit(void **state)
{
	struct arena *mem = arena_new(8 << 20);

	(void)state;
	WANT_OK(parse_members(mem, JSON_MEMBERS, false));
	WANT_ERR(parse_members(mem, JSON_MEMBERS + 1, false), BAD_REQUEST);
	WANT_ERR(parse_members(mem, JSON_MEMBERS - 1, true), BAD_REQUEST);
	arena_free(mem);
}

static void
a_refusal_says_what_and_where(void **state)
{
	struct arena *mem = arena_new(1 << 20);
	const char *text = "{\"a\":1,\"a\":2}";
	const struct json *j;
	struct err *e = json_parse(mem, text, strlen(text), &j);

	(void)state;
	WANT_ERR(e, BAD_REQUEST);
	WANT_TEXT(e->cause, "json: duplicate member at byte 10");
	WANT_INT(arena_used(mem), 0);
	arena_free(mem);
}

static void
a_text_of_ten_megabytes_is_read(void **state)
{
	struct arena *mem = arena_new(64 << 20);
	size_t len = 10 << 20;
	char *text = arena_alloc(mem, len + 1);
	const struct json *j;

	(void)state;
	memset(text, 'x', len);
	text[0] = text[len - 1] = '"';
	WANT_OK(json_parse(mem, text, len, &j));
	WANT_INT(strlen(json_text(j)), len - 2);
	WANT_ERR(json_parse(mem, text, len - 1, &j), BAD_REQUEST);
	arena_free(mem);
}

TESTS(TEST(what_rfc_8259_allows_is_taken), TEST(what_rfc_8259_forbids_is_refused),
      TEST(what_readers_disagree_about_is_refused), TEST(depth_ends_at_its_limit),
      TEST(members_end_at_their_limit), TEST(a_refusal_says_what_and_where),
      TEST(a_text_of_ten_megabytes_is_read))
