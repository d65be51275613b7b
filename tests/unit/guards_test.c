/* guards_test.c - what must hold before a handler runs, in its order. */
#include "support/note_shop.h"

static void
an_unknown_path_and_another_method_are_refused(void **state)
{
	struct web_answer none = ask((struct web_ask){.path = "/none"});
	struct web_answer api = ask((struct web_ask){.path = "/api/v1/none"});
	struct web_answer put =
		ask((struct web_ask){.method = "PUT", .path = "/api/v1/note"});
	struct web_answer asked = ask((struct web_ask){
		.path = "/none", .params = {"HTTP_ACCEPT=application/json"}});

	(void)state;
	WANT_INT(none.status, 404);
	WANT(strstr(none.body, "<h1>404</h1>") != NULL);
	WANT_TEXT(code_of(&api), "not_found");
	WANT_TEXT(code_of(&asked), "not_found");
	WANT_INT(put.status, 405);
	WANT(web_has(&put, "Allow: GET, HEAD, POST, DELETE"));
}

static void
a_method_in_a_header_changes_nothing(void **state)
{
	struct web_answer a = ask((struct web_ask){
		.path = "/note",
		.params = {"HTTP_X_HTTP_METHOD_OVERRIDE=POST", is_form}});

	(void)state;
	WANT_INT(a.status, 200);
	WANT_TEXT(seen->method, "GET");
}

static void
another_type_is_refused(void **state)
{
	static const char *const types[] = {
		"CONTENT_TYPE=text/plain",
		"CONTENT_TYPE=application/xml",
		"CONTENT_TYPE=",
		"CONTENT_TYPE=multipart/form-data; boundary=x",
		"CONTENT_TYPE=application/json; charset=utf-16",
		"CONTENT_TYPE=application/x-www-form-urlencoded"};

	(void)state;
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		struct web_answer a = ask(
			(struct web_ask){.method = "POST",
					 .path = "/api/v1/note",
					 .params = {types[i], cookie},
					 .body = "{\"text\":\"a\",\"quantity\":1}"});

		WANT_INT(a.status, 415);
		WANT_INT(handled, 0);
	}
	WANT_INT(ask((struct web_ask){.method = "POST",
				      .path = "/note",
				      .params = {is_json, cookie},
				      .body = "{}"})
			 .status,
		 415);
}

static void
a_packed_body_is_refused(void **state)
{
	struct web_answer a =
		ask((struct web_ask){.method = "POST",
				     .path = "/webhooks/x",
				     .params = {"HTTP_CONTENT_ENCODING=gzip"},
				     .body = "x"});

	(void)state;
	WANT_INT(a.status, 415);
	WANT_TEXT(code_of(&a), "unsupported_media_type");
}

static struct web_answer
post_from(const char *site, const char *origin)
{
	return ask((struct web_ask){.method = "POST",
				    .path = "/api/v1/note",
				    .params = {is_json, site, origin, cookie},
				    .body = "{\"text\":\"a\",\"quantity\":1}"});
}

static void
another_site_changes_nothing(void **state)
{
	static const char ours[] = "HTTP_ORIGIN=https://127.0.0.1:8443";
	struct web_answer a = post_from("HTTP_SEC_FETCH_SITE=cross-site", ours);

	(void)state;
	WANT_TEXT(code_of(&a), "forbidden_origin");
	WANT_INT(handled, 0);
	WANT_INT(post_from("HTTP_SEC_FETCH_SITE=same-site", ours).status, 403);
	WANT_INT(post_from("HTTP_SEC_FETCH_SITE=", ours).status, 403);
	WANT_INT(post_from("HTTP_SEC_FETCH_SITE=same-origin", "HTTP_X=1").status, 200);
	WANT_INT(post_from("HTTP_SEC_FETCH_SITE=none", "HTTP_X=1").status, 200);
	WANT_INT(post_from("HTTP_X=1", ours).status, 200);
	WANT_INT(post_from("HTTP_X=1", "HTTP_ORIGIN=https://evil.example").status, 403);
	WANT_INT(post_from("HTTP_X=1", "HTTP_ORIGIN=null").status, 403);
	WANT_INT(post_from("HTTP_X=1", "HTTP_ORIGIN=https://127.0.0.1:84430").status,
		 403);
	WANT_INT(post_from("HTTP_X=1", "HTTP_Y=2").status, 200);
}

