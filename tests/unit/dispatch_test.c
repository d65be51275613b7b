/* dispatch_test.c - one handler answers as page and as JSON, each in its form. */
#include "support/note_shop.h"

static void
one_handler_answers_as_page_and_as_json(void **state)
{
	struct web_answer page = ask((struct web_ask){.path = "/note"});
	struct web_answer json = ask((struct web_ask){.path = "/api/v1/note"});

	(void)state;
	WANT_INT(page.status, 200);
	WANT(web_has(&page, "Status: 200 OK"));
	WANT(web_has(&page, "Content-Type: text/html; charset=utf-8"));
	WANT(web_has(&page, arena_printf(mem, "Content-Length: %zu", page.len)));
	WANT(web_has(&page, "Cache-Control: no-store"));
	WANT(strstr(page.body, "<p>stored 3</p>") != NULL);
	WANT(web_has(&json, "Content-Type: application/json"));
	WANT_TEXT(json.body, "{\"text\":\"stored\",\"quantity\":0}");
}

static void
after_a_change_a_page_is_sent_on_and_json_gets_the_model(void **state)
{
	struct web_answer page = post_form("/note", "text=a&quantity=2");
	struct web_answer json =
		post_json("/api/v1/note", "{\"text\":\"a\",\"quantity\":2}");

	(void)state;
	WANT_INT(page.status, 303);
	WANT(web_has(&page, "Location: /note"));
	WANT(web_has(&page, "X-Order: ABCDE-12345"));
	WANT_INT(page.len, 0);
	WANT_INT(json.status, 200);
	WANT_TEXT(json.body, "{\"text\":\"a\",\"quantity\":2}");
}

static void
a_pages_address_answers_json_when_asked(void **state)
{
	struct web_answer json = post_json("/both", "{\"text\":\"a\",\"quantity\":2}");
	struct web_answer accept = ask((struct web_ask){
		.method = "POST",
		.path = "/both",
		.params = {is_form, cookie, "HTTP_ACCEPT=application/json"},
		.body = form_of("text=a&quantity=2")});
	struct web_answer page = post_form("/both", "text=a&quantity=2");

	(void)state;
	WANT_TEXT(json.body, "{\"text\":\"a\",\"quantity\":2}");
	WANT_TEXT(accept.body, "{\"text\":\"a\",\"quantity\":2}");
	WANT_INT(page.status, 303);
	WANT(web_has(&page, "Vary: Accept"));
	WANT(web_has(&page, "Vary: Accept-Encoding"));
	WANT(!web_has(&json, "Vary: Accept-Encoding"));
}

static void
head_has_the_head_of_get_and_no_body(void **state)
{
	struct web_answer head =
		ask((struct web_ask){.method = "HEAD", .path = "/note"});

	(void)state;
	WANT(head.head_only);
	WANT_INT(head.status, 200);
	WANT(web_has(&head, arena_printf(mem, "Content-Length: %zu", head.len)));
}

static void
a_value_that_would_split_the_head_is_left_out(void **state)
{
	struct web_answer a = post_form("/note", "text=header&quantity=2");

	(void)state;
	WANT_INT(a.status, 303);
	WANT(strstr(a.head, "Evil") == NULL);
	WANT_LOGGED_ERRORS(1);
}

static void
a_page_that_did_not_change_is_not_sent_again(void **state)
{
	struct web_ask what = {
		.path = "/note", .query = "version=1", .params = {cookie}};
	struct web_answer a = ask(what);
	const char *tag = strstr(a.head, "ETag: ");
	struct web_answer again, other;

	(void)state;
	WANT(tag != NULL);
	tag = arena_copy(mem, tag + 6, strcspn(tag + 6, "\r"));
	what.params[1] = arena_printf(mem, "HTTP_IF_NONE_MATCH=%s", tag);
	again = ask(what);
	WANT_INT(again.status, 304);
	WANT_INT(again.len, 0);
	what.params[0] =
		"HTTP_COOKIE=__Host-till=9123456789012345678901234567890123456789012";
	other = ask(what);
	WANT_INT(other.status, 200);
	what.path = "/api/v1/note";
	what.params[0] = cookie;
	WANT_INT(ask(what).status, 200);
}

static void
the_trace_is_nginx_own_or_made(void **state)
{
	struct web_answer a = ask((struct web_ask){
		.path = "/api/x",
		.params = {"REQUEST_ID=0123456789ABCDEF0123456789abcdef"}});
	struct web_answer b = ask((struct web_ask){
		.path = "/api/x", .params = {"REQUEST_ID=<script>alert(1)</script>"}});

	(void)state;
	WANT(strstr(a.body, "\"trace_id\":\"0123456789abcdef0123456789abcdef\"") !=
	     NULL);
	WANT(strstr(b.body, "script") == NULL);
}

TESTS_IN_NOTE_SHOP(TEST(one_handler_answers_as_page_and_as_json),
		   TEST(after_a_change_a_page_is_sent_on_and_json_gets_the_model),
		   TEST(a_pages_address_answers_json_when_asked),
		   TEST(head_has_the_head_of_get_and_no_body),
		   TEST(a_value_that_would_split_the_head_is_left_out),
		   TEST(a_page_that_did_not_change_is_not_sent_again),
		   TEST(the_trace_is_nginx_own_or_made))
