/* note_shop.c - a shop of eight endpoints that show, take and pay for one note. */
#include "support/note_shop.h"

#include "base/json.h"

struct web *web;
struct config *config;
int handled;
const struct request *seen;

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

const struct endpoint *const endpoints[] = {
	&note_get,  &note_post, &both_post,  &hook_post,
	&back_post, &pay_post,  &inside_get, &note_drop,
};

const char token[] = "0123456789012345678901234567890123456789012";
const char cookie[] =
	"HTTP_COOKIE=__Host-till=0123456789012345678901234567890123456789012";
const char is_form[] = "CONTENT_TYPE=application/x-www-form-urlencoded";
const char is_json[] = "CONTENT_TYPE=application/json";

struct web_answer
ask(struct web_ask what)
{
	struct ctx *cx = arena_new_of(mem, struct ctx, 1);

	cx->mem = mem;
	cx->keys = web->keys;
	handled = 0;
	seen = NULL;
	return web_ask(web, cx, what);
}

const char *
form_of(const char *pairs)
{
	return arena_printf(mem, "csrf=%s&%s",
			    csrf_token(mem, web->keys, token, clock_now()), pairs);
}

struct web_answer
post_form(const char *path, const char *pairs)
{
	return ask((struct web_ask){.method = "POST",
				    .path = path,
				    .params = {is_form, cookie},
				    .body = form_of(pairs)});
}

struct web_answer
post_json(const char *path, const char *body)
{
	return ask((struct web_ask){.method = "POST",
				    .path = path,
				    .params = {is_json, cookie},
				    .body = body});
}

const char *
code_of(const struct web_answer *answer)
{
	const struct json *json;

	WANT(web_has(answer, "Content-Type: application/problem+json"));
	WANT_OK(json_parse(mem, answer->body, answer->len, &json));
	return json_text_at(json, "code");
}

int
note_shop_begin(void **state)
{
	log_threshold(LOG_ERROR);
	in_folder_begin(state);
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
