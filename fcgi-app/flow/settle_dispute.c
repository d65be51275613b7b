/* settle_dispute.c - asking how a dispute stands, and settling what the gateway says.
 */
#include "base/log.h"
#include "flow/outside.h"
#include "flow/settle.h"
#include "gateway/pay.h"

static struct dispute_facts
facts_of(const struct pay_dispute *state, const char *dispute_id)
{
	static const char *const words[] = {
		[PAY_DISPUTE_OPEN] = "open",
		[PAY_DISPUTE_WON] = "won",
		[PAY_DISPUTE_LOST] = "lost",
	};

	return (struct dispute_facts){
		.gw_dispute_id = dispute_id,
		.gw_payment = state->payment_id,
		.state = words[state->status],
		.taken = state->taken,
		.amount = state->amount,
		.reason = state->reason,
		.due_by = state->respond_by,
	};
}

/* Somebody has to answer the bank, or to know that it has decided. */
static void
alert(struct ctx *cx, const struct disputed *disputed)
{
	const struct dispute *d = &disputed->dispute;

	if (disputed->misfit != NULL)
		log_event(LOG_WARNING, "dispute.misfit", "order", disputed->number,
			  "why", disputed->misfit, NULL);
	if (!disputed->opened && !disputed->taken && !disputed->closed)
		return;
	log_event(LOG_WARNING, disputed->closed ? "dispute.closed" : "dispute.opened",
		  "order", disputed->number, "dispute", d->gw_dispute_id, "state",
		  d->state, "amount", log_number(d->amount.minor), "currency",
		  d->amount.currency, "taken", d->taken ? "yes" : "no", "reason",
		  d->reason, "answer_by",
		  instant_is_none(d->due_by) ? NULL
					     : instant_rfc3339(cx->mem, d->due_by),
		  NULL);
}

fallible
flow_ask_dispute(struct shop *shop, struct ctx *cx, const struct attempt *attempt,
		 const char *dispute_id, struct disputed *out)
{
	const struct pay *pay = shop_gateway(shop, attempt->gateway);
	struct pay_answer answer = {.outcome = PAY_UNKNOWN};
	struct pay_dispute state = {.status = PAY_DISPUTE_NOT_FOUND};
	struct dispute_facts facts;
	struct err *e;

	*out = (struct disputed){0};
	outside_about(shop, attempt->id, (struct refund_id){0});
	if (pay != NULL)
		pay->dispute(pay, cx, dispute_id, &state, &answer);
	if (answer.outcome != PAY_DONE)
		return NULL;
	out->answered = true;
	out->misfit = "the gateway knows no such dispute";
	if (state.status == PAY_DISPUTE_NOT_FOUND)
		return NULL;
	facts = facts_of(&state, dispute_id);
	TRANSACTION (tx, cx, &e)
		e = dispute_settle(tx, attempt->id, &facts, out);
	TRY(e);
	alert(cx, out);
	return NULL;
}
