/* input_test.c - forms and JSON fill the same struct, and what does not fit is named.
 */
#include "base/json.h"
#include "support/web.h"
#include "web/input.h"
#include "web/pairs.h"
#include "web/request.h"

#include "support/in_arena.h"

struct inner {
	const char *city;
};

struct form {
	const char *sku, *note, *id;
	int64_t quantity;
	struct maybe_int version;
	bool gift;
	struct inner address;
	const struct json *metadata;
	bool billing_same;
};

static const struct input inputs[] = {
	INPUT_PATH(struct form, id, 8),
	INPUT(struct form, sku, 2, 5),
	INPUT(struct form, quantity, 1, 99),
	INPUT_MAY(struct form, note, 1, 10),
	INPUT_MAY(struct form, version, 0, 1000),
	INPUT_MAY(struct form, gift, 0, 1),
	INPUT_MAY(struct form, address.city, 1, 10),
	INPUT_MAY(struct form, metadata, 0, 30),
	INPUT_FORM(struct form, billing_same, 0, 1),
	INPUT_END,
};

static struct request *
new_request(void)
{
	struct request *rq = arena_new_of(mem, struct request, 1);
	struct wire *wire = arena_new_of(mem, struct wire, 1);
	struct ctx *cx = arena_new_of(mem, struct ctx, 1);
	static const char *const no_params[] = {NULL};

	*wire = (struct wire){no_params, web_read, NULL, false};
	cx->mem = mem;
	rq->cx = cx;
	rq->wire = wire;
	return rq;
}

static struct err *
read_with(struct request *rq, struct form *form)
{
	static const struct typed parts[] = {{"id", "abc"}};

	rq->parts = parts;
	rq->n_parts = 1;
	return input_read(rq, inputs, form, sizeof *form);
}

static struct err *
read_form(const char *body, struct form *form)
{
	struct request *rq = new_request();

	TRY(pairs_parse(mem, body, strlen(body), &rq->typed, &rq->n_typed));
	return read_with(rq, form);
}

static struct err *
read_json(const char *body, struct form *form)
{
	struct request *rq = new_request();

	TRY(json_parse(mem, body, strlen(body), &rq->json));
	return read_with(rq, form);
}

static void
both_faces_fill_the_same_struct(void **state)
{
	struct form a, b;

	(void)state;
	WANT_OK(read_form(
		"sku=mug&quantity=2&gift=on&address.city=+Bath+&version=7&note=&x=y",
		&a));
	WANT_OK(read_json("{\"sku\":\"mug\",\"quantity\":2,\"gift\":true,\"version\":7,"
			  "\"note\":null,\"address\":{\"city\":\"Bath\"}}",
			  &b));
	WANT_TEXT(a.sku, "mug");
	WANT_TEXT(b.sku, "mug");
	WANT_TEXT(a.id, "abc");
	WANT_INT(a.quantity, 2);
	WANT_INT(b.quantity, 2);
	WANT(a.gift && b.gift);
	WANT(a.version.there && a.version.n == 7 && b.version.there &&
	     b.version.n == 7);
	WANT_TEXT(a.address.city, "Bath");
	WANT_TEXT(b.address.city, "Bath");
	WANT(a.note == NULL && b.note == NULL && b.metadata == NULL);
}

static void
every_problem_is_named_at_once(void **state)
{
	struct form form;
	struct err *e = read_form("sku=x&quantity=100&note=12345678901&gift=perhaps"
				  "&version=1e3&address.city=a%0Ab",
				  &form);

	(void)state;
	WANT_ERR(e, INVALID);
	WANT_INT(e->problems.n, 6);
	WANT_TEXT(e->problems.list[0].field, "sku");
	WANT_TEXT(e->problems.list[0].code, "too_short");
	WANT_TEXT(e->problems.list[1].code, "out_of_range");
	WANT_TEXT(e->problems.list[2].code, "too_long");
	WANT_TEXT(e->problems.list[3].code, "invalid");
	WANT_TEXT(e->problems.list[4].field, "gift");
	WANT_TEXT(e->problems.list[5].field, "address.city");
}

static void
a_number_is_digits_and_nothing_else(void **state)
{
	static const char *const odd[] = {" 1",
					  "+1",
					  "1e3",
					  "1.0",
					  "0x1",
					  "01",
					  "%EF%BC%91",
					  "1%20",
					  "--1",
					  "one",
					  "99999999999999999999"};
	struct form form;

	(void)state;
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
		const char *body = arena_printf(mem, "sku=mug&quantity=%s",
						odd[i][0] == '+' ? "%2B1" : odd[i]);

		WANT_ERR(read_form(body, &form), INVALID);
	}
	WANT_ERR(read_form("sku=mug&quantity=0", &form), INVALID);
	WANT_ERR(read_form("sku=mug&quantity=-1", &form), INVALID);
	WANT_ERR(read_form("sku=mug&quantity=2147483648", &form), INVALID);
	WANT_ERR(read_form("sku=mug&quantity=", &form), INVALID);
}

static void
a_json_value_of_another_kind_is_invalid(void **state)
{
	static const char *const odd[] = {
		"\"2\"", "2.0", "2e0",  "true",
		"[2]",   "{}",  "null", "9223372036854775807"};
	struct form form;

	(void)state;
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
		WANT_ERR(
			read_json(arena_printf(mem, "{\"sku\":\"mug\",\"quantity\":%s}",
					       odd[i]),
				  &form),
			INVALID);
	WANT_ERR(read_json("{\"sku\":5,\"quantity\":1}", &form), INVALID);
	WANT_ERR(read_json("{\"sku\":\"mug\",\"quantity\":1,\"address\":7}", &form),
		 INVALID);
	WANT_ERR(read_json("{\"sku\":\"mug\",\"quantity\":1,\"gift\":1}", &form),
		 INVALID);
}

