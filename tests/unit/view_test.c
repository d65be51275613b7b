/* view_test.c - what a table lists is seen, in its own form, and nothing else is. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "web/view.h"

#include "support/in_arena.h"

struct line {
	const char *title;
	int64_t quantity;
};

struct thing {
	const char *text, *none, *secret;
	int64_t n;
	struct maybe_int some, nothing;
	bool flag;
	struct money money, unset;
	struct instant at, never;
	struct uuid uid, no_uid;
	struct url url;
	struct asset picture;
	struct word word;
	struct sealed name;
	const struct json *metadata;
	struct line *lines;
	size_t n_lines;
	const char **words;
	size_t n_words;
	struct line inside, *maybe, *absent;
	int64_t only_page;
};

static const struct view_field line_fields[] = {
	SHOW(struct line, title, quantity),
	SHOW_END,
};

static const struct view_field fields[] = {
	SHOW_AS(struct thing, "id", uid),
	SHOW(struct thing, text, n, some, flag, money, at, url, picture, name,
	     metadata),
	SHOW_NULL(struct thing, none, nothing, unset, never, no_uid),
	SHOW_WORD(struct thing, word, "order_status"),
	SHOW_LIST(struct thing, lines, n_lines, line_fields),
	SHOW_TEXTS(struct thing, words, n_words),
	SHOW_IN_FIELDS(struct thing, inside, line_fields),
	SHOW_MAYBE(struct thing, maybe, line_fields),
	SHOW_MAYBE(struct thing, absent, line_fields),
	SHOW_PAGE(struct thing, only_page),
	SHOW_END,
};

static const char *
shown(const struct thing *thing)
{
	struct buf out = buf_new(mem, 100000);

	view_json(&out, fields, thing);
	return buf_string(&out);
}

static void
every_type_has_its_form(void **state)
{
	struct line lines[] = {{"Mug </script>", 2}, {"T\xC3\xA9", 1}};
	const char *words[] = {"a", "b"};
	struct thing thing = {
		.text = "a \"b\"",
		.secret = "never shown",
		.n = -7,
		.some = {true, 0},
		.flag = true,
		.money = money_of(1234, "USD"),
		.at = {INT64_C(1795258620123456)},
		.uid = {"018f0000-0000-7000-8000-000000000000"},
		.url = {"/cart"},
		.picture = {"mug.svg"},
		.word = {"pending"},
		.name = {"Ada"},
		.lines = lines,
		.n_lines = 2,
		.words = words,
		.n_words = 2,
		.inside = {"in", 3},
		.maybe = lines,
	};

	(void)state;
	WANT_OK(json_parse(mem, "{\"k\":[1,2.50]}", 14, &thing.metadata));
	WANT_TEXT(
		shown(&thing),
		"{\"id\":\"018f0000-0000-7000-8000-000000000000\",\"text\":\"a "
		"\\\"b\\\"\","
		"\"n\":-7,\"some\":0,\"flag\":true,\"money\":{\"amount\":1234,"
		"\"currency\":"
		"\"USD\",\"formatted\":\"$12.34\"},\"at\":\"2026-11-21T10:57:00.123Z\","
		"\"url\":\"/cart\",\"picture\":\"/static/mug.svg\",\"name\":\"Ada\","
		"\"metadata\":{\"k\":[1,2.50]},\"none\":null,\"nothing\":null,"
		"\"unset\":null,\"never\":null,\"no_uid\":null,\"word\":\"pending\","
		"\"lines\":[{\"title\":\"Mug \\u003c/script\\u003e\",\"quantity\":2},"
		"{\"title\":\"T\xC3\xA9\",\"quantity\":1}],\"words\":[\"a\",\"b\"],"
		"\"inside\":{\"title\":\"in\",\"quantity\":3},"
		"\"maybe\":{\"title\":\"Mug \\u003c/script\\u003e\",\"quantity\":2},"
		"\"absent\":null}");
}

static void
an_empty_model_is_nulls_and_empty_lists(void **state)
{
	const struct thing thing = {0};
	const struct json *json;
	const char *text = shown(&thing);

	(void)state;
	WANT_OK(json_parse(mem, text, strlen(text), &json));
	WANT(json_is_null(json_member(json, "text")));
	WANT(json_is_null(json_member(json, "money")));
	WANT(json_is_null(json_member(json, "metadata")));
	WANT_INT(json_count(json_member(json, "lines")), 0);
	WANT_INT(json_kind(json_member(json, "lines")), JSON_LIST);
}

static void
what_is_not_listed_cannot_leak(void **state)
{
	struct thing thing = {.secret = "hidden", .only_page = 4711};

	(void)state;
	WANT(strstr(shown(&thing), "hidden") == NULL);
	WANT(strstr(shown(&thing), "4711") == NULL);
}

TESTS_IN_ARENA(TEST(every_type_has_its_form),
	       TEST(an_empty_model_is_nulls_and_empty_lists),
	       TEST(what_is_not_listed_cannot_leak))
