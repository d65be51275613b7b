/* dispatch.c - one request from the wire to the bytes of its answer. */
#include "web/dispatch.h"

#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/fault_point.h"
#include "base/log.h"
#include "base/text.h"
#include "base/token.h"
#include "db/db.h"
#include "web/admission.h"
#include "web/compress.h"
#include "web/guards.h"
#include "web/head.h"
#include "web/input.h"
#include "web/metrics.h"
#include "web/request.h"

enum { AWAY_MS = 4000, AWAY_STEP_MS = 200 };

/* One request under way. */
struct work {
	struct request rq;
	struct reply re;
	struct head head;
	struct err *failed; /* what was refused, copied out of the ring */
	const struct route *route;
	int64_t started_us, statements;
};

static const char *
trace_of(const struct wire *wire, struct arena *mem)
{
	const char *id = wire_param(wire, "REQUEST_ID");
	unsigned char random[16];

	if (id != NULL && text_from_hex(id, random, sizeof random))
		return text_lower(mem, id);
	token_random(random, sizeof random);
	return text_hex(mem, random, sizeof random);
}

/* ---- the way to the handler ---- */

static bool
is_json_path(const char *path)
{
	return text_starts(path, "/api/") || text_starts(path, "/webhooks/");
}

static void
choose_face(struct work *w)
{
	struct request *rq = &w->rq;

	if (w->route == NULL)
		rq->face = is_json_path(rq->path) || request_prefers_json(rq)
				   ? FACE_JSON
				   : FACE_PAGE;
	else if ((w->route->endpoint->needs & ALSO_JSON) != 0 &&
		 (request_has_type(rq, "application/json") || request_prefers_json(rq)))
		rq->face = FACE_JSON;
	else
		rq->face = w->route->face == FACE_PAGE && is_json_path(rq->path)
				   ? FACE_JSON
				   : w->route->face;
}

static fallible
find_route(struct work *w)
{
	struct request *rq = &w->rq;
	struct err *e;

	e = request_open(rq);
	if (e == NULL)
		e = router_find(rq->web->router, rq->cx->mem, rq->method, rq->path,
				&w->route, &rq->parts, &rq->n_parts, &w->head.allow);
	choose_face(w);
	if (e != NULL)
		return e;
	rq->endpoint = w->route->endpoint;
	rq->exempt = networks_hold(&rq->web->exempt, rq->address);
	return NULL;
}

static fallible
run_handler(struct request *rq, const struct endpoint *endpoint, struct reply *re)
{
	void *form = arena_alloc(rq->cx->mem, endpoint->form_size + 1);

	TRY(input_read(rq, endpoint->inputs, form, endpoint->form_size));
	FAULT_POINT_ERR(handler_begin, INTERNAL);
	return endpoint->handle(rq, form, re);
}

static fallible
run(struct work *w)
{
	bool made;
	struct err *e;

	TRY(find_route(w));
	TRY(admission_check(&w->rq));
	e = guards_pass(&w->rq, &made);
	w->head.sets_visitor = made;
	TRY(e);
	return run_handler(&w->rq, w->route->endpoint, &w->re);
}

/* ---- refusals ---- */

/* Errors live in a ring; what else goes wrong from here on must not overwrite this one.
 */
static struct err *
keep(struct arena *mem, const struct err *e)
{
	struct err *kept = arena_new_of(mem, struct err, 1);

	*kept = *e;
	return kept;
}

/* What the shopper can put right in the same form. */
static bool
may_show_again(const struct work *w)
{
	int status = err_http_status(w->failed->code);

	if (w->rq.face != FACE_PAGE || w->route == NULL ||
	    w->route->endpoint->again == NULL || !request_sends_form(&w->rq))
		return false;
	return status == 422 || status == 409 || w->failed->code == ERR_FORM_EXPIRED ||
	       w->failed->code == ERR_LIMITED || w->failed->code == ERR_ORDERS_PAUSED;
}

/* Runs the page of the form once more, with what was typed and what is wrong. */
static fallible
show_again(struct work *w, struct shown *shown)
{
	struct problems *problems = arena_new_of(w->rq.cx->mem, struct problems, 1);
	struct reply re = {.idem_scope = w->re.idem_scope,
			   .keep = w->re.keep,
			   .kept = w->re.kept,
			   .replayed = w->re.replayed};

	*problems = w->failed->problems;
	if (problems->n == 0)
		problem_add(problems, "", err_wire_name(w->failed->code),
			    arena_text(w->rq.cx->mem, err_shopper_text(w->failed)));
	w->rq.problems = problems;
	TRY(run_handler(&w->rq, w->route->endpoint->again, &re));
	if (re.location == NULL)
		re.status = err_http_status(w->failed->code);
	w->re = re;
	return show_reply(&w->rq, &w->re, shown);
}

static void
refuse(struct work *w, const struct err *e, struct shown *shown)
{
	struct err *again;

	w->failed = keep(w->rq.cx->mem, e);
	if (may_show_again(w)) {
		again = show_again(w, shown);
		if (again == NULL)
			return;
		if (err_http_status(again->code) >= 500)
			w->failed = keep(w->rq.cx->mem, again);
	}
	w->re.location = NULL;
	show_error(&w->rq, w->failed, shown);
}

/* ---- the key's row ---- */

static fallible
finish_key(struct tx *tx, const struct work *w, const struct shown *shown)
{
	struct idem_reply reply = {
		.status = shown->status,
		.location = w->re.location,
		.content_type = shown->content_type,
		.body = {shown->body, shown->len},
	};

	if (shown->status >= 500) {
		if (w->re.keep != NULL)
			TRY(w->re.keep(tx, w->re.kept, NULL));
		return idem_release(tx, w->re.idem_scope, w->rq.key);
	}
	if (w->re.keep != NULL)
		return w->re.keep(tx, w->re.kept, &reply);
	return idem_finish(tx, w->re.idem_scope, w->rq.key, &reply);
}

