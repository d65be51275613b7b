/* session.c - asking a gateway for an attempt's session. */
#include "flow/session.h"

#include "base/log.h"
#include "flow/outside.h"

static void
learn(const struct pay *pay, struct ctx *cx, const struct attempt *attempt,
      struct pay_session *session, struct pay_answer *answer)
{
	struct pay_state state = {0};
	struct pay_answer found = {0};

	pay->find(pay, cx, attempt->uid.text, attempt->sent_at, &state, &found);
	if (found.outcome != PAY_DONE || state.session_id == NULL)
		return;
	*answer = found;
	*session = (struct pay_session){.session_id = state.session_id,
					.payment_id = state.payment_id,
					.handover = PAY_REDIRECT,
					.url = state.url,
					.expires_at = attempt->expires_at};
}

void
session_open(struct shop *shop, struct ctx *cx, const struct order *order,
	     const struct attempt *attempt, const char *email,
	     struct pay_session *session, struct pay_answer *answer)
{
	const struct pay *pay = shop_gateway(shop, attempt->gateway);
	const char *token = payment_return_token(cx, attempt->uid);
	const char *base = shop->config->shop_url;
	struct pay_request request = {
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

	*session = (struct pay_session){0};
	*answer = (struct pay_answer){0};
	if (pay == NULL) { /* it was switched off while this attempt was on its way */
		answer->outcome = PAY_TRANSIENT;
		answer->cause = "gateway is not configured";
		return;
	}
	outside_about(shop, attempt->id, (struct refund_id){0});
	pay->create(pay, cx, &request, session, answer);
	if (answer->outcome == PAY_UNKNOWN && answer->look_up)
		learn(pay, cx, attempt, session, answer);
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
		.declined_once = state->declined_once,
		.shopper_code = state->shopper_code,
		.method = state->method,
	};
}
