/* control.c - the control API below /_sandbox: for tests, the demo and the shop's
 * start. The ledger's amounts are in the gateway's minor units; its status words are
 * its own: open (nothing taken yet), pending, authorised, captured, refunded, failed,
 * canceled. */
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "sandbox/deliver.h"
#include "sandbox/faults.h"

enum { DELIVERIES_SHOWN = 2000, ANSWER_MAX = 128 << 20 };

struct control {
	struct sandbox *box;
	const struct http_request *rq;
	struct http_reply *re;
	const struct json *body; /* NULL when there is none */
	const char *id;          /* the part of the path that a route leaves open */
	struct buf text;
	struct json_out out;
};

static void
answer(struct control *c, int status)
{
	http_reply_text(c->re, status, "application/json", buf_string(&c->text));
	c->re->body_len = c->text.len;
}

static void
refuse(struct control *c, int status, const char *why)
{
	json_open(&c->out, '{');
	json_pair_text(&c->out, "error", why);
	json_close(&c->out, '}');
	answer(c, status);
}

static void
answer_done(struct control *c, const char *wrong)
{
	if (wrong) {
		refuse(c, 400, wrong);
		return;
	}
	json_open(&c->out, '{');
	json_pair_bool(&c->out, "done", true);
	json_close(&c->out, '}');
	answer(c, 200);
}

static void
config_get(struct control *c)
{
	settings_show(c->box, &c->out);
	answer(c, 200);
}

static void
config_put(struct control *c)
{
	const char *wrong =
		settings_put(c->box, c->rq->mem, c->rq->body, c->rq->body_len);

	if (wrong)
		refuse(c, 400, wrong);
	else
		config_get(c);
}

static void
reset_post(struct control *c)
{
	struct err *e = sandbox_reset(c->box);

	answer_done(c, e ? e->cause : NULL);
}

static void
clock_post(struct control *c)
{
	int64_t seconds;

	if (!json_int_at(c->body, "advance_s", &seconds) || seconds < 0 ||
	    seconds > 10 * 366 * 86400) {
		refuse(c, 400, "advance_s is a number of seconds");
		return;
	}
	sandbox_advance(c->box, seconds);
	json_open(&c->out, '{');
	json_pair_int(&c->out, "now", sandbox_now_s(c->box));
	json_close(&c->out, '}');
	answer(c, 200);
}

static void
faults_post(struct control *c)
{
	const char *gateway = json_text_at(c->body, "gateway");
	int64_t times = 1, number;
	const char *fault = json_text_at(c->body, "fault");

	if (!fault && json_int_at(c->body, "fault", &number))
		fault = arena_printf(c->rq->mem, "%d", (int)number);
	if (!json_is_null(json_member(c->body, "times")) &&
	    !json_int_at(c->body, "times", &times))
		times = 0;
	if (gateway && sandbox_gateway_index(c->box, gateway) == SIZE_MAX)
		refuse(c, 400, "gateway is not here");
	else if (!faults_force(c->box->faults, gateway, json_text_at(c->body, "method"),
			       json_text_at(c->body, "path"),
			       json_text_at(c->body, "holds"), fault, times))
		refuse(c, 400, "fault is a known code, times at least 1");
	else
		answer_done(c, NULL);
}

static void
put_row(void *arg, const struct ledger_row *row)
{
	struct json_out *out = arg;

	json_open(out, '{');
	json_pair_text(out, "gateway", row->gateway);
	json_pair_text(out, "ref", row->ref);
	json_pair_text(out, "attempt_ref", row->attempt_ref);
	json_pair_int(out, "authorised", row->authorised);
	json_pair_int(out, "captured", row->captured);
	json_pair_int(out, "refunded", row->refunded);
	json_pair_text(out, "currency", row->currency);
	json_pair_text(out, "status", row->status);
	json_close(out, '}');
}

static void
ledger_get(struct control *c)
{
	json_open(&c->out, '[');
	for (size_t i = 0; c->box->gateways[i]; i++)
		c->box->gateways[i]->ledger(c->box, c->rq->mem, put_row, &c->out);
	json_close(&c->out, ']');
	answer(c, 200);
}

static void
put_call(struct control *c, const struct call *call)
{
	json_open(&c->out, '{');
	json_pair_text(&c->out, "at",
		       instant_rfc3339(c->rq->mem, (struct instant){call->at_us}));
	json_pair_text(&c->out, "gateway", call->gateway);
	json_pair_text(&c->out, "method", call->method);
	json_pair_text(&c->out, "path", call->path);
	json_pair_text(&c->out, "key", call->key[0] ? call->key : NULL);
	json_pair_int(&c->out, "status", call->status);
	json_close(&c->out, '}');
}

static void
requests_get(struct control *c)
{
	uint64_t n = c->box->n_calls;

	json_open(&c->out, '[');
	for (uint64_t i = n > CALLS_KEPT ? n - CALLS_KEPT : 0; i < n; i++)
		put_call(c, &c->box->calls[i % CALLS_KEPT]);
	json_close(&c->out, ']');
	answer(c, 200);
}

