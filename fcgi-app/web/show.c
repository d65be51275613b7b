/* show.c - what was answered, as the bytes of a page, of JSON or of a problem. */
#include "web/show.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "web/csrf.h"
#include "web/page_set.h"
#include "web/request.h"
#include "web/status.h"
#include "web/template.h"
#include "web/web.h"

/* ---- the frame of a page ---- */

static const char *
anchor(struct arena *mem, const char *field)
{
	char *id = arena_printf(mem, "#%s", field);

	for (char *c = id; *c != '\0'; c++)
		if (*c == '.')
			*c = '-';
	return id;
}

static const char *
group_of(const struct reply *re, const char *field)
{
	for (size_t i = 0; i < re->n_hints; i++)
		if (strcmp(re->hints[i].name, field) == 0)
			return re->hints[i].group;
	return NULL;
}

static void
put_problems(const struct request *rq, const struct reply *re, struct page *page)
{
	struct arena *mem = rq->cx->mem;
	struct page_problem *list;

	if (rq->problems == NULL)
		return;
	list = arena_new_of(mem, struct page_problem, rq->problems->n + 1);
	for (size_t i = 0; i < rq->problems->n; i++) {
		const struct problem *p = &rq->problems->list[i];

		list[i].text = p->text;
		list[i].group = group_of(re, p->field);
		if (!text_is_empty(p->field))
			list[i].href.text = anchor(mem, p->field);
	}
	page->problems = list;
	page->n_problems = rq->problems->n;
	page->has_problems = page->n_problems > 0;
	page->title_prefix = page->has_problems ? "Error: " : "";
}

static void
put_notices(const struct request *rq, struct page *page)
{
	const struct frame *frame = &rq->frame;
	struct page_notice *list =
		arena_new_of(rq->cx->mem, struct page_notice, frame->n_notices + 1);

	for (size_t i = 0; i < frame->n_notices; i++)
		list[i] = (struct page_notice){frame->notices[i].code,
					       frame->notices[i].message};
	page->notices = list;
	page->n_notices = frame->n_notices;
}

static struct page
frame_of(const struct request *rq, const struct reply *re)
{
	const struct config *config = rq->web->config;
	struct page page = {
		.shop_name = config->shop_name,
		.shop_address = config->shop_address,
		.shop_email = config->shop_email,
		.shop_url = {config->shop_url},
		.title_prefix = "",
		.path = rq->path,
		.trace_id = rq->cx->trace,
		.cart_pieces = rq->frame.cart_pieces,
		.refresh_seconds = rq->frame.refresh_seconds,
		.year = instant_date(clock_now()).year,
		.test_mode = strcmp(config->gateway_mode, "live") != 0,
		.development = config->shop_development,
	};

	page.csrf =
		csrf_token(rq->cx->mem, rq->web->keys, rq->visitor_token, clock_now());
	put_problems(rq, re, &page);
	put_notices(rq, &page);
	return page;
}

static fallible
show_page(const struct request *rq, const struct view *view, const void *model,
	  const struct reply *re, struct shown *out)
{
	struct page page = frame_of(rq, re);
	struct scene scene = {
		.page = &page,
		.words = rq->web->words,
		.hints = re->hints,
		.n_hints = re->n_hints,
		.problems = rq->problems,
	};
	struct buf html = buf_new(rq->cx->mem, SHOW_MAX_BYTES);
	const struct template *compiled;

	if (rq->problems != NULL) {
		scene.typed = rq->typed;
		scene.n_typed = rq->n_typed;
	}
	TRY(page_set_get(rq->web->pages, view, &compiled));
	TRY(template_render(compiled, &scene, model, &html));
	out->content_type = "text/html; charset=utf-8";
	out->body = buf_string(&html);
	out->len = html.len;
	return NULL;
}

static fallible
show_json(const struct request *rq, const struct reply *re, struct shown *out)
{
	struct buf json = buf_new(rq->cx->mem, SHOW_MAX_BYTES);

	view_json(&json, re->view->fields, re->model);
	if (json.full)
		return FAIL(INTERNAL, "the answer of %s is too large", re->view->name);
	out->content_type = "application/json";
	out->body = buf_string(&json);
	out->len = json.len;
	return NULL;
}

