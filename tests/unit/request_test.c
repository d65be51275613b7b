/* request_test.c - what comes in is bounded, decoded once and refused when it is odd.
 */
#include "base/digest.h"
#include "base/json.h"
#include "support/web.h"
#include "web/input.h"
#include "web/network.h"
#include "web/pairs.h"
#include "web/request.h"

#include "support/in_arena.h"

static struct err *
parse(const char *text, const struct typed **list, size_t *n)
{
	return pairs_parse(mem, text, strlen(text), list, n);
}

static void
pairs_are_split_and_decoded_once(void **state)
{
	const struct typed *list;
	size_t n;

	(void)state;
	WANT_OK(parse("a=1+2&b=%41%2525&&c&d=%C3%A9=x", &list, &n));
	WANT_INT(n, 4);
	WANT_TEXT(pairs_find(list, n, "a"), "1 2");
	WANT_TEXT(pairs_find(list, n, "b"), "A%25");
	WANT_TEXT(pairs_find(list, n, "c"), "");
	WANT_TEXT(pairs_find(list, n, "d"), "\xC3\xA9=x");
	WANT_TEXT(pairs_find(list, n, "e"), NULL);
}

static void
nothing_is_no_pairs(void **state)
{
	const struct typed *list;
	size_t n = 7;

	(void)state;
	WANT_OK(parse("", &list, &n));
	WANT_INT(n, 0);
	WANT_OK(parse("&&", &list, &n));
	WANT_INT(n, 0);
}

static void
odd_pairs_are_refused(void **state)
{
	static const char *const odd[] = {"a=1&a=2", "a=%00",      "a=%",      "a=%4",
					  "a=%zz",   "a=%C3",      "a=%C0%AF", "%00=a",
					  "a=\xff",  "a=%ED%A0%80"};
	const struct typed *list;
	size_t n;

	(void)state;
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
		WANT_ERR(parse(odd[i], &list, &n), BAD_REQUEST);
}

static void
pairs_beyond_the_limits_are_refused(void **state)
{
	struct buf many = buf_new(mem, 100000), name = buf_new(mem, 1000),
		   value = buf_new(mem, 100000);
	const struct typed *list;
	size_t n;

	(void)state;
	for (int i = 0; i <= PAIRS_MAX; i++)
		buf_printf(&many, "%sn%d=1", i > 0 ? "&" : "", i);
	for (int i = 0; i <= PAIRS_NAME_MAX; i++)
		buf_char(&name, 'n');
	buf_text(&value, "v=");
	for (int i = 0; i <= PAIRS_VALUE_MAX; i++)
		buf_char(&value, 'v');
	WANT_ERR(parse(buf_string(&many), &list, &n), BAD_REQUEST);
	WANT_ERR(parse(buf_string(&name), &list, &n), BAD_REQUEST);
	WANT_ERR(parse(buf_string(&value), &list, &n), BAD_REQUEST);
	value.data[value.len - 1] = '\0';
	WANT_OK(parse(buf_string(&value), &list, &n));
}

/* ---- the wire ---- */

static struct wire
wire_of(const char *const *params)
{
	return (struct wire){params, web_read, NULL, false};
}

static void
the_first_well_formed_cookie_counts_in_any_header(void **state)
{
	static const char *const params[] = {
		"HTTP_COOKIE=a=b; __Host-till=short; x__Host-till=1234567890",
		"HTTP_X=1",
		"HTTP_COOKIE=__Host-till=12345<7890;__Host-till=0123456789; "
		"__Host-till=9999999999",
		NULL};
	struct wire wire = wire_of(params);

	(void)state;
	WANT_TEXT(wire_cookie(&wire, mem, "__Host-till", 10), "0123456789");
	WANT_TEXT(wire_cookie(&wire, mem, "__Host-other", 10), NULL);
}

static void
headers_are_found_by_their_lower_case_name(void **state)
{
	static const char *const params[] = {"HTTP_STRIPE_SIGNATURE=t=1",
					     "CONTENT_TYPE=a/b",
					     "HTTP_CONTENT_TYPE=wrong/one", NULL};
	struct wire wire = wire_of(params);

	(void)state;
	WANT_TEXT(wire_header(&wire, "stripe-signature"), "t=1");
	WANT_TEXT(wire_header(&wire, "content-type"), "a/b");
	WANT_TEXT(wire_header(&wire, "stripe"), NULL);
}

