/* dispatch_test.c - the guards hold in their order, and every answer has its form. */
#include "base/config.h"
#include "base/json.h"
#include "support/check.h"
#include "support/web.h"

static struct arena *mem;
static const char *dir;
static struct web *web;
static struct config *config;
static int handled; /* times that a handler ran */
static const struct request *seen;

/* ---- a shop of five endpoints ---- */

struct note {
	const char *text;
	int64_t quantity;
};

static const struct view_field note_fields[] = {
	SHOW(struct note, text, quantity),
	SHOW_END,
};
static const struct view note_view = {"Note", "note.html", note_fields};

struct form {
	const char *text;
	int64_t quantity;
};

static const struct input inputs[] = {
	INPUT(struct form, text, 1, 20),
	INPUT(struct form, quantity, 1, 9),
	INPUT_END,
};

static struct err *
fail_as_told(const char *text)
{
	if (strcmp(text, "sold out") == 0)
		return FAIL_FIELD("quantity", SOLD_OUT, "told so");
	if (strcmp(text, "changed") == 0)
		return FAIL(CART_CHANGED, "told so");
	if (strcmp(text, "broken") == 0)
		return FAIL(INTERNAL, "secret cause");
	if (strcmp(text, "busy") == 0)
		return FAIL(KEY_IN_USE, "told so");
	return NULL;
}

static fallible
save(struct request *rq, const void *form, struct reply *re)
{
	const struct form *f = form;
	struct note *note = arena_new_of(rq->cx->mem, struct note, 1);

	handled++;
	seen = rq;
	TRY(fail_as_told(f->text));
	note->text = f->text;
	note->quantity = f->quantity;
	re->order_number = "ABCDE-12345";
	if (strcmp(f->text, "header") == 0)
		re->order_number = "a\r\nX-Evil: b";
	return reply_changed(rq, re, "/note", &note_view, note);
}

static fallible
show(struct request *rq, const void *form, struct reply *re)
{
	struct note *note = arena_new_of(rq->cx->mem, struct note, 1);

	(void)form;
	handled++;
	seen = rq;
	note->text = "stored";
	rq->frame.cart_pieces = request_asked(rq, "empty") == NULL ? 3 : 0;
	if (request_asked(rq, "version") != NULL)
		memset(&rq->page_version, 7, sizeof rq->page_version);
	return reply_show(rq, re, &note_view, note);
}

static fallible
take_raw(struct request *rq, const void *form, struct reply *re)
{
	(void)form;
	handled++;
	return reply_bytes(re, 200, "text/plain", rq->body, rq->body_len);
}

static fallible
pay(struct request *rq, const void *form, struct reply *re)
{
	(void)form;
	handled++;
	return reply_bytes(re, 200, "text/plain", rq->key, strlen(rq->key));
}

static const struct endpoint note_get = {
	.page = "GET /note",
	.api = "GET /api/v1/note",
	.needs = NEEDS_VISITOR,
	.shows = &note_view,
	.handle = show,
};
static const struct endpoint note_post = {
	.page = "POST /note",
	.api = "POST /api/v1/note",
	.needs = NEEDS_VISITOR,
	.inputs = inputs,
	.form_size = sizeof(struct form),
	.shows = &note_view,
	.again = &note_get,
	.handle = save,
};
static const struct endpoint both_post = {
	.page = "POST /both",
	.needs = ALSO_JSON,
	.inputs = inputs,
	.form_size = sizeof(struct form),
	.shows = &note_view,
	.handle = save,
};
static const struct endpoint hook_post = {
	.api = "POST /webhooks/x",
	.needs = TAKES_RAW,
	.handle = take_raw,
};
static const struct endpoint back_post = {
	.page = "POST /back",
	.needs = FROM_OUTSIDE | TOKEN_PAGE,
	.shows = &note_view,
	.handle = show,
};
static const struct endpoint pay_post = {
	.page = "POST /pay",
	.api = "POST /api/v1/pay",
	.needs = NEEDS_KEY | NEEDS_VISITOR,
	.handle = pay,
};
static const struct endpoint inside_get = {
	.page = "GET /inside",
	.needs = INSIDE_ONLY,
	.shows = &note_view,
	.handle = show,
};
static const struct endpoint note_drop = {
	.api = "DELETE /api/v1/note",
	.shows = &note_view,
	.handle = show,
};

static const struct endpoint *const endpoints[] = {
	&note_get,  &note_post, &both_post,  &hook_post,
	&back_post, &pay_post,  &inside_get, &note_drop,
};

static const char token[] = "0123456789012345678901234567890123456789012";
static const char cookie[] =
	"HTTP_COOKIE=__Host-till=0123456789012345678901234567890123456789012";
static const char is_form[] = "CONTENT_TYPE=application/x-www-form-urlencoded";
static const char is_json[] = "CONTENT_TYPE=application/json";

