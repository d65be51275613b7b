/* refund_order.c - carrying a refund out at its gateway, once, whatever gets lost. */
#include "base/fault_point.h"
#include "base/log.h"
#include "flow/nudge.h"
#include "flow/outside.h"
#include "flow/settle.h"
#include "gateway/pay.h"

static void
look_up(const struct pay *pay, struct ctx *cx, const struct refund *refund,
	struct pay_refund_state *state, struct pay_answer *answer)
{
	*answer = (struct pay_answer){0};
	pay->find_refund(pay, cx, refund->gw_payment, refund->gw_refund_id,
			 refund->uid.text, state, answer);
}

static void
send(const struct pay *pay, struct ctx *cx, const struct refund *refund,
     struct pay_refund_state *state, struct pay_answer *answer)
{
	struct pay_refund request = {.key = refund->idem_key,
				     .refund_ref = refund->uid.text,
				     .payment_id = refund->gw_payment,
				     .amount = refund->amount,
				     .reason = refund->kind};

	pay->refund(pay, cx, &request, state, answer);
	if (answer->read_state || answer->look_up)
		look_up(pay, cx, refund, state, answer);
}

/* The gateway may have forgotten the key, and would give the money back once more. So
 * it is sent again only when the gateway has no such refund, which is written down
 * first. */
static fallible
send_anew(const struct pay *pay, struct ctx *cx, const struct refund *refund,
	  struct pay_refund_state *state, struct pay_answer *answer)
{
	struct err *e;
	bool due = false;

	SINGLE (tx, cx, &e)
		e = refund_send_anew(tx, refund->id, &due);
	TRY(e);
	if (due)
		send(pay, cx, refund, state, answer);
	return NULL;
}

/* How the gateway says the refund stands; NOT_FOUND means that it may be asked for. */
static fallible
ask(const struct pay *pay, struct ctx *cx, const struct refund *refund,
    struct pay_refund_state *state, struct pay_answer *answer)
{
	enum payment_key_age age =
		payment_key_age(refund->sent_at, refund->now, pay->refund_key_s);

	if (refund->gw_refund_id == NULL && age == KEY_KNOWN) {
		send(pay, cx, refund, state, answer);
		return NULL;
	}
	look_up(pay, cx, refund, state, answer);
	if (refund->gw_refund_id == NULL && age == KEY_FORGOTTEN &&
	    answer->outcome == PAY_DONE && state->status == PAY_REFUND_NOT_FOUND)
		return send_anew(pay, cx, refund, state, answer);
	return NULL;
}

static fallible
settle(struct tx *tx, const struct refund *refund, const struct pay_refund_state *state,
       const struct pay_answer *answer)
{
	if (answer->outcome == PAY_PERMANENT || answer->outcome == PAY_DECLINED)
		return refund_refused(tx, refund->id, answer->cause);
	if (answer->outcome != PAY_DONE || state->status == PAY_REFUND_NOT_FOUND)
		return refund_wait(tx, refund, NULL);
	if (state->status == PAY_REFUND_FAILED)
		return refund_refused(tx, refund->id, "failed at the gateway");
	if (state->status == PAY_REFUND_PENDING)
		return refund_wait(tx, refund, state->gateway_id);
	return refund_done(tx, refund->id, state->gateway_id);
}

fallible
flow_send_refund(struct shop *shop, struct ctx *cx, const struct refund *refund)
{
	const struct pay *pay = shop_gateway(shop, refund->gateway);
	struct pay_answer answer = {.outcome = PAY_UNKNOWN};
	struct pay_refund_state state = {0};
	struct err *e;

	FAULT_POINT_ERR(refund_begin, INTERNAL);
	outside_about(shop, refund->attempt, refund->id);
	if (pay != NULL && refund->gw_payment != NULL)
		TRY(ask(pay, cx, refund, &state, &answer));
	FAULT_POINT_ERR(refund_answered, INTERNAL);
	log_event(LOG_INFO, "refund.sent", "refund", refund->uid.text, "outcome",
		  pay_outcome_word(answer.outcome), "request", answer.request_id, NULL);
	TRANSACTION (tx, cx, &e)
		e = settle(tx, refund, &state, &answer);
	TRY(e);
	FAULT_POINT_ERR(refund_noted, INTERNAL);
	nudge(shop, LANE_MAIL);
	return NULL;
}