static void
put_delivery(struct control *c, const struct delivery *d)
{
	json_open(&c->out, '{');
	json_pair_text(&c->out, "id", d->record.id);
	json_pair_text(&c->out, "gateway", d->gateway);
	json_pair_text(&c->out, "event", d->event);
	json_pair_text(&c->out, "type", d->type);
	json_pair_text(&c->out, "url", d->url);
	json_pair_text(&c->out, "state", d->state);
	json_pair_text(&c->out, "flaw", d->flaw);
	json_pair_int(&c->out, "status", d->status);
	json_pair_text(&c->out, "due",
		       instant_rfc3339(c->rq->mem, (struct instant){d->due_us}));
	json_key(&c->out, "attempts");
	json_put_raw(&c->out,
		     arena_printf(c->rq->mem, "[%s]", d->attempts ? d->attempts : ""));
	json_close(&c->out, '}');
}

static void
deliveries_get(struct control *c)
{
	size_t n = store_count(c->box->store, &delivery_kind);

	json_open(&c->out, '[');
	for (size_t i = n > DELIVERIES_SHOWN ? n - DELIVERIES_SHOWN : 0; i < n; i++)
		put_delivery(c, store_at(c->box->store, &delivery_kind, i));
	json_close(&c->out, ']');
	answer(c, 200);
}

static void
resend_post(struct control *c)
{
	struct delivery *d = store_find(c->box->store, &delivery_kind, c->id);

	if (!d) {
		refuse(c, 404, "there is no such delivery");
		return;
	}
	deliver_again(c->box, d);
	answer_done(c, NULL);
}

/* The gateway that the body names. */
static const struct gateway *
named_gateway(struct control *c)
{
	size_t at = sandbox_gateway_index(c->box, json_text_at(c->body, "gateway"));

	if (at != SIZE_MAX && json_text_at(c->body, "ref"))
		return c->box->gateways[at];
	refuse(c, 400, "gateway and ref name a payment");
	return NULL;
}

static void
pay_post(struct control *c)
{
	const struct gateway *gateway = named_gateway(c);
	const char *outcome = json_text_at(c->body, "outcome");

	if (gateway)
		answer_done(c, gateway->press(c->box, c->rq->mem,
					      json_text_at(c->body, "ref"),
					      outcome ? outcome : "approve"));
}

static void
dispute_post(struct control *c)
{
	const struct gateway *gateway = named_gateway(c);
	const char *outcome = json_text_at(c->body, "outcome");

	if (gateway)
		answer_done(c, gateway->dispute(c->box, c->rq->mem,
						json_text_at(c->body, "ref"),
						outcome ? outcome : "open"));
}

static const struct route {
	const char *method, *start, *end; /* between them stands an id */
	void (*run)(struct control *);
} routes[] = {
	{"GET", "/_sandbox/config", NULL, config_get},
	{"PUT", "/_sandbox/config", NULL, config_put},
	{"POST", "/_sandbox/reset", NULL, reset_post},
	{"POST", "/_sandbox/clock", NULL, clock_post},
	{"POST", "/_sandbox/faults", NULL, faults_post},
	{"GET", "/_sandbox/ledger", NULL, ledger_get},
	{"GET", "/_sandbox/requests", NULL, requests_get},
	{"GET", "/_sandbox/deliveries", NULL, deliveries_get},
	{"POST", "/_sandbox/deliveries/", "/resend", resend_post},
	{"POST", "/_sandbox/pay", NULL, pay_post},
	{"POST", "/_sandbox/dispute", NULL, dispute_post},
};

static bool
fits(const struct route *route, struct control *c)
{
	size_t start = strlen(route->start), len = strlen(c->rq->path);
	size_t end = route->end ? strlen(route->end) : 0;

	if (!route->end)
		return strcmp(c->rq->path, route->start) == 0;
	if (len <= start + end || !text_starts(c->rq->path, route->start) ||
	    !text_ends(c->rq->path, route->end))
		return false;
	c->id = arena_copy(c->rq->mem, c->rq->path + start, len - start - end);
	return true;
}

/* No page of another site may reach it: neither by a form nor under a name that
 * someone pointed at 127.0.0.1. */
static bool
is_from_here(const struct http_request *rq)
{
	const char *host = http_header_of(rq, "host");
	const char *site = http_header_of(rq, "sec-fetch-site");

	if (!host ||
	    (!text_starts(host, "127.0.0.1") && !text_starts(host, "localhost")))
		return false;
	return !site || strcmp(site, "same-origin") == 0 || strcmp(site, "none") == 0;
}

void
control_handle(struct sandbox *box, const struct http_request *rq,
	       struct http_reply *re)
{
	struct control c = {.box = box, .rq = rq, .re = re};
	bool known = false;

	c.text = buf_new(rq->mem, ANSWER_MAX);
	c.out = json_out(&c.text);
	if (!is_from_here(rq)) {
		refuse(&c, 403, "only from this machine");
		return;
	}
	if (rq->body_len && json_parse(rq->mem, rq->body, rq->body_len, &c.body)) {
		refuse(&c, 400, "the body is not JSON");
		return;
	}
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		if (!fits(&routes[i], &c))
			continue;
		known = true;
		if (strcmp(rq->method, routes[i].method) == 0) {
			routes[i].run(&c);
			return;
		}
	}
	refuse(&c, known ? 405 : 404, known ? "not with this method" : "not here");
}
