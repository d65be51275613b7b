/* visitor_test.c - a visitor is known by a cookie, their form by its token. */
#include "support/note_shop.h"

static void
a_new_visitor_gets_a_cookie_that_scripts_cannot_read(void **state)
{
	struct web_answer a = ask((struct web_ask){.path = "/note"});
	const char *set = strstr(a.head, "Set-Cookie: __Host-till=");
	struct web_answer known =
		ask((struct web_ask){.path = "/note", .params = {cookie}});

	(void)state;
	WANT(set != NULL);
	WANT(strstr(set,
		    "; Path=/; Max-Age=2592000; Secure; HttpOnly; SameSite=Lax\r\n") !=
	     NULL);
	WANT(strstr(a.head, "Domain") == NULL);
	WANT(strstr(known.head, "Set-Cookie") == NULL);
}

static const char looker[] =
	"HTTP_COOKIE=__Host-till=01234567890123456789012345678901234567890120";
static const char plain_cookie[] =
	"Set-Cookie: __Host-till=0123456789012345678901234567890123456789012; Path=/;";

/* Set-Cookie of a visitor who has only looked: 43 characters and the mark. */
static bool
marks(const struct web_answer *a)
{
	const char *set = strstr(a->head, "Set-Cookie: __Host-till=");

	return set != NULL && strcspn(strchr(set, '=') + 1, ";") == 44 &&
	       strchr(set, ';')[-1] == '0';
}

static void
who_has_only_looked_is_known_until_they_send_something(void **state)
{
	struct web_answer first =
		ask((struct web_ask){.path = "/note", .query = "empty=1"});
	struct web_answer again = ask((struct web_ask){
		.path = "/note", .query = "empty=1", .params = {looker}});
	struct web_answer sends;

	(void)state;
	WANT(marks(&first));
	WANT(seen->visitor_only_looked);
	WANT(strstr(again.head, "Set-Cookie") == NULL);
	WANT_TEXT(seen->visitor_token, token);
	sends = ask((struct web_ask){.method = "POST",
				     .path = "/note",
				     .params = {is_form, looker},
				     .body = form_of("text=a&quantity=2")});
	WANT_INT(sends.status, 303);
	WANT(strstr(sends.head, plain_cookie) != NULL);
	sends = ask((struct web_ask){.method = "POST",
				     .path = "/api/v1/note",
				     .params = {is_json},
				     .body = "{\"text\":\"a\",\"quantity\":2}"});
	WANT(strstr(sends.head, "Set-Cookie") != NULL && !marks(&sends));
}

static void
who_has_a_cart_is_not_said_to_have_only_looked(void **state)
{
	struct web_answer a =
		ask((struct web_ask){.path = "/note", .params = {looker}});

	(void)state;
	WANT(strstr(a.head, plain_cookie) != NULL);
	a = ask((struct web_ask){
		.path = "/note", .query = "empty=1", .params = {cookie}});
	WANT(strstr(a.head, "Set-Cookie") == NULL);
	WANT(!seen->visitor_only_looked);
}

static void
a_form_without_its_token_is_shown_again_with_a_fresh_one(void **state)
{
	struct web_answer a =
		ask((struct web_ask){.method = "POST",
				     .path = "/note",
				     .params = {is_form, cookie},
				     .body = "csrf=stale&text=typed&quantity=2"});
	const char *at = strstr(a.body, "csrf=");

	(void)state;
	WANT_INT(a.status, 403);
	WANT(strstr(a.body, "<title>Error: ") != NULL);
	WANT(strstr(a.body, "value=\"typed\"") != NULL);
	WANT(at != NULL);
	WANT(csrf_is_good(mem, web->keys, token, clock_now(),
			  arena_copy(mem, at + 5, 65)));
	WANT(strstr(a.body, err_code_text(ERR_FORM_EXPIRED)) != NULL);
}

static void
a_form_of_a_visitor_without_a_cookie_changes_nothing(void **state)
{
	struct web_answer a =
		ask((struct web_ask){.method = "POST",
				     .path = "/note",
				     .params = {is_form},
				     .body = form_of("text=a&quantity=1")});

	(void)state;
	WANT_INT(a.status, 403);
	WANT(strstr(a.head, "Set-Cookie: __Host-till=") != NULL);
}

static void
what_comes_from_a_gateway_needs_no_token(void **state)
{
	struct web_answer back = ask(
		(struct web_ask){.method = "POST",
				 .path = "/back",
				 .params = {is_form, "HTTP_SEC_FETCH_SITE=cross-site",
					    "HTTP_ORIGIN=https://x"},
				 .body = "a=b"});
	struct web_answer hook = ask((struct web_ask){
		.method = "POST",
		.path = "/webhooks/x",
		.params = {"CONTENT_TYPE=application/json", "HTTP_ORIGIN=https://x"},
		.body = "{\"a\":  1}"});

	(void)state;
	WANT_INT(back.status, 200);
	WANT(web_has(&back, "Referrer-Policy: no-referrer"));
	WANT_TEXT(hook.body, "{\"a\":  1}");
}

TESTS_IN_NOTE_SHOP(TEST(a_new_visitor_gets_a_cookie_that_scripts_cannot_read),
		   TEST(who_has_only_looked_is_known_until_they_send_something),
		   TEST(who_has_a_cart_is_not_said_to_have_only_looked),
		   TEST(a_form_without_its_token_is_shown_again_with_a_fresh_one),
		   TEST(a_form_of_a_visitor_without_a_cookie_changes_nothing),
		   TEST(what_comes_from_a_gateway_needs_no_token))
