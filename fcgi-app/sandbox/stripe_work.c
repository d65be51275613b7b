/* stripe_work.c - what every call of the emulated Stripe does: answers, errors, faults
 * and events. */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/text.h"
#include "base/token.h"
#include "sandbox/stripe.h"

enum { ANSWER_MAX = 8 << 20 };

struct work
stripe_work(struct sandbox *box, struct arena *mem)
{
	struct work w = {
		.box = box, .mem = mem, .version = STRIPE_VERSION, .under = ""};

	return w;
}

void
stripe_answer(struct work *w, int status)
{
	http_reply_text(w->re, status, "application/json", buf_string(&w->text));
	w->re->body_len = w->text.len;
}

static void
open_error(struct work *w, const char *type, const char *code, const char *param,
	   const char *message)
{
	w->text.len = 0;
	w->out = json_out(&w->text);
	json_open(&w->out, '{');
	json_key(&w->out, "error");
	json_open(&w->out, '{');
	if (code) {
		json_pair_text(&w->out, "code", code);
		json_pair_text(&w->out, "doc_url",
			       arena_printf(w->mem,
					    "https://stripe.com/docs/error-codes/%s",
					    code));
	}
	json_pair_text(&w->out, "message", message);
	if (param)
		json_pair_text(&w->out, "param", param);
	json_pair_text(&w->out, "type", type);
}

static void
close_error(struct work *w, int status)
{
	json_close(&w->out, '}');
	json_close(&w->out, '}');
	stripe_answer(w, status);
}

void
stripe_refuse_with(struct work *w, int status, const char *type, const char *code,
		   const char *param, const char *message)
{
	open_error(w, type, code, param, message);
	close_error(w, status);
}

void
stripe_refuse(struct work *w, const char *code, const char *param, const char *message)
{
	stripe_refuse_with(w, 400, "invalid_request_error", code, param, message);
}

void
stripe_refuse_missing(struct work *w, const char *thing, const char *param,
		      const char *id)
{
	/* Of an id in the path the real service answers 404, of one in the body 400. */
	bool in_path = w->id && strcmp(w->id, id) == 0;

	stripe_refuse_with(w, in_path ? 404 : 400, "invalid_request_error",
			   "resource_missing", param,
			   arena_printf(w->mem, "No such %s: '%s'", thing, id));
}

static void
put_intent_member(struct work *w, const struct intent *intent)
{
	json_key(&w->out, "payment_intent");
	stripe_put_intent(w, intent);
}

void
stripe_refuse_state(struct work *w, const char *code, const char *message,
		    const struct intent *intent)
{
	open_error(w, "invalid_request_error", code, NULL, message);
	put_intent_member(w, intent);
	close_error(w, 400);
}

void
stripe_refuse_payment(struct work *w, const struct intent *intent)
{
	open_error(w, "card_error", intent->error_code, NULL, intent->error_message);
	if (intent->error_charge)
		json_pair_text(&w->out, "charge", intent->error_charge);
	if (intent->error_decline_code)
		json_pair_text(&w->out, "decline_code", intent->error_decline_code);
	put_intent_member(w, intent);
	close_error(w, 402);
}

/* Faults that leave nothing done and nothing stored under the key. */
static bool
strike_before(struct work *w, int fault)
{
	switch (fault) {
	case 9001:
		w->re->fate = HTTP_SILENCE;
		w->re->hold_us = w->box->settings.hold_ms * 1000;
		return true;
	case 9003:
		stripe_refuse_with(w, 500, "api_error", NULL, NULL,
				   "Sorry! There was an error on our side.");
		return true;
	case 9005:
		stripe_refuse_with(w, 429, "invalid_request_error", "rate_limit", NULL,
				   "Request rate limit exceeded.");
		http_reply_header(w->re, "Retry-After", "2");
		http_reply_header(w->re, "Stripe-Should-Retry", "true");
		return true;
	case 9007:
		w->re->fate = HTTP_RESET;
		return true;
	case 9010:
		stripe_refuse_with(
			w, 409, "idempotency_error", "idempotency_key_in_use", NULL,
			"There is currently another in-progress request using "
			"this Idempotent Key.");
		return true;
	case 9011:
		http_reply_text(w->re, 502, "text/html; charset=utf-8",
				"<html><head><title>502 Bad Gateway</title></head>"
				"<body><h1>502 Bad Gateway</h1></body></html>\n");
		return true;
	default:
		return false;
	}
}