static struct web_answer
ask(struct web_ask what)
{
	struct ctx *cx = arena_new_of(mem, struct ctx, 1);

	cx->mem = mem;
	cx->keys = web->keys;
	handled = 0;
	seen = NULL;
	return web_ask(web, cx, what);
}

/* A form with a good token. */
static const char *
form_of(const char *pairs)
{
	return arena_printf(mem, "csrf=%s&%s",
			    csrf_token(mem, web->keys, token, clock_now()), pairs);
}

static struct web_answer
post_form(const char *path, const char *pairs)
{
	return ask((struct web_ask){.method = "POST",
				    .path = path,
				    .params = {is_form, cookie},
				    .body = form_of(pairs)});
}

static struct web_answer
post_json(const char *path, const char *body)
{
	return ask((struct web_ask){.method = "POST",
				    .path = path,
				    .params = {is_json, cookie},
				    .body = body});
}

static const char *
code_of(const struct web_answer *answer)
{
	const struct json *json;

	WANT(web_has(answer, "Content-Type: application/problem+json"));
	WANT_OK(json_parse(mem, answer->body, answer->len, &json));
	return json_text_at(json, "code");
}

/* ---- two faces ---- */

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

/* ---- the guards, in their order ---- */

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

/* ---- visitor and form token ---- */

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

/* ---- errors ---- */

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

static void
a_value_that_would_split_the_head_is_left_out(void **state)
{
	struct web_answer a = post_form("/note", "text=header&quantity=2");

	(void)state;
	WANT_INT(a.status, 303);
	WANT(strstr(a.head, "Evil") == NULL);
	WANT_LOGGED_ERRORS(1);
}

/* ---- versions ---- */

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

static void
a_template_that_does_not_fit_stops_the_start(void **state)
{
	static const struct view_field few_fields[] = {SHOW(struct note, quantity),
						       SHOW_END};
	static const struct view few = {"Few", "note.html", few_fields};
	static const struct endpoint odd = {.page = "GET /odd", .shows = &few};
	static const struct endpoint *const one[] = {&odd};
	struct web *out;

	(void)state;
	WANT_ERR(web_new(mem, config, web->keys, one, 1, NULL, &out), INTERNAL);
}

static void
in_development_a_changed_template_is_shown_and_a_broken_one_is_not(void **state)
{
	struct web *own;
	struct ctx *cx = arena_new_of(mem, struct ctx, 1);
	struct web_ask what = {.path = "/note"};

	(void)state;
	cx->mem = mem;
	config->shop_development = true;
	WANT_OK(web_new(mem, config, web->keys, endpoints, 8, NULL, &own));
	web_file(dir, "note.html", "<p>new and longer {{text}}</p>");
	WANT_TEXT(web_ask(own, cx, what).body, "<p>new and longer stored</p>");
	web_file(dir, "note.html", "<p>broken {{txt}}</p>");
	WANT_TEXT(web_ask(own, cx, what).body, "<p>new and longer stored</p>");
	WANT_INT(web_ask(web, cx, what).status, 200);
	config->shop_development = false;
}

/* ---- overload ---- */

/* One that nginx handed over so long ago. */
static struct web_answer
ask_late(const char *method, const char *path, bool yields, int64_t ms)
{
	int64_t since = clock_now().us / 1000 - ms;
	struct web_ask late = {
		.method = method, .path = path, .body = "", .yields = yields};

	late.params[0] = arena_printf(mem, "REQUEST_MSEC=%" PRId64 ".%03" PRId64,
				      since / 1000, since % 1000);
	late.params[1] = "REQUEST_ID=000102030405060708090a0b0c0d0e0f";
	late.params[2] = "CONTENT_TYPE=application/json";
	late.params[3] = "HTTP_IDEMPOTENCY_KEY=k";
	return ask(late);
}

/* The child served somebody for so long, and has sent others away since. */
static void
served_for(int64_t took_us, int64_t turned_us)
{
	web->served_took_us = took_us;
	web->served_at_us = clock_steady_us() - turned_us;
}

static void
who_only_looks_around_gives_way_when_the_queue_is_long(void **state)
{
	struct web_answer got;

	(void)state;
	served_for(SECONDS(100), 0);
	got = ask_late("GET", "/note", true, config->run_queue_ms / 2);
	WANT_INT(got.status, 200);
	served_for(SECONDS(100), 0);
	got = ask_late("GET", "/note", true, config->run_queue_ms + 50);
	WANT_INT(got.status, 503);
	WANT_INT(handled, 0);
	WANT(web_has(&got, "Retry-After: 4"));
	WANT_TEXT(got.body, "<h1>Many</h1>again in 4");
	got = ask_late("GET", "/api/v1/note", true, config->run_queue_ms + 50);
	WANT_INT(got.status, 503);
	WANT(strstr(got.body, "\"code\":\"busy\"") != NULL);
}

