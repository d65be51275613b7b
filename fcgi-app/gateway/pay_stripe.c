/* pay_stripe.c - the payment port at Stripe: hosted Checkout, one line item with what
 * is due, so that the page's total is ours. */
#include "gateway/pay_stripe_private.h"

#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/text.h"

/* Stripe keeps a key for at least 24 hours. */
enum { KEY_SAFE_S = 23 * 3600 };

static void
refuse(struct pay_answer *answer, const char *cause)
{
	answer->outcome = PAY_PERMANENT;
	answer->shopper_code = "our_fault";
	answer->repeat = false;
	answer->cause = cause;
}

/* ---- create ---- */
static void
put_references(struct arena *mem, struct stripe_request *to, const char *member,
	       const struct pay_request *want)
{
	pay_stripe_put(to, arena_printf(mem, "%s[order_ref]", member), want->order_ref);
	pay_stripe_put(to, arena_printf(mem, "%s[attempt_ref]", member),
		       want->attempt_ref);
}

static struct stripe_request
session_request(struct arena *mem, const struct pay_request *want, int64_t wire)
{
	struct stripe_request r = pay_stripe_request(
		mem, "session.create", "POST", "/v1/checkout/sessions", want->key);

	pay_stripe_put(&r, "mode", "payment");
	pay_stripe_put(&r, "client_reference_id", want->order_ref);
	pay_stripe_put(&r, "success_url", want->return_url);
	pay_stripe_put(&r, "cancel_url", want->cancel_url);
	pay_stripe_put(&r, "customer_email", want->email);
	pay_stripe_put_int(&r, "expires_at", want->expires_at.us / SECONDS(1));
	pay_stripe_put_int(&r, "line_items[0][quantity]", 1);
	pay_stripe_put(&r, "line_items[0][price_data][currency]",
		       pay_stripe_currency(mem, want->amount));
	pay_stripe_put_int(&r, "line_items[0][price_data][unit_amount]", wire);
	pay_stripe_put(&r, "line_items[0][price_data][product_data][name]",
		       want->description);
	put_references(mem, &r, "metadata", want);
	put_references(mem, &r, "payment_intent_data[metadata]", want);
	return r;
}

/* F-143: an address that is not Stripe's own page is none to send a shopper to. */
static bool
is_own_page(const struct stripe *stripe, const char *url)
{
	struct origin page;

	return origin_read(url, &page) && origin_same(&page, &stripe->pages);
}

/* F-138: the session must be the one that was asked for; F-143: its page must be
 * Stripe's. NULL when all is well. */
static const char *
check_session(const struct stripe *stripe, const struct pay_request *want,
	      const struct json *session, const struct pay_state *state)
{
	bool live;

	if (!money_same(state->asked, want->amount))
		return "the session's amount is another";
	if (!text_equal(state->order_ref, want->order_ref) ||
	    !text_equal(state->attempt_ref, want->attempt_ref))
		return "the session's references are others";
	if (!json_bool(json_member(session, "livemode"), &live) || live != stripe->live)
		return "the session's mode is another";
	if (!is_own_page(stripe, state->url))
		return "the session's page is not the gateway's";
	return NULL;
}

static void
read_created(const struct stripe *stripe, struct arena *mem,
	     const struct pay_request *want, const struct json *object,
	     struct pay_session *session, struct pay_answer *answer)
{
	struct pay_state state;
	const char *cause;
	int64_t expires_at;

	if (!pay_stripe_read_session(mem, object, &state)) {
		pay_stripe_unreadable(answer, "the answer is not a session");
		return;
	}
	session->session_id = state.session_id;
	session->payment_id = state.payment_id;
	session->handover = PAY_REDIRECT;
	session->expires_at = want->expires_at;
	if (json_int(json_member(object, "expires_at"), &expires_at) &&
	    expires_at > 0 && expires_at < INT64_C(100000000000))
		session->expires_at.us = SECONDS(expires_at);
	cause = check_session(stripe, want, object, &state);
	if (cause != NULL)
		refuse(answer, cause);
	else
		session->url = state.url;
}

static void
create(const struct pay *pay, struct ctx *cx, const struct pay_request *want,
       struct pay_session *session, struct pay_answer *answer)
{
	const struct json *object;
	struct stripe_request request;
	int64_t wire;

	*session = (struct pay_session){0};
	*answer = (struct pay_answer){0};
	if (!pay_stripe_amount_to_wire(want->amount, &wire)) {
		refuse(answer, "Stripe takes no such amount");
		return;
	}
	request = session_request(cx->mem, want, wire);
	object = pay_stripe_send(pay->own, cx, &request, answer);
	if (object != NULL)
		read_created(pay->own, cx->mem, want, object, session, answer);
}

/* ---- how it stands ---- */
static const struct json *
get_session(const struct stripe *stripe, struct ctx *cx, const char *session_id,
	    const char *charge, struct pay_answer *answer)
{
	const char *path =
		pay_stripe_path(cx->mem, "/v1/checkout/sessions/", session_id, NULL);
	struct stripe_request request =
		pay_stripe_request(cx->mem, "session.get", "GET", path, NULL);

	pay_stripe_put(&request, "expand[0]", "payment_intent");
	pay_stripe_put(&request, "expand[1]", charge);
	return pay_stripe_send(stripe, cx, &request, answer);
}

/* The fee stands in the balance, which a restricted key need not be able to read: then
 * the payment is read without it. */
static void
retrieve(const struct pay *pay, struct ctx *cx, const char *session_id,
	 struct pay_state *state, struct pay_answer *answer)
{
	const struct json *object =
		get_session(pay->own, cx, session_id,
			    "payment_intent.latest_charge.balance_transaction", answer);