/* The calls that move money in the shop's flow: an intent's create-with-confirm,
 * confirm and capture, refunds, and the creation of a Checkout session: that is the
 * only call which the shop makes itself before it sends the shopper away, so that a
 * fault of the payment's amount has to strike there. */
bool
stripe_begin(struct work *w, int64_t amount, const char *object)
{
	int fault = w->forced;

	if (fault / 100 != FAULT_CALL) {
		fault = amount < 0 ? 0 : faults_magic(amount, FAULT_CALL);
		if (fault &&
		    !faults_first(w->box, w->mem, fault, w->key ? w->key : object))
			fault = 0;
	}
	if (strike_before(w, fault))
		return false;
	w->after = fault;
	w->executed = true;
	return true;
}

void
stripe_strike_after(struct work *w)
{
	switch (w->after) {
	case 9002:
		w->re->fate = HTTP_SILENCE;
		w->re->hold_us = w->box->settings.hold_ms * 1000;
		break;
	case 9006:
		w->re->hold_us = SECONDS(1) + (int64_t)token_below(2000000);
		break;
	case 9008:
		w->re->fate = HTTP_RESET;
		break;
	case 9009:
		w->re->fate = HTTP_CUT;
		break;
	default:
		break;
	}
}

int
stripe_payment_fault(struct work *w, int64_t amount, const char *subject)
{
	int fault = faults_magic(amount, FAULT_PAYMENT);

	if (w->forced / 100 == FAULT_PAYMENT)
		return w->forced;
	return fault && faults_first(w->box, w->mem, fault, w->key ? w->key : subject)
		       ? fault
		       : 0;
}

int64_t
stripe_distortion(const struct work *w)
{
	return w->webhook_fault == 9208 && !w->re ? 100 : 0;
}

static void
put_cause(struct work *w)
{
	json_key(&w->out, "request");
	json_open(&w->out, '{');
	json_pair_text(&w->out, "id", w->rq && w->request_id ? w->request_id : NULL);
	json_pair_text(&w->out, "idempotency_key", w->key);
	json_close(&w->out, '}');
}

void
stripe_emit(struct work *w, const char *type, const char *version, int64_t amount,
	    void (*put)(struct work *, const void *), const void *object)
{
	bool heard =
		w->box->settings.hooks[sandbox_gateway_index(w->box, "stripe")].url;
	struct work telling =
		*w; /* the same work, writing an event instead of an answer */
	const char *id = sandbox_id(w->mem, "evt_1", 23);

	/* All events of a payment share its fault, so that 9205 stays silent to the
	 * end. */
	w->webhook_fault = w->forced / 100 == FAULT_WEBHOOK
				   ? w->forced
				   : faults_magic(amount, FAULT_WEBHOOK);
	telling.webhook_fault = w->webhook_fault;
	telling.re = NULL;
	telling.form.n = 0;
	telling.under = "";
	telling.text = buf_new(w->mem, ANSWER_MAX);
	telling.out = json_out(&telling.text);
	json_open(&telling.out, '{');
	json_pair_text(&telling.out, "id", id);
	json_pair_text(&telling.out, "object", "event");
	json_pair_text(&telling.out, "api_version", version ? version : w->version);
	json_pair_int(&telling.out, "created", sandbox_now_s(w->box));
	json_key(&telling.out, "data");
	json_open(&telling.out, '{');
	json_key(&telling.out, "object");
	put(&telling, object);
	json_close(&telling.out, '}');
	json_pair_bool(&telling.out, "livemode", false);
	json_pair_int(&telling.out, "pending_webhooks", heard ? 1 : 0);
	put_cause(&telling);
	json_pair_text(&telling.out, "type", type);
	json_close(&telling.out, '}');
	if (w->batch.n < BATCH_MAX)
		w->batch.events[w->batch.n++] = deliver_event(
			w->box, "stripe", id, type, buf_string(&telling.text));
}

void
stripe_finish(struct work *w)
{
	uint64_t ticket = 0;

	/* 9206: the answer waits until the webhooks were tried, five seconds at most.
	 */
	if (w->webhook_fault == 9206 && w->re && w->batch.n) {
		ticket = ++w->box->tickets;
		w->re->ticket = ticket;
		w->re->hold_us = SECONDS(5);
	}
	deliver_batch(w->box, &w->batch, w->webhook_fault, ticket);
}
