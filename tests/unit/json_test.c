/* json_test.c - the strict reader and the writer. */
#include "base/json.h"

#include "base/arena.h"
#include "base/buf.h"
#include "support/check.h"

static void
members_are_found_by_dots(void **state)
{
	struct arena *mem = arena_new(1 << 20);
	const char *text =
		"{\"data\":{\"object\":{\"id\":\"cs_1\",\"amount\":1234,"
		"\"live\":false,\"rate\":12.10,\"none\":null}},\"list\":[1,[2]]}";
	const struct json *j;
	int64_t n = 0;
	bool truth = true;

	(void)state;
	WANT_OK(json_parse(mem, text, strlen(text), &j));
	WANT_TEXT(json_text_at(j, "data.object.id"), "cs_1");
	WANT(json_int_at(j, "data.object.amount", &n) && n == 1234);
	WANT(json_bool(json_path(j, "data.object.live"), &truth) && !truth);
	WANT_TEXT(json_number_text(json_path(j, "data.object.rate")), "12.10");
	WANT(json_is_null(json_path(j, "data.object.none")));
	WANT(json_path(j, "data.object.none") != NULL);
	WANT(json_path(j, "data.object.absent") == NULL);
	WANT(json_is_null(NULL));
	WANT(json_int_at(j, "list.1.0", &n) && n == 2);
	WANT(!json_int_at(j, "data.object.rate", &n));
	WANT(!json_int_at(j, "data.object.id", &n));
	WANT_INT(json_count(j), 2);
	WANT_TEXT(json_member_name(j, 1), "list");
	WANT(json_kind(json_member_value(j, 1)) == JSON_LIST);
	arena_free(mem);
}

static void
what_is_written_has_its_commas(void **state)
{
	struct arena *mem = arena_new(1 << 20);
	struct buf b = buf_new(mem, 1000);
	struct json_out out = json_out(&b);

	(void)state;
	json_open(&out, '{');
	json_pair_text(&out, "name", "</script>\"\n");
	json_key(&out, "list");
	json_open(&out, '[');
	json_put_int(&out, -1);
	json_put_null(&out);
	json_put_bool(&out, true);
	json_put_raw(&out, "{}");
	json_close(&out, ']');
	json_key(&out, "price");
	json_put_money(&out, money_of(123456, "USD"));
	json_close(&out, '}');
	WANT_TEXT(
		buf_string(&b),
		"{\"name\":\"\\u003c/script\\u003e\\\"\\n\",\"list\":[-1,null,true,{}],"
		"\"price\":{\"amount\":123456,\"currency\":\"USD\","
		"\"formatted\":\"$1,234.56\"}}");
	arena_free(mem);
}

struct sample {
	const char *bytes;
	size_t len;
};
#define BYTES(literal)                                                                 \
	{                                                                              \
		literal, sizeof(literal) - 1                                           \
	}