/* A database that went away is waited for, since a key that stays locked would keep its
 * shopper waiting for longer. Of two answers the first one kept stays. */
static fallible
keep_surely(const struct work *w, const struct shown *shown)
{
	int64_t end = clock_steady_us() + (int64_t)AWAY_MS * 1000;
	struct err *e;

	for (;;) {
		SINGLE (tx, w->rq.cx, &e)
			e = finish_key(tx, w, shown);
		if (e == NULL ||
		    (e->code != ERR_DATABASE_DOWN && e->code != ERR_UNCERTAIN) ||
		    clock_steady_us() > end)
			return e;
		usleep(AWAY_STEP_MS * 1000);
	}
}

/* Before the first byte leaves. An answer that could not be kept is not given: the same
 * key finds the work done, and its answer is then kept. */
static void
keep_answer(struct work *w, struct shown *shown)
{
	struct err *e;

	if (w->re.idem_scope == NULL || w->re.replayed || w->rq.key == NULL)
		return;
	FAULT_POINT(answer_unkept);
	e = keep_surely(w, shown);
	FAULT_POINT(answer_kept);
	if (e == NULL || shown->status >= 500)
		return;
	log_error("answer.not_kept", e);
	w->failed =
		keep(w->rq.cx->mem, FAIL(UNCERTAIN, "the answer could not be kept"));
	w->re.location = NULL;
	show_error(&w->rq, w->failed, shown);
}

/* The answer that said so before was lost on its way. */
static void
correct_cookie(struct work *w)
{
	if (!w->rq.visitor_only_looked || w->rq.frame.cart_pieces == 0)
		return;
	w->rq.visitor_only_looked = false;
	w->head.sets_visitor = true;
}

/* ---- pages that did not change ---- */

static void
check_version(struct work *w, struct shown *shown)
{
	static const struct digest none;
	const char *asked = request_header(&w->rq, "if-none-match");
	struct request *rq = &w->rq;
	char tag[48];
	const char *quoted;
	struct digest all;

	if (request_writes(rq) || shown->status != 200 ||
	    memcmp(&rq->page_version, &none, sizeof none) == 0)
		return;
	/* What else shows in the answer: whose form tokens it holds, and of which day;
	 * and its face. */
	all = digest_of_text(arena_printf(
		rq->cx->mem, "%s %s %" PRId64 " %d %s %s",
		text_hex(rq->cx->mem, &rq->page_version, 32),
		rq->visitor_token == NULL ? "" : rq->visitor_token,
		clock_now().us / DAYS(1), (int)rq->face, rq->path, rq->query));
	digest_base64url(all.bytes, sizeof all.bytes, tag, sizeof tag);
	quoted = arena_printf(rq->cx->mem, "\"%s\"", tag);
	/* Weak: it says the same, not in the same bytes (tokens, packing). */
	w->head.etag = arena_printf(rq->cx->mem, "W/%s", quoted);
	if (asked == NULL || strstr(asked, quoted) == NULL)
		return;
	*shown = (struct shown){.status = 304, .body = ""};
}

/* ---- the one line of the log ---- */

static void
log_answer(const struct work *w, const struct shown *shown, int64_t us)
{
	const struct err *e = w->failed;
	bool broken = e != NULL && err_http_status(e->code) >= 500 &&
		      e->code != ERR_ORDERS_PAUSED;

	if (e != NULL && e->code == ERR_OVERLOADED)
		return; /* admission has told it, and nginx logs each */
	if (broken)
		log_error("request.failed", e);
	log_event(LOG_INFO, "request", "route",
		  w->route == NULL ? "none" : w->route->text, "method", w->rq.method,
		  "status", log_number(shown->status), "us", log_number(us),
		  "statements", log_number(w->statements), "code",
		  e == NULL ? NULL : err_wire_name(e->code), "cause",
		  e == NULL || broken ? NULL : e->cause, NULL);
}

static int64_t
statements_of(const struct ctx *cx)
{
	return cx->db == NULL ? 0 : db_statements(cx->db);
}

void
dispatch(struct web *web, struct ctx *cx, const struct wire *wire, struct answer *out)
{
	struct work *w = arena_new_of(cx->mem, struct work, 1);
	struct shown *shown = &out->shown;
	struct err *e;
	int64_t us;

	w->started_us = clock_steady_us();
	w->statements = -statements_of(cx);
	cx->trace = trace_of(wire, cx->mem);
	log_trace(cx->trace);
	w->rq.cx = cx;
	w->rq.web = web;
	w->rq.shop = web->shop;
	w->rq.wire = wire;

	e = run(w);
	if (e == NULL)
		e = show_reply(&w->rq, &w->re, shown);
	if (e != NULL)
		refuse(w, e, shown);
	keep_answer(w, shown);
	check_version(w, shown);
	compress_page(&w->rq, shown);
	correct_cookie(w);
	head_write(&w->head, &w->rq, &w->re, w->failed, shown, &out->head);
	out->head_only = strcmp(w->rq.method, "HEAD") == 0;

	us = clock_steady_us() - w->started_us;
	w->statements += statements_of(cx);
	metrics_count(web->slot, w->route == NULL ? -1 : w->route->number,
		      shown->status, us, w->statements);
	log_answer(w, shown, us);
	if (w->failed == NULL || w->failed->code != ERR_OVERLOADED)
		admission_served(web, w->started_us);
	log_trace(NULL);
}