static void
an_unknown_member_is_a_bad_request_and_an_unknown_field_is_not(void **state)
{
	static const char *const odd[] = {
		"{\"sku\":\"mug\",\"quantity\":1,\"price\":1}",
		"{\"sku\":\"mug\",\"quantity\":1,\"address\":{\"city\":\"a\",\"paid\":"
		"true}}",
		"{\"sku\":\"mug\",\"quantity\":1,\"address.city\":\"a\"}",
		"{\"sku\":\"mug\",\"quantity\":1,\"billing_same\":true}",
		"{\"sku\":\"mug\",\"quantity\":1,\"id\":\"x\"}",
	};
	struct form form;

	(void)state;
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
		WANT_ERR(read_json(odd[i], &form), BAD_REQUEST);
	WANT_OK(read_form("sku=mug&quantity=1&price=1&id=x", &form));
	WANT_TEXT(form.id, "abc");
	WANT_OK(read_json("{\"sku\":\"mug\",\"quantity\":1,\"csrf\":\"x\"}", &form));
}

static void
json_of_the_callers_own_is_kept_within_its_size(void **state)
{
	struct form form;

	(void)state;
	WANT_OK(read_json("{\"sku\":\"mug\",\"quantity\":1,\"metadata\":{\"a\":[1,2]}}",
			  &form));
	WANT_INT(json_count(json_member(form.metadata, "a")), 2);
	WANT_ERR(read_json("{\"sku\":\"mug\",\"quantity\":1,"
			   "\"metadata\":{\"a\":\"0123456789012345678901234567890\"}}",
			   &form),
		 INVALID);
}

static void
a_text_that_turns_its_direction_is_invalid(void **state)
{
	struct form form;

	(void)state;
	WANT_ERR(read_form("sku=mug&quantity=1&note=a%E2%80%AEb", &form), INVALID);
	WANT_ERR(read_form("sku=mug&quantity=1&note=a%E2%81%A6b", &form), INVALID);
	WANT_OK(read_form("sku=mug&quantity=1&note=a%E2%80%8Db%F0%9F%8D%B5", &form));
	WANT_ERR(read_form("sku=mug&quantity=1&note=a%7F", &form), INVALID);
}

static void
a_length_is_counted_in_characters(void **state)
{
	struct form form;

	(void)state;
	WANT_OK(read_form(
		"sku=%F0%9F%8D%B5%F0%9F%8D%B5%F0%9F%8D%B5%F0%9F%8D%B5%F0%9F%8D%B5"
		"&quantity=1",
		&form));
	WANT_ERR(read_form("sku=++a++&quantity=1", &form), INVALID);
}

/* ---- noise ---- */

static unsigned
noise(void)
{
	static unsigned seed = 20261121;

	seed = seed * 1664525 + 1013904223;
	return seed >> 8;
}

/* Pieces of what the parsers know, and bytes of any kind between them. */
static size_t
make_noise(char *out, size_t max)
{
	static const char *const pieces[] = {"sku=",
					     "&",
					     "=",
					     "%",
					     "%41",
					     "%C3%A9",
					     "%00",
					     "quantity=",
					     "{\"sku\":\"mug\"",
					     ",\"quantity\":",
					     "1",
					     "}",
					     "[",
					     "]",
					     "\"",
					     "\\u0000",
					     "\\ud800",
					     "null",
					     "true",
					     "1e999",
					     "-0",
					     ",",
					     ":",
					     "address.city",
					     "{",
					     " ",
					     "9223372036854775808"};
	size_t len = 0;

	for (unsigned n = noise() % 24; n > 0 && len + 24 < max; n--) {
		if (noise() % 4 == 0) {
			out[len++] = (char)(noise() & 0xff);
		} else {
			const char *piece =
				pieces[noise() % (sizeof pieces / sizeof *pieces)];

			memcpy(out + len, piece, strlen(piece));
			len += strlen(piece);
		}
	}
	return len;
}

static void
twenty_thousand_bodies_of_noise_are_read_or_refused(void **state)
{
	struct arena_mark mark = arena_mark(mem);
	int read = 0;
	struct form form;
	char body[1000];

	(void)state;
	for (int i = 0; i < 20000; i++) {
		size_t len = make_noise(body, sizeof body);
		struct request *rq = new_request();
		struct err *e = i % 2 == 0 ? pairs_parse(mem, body, len, &rq->typed,
							 &rq->n_typed)
					   : json_parse(mem, body, len, &rq->json);

		if (e == NULL &&
		    (rq->json == NULL || json_kind(rq->json) == JSON_OBJECT))
			e = read_with(rq, &form);
		read += e == NULL;
		if (e != NULL)
			WANT(e->code == ERR_BAD_REQUEST || e->code == ERR_INVALID);
		arena_rewind(mem, mark);
	}
	WANT(read > 0);
}

TESTS_IN_ARENA(TEST(both_faces_fill_the_same_struct),
	       TEST(every_problem_is_named_at_once),
	       TEST(a_number_is_digits_and_nothing_else),
	       TEST(a_json_value_of_another_kind_is_invalid),
	       TEST(an_unknown_member_is_a_bad_request_and_an_unknown_field_is_not),
	       TEST(json_of_the_callers_own_is_kept_within_its_size),
	       TEST(a_text_that_turns_its_direction_is_invalid),
	       TEST(a_length_is_counted_in_characters),
	       TEST(twenty_thousand_bodies_of_noise_are_read_or_refused))
