/* json_test.c - documents read, written, and read back. */
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
      TEST(whatever_is_written_is_read_back_the_same),
      TEST(our_reader_is_stricter_than_json_c),
      TEST(a_parsed_value_may_be_deeper_than_the_writer_goes))