	*state = (struct pay_state){.status = PAY_NOT_FOUND};
	if (answer->http_status == 403)
		object = get_session(pay->own, cx, session_id,
				     "payment_intent.latest_charge", answer);
	if (object != NULL && !pay_stripe_read_session(cx->mem, object, state))
		pay_stripe_unreadable(answer, "the answer is not a session");
	else if (object != NULL && !is_own_page(pay->own, state->url))
		state->url = NULL;
	else if (answer->http_status == 404 && answer->outcome == PAY_PERMANENT)
		*answer = (struct pay_answer){.outcome = PAY_DONE, .http_status = 404};
}

static void
close_session(const struct pay *pay, struct ctx *cx, const char *session_id,
	      const char *key, struct pay_state *state, struct pay_answer *answer)
{
	const char *path = pay_stripe_path(cx->mem, "/v1/checkout/sessions/",
					   session_id, "/expire");
	struct stripe_request request =
		pay_stripe_request(cx->mem, "session.expire", "POST", path, key);
	struct pay_answer refusal;

	*state = (struct pay_state){.status = PAY_NOT_FOUND};
	if (pay_stripe_send(pay->own, cx, &request, answer) == NULL &&
	    answer->http_status != 400 && answer->http_status != 404)
		return;
	/* Only an open session can be expired: one that ended before says how. Read it
	 * in any case, since the answer to the expiry does not hold its payment. */
	refusal = *answer;
	retrieve(pay, cx, session_id, state, answer);
	if (answer->outcome == PAY_DONE && state->status == PAY_OPEN)
		*answer = refusal;
}

/* ---- moving money ---- */
static void
capture(const struct pay *pay, struct ctx *cx, const char *payment_id,
	struct money amount, const char *key, struct pay_state *state,
	struct pay_answer *answer)
{
	const char *path = pay_stripe_path(cx->mem, "/v1/payment_intents/", payment_id,
					   "/capture");
	struct stripe_request request =
		pay_stripe_request(cx->mem, "payment.capture", "POST", path, key);
	const struct json *object;
	int64_t wire;

	*state = (struct pay_state){.status = PAY_NOT_FOUND};
	*answer = (struct pay_answer){0};
	if (!pay_stripe_amount_to_wire(amount, &wire)) {
		refuse(answer, "Stripe takes no such amount");
		return;
	}
	pay_stripe_put_int(&request, "amount_to_capture", wire);
	object = pay_stripe_send(pay->own, cx, &request, answer);
	if (object != NULL && !pay_stripe_read_intent(cx->mem, object, state))
		pay_stripe_unreadable(answer, "the answer is not a payment");
}

/* Stripe knows three reasons only. */
static const char *
reason_of(const struct pay_refund *want)
{
	if (text_equal(want->reason, "duplicate") ||
	    text_equal(want->reason, "fraudulent"))
		return want->reason;
	return "requested_by_customer";
}

static void
read_refunded(struct arena *mem, const struct pay_refund *want,
	      const struct json *object, struct pay_refund_state *state,
	      struct pay_answer *answer)
{
	if (!pay_stripe_read_refund(mem, object, state))
		pay_stripe_unreadable(answer, "the answer is not a refund");
	else if (!money_same(state->amount, want->amount))
		refuse(answer, "the refund's amount is another");
}

static void
refund(const struct pay *pay, struct ctx *cx, const struct pay_refund *want,
       struct pay_refund_state *state, struct pay_answer *answer)
{
	struct stripe_request request = pay_stripe_request(
		cx->mem, "refund.create", "POST", "/v1/refunds", want->key);
	const struct json *object;
	int64_t wire;

	*state = (struct pay_refund_state){.status = PAY_REFUND_NOT_FOUND};
	*answer = (struct pay_answer){0};
	if (!pay_stripe_amount_to_wire(want->amount, &wire)) {
		refuse(answer, "Stripe takes no such amount");
		return;
	}
	pay_stripe_put(&request, "payment_intent", want->payment_id);
	pay_stripe_put_int(&request, "amount", wire);
	pay_stripe_put(&request, "reason", reason_of(want));
	pay_stripe_put(&request, "metadata[refund_ref]", want->refund_ref);
	object = pay_stripe_send(pay->own, cx, &request, answer);
	if (object != NULL)
		read_refunded(cx->mem, want, object, state, answer);
}

static bool
read_event(const struct pay *pay, struct arena *mem, const void *body, size_t len,
	   struct pay_event *event)
{
	(void)pay;
	return pay_stripe_read_event(mem, body, len, event);
}

const struct pay *
pay_stripe(struct arena *mem, const struct stripe *stripe)
{
	struct pay *pay = arena_new_of(mem, struct pay, 1);

	*pay = (struct pay){
		.name = "stripe",
		.title = "Card, Apple Pay, Google Pay",
		.note = "You pay on Stripe's page. We never see your card.",
		.captures_itself = true,
		.create_key_s = KEY_SAFE_S,
		.refund_key_s = KEY_SAFE_S,
		.own = stripe,
		.limits = pay_stripe_limits,
		.create = create,
		.retrieve = retrieve,
		.find = pay_stripe_find_session,
		.close = close_session,
		.capture = capture,
		.refund = refund,
		.find_refund = pay_stripe_find_refund,
		.dispute = pay_stripe_dispute,
		.told = pay_stripe_told,
		.charges = pay_stripe_charges,
		.verify = pay_stripe_verify,
		.read = read_event,
	};
	return pay;
}
