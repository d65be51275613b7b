/* return_from_gateway.c - the shopper comes back, or goes on by a posted form. */
#include "base/fault_point.h"
#include "flow/nudge.h"
#include "flow/resolve.h"
#include "flow/session.h"
#include "flow/settle.h"

static fallible
ask_now(struct ctx *cx, struct attempt_id attempt)
{
	struct err *e;

	SINGLE (tx, cx, &e)
		e = payment_ask_now(tx, attempt);
	if (is_uncertain(e)) /* asked for twice it is asked once */
		SINGLE (tx, cx, &e)
			e = payment_ask_now(tx, attempt);
	return e;
}

fallible
flow_return(struct shop *shop, struct ctx *cx, const char *token, struct order *order)
{
	struct payment_way_back back = {0};
	struct err *e;
	bool found = false;

	FAULT_POINT_ERR(return_begin, INTERNAL);
	READING (tx, cx, &e)
		e = payment_find_way_back(tx, token, &back, &found);
	TRY(e);
	if (!found)
		return FAIL(NOT_FOUND, "no attempt with this token");
	*order = (struct order){.uid = back.order_uid,
				.number = back.number,
				.state = back.order_state};
	if (back.live && !back.due)
		TRY(ask_now(cx, back.attempt));
	FAULT_POINT_ERR(return_noted, INTERNAL);
	if (back.live)
		nudge(shop, LANE_PAY);
	FAULT_POINT_ERR(return_nudged, INTERNAL);
	return NULL;
}

static fallible
load(struct tx *tx, const char *token, struct attempt *attempt, struct order *order)
{
	bool found;

	TRY(payment_find_by_token(tx, token, attempt, &found));
	if (!found)
		return FAIL(NOT_FOUND, "no attempt with this token");
	TRY(order_get_by_id_with_customer(tx, attempt->order, order));
	return order_load(tx, order);
}

static const struct handover_field *
copy_fields(struct arena *mem, const struct pay_session *session)
{
	struct handover_field *fields =
		arena_new_of(mem, struct handover_field, session->n_fields + 1);

	for (size_t i = 0; i < session->n_fields; i++)
		fields[i] = (struct handover_field){session->fields[i].name,
						    session->fields[i].value};
	return fields;
}

/* The fields are those that the gateway's session gives: the same call tells them
 * again. */
fallible
flow_handover(struct shop *shop, struct ctx *cx, const char *token,
	      struct handover *out)
{
	struct pay_session session;
	struct pay_answer answer;
	struct attempt attempt = {0};
	struct order order = {0};
	struct err *e;

	READING (tx, cx, &e)
		e = load(tx, token, &attempt, &order);
	TRY(e);
	if (!payment_is_live(&attempt))
		return FAIL(NOT_FOUND, "order=%s: attempt is %s", order.number,
			    attempt.state);
	session_open(shop, cx, &order, &attempt, order.customer.email.plain, &session,
		     &answer);
	if (answer.outcome != PAY_DONE)
		return FAIL(GATEWAY_UNAVAILABLE, "order=%s", order.number);
	*out = (struct handover){.action = session.url,
				 .button = "Continue to the payment",
				 .fields = copy_fields(cx->mem, &session),
				 .n_fields = session.n_fields};
	return NULL;
}