fallible
show_reply(const struct request *rq, const struct reply *re, struct shown *out)
{
	*out = (struct shown){.status = re->status == 0 ? 200 : re->status, .body = ""};
	if (re->view != NULL)
		return rq->face == FACE_JSON
			       ? show_json(rq, re, out)
			       : show_page(rq, re->view, re->model, re, out);
	if (re->raw != NULL) {
		out->content_type = re->content_type;
		out->body = re->raw;
		out->len = re->raw_len;
	}
	return NULL;
}

/* ---- errors ---- */

struct error_model {
	int64_t status;
	const char *title, *detail, *trace_id, *code;
	struct url retry_url;
	int64_t retry_after; /* seconds */
	bool asks_again;     /* by itself: a GET */
};

static const struct view_field error_fields[] = {
	SHOW_PAGE(struct error_model, status, title, detail, trace_id, code, retry_url,
		  retry_after, asks_again),
	SHOW_END,
};

const struct view show_error_view = {"Error", "error.html", error_fields};
/* Small, as it goes to many at once. */
const struct view show_overloaded_view = {"Overloaded", "overloaded.html",
					  error_fields};

static void
put_errors(struct json_out *out, const struct problems *problems)
{
	json_key(out, "errors");
	json_open(out, '[');
	for (size_t i = 0; i < problems->n; i++) {
		json_open(out, '{');
		json_pair_text(out, "field", problems->list[i].field);
		json_pair_text(out, "code", problems->list[i].code);
		json_pair_text(out, "message", problems->list[i].text);
		json_close(out, '}');
	}
	json_close(out, ']');
}

static void
show_problem(const struct request *rq, const struct err *e, struct shown *out)
{
	struct buf text = buf_new(rq->cx->mem, SHOW_MAX_BYTES);
	struct json_out json = json_out(&text);

	json_open(&json, '{');
	json_pair_text(&json, "type", "about:blank");
	json_pair_text(&json, "title", status_words(out->status));
	json_pair_int(&json, "status", out->status);
	json_pair_text(&json, "code", err_wire_name(e->code));
	json_pair_text(&json, "detail", err_shopper_text(e));
	put_errors(&json, &e->problems);
	json_pair_text(&json, "trace_id", rq->cx->trace);
	json_close(&json, '}');
	out->content_type = "application/problem+json";
	out->body = buf_string(&text);
	out->len = text.len;
}

/* For when the template itself is what is broken. */
static void
show_plain_error(const struct request *rq, const struct error_model *model,
		 struct shown *out)
{
	struct buf html = buf_new(rq->cx->mem, 4096);

	buf_text(&html,
		 "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>");
	escape_html(&html, model->title);
	buf_text(&html, "</title><h1>");
	escape_html(&html, model->title);
	buf_text(&html, "</h1><p>");
	escape_html(&html, model->detail);
	buf_text(&html, "</p><p><small>");
	escape_html(&html, model->trace_id);
	buf_text(&html, "</small></p></html>\n");
	out->content_type = "text/html; charset=utf-8";
	out->body = buf_string(&html);
	out->len = html.len;
}

void
show_error(const struct request *rq, const struct err *e, struct shown *out)
{
	struct error_model model = {
		.status = err_http_status(e->code),
		.detail = err_shopper_text(e),
		.trace_id = rq->cx->trace,
		.code = err_wire_name(e->code),
		.retry_after = e->retry_after,
		.asks_again = !request_writes(rq),
	};
	const struct view *view =
		e->code == ERR_OVERLOADED ? &show_overloaded_view : &show_error_view;
	struct reply none = {0};
	struct err *broken;

	*out = (struct shown){.status = (int)model.status, .body = ""};
	if (rq->face == FACE_JSON) {
		show_problem(rq, e, out);
		return;
	}
	model.title = status_words(out->status);
	if (!request_writes(rq) && model.status >= 500)
		model.retry_url.text = rq->path;
	broken = show_page(rq, view, &model, &none, out);
	if (broken == NULL)
		return;
	log_error("page.broken", broken);
	show_plain_error(rq, &model, out);
}
