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

TESTS(TEST(members_are_found_by_dots), TEST(what_is_written_has_its_commas))