static void
what_rfc_8259_allows_is_taken(void **state)
{
	static const struct sample good[] = {
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
	struct arena *mem = arena_new(1 << 20);
	const struct json *j;

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		WANT_OK(json_parse(mem, good[i].bytes, good[i].len, &j));
	arena_free(mem);
}

static void
what_rfc_8259_forbids_is_refused(void **state)
{
	static const struct sample bad[] = {
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
	struct arena *mem = arena_new(1 << 20);
	const struct json *j;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		if (json_parse(mem, bad[i].bytes, bad[i].len, &j) == NULL)
			check_fail(__FILE__, __LINE__, "took \"%s\"", bad[i].bytes);
	arena_free(mem);
}

/* RFC 8259 leaves these to the reader, and json-c makes something else of each. */
static void
what_readers_disagree_about_is_refused(void **state)
{
	static const struct sample bad[] = {
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
	struct arena *mem = arena_new(1 << 20);
	const struct json *j;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		WANT_ERR(json_parse(mem, bad[i].bytes, bad[i].len, &j), BAD_REQUEST);
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

/* Text of a few characters, each of a kind that needs care. */
static const char *
random_text(struct arena *mem, uint64_t *seed)
{
	static const char *const pieces[] = {
		"a",
		"Z",
		"0",
		" ",
		"\"",
		"\\",
		"/",
		"\n",
		"\x01",
		"\x7F",
		"<",
		"&",
		"\xC2\x80",
		"é",
		"ß",
		"東",
		"\xE2\x80\xA8",
		"\xEF\xBF\xBF",
		"😀",
		"\\u0041",
	};
	struct buf b = buf_new(mem, 200);
	size_t n = check_random_below(seed, 12);

	for (size_t i = 0; i < n; i++)
		buf_text(&b, pieces[check_random_below(
				     seed, sizeof pieces / sizeof pieces[0])]);
	return buf_string(&b);
}

static void
put_random(struct arena *mem, uint64_t *seed, struct json_out *out, int depth)
{
	size_t n = check_random_below(seed, 5);
	bool object;

	switch (check_random_below(seed, depth > 4 ? 6 : 9)) {
	case 0:
		json_put_null(out);
		return;
	case 1:
		json_put_bool(out, n % 2);
		return;
	case 2:
		json_put_int(out, (int64_t)(check_random(seed) >>
					    check_random_below(seed, 64)));
		return;
	case 3:
		json_put_raw(out, arena_printf(mem, "%d.%02d", (int)n - 2, (int)n * 7));
		return;
	case 4:
	case 5:
		json_put_text(out, random_text(mem, seed));
		return;
	default:
		object = check_random_below(seed, 2);
		json_open(out, object ? '{' : '[');
		for (size_t i = 0; i < n; i++) {
			if (object)
				json_key(out, arena_printf(mem, "%zu%s", i,
							   random_text(mem, seed)));
			put_random(mem, seed, out, depth + 1);
		}
		json_close(out, object ? '}' : ']');
	}
}

static const char *
random_document(struct arena *mem, uint64_t *seed)
{
	struct buf b = buf_new(mem, 1 << 20);
	struct json_out out = json_out(&b);

	put_random(mem, seed, &out, 0);
	WANT(!b.full);
	return buf_string(&b);
}

static const char *
written_again(struct arena *mem, const struct json *j)
{
	struct buf b = buf_new(mem, 1 << 20);
	struct json_out out = json_out(&b);

	json_put(&out, j);
	return buf_string(&b);
}

static void
whatever_is_written_is_read_back_the_same(void **state)
{
	struct arena *mem = arena_new(16 << 20);
	struct arena_mark mark = arena_mark(mem);
	uint64_t seed = 6;

	(void)state;
	for (int round = 0; round < 100000; round++) {
		const char *text = random_document(mem, &seed);
		const struct json *j;

		WANT_OK(json_parse(mem, text, strlen(text), &j));
		WANT_TEXT(written_again(mem, j), text);
		arena_rewind(mem, mark);
	}
	arena_free(mem);
}

/* Documents with a few bytes changed, cut out or doubled: what our reader lets through
 * json-c takes as well, and nobody reads it differently the second time. */
static void
our_reader_is_stricter_than_json_c(void **state)
{
	static const char bytes[] =
		"{}[]\",:\\u0019dDeE+-.tfn \t\n/*'#\x80\xC3\xED\xA0";
	struct arena *mem = arena_new(16 << 20);
	struct arena_mark mark = arena_mark(mem);
	uint64_t seed = 7;
	int taken = 0;

	(void)state;
	for (int round = 0; round < 100000; round++) {
		const char *text = random_document(mem, &seed);
		size_t len = strlen(text);
		char *bent = arena_copy(mem, text, len + 1);
		const struct json *j;
		struct err *e;

		for (uint64_t n = check_random_below(&seed, 3) + 1; n > 0; n--)
			bent[check_random_below(&seed, len)] =
				bytes[check_random_below(&seed, sizeof bytes - 1)];
		len -= check_random_below(&seed, 4) == 0
			       ? check_random_below(&seed, len)
			       : 0;
		e = json_parse(mem, bent, len, &j);
		if (e != NULL) {
			WANT_ERR(e, BAD_REQUEST);
			WANT(strncmp(e->cause, "json: ", 6) == 0);
		} else {
			const char *once = written_again(mem, j);

			taken++;
			WANT_OK(json_parse(mem, once, strlen(once), &j));
			WANT_TEXT(written_again(mem, j), once);
		}
		arena_rewind(mem, mark);
	}
	WANT(taken > 1000);
	arena_free(mem);
}

static void
a_parsed_value_may_be_deeper_than_the_writer_goes(void **state)
{
	struct arena *mem = arena_new(1 << 20);
	struct buf b = buf_new(mem, 1000);
	struct json_out out = json_out(&b);
	const struct json *j;
	char text[2 * JSON_DEPTH];

	(void)state;
	memset(text, '[', JSON_DEPTH);
	memset(text + JSON_DEPTH, ']', JSON_DEPTH);
	WANT_OK(json_parse(mem, text, sizeof text, &j));
	for (int i = 0; i < JSON_DEPTH; i++)
		json_open(&out, '[');
	json_put(&out, j);
	for (int i = 0; i < JSON_DEPTH; i++)
		json_close(&out, ']');
	WANT_INT(b.len, 4 * JSON_DEPTH);
	arena_free(mem);
}

TESTS(TEST(members_are_found_by_dots), TEST(what_is_written_has_its_commas),
      TEST(what_rfc_8259_allows_is_taken), TEST(what_rfc_8259_forbids_is_refused),
      TEST(what_readers_disagree_about_is_refused), TEST(depth_ends_at_its_limit),
      TEST(members_end_at_their_limit), TEST(a_refusal_says_what_and_where),
      TEST(a_text_of_ten_megabytes_is_read),
      TEST(whatever_is_written_is_read_back_the_same),
      TEST(our_reader_is_stricter_than_json_c),
      TEST(a_parsed_value_may_be_deeper_than_the_writer_goes))