static void
what_must_come_once_and_came_twice_is_refused(void **state)
{
	static const char *const once[] = {"HTTP_HOST",
					   "CONTENT_TYPE",
					   "CONTENT_LENGTH",
					   "HTTP_ORIGIN",
					   "HTTP_AUTHORIZATION",
					   "HTTP_IDEMPOTENCY_KEY",
					   "HTTP_STRIPE_SIGNATURE",
					   "HTTP_PAYPAL_TRANSMISSION_SIG",
					   "HTTP_X_RAZORPAY_SIGNATURE",
					   "HTTP_SEC_FETCH_SITE"};
	const char *params[4] = {NULL, "HTTP_ACCEPT=x", NULL, NULL};
	struct wire wire = wire_of(params);

	(void)state;
	for (size_t i = 0; i < sizeof once / sizeof *once; i++) {
		params[0] = arena_printf(mem, "%s=a", once[i]);
		params[2] = NULL;
		WANT_OK(wire_check_params(&wire));
		params[2] = arena_printf(mem, "%s=b", once[i]);
		WANT_ERR(wire_check_params(&wire), BAD_REQUEST);
	}
	params[0] = "HTTP_COOKIE=a";
	params[2] = "HTTP_COOKIE=b";
	WANT_OK(wire_check_params(&wire));
}

static struct err *
read_body(const char *length, const char *bytes, const void **body, size_t *len)
{
	struct web_body from = {bytes, strlen(bytes), 0};
	const char *params[] = {arena_printf(mem, "CONTENT_LENGTH=%s", length), NULL};
	struct wire wire = {params, web_read, &from, false};

	return wire_read_body(&wire, mem, 100, body, len);
}

static void
a_body_counts_only_when_all_of_it_was_read(void **state)
{
	const void *body;
	size_t len;

	(void)state;
	WANT_OK(read_body("5", "12345", &body, &len));
	WANT_INT(len, 5);
	WANT_OK(read_body("", "", &body, &len));
	WANT_ERR(read_body("6", "12345", &body, &len), BAD_REQUEST);
	WANT_ERR(read_body("4", "12345", &body, &len), BAD_REQUEST);
	WANT_ERR(read_body("0", "12345", &body, &len), BAD_REQUEST);
	WANT_ERR(read_body("101", "12345", &body, &len), TOO_LARGE);
	WANT_ERR(read_body("-1", "", &body, &len), BAD_REQUEST);
	WANT_ERR(read_body("1e2", "", &body, &len), BAD_REQUEST);
	WANT_ERR(read_body("+5", "12345", &body, &len), BAD_REQUEST);
	WANT_ERR(read_body("99999999999999999999", "", &body, &len), BAD_REQUEST);
}

/* ---- the request ---- */

static struct request *
request_with(const char *const *params)
{
	struct request *rq = arena_new_of(mem, struct request, 1);
	struct wire *wire = arena_new_of(mem, struct wire, 1);
	struct ctx *cx = arena_new_of(mem, struct ctx, 1);

	*wire = wire_of(params);
	cx->mem = mem;
	rq->cx = cx;
	rq->wire = wire;
	return rq;
}

static struct err *
open_path(const char *path)
{
	const char **params = arena_new_of(mem, const char *, 3);

	params[0] = "REQUEST_METHOD=GET";
	params[1] = arena_printf(mem, "DOCUMENT_URI=%s", path);
	return request_open(request_with(params));
}

static void
a_path_that_is_not_clean_is_refused(void **state)
{
	(void)state;
	WANT_OK(open_path("/a/\xC3\xA9"));
	WANT_ERR(open_path("/a\x80"), BAD_REQUEST);
	WANT_ERR(open_path("/a\x01"), BAD_REQUEST);
	WANT_ERR(open_path("/a\r\nX: y"), BAD_REQUEST);
	WANT_ERR(open_path("/a\x7f"), BAD_REQUEST);
	WANT_ERR(open_path("a"), BAD_REQUEST);
	WANT_ERR(open_path(""), BAD_REQUEST);
}

static bool
prefers_json(const char *accept)
{
	const char *params[] = {arena_printf(mem, "HTTP_ACCEPT=%s", accept), NULL};

	return request_prefers_json(request_with(params));
}

static void
json_is_preferred_when_it_weighs_more_than_html(void **state)
{
	(void)state;
	WANT(prefers_json("application/json"));
	WANT(prefers_json("text/html;q=0.5, application/json;q=0.9"));
	WANT(prefers_json("application/problem+json"));
	WANT(!prefers_json("text/html,application/xhtml+xml,*/*;q=0.8"));
	WANT(!prefers_json("text/html, application/json"));
	WANT(!prefers_json("application/json;q=0"));
	WANT(!prefers_json("application/jsonp"));
	WANT(!prefers_json("*/*"));
	WANT(!prefers_json(""));
}

static bool
has_type(const char *value)
{
	const char *params[] = {arena_printf(mem, "CONTENT_TYPE=%s", value), NULL};

	return request_has_type(request_with(params), "application/json");
}

static void
a_type_may_have_parameters_but_only_utf8(void **state)
{
	(void)state;
	WANT(has_type("application/json"));
	WANT(has_type("Application/JSON; charset=UTF-8"));
	WANT(has_type("application/json;charset=\"utf-8\""));
	WANT(!has_type("application/json; charset=utf-16"));
	WANT(!has_type("application/json; charset=utf-8x"));
	WANT(!has_type("application/jsonx"));
	WANT(!has_type("text/plain"));
	WANT(!has_type(""));
}

