/* refusal_test.c - who is refused is told why, on the page they sent and in JSON. */
#include "base/json.h"
#include "support/note_shop.h"

static void
a_form_with_problems_is_shown_again_with_what_was_typed(void **state)
{
	struct web_answer a = post_form("/note", "text=%3Cb%3E&quantity=77");

	(void)state;
	WANT_INT(a.status, 422);
	WANT(strstr(a.body, "<title>Error: ") != NULL);
	WANT(strstr(a.body, "value=\"&lt;b&gt;\"") != NULL);
	WANT(strstr(a.body, "<a href=\"#quantity\">Please enter a whole number from 1 "
			    "to 9.</a>") != NULL);
	WANT(strstr(a.body, "<p>stored 3</p>") != NULL);
}

static void
a_refusal_of_the_handler_shows_the_form_again(void **state)
{
	struct web_answer field = post_form("/note", "text=sold+out&quantity=2");
	struct web_answer whole = post_form("/note", "text=changed&quantity=2");

	(void)state;
	WANT_INT(field.status, 409);
	WANT(strstr(field.body, "<a href=\"#quantity\">") != NULL);
	WANT_INT(whole.status, 409);
	WANT(strstr(whole.body, err_code_text(ERR_CART_CHANGED)) != NULL);
}

static void
every_problem_stands_in_the_json(void **state)
{
	struct web_answer a =
		post_json("/api/v1/note", "{\"text\":\"\",\"quantity\":\"2\"}");
	const struct json *json, *errors;

	(void)state;
	WANT_INT(a.status, 422);
	WANT_TEXT(code_of(&a), "invalid");
	WANT_OK(json_parse(mem, a.body, a.len, &json));
	errors = json_member(json, "errors");
	WANT_INT(json_count(errors), 2);
	WANT_TEXT(json_text_at(json_item(errors, 0), "field"), "text");
	WANT_TEXT(json_text_at(json_item(errors, 0), "code"), "required");
	WANT_TEXT(json_text_at(json_item(errors, 1), "code"), "invalid");
	WANT_INT(strlen(json_text_at(json, "trace_id")), 32);
	WANT_TEXT(json_text_at(json, "title"), "Unprocessable Content");
	WANT_TEXT(json_text_at(json, "type"), "about:blank");
}

static void
a_fault_of_ours_is_logged_and_its_cause_stays_inside(void **state)
{
	struct web_answer json =
		post_json("/api/v1/note", "{\"text\":\"broken\",\"quantity\":2}");
	struct web_answer page = post_form("/note", "text=broken&quantity=2");

	(void)state;
	WANT_INT(json.status, 500);
	WANT_TEXT(code_of(&json), "internal");
	WANT(strstr(json.body, "secret") == NULL);
	WANT_INT(page.status, 500);
	WANT(strstr(page.body, "secret") == NULL);
	WANT(strstr(page.body, "<h1>500</h1>") != NULL);
	WANT_LOGGED_ERRORS(2);
}

static void
who_has_to_wait_is_told_how_long(void **state)
{
	struct web_answer a =
		post_json("/api/v1/note", "{\"text\":\"busy\",\"quantity\":2}");

	(void)state;
	WANT_INT(a.status, 409);
	WANT(web_has(&a, "Retry-After: 1"));
}

TESTS_IN_NOTE_SHOP(TEST(a_form_with_problems_is_shown_again_with_what_was_typed),
		   TEST(a_refusal_of_the_handler_shows_the_form_again),
		   TEST(every_problem_stands_in_the_json),
		   TEST(a_fault_of_ours_is_logged_and_its_cause_stays_inside),
		   TEST(who_has_to_wait_is_told_how_long))