static void
four_fifths_of_a_child_s_time_go_into_serving_however_long_the_queue(void **state)
{
	int64_t late = config->run_queue_ms + 50;

	(void)state;
	served_for(SECONDS(8), SECONDS(1));
	WANT_INT(ask_late("GET", "/note", true, late).status, 503);
	served_for(SECONDS(8), SECONDS(3));
	WANT_INT(ask_late("GET", "/note", true, late).status, 200);
	WANT(web->served_took_us < SECONDS(1)); /* this one was served since */
	served_for(SECONDS(8), SECONDS(3));
	WANT_INT(ask_late("GET", "/note", true, 8500).status, 503);
	WANT(web->served_took_us == SECONDS(8));
}

static void
who_pays_is_served_until_nginx_may_give_up(void **state)
{
	(void)state;
	WANT_INT(ask_late("POST", "/api/v1/pay", false, 7500).status, 200);
	WANT_INT(ask_late("POST", "/api/v1/pay", false, 8500).status, 503);
	WANT_INT(handled, 0);
}

static void
a_time_that_cannot_be_counts_as_none(void **state)
{
	(void)state;
	WANT_INT(ask_late("GET", "/note", true, -5000).status, 200);
	WANT_INT(ask_late("GET", "/note", true, 3600000).status, 200);
}

static int
set_up(void **state)
{
	(void)state;
	log_threshold(LOG_ERROR);
	mem = arena_new(256 * 1024 * 1024);
	dir = web_folder(mem);
	config = config_defaults(mem);
	config->shop_templates = dir;
	web_file(dir, "error.html",
		 "<title>{{title_prefix}}x</title><h1>{{status}}</h1>{{detail}}");
	web_file(dir, "overloaded.html",
		 "<h1>Many</h1>{{#asks_again}}again in {{retry_after}}{{/asks_again}}");
	web_file(dir, "note.html",
		 "<title>{{title_prefix}}Note</title><p>{{text}} {{cart_pieces}}</p>"
		 "{{#problems}}{{#href}}<a href=\"{{href}}\">{{/href}}{{text}}"
		 "{{#href}}</a>{{/href}}{{/problems}}"
		 "{{#field text}}<input id=\"{{id}}\" value=\"{{value}}\">{{/field}}"
		 "csrf={{csrf}}");
	return web_new(mem, config, keyring_for_tests(mem), endpoints, 8, NULL, &web) ==
			       NULL
		       ? 0
		       : -1;
}

static int
tear_down(void **state)
{
	(void)state;
	web_drop_folder(mem, dir);
	arena_free(mem);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_handler_answers_as_page_and_as_json),
		TEST(after_a_change_a_page_is_sent_on_and_json_gets_the_model),
		TEST(a_pages_address_answers_json_when_asked),
		TEST(head_has_the_head_of_get_and_no_body),
		TEST(an_unknown_path_and_another_method_are_refused),
		TEST(a_method_in_a_header_changes_nothing),
		TEST(another_type_is_refused),
		TEST(a_packed_body_is_refused),
		TEST(another_site_changes_nothing),
		TEST(type_is_checked_before_origin_and_origin_before_the_body),
		TEST(a_body_that_is_cut_too_long_or_odd_is_refused),
		TEST(a_query_or_header_that_comes_twice_is_refused),
		TEST(a_write_with_a_key_needs_one),
		TEST(a_new_visitor_gets_a_cookie_that_scripts_cannot_read),
		TEST(who_has_only_looked_is_known_until_they_send_something),
		TEST(who_has_a_cart_is_not_said_to_have_only_looked),
		TEST(a_form_without_its_token_is_shown_again_with_a_fresh_one),
		TEST(a_form_of_a_visitor_without_a_cookie_changes_nothing),
		TEST(what_comes_from_a_gateway_needs_no_token),
		TEST(only_the_inside_sees_inside_pages),
		TEST(a_form_with_problems_is_shown_again_with_what_was_typed),
		TEST(a_refusal_of_the_handler_shows_the_form_again),
		TEST(every_problem_stands_in_the_json),
		TEST(a_fault_of_ours_is_logged_and_its_cause_stays_inside),
		TEST(who_has_to_wait_is_told_how_long),
		TEST(a_value_that_would_split_the_head_is_left_out),
		TEST(a_page_that_did_not_change_is_not_sent_again),
		TEST(the_trace_is_nginx_own_or_made),
		TEST(who_only_looks_around_gives_way_when_the_queue_is_long),
		TEST(four_fifths_of_a_child_s_time_go_into_serving_however_long_the_queue),
		TEST(who_pays_is_served_until_nginx_may_give_up),
		TEST(a_time_that_cannot_be_counts_as_none),
		TEST(a_template_that_does_not_fit_stops_the_start),
		TEST(in_development_a_changed_template_is_shown_and_a_broken_one_is_not),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
