/* request_test.c - what comes in is bounded, decoded once and refused when it is odd.
 */
#include "base/digest.h"
#include "base/json.h"
#include "support/web.h"
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

TESTS_IN_ARENA(TEST(pairs_are_split_and_decoded_once), TEST(nothing_is_no_pairs),
	       TEST(odd_pairs_are_refused), TEST(pairs_beyond_the_limits_are_refused),
	       TEST(the_first_well_formed_cookie_counts_in_any_header),
	       TEST(headers_are_found_by_their_lower_case_name),
	       TEST(what_must_come_once_and_came_twice_is_refused),
	       TEST(a_body_counts_only_when_all_of_it_was_read),
	       TEST(a_path_that_is_not_clean_is_refused),
	       TEST(json_is_preferred_when_it_weighs_more_than_html),
	       TEST(a_type_may_have_parameters_but_only_utf8),
	       TEST(the_order_of_members_means_nothing_and_their_values_do))
