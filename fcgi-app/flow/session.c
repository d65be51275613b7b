/* session.c - asking a gateway for an attempt's session. */
#include "flow/session.h"

#include "base/log.h"
#include "flow/outside.h"

/* A session has to live for half an hour of its 31 minutes: what was sent within the
 * first one may have made it, what is sent later can only learn of it. */
enum { MADE_SECONDS = 60, LISTED_SECONDS = 60 };

/* Looks for what the calls of an attempt made. Nothing there is a proof when the last
 * one that could make it is old enough. */
static void
learn(const struct pay *pay, struct ctx *cx, const struct attempt *attempt, int64_t age,
      struct pay_session *session, struct pay_answer *answer)
{
	struct pay_state state = {0};
	struct pay_answer found = {0};

	pay->find(pay, cx, attempt->uid.text, attempt->sent_at, &state, &found);
	if (found.outcome != PAY_DONE)
		return;
	if (state.session_id != NULL) {
		*answer = found;
		*session = (struct pay_session){.session_id = state.session_id,
						.payment_id = state.payment_id,
						.handover = PAY_REDIRECT,
						.url = state.url,
						.expires_at = attempt->expires_at};
	} else if (age >= SECONDS(MADE_SECONDS + LISTED_SECONDS)) {
		*answer = (struct pay_answer){.outcome = PAY_PERMANENT,
					      .absent = true,
					      .cause = "nothing was made"};
	}
}

static struct pay_request
request_of(const struct shop *shop, struct ctx *cx, const struct order *order,
	   const struct attempt *attempt, const char *email)
{
	const char *token = payment_return_token(cx, attempt->uid);
	const char *base = shop->config->shop_url;

	return (struct pay_request){
		.key = attempt->idem_key,
		.order_ref = order->number,
		.attempt_ref = attempt->uid.text,
		.amount = attempt->amount,
		.description = arena_printf(cx->mem, "Order %s at %s", order->number,
					    shop->config->shop_name),
		.email = email,
		.return_url =
			arena_printf(cx->mem, "%s/checkout/return/%s", base, token),
		.cancel_url = arena_printf(cx->mem, "%s/checkout/return/%s?cancelled=1",
					   base, token),
		.expires_at = attempt->expires_at,
	};
}

/* A gateway that forgot the key would open a second session. */
static void
create_or_learn(const struct pay *pay, struct ctx *cx,
		const struct pay_request *request, const struct order *order,
		const struct attempt *attempt, struct pay_session *session,
		struct pay_answer *answer)
{
	int64_t age = instant_since(order->now, attempt->sent_at);

	*answer = (struct pay_answer){.outcome = PAY_UNKNOWN,
				      .shopper_code = "checking",
				      .look_up = true,
				      .cause = "too old to be sent again"};
	if (payment_key_age(attempt->sent_at, order->now, pay->create_key_s) ==
	    KEY_KNOWN)
		pay->create(pay, cx, request, session, answer);
	if (answer->outcome == PAY_UNKNOWN && session->session_id == NULL &&
	    (answer->look_up || age >= SECONDS(MADE_SECONDS)))
		learn(pay, cx, attempt, age, session, answer);
}

void
session_open(struct shop *shop, struct ctx *cx, const struct order *order,
	     const struct attempt *attempt, const char *email,
	     struct pay_session *session, struct pay_answer *answer)
{
	const struct pay *pay = shop_gateway(shop, attempt->gateway);
	struct pay_request request = request_of(shop, cx, order, attempt, email);

	*session = (struct pay_session){0};
	*answer = (struct pay_answer){0};
	if (pay == NULL) { /* it was switched off while this attempt was on its way */
		answer->outcome = PAY_TRANSIENT;
		answer->cause = "gateway is not configured";
		return;
	}
	outside_about(shop, attempt->id, (struct refund_id){0});
	create_or_learn(pay, cx, &request, order, attempt, session, answer);
	log_event(LOG_INFO, "payment.session", "order", order->number, "attempt",
		  attempt->uid.text, "outcome", pay_outcome_word(answer->outcome),
		  "request", answer->request_id, NULL);
}

fallible
session_record(struct tx *tx, const struct attempt *attempt,
	       const struct pay_session *session, const struct pay_answer *answer)
{
	int64_t changed;

	if (session->session_id != NULL)
		TRY(payment_note_session(
			tx, attempt->id, session->session_id, session->payment_id,
			answer->outcome == PAY_DONE ? session->url : NULL));
	switch (answer->outcome) {
	case PAY_DONE:
		return NULL;
	case PAY_UNKNOWN:
		return payment_move(tx, attempt->id, "unknown", NULL,
				    payment_ladder(attempt->checks), &changed);
	case PAY_DECLINED:
	case PAY_PERMANENT:
	case PAY_NEEDS_ACTION:
		if (session->session_id == NULL)
			return payment_move(tx, attempt->id, "failed",
					    answer->shopper_code, -1, &changed);
		return NULL; /* a session that cannot be used: it is closed by the poll
			      */
	case PAY_TRANSIENT:
		return NULL; /* nothing was done: `sent` stays, the same key goes on */
	}
	return NULL;
}

struct payment_facts
session_facts(const struct pay_state *state, const struct pay_answer *answer)
{
	static const enum payment_truth truths[] = {
		[PAY_OPEN] = TRUTH_OPEN,           [PAY_PROCESSING] = TRUTH_PROCESSING,
		[PAY_APPROVED] = TRUTH_AUTHORIZED, [PAY_AUTHORIZED] = TRUTH_AUTHORIZED,
		[PAY_PAID] = TRUTH_PAID,           [PAY_FAILED] = TRUTH_FAILED,
		[PAY_EXPIRED] = TRUTH_EXPIRED,     [PAY_CANCELLED] = TRUTH_CANCELLED,
		[PAY_NOT_FOUND] = TRUTH_NOT_FOUND,
	};

	if (answer->outcome != PAY_DONE)
		return (struct payment_facts){.truth = TRUTH_UNANSWERED};
	return (struct payment_facts){
		.truth = truths[state->status],
		.gw_id = state->session_id,
		.gw_payment = state->payment_id,
		.url = state->url,
		.order_ref = state->order_ref,
		.attempt_ref = state->attempt_ref,
		.captured = state->captured,
		.authorised = state->authorised,
		.asked = state->asked,
		.fee = state->fee,
		.declined_once = state->declined_once,
		.shopper_code = state->shopper_code,
		.method = state->method,
	};
}