static void
type_is_checked_before_origin_and_origin_before_the_body(void **state)
{
	struct web_ask what = {
		.method = "POST",
		.path = "/api/v1/note",
		.params = {"CONTENT_TYPE=text/plain", "HTTP_SEC_FETCH_SITE=cross-site"},
		.body = "{",
		.length = "7"};

	(void)state;
	WANT_INT(ask(what).status, 415);
	what.params[0] = is_json;
	WANT_INT(ask(what).status, 403);
	what.params[1] = NULL;
	WANT_INT(ask(what).status, 400);
}

static void
a_body_that_is_cut_too_long_or_odd_is_refused(void **state)
{
	struct web_ask what = {.method = "POST",
			       .path = "/api/v1/note",
			       .params = {is_json, cookie},
			       .body = "{\"text\":\"a\",\"quantity\":1}",
			       .length = "40"};
	struct web_answer a;

	(void)state;
	a = ask(what);
	WANT_TEXT(code_of(&a), "bad_request");
	what.length = "70000";
	WANT_INT(ask(what).status, 413);
	a = post_json("/api/v1/note", "{\"text\":\"a\",\"quantity\":1,\"price\":0}");
	WANT_TEXT(code_of(&a), "bad_request");
	a = post_json("/api/v1/note", "[]");
	WANT_TEXT(code_of(&a), "bad_request");
	WANT_INT(post_form("/note", "text=a&text=b&quantity=1").status, 400);
	WANT_INT(handled, 0);
}

static void
a_query_or_header_that_comes_twice_is_refused(void **state)
{
	(void)state;
	WANT_INT(ask((struct web_ask){.path = "/note", .query = "t=1&t=2"}).status,
		 400);
	WANT_INT(ask((struct web_ask){.path = "/note",
				      .params = {"HTTP_HOST=a", "HTTP_HOST=b"}})
			 .status,
		 400);
	WANT_INT(ask((struct web_ask){.path = "/note\r\nX: y"}).status, 400);
}

static void
a_write_with_a_key_needs_one(void **state)
{
	struct web_ask what = {.method = "POST",
			       .path = "/api/v1/pay",
			       .params = {is_json, cookie},
			       .body = "{}"};
	struct web_answer a = ask(what);

	(void)state;
	WANT_TEXT(code_of(&a), "bad_request");
	what.params[2] = "HTTP_IDEMPOTENCY_KEY=\"k-1\"";
	a = ask(what);
	WANT_TEXT(a.body, "k-1");
	what.params[2] = "HTTP_IDEMPOTENCY_KEY=k\x01";
	WANT_INT(ask(what).status, 400);
	WANT_INT(post_form("/pay", "idempotency_key=k-2").status, 200);
	WANT_INT(post_form("/pay", "a=b").status, 400);
}

static void
only_the_inside_sees_inside_pages(void **state)
{
	(void)state;
	WANT_INT(ask((struct web_ask){.path = "/inside"}).status, 403);
	WANT_INT(handled, 0);
	WANT_OK(networks_parse(mem, "192.0.2.0/24", &web->inside));
	WANT_INT(ask((struct web_ask){.path = "/inside"}).status, 200);
	WANT_OK(networks_parse(mem, "127.0.0.0/8", &web->inside));
}

TESTS_IN_NOTE_SHOP(TEST(an_unknown_path_and_another_method_are_refused),
		   TEST(a_method_in_a_header_changes_nothing),
		   TEST(another_type_is_refused), TEST(a_packed_body_is_refused),
		   TEST(another_site_changes_nothing),
		   TEST(type_is_checked_before_origin_and_origin_before_the_body),
		   TEST(a_body_that_is_cut_too_long_or_odd_is_refused),
		   TEST(a_query_or_header_that_comes_twice_is_refused),
		   TEST(a_write_with_a_key_needs_one),
		   TEST(only_the_inside_sees_inside_pages))