/* ---- input ---- */

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
	static const char *const none[] = {NULL};
	struct request *rq = request_with(none);

	TRY(pairs_parse(mem, body, strlen(body), &rq->typed, &rq->n_typed));
	return read_with(rq, form);
}

static struct err *
read_json(const char *body, struct form *form)
{
	static const char *const none[] = {NULL};
	struct request *rq = request_with(none);

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

/* ---- what makes two requests the same ---- */

static struct digest
hash_json(const char *body)
{
	static const char *const none[] = {NULL};
	struct request *rq = request_with(none);

	rq->method = "POST";
	rq->path = "/pay";
	WANT_OK(json_parse(mem, body, strlen(body), &rq->json));
	return request_hash(rq);
}

static void
the_order_of_members_means_nothing_and_their_values_do(void **state)
{
	struct digest a = hash_json("{\"a\":1,\"b\":{\"c\":[1,2],\"d\":null}}");

	(void)state;
	WANT(digest_same(a, hash_json("{ \"b\": {\"d\":null,\"c\":[1,2]}, \"a\":1 }")));
	WANT(digest_same(
		a,
		hash_json("{\"a\":1,\"csrf\":\"x\",\"b\":{\"c\":[1,2],\"d\":null}}")));
	WANT(!digest_same(a, hash_json("{\"a\":1,\"b\":{\"c\":[2,1],\"d\":null}}")));
	WANT(!digest_same(a,
			  hash_json("{\"a\":\"1\",\"b\":{\"c\":[1,2],\"d\":null}}")));
	WANT(!digest_same(a, hash_json("{\"a\":1,\"b\":{\"c\":[12],\"d\":null}}")));
	WANT(!digest_same(
		a, hash_json("{\"a\":1,\"b\":{\"c\":[1,2],\"csrf\":1,\"d\":null}}")));
}

/* ---- networks ---- */

static void
addresses_are_found_in_their_networks(void **state)
{
	struct networks list;

	(void)state;
	WANT_OK(networks_parse(mem, "127.0.0.0/8, ::1 10.1.2.0/23,2001:db8::/32",
			       &list));
	WANT(networks_hold(&list, "127.9.9.9"));
	WANT(networks_hold(&list, "::1"));
	WANT(networks_hold(&list, "10.1.3.255"));
	WANT(!networks_hold(&list, "10.1.4.0"));
	WANT(networks_hold(&list, "2001:db8:ffff::1"));
	WANT(!networks_hold(&list, "2001:db9::1"));
	WANT(!networks_hold(&list, "nonsense"));
	WANT(!networks_hold(&list, NULL));
	WANT_OK(networks_parse(mem, "", &list));
	WANT(!networks_hold(&list, "127.0.0.1"));
	WANT_ERR(networks_parse(mem, "127.0.0.0/33", &list), INVALID);
	WANT_ERR(networks_parse(mem, "localhost", &list), INVALID);
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
	static const char *const none[] = {NULL};
	struct arena_mark mark = arena_mark(mem);
	int read = 0;
	struct form form;
	char body[1000];

	(void)state;
	for (int i = 0; i < 20000; i++) {
		size_t len = make_noise(body, sizeof body);
		struct request *rq = request_with(none);
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

TESTS_IN_ARENA(TEST(pairs_are_split_and_decoded_once), TEST(nothing_is_no_pairs),
	       TEST(odd_pairs_are_refused), TEST(pairs_beyond_the_limits_are_refused),
	       TEST(the_first_well_formed_cookie_counts_in_any_header),
	       TEST(headers_are_found_by_their_lower_case_name),
	       TEST(what_must_come_once_and_came_twice_is_refused),
	       TEST(a_body_counts_only_when_all_of_it_was_read),
	       TEST(a_path_that_is_not_clean_is_refused),
	       TEST(json_is_preferred_when_it_weighs_more_than_html),
	       TEST(a_type_may_have_parameters_but_only_utf8),
	       TEST(both_faces_fill_the_same_struct),
	       TEST(every_problem_is_named_at_once),
	       TEST(a_number_is_digits_and_nothing_else),
	       TEST(a_json_value_of_another_kind_is_invalid),
	       TEST(an_unknown_member_is_a_bad_request_and_an_unknown_field_is_not),
	       TEST(json_of_the_callers_own_is_kept_within_its_size),
	       TEST(a_text_that_turns_its_direction_is_invalid),
	       TEST(a_length_is_counted_in_characters),
	       TEST(the_order_of_members_means_nothing_and_their_values_do),
	       TEST(addresses_are_found_in_their_networks),
	       TEST(twenty_thousand_bodies_of_noise_are_read_or_refused))
