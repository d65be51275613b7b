/* refund_order.c - carrying a refund out at its gateway, once, whatever gets lost. */
#include "base/fault_point.h"
#include "base/log.h"
#include "flow/nudge.h"
#include "flow/outside.h"
#include "flow/settle.h"
#include "gateway/pay.h"

/* How the gateway says the refund stands; NOT_FOUND means that it may be asked for. */
static void
ask(const struct pay *pay, struct ctx *cx, const struct refund *refund,
    struct pay_refund_state *state, struct pay_answer *answer)
{
	struct pay_refund request = {.key = refund->idem_key,
				     .refund_ref = refund->uid.text,
				     .payment_id = refund->gw_payment,
				     .amount = refund->amount,
				     .reason = refund->kind};

	if (refund->gw_refund_id == NULL)
		pay->refund(pay, cx, &request, state, answer);
	if (refund->gw_refund_id != NULL || answer->read_state || answer->look_up) {
		*answer = (struct pay_answer){0};
		pay->find_refund(pay, cx, refund->gw_payment, refund->gw_refund_id,
				 refund->uid.text, state, answer);
	}
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
		ask(pay, cx, refund, &state, &answer);
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
