/* settle_attempt.c - asking how an attempt stands, closing it, ending its order. */
#include "base/fault_point.h"
#include "base/log.h"
#include "base/text.h"
#include "flow/nudge.h"
#include "flow/outside.h"
#include "flow/session.h"
#include "flow/settle.h"

/* webhook NULL: none told of it. */
static fallible
settle_and_end(struct tx *tx, const struct attempt *attempt,
	       const struct payment_facts *facts, const struct webhook *webhook,
	       struct settled *out)
{
	TRY(settle_payment(tx, attempt->id, facts, "gateway", out));
	if (webhook == NULL || !out->answered || out->mismatch)
		return NULL;
	return inbox_settle(tx, webhook->id, "applied");
}

static fallible
settle(struct shop *shop, struct ctx *cx, const struct attempt *attempt,
       const struct payment_facts *facts, const struct webhook *webhook,
       struct settled *out)
{
	struct err *e;

	TRANSACTION (tx, cx, &e)
		e = settle_and_end(tx, attempt, facts, webhook, out);
	TRY(e);
	if (out->changed)
		log_event(LOG_INFO,
			  out->confirmed ? "order.confirmed" : "payment.settled",
			  "order", out->number, "state", out->state, "attempt",
			  attempt->uid.text, "attempt_state", out->attempt_state, NULL);
	if (out->confirmed) {
		outside_count_paid(shop, attempt->n);
		FAULT_POINT_ERR(settle_committed, INTERNAL);
		nudge(shop, LANE_MAIL);
	}
	if (out->refund)
		nudge(shop, LANE_PAY);
	return NULL;
}

static fallible
load_order(struct tx *tx, const struct attempt *attempt, struct order *order)
{
	TRY(order_get_by_id_with_customer(tx, attempt->order, order));
	return order_load(tx, order);
}

static fallible
note_session(struct ctx *cx, const struct attempt *attempt,
	     const struct pay_session *session, const struct pay_answer *answer)
{
	struct err *e;

	TRANSACTION (tx, cx, &e)
		e = session_record(tx, attempt, session, answer);
	return e;
}

/* A gateway that does not let us in (a revoked key) says nothing of what the first call
 * made. */
static bool
speaks_of_the_call(const struct pay_answer *answer)
{
	return answer->http_status != 401 && answer->http_status != 403;
}

/* The session of an attempt whose create call was never answered: the same call again,
 * or a look. A refusal of it is the proof that there is none, and so is an empty look.
 */
static fallible
learn_session(struct shop *shop, struct ctx *cx, struct attempt *attempt,
	      struct payment_facts *facts)
{
	struct pay_session session;
	struct pay_answer answer;
	struct order order = {0};
	struct err *e;

	READING (tx, cx, &e)
		e = load_order(tx, attempt, &order);
	TRY(e);
	session_open(shop, cx, &order, attempt, order.customer.email.plain, &session,
		     &answer);
	facts->truth = TRUTH_UNANSWERED;
	if (answer.outcome == PAY_PERMANENT && session.session_id == NULL &&
	    speaks_of_the_call(&answer))
		facts->truth = answer.absent ? TRUTH_NOT_FOUND : TRUTH_FAILED;
	if (session.session_id == NULL)
		return NULL;
	TRY(note_session(cx, attempt, &session, &answer));
	attempt->gw_id = session.session_id;
	facts->truth = TRUTH_OPEN;
	return NULL;
}

static struct payment_facts
retrieve(struct shop *shop, struct ctx *cx, const struct attempt *attempt)
{
	const struct pay *pay = shop_gateway(shop, attempt->gateway);
	struct pay_answer answer = {.outcome = PAY_UNKNOWN};
	struct pay_state state = {0};

	outside_about(shop, attempt->id, (struct refund_id){0});
	if (pay != NULL)
		pay->retrieve(pay, cx, attempt->gw_id, &state, &answer);
	return session_facts(&state, &answer);
}

/* What the gateway says of it; a session that was never learned is looked for first. */
static fallible
ask(struct shop *shop, struct ctx *cx, struct attempt *attempt,
    struct payment_facts *facts)
{
	FAULT_POINT_ERR(ask_begin, INTERNAL);
	if (attempt->gw_id == NULL)
		TRY(learn_session(shop, cx, attempt, facts));
	if (attempt->gw_id != NULL)
		*facts = retrieve(shop, cx, attempt);
	FAULT_POINT_ERR(ask_answered, INTERNAL);
	return NULL;
}

fallible
flow_ask_for_webhook(struct shop *shop, struct ctx *cx, const struct attempt *asked,
		     const struct webhook *webhook, struct settled *out)
{
	struct attempt attempt = *asked;
	struct payment_facts facts = {0};

	TRY(ask(shop, cx, &attempt, &facts));
	return settle(shop, cx, &attempt, &facts, webhook, out);
}

fallible
flow_ask_attempt(struct shop *shop, struct ctx *cx, const struct attempt *asked,
		 struct settled *out)
{
	return flow_ask_for_webhook(shop, cx, asked, NULL, out);
}

/* Closing twice does no harm, and an old key would bring an old refusal again. */
static const char *
close_key(struct ctx *cx, const struct attempt *attempt)
{
	return arena_printf(cx->mem, "ex-%s-%" PRId64, attempt->uid.text,
			    attempt->checks);
}

fallible
flow_close_attempt(struct shop *shop, struct ctx *cx, const struct attempt *live,
		   struct settled *out, bool *closed)
{
	const struct pay *pay = shop_gateway(shop, live->gateway);
	struct pay_answer answer = {.outcome = PAY_UNKNOWN};
	struct pay_state state = {0};
	struct attempt attempt = *live;
	struct payment_facts facts = {0};

	if (attempt.gw_id == NULL)
		TRY(learn_session(shop, cx, &attempt, &facts));
	if (attempt.gw_id != NULL && pay != NULL) {
		outside_about(shop, attempt.id, (struct refund_id){0});
		pay->close(pay, cx, attempt.gw_id, close_key(cx, &attempt), &state,
			   &answer);
		facts = session_facts(&state, &answer);
	}
	FAULT_POINT_ERR(close_answered, INTERNAL);
	TRY(settle(shop, cx, &attempt, &facts, NULL, out));
	*closed = facts.truth == TRUTH_PAID || facts.truth == TRUTH_FAILED ||
		  facts.truth == TRUTH_EXPIRED || facts.truth == TRUTH_CANCELLED ||
		  (facts.truth == TRUTH_NOT_FOUND && attempt.gw_id == NULL);
	return NULL;
}

/* The gateway was away when its order's time ended, and is back: the page that it left
 * open is closed now, and the order with it (by the job order_expire). */
static bool
is_left_open(const struct order *order, const struct settled *settled)
{
	return text_equal(settled->state, "review") && settled->answered &&
	       text_equal(settled->attempt_state, "sent") &&
	       instant_since(order->now, order->expires_at) > 0;
}

static fallible
ask_or_end(struct shop *shop, struct ctx *cx, const struct order *order,
	   const struct attempt *due, struct settled *out)
{
	struct attempt attempt = {0};
	struct err *e;
	bool closed, found;

	TRY(flow_ask_attempt(shop, cx, due, out));
	if (!is_left_open(order, out))
		return NULL;
	READING (tx, cx, &e)
		e = payment_find(tx, due->id, &attempt, &found);
	TRY(e);
	log_event(LOG_INFO, "payment.left_open", "order", order->number, "attempt",
		  attempt.uid.text, NULL);
	return flow_close_attempt(shop, cx, &attempt, out, &closed);
}

/* A webhook came first: what it brought need not be asked for again. */
static fallible
was_asked(struct ctx *cx, const struct attempt *due, bool *asked)
{
	struct attempt now = {0};
	struct err *e;
	bool found;

	READING (tx, cx, &e)
		e = payment_find(tx, due->id, &now, &found);
	TRY(e);
	*asked = !payment_is_live(&now) || now.checks != due->checks;
	return NULL;
}

static fallible
ask_in_turn(struct shop *shop, struct ctx *cx, const struct order *order,
	    const struct attempt *due, struct settled *out)
{
	bool asked = false;
	struct err *e = NULL;

	*out = (struct settled){0};
	if (outside_take_turn(shop, due->id))
		e = was_asked(cx, due, &asked);
	if (e == NULL && !asked)
		e = ask_or_end(shop, cx, order, due, out);
	outside_leave_turn(shop, due->id);
	return e;
}

fallible
flow_poll_attempt(struct shop *shop, struct ctx *cx, const struct attempt *due,
		  struct settled *out)
{
	struct order order = {0};
	struct err *e;
	bool closed;

	READING (tx, cx, &e)
		e = order_get_by_id(tx, due->order, &order);
	TRY(e);
	if (order_is_waiting(order.state) && payment_is_live(due))
		return ask_in_turn(shop, cx, &order, due, out);
	log_event(LOG_INFO, "payment.overtaken", "order", order.number, "attempt",
		  due->uid.text, NULL);
	TRY(flow_close_attempt(shop, cx, due, out, &closed));
	TRANSACTION (tx, cx, &e)
		e = payment_rest(tx, due, closed);
	return e;
}

static fallible
ask_or_be_quiet(struct shop *shop, struct ctx *cx, struct payment_unchanged *look,
		bool *quiet)
{
	struct attempt attempt = *look->attempt;
	struct payment_facts facts = {0};
	struct settled settled;

	TRY(ask(shop, cx, &attempt, &facts));
	*quiet = settle_tells_nothing(look->attempt, &facts, &look->wait_s);
	if (*quiet)
		return NULL;
	return settle(shop, cx, look->attempt, &facts, NULL, &settled);
}

/* An order in review, one that waits no more and a session that was never learned are
 * rare: the usual one is asked about here, without its order being read again. */
fallible
flow_poll_due(struct shop *shop, struct ctx *cx, const struct attempt *due,
	      struct payment_unchanged *look, bool *quiet)
{
	struct settled settled;
	struct err *e = NULL;
	bool asked = false;

	*quiet = false;
	*look = (struct payment_unchanged){.attempt = due};
	if (!text_equal(due->order_state, "pending") || !payment_is_live(due) ||
	    due->gw_id == NULL)
		return flow_poll_attempt(shop, cx, due, &settled);
	if (outside_take_turn(shop, due->id))
		e = was_asked(cx, due, &asked);
	if (e == NULL && !asked)
		e = ask_or_be_quiet(shop, cx, look, quiet);
	outside_leave_turn(shop, due->id);
	return e;
}

/* *moved: a new attempt has given the order more time since it was listed. */
static fallible
load_due(struct tx *tx, const struct order *due, struct attempt *attempt, bool *found,
	 bool *moved)
{
	struct order order = {0};

	TRY(order_get_by_id(tx, due->id, &order));
	*moved = instant_since(order.expires_at, due->expires_at) != 0;
	return payment_find_newest(tx, due->id, attempt, found);
}

/* What was learned while its session was closed counts too: a decline of which no
 * webhook had told. */
static fallible
end_order(struct tx *tx, struct order_id id, struct order *order)
{
	struct attempt last = {0};
	bool found;

	TRY(payment_find_newest(tx, id, &last, &found));
	TRY(order_expire(tx, id, found && last.shopper_code != NULL, order));
	FAULT_POINT_ERR(expire_uncommitted, INTERNAL);
	return NULL;
}

fallible
flow_expire_order(struct shop *shop, struct ctx *cx, const struct order *due)
{
	struct attempt attempt = {0};
	struct settled settled = {0};
	struct order order = {0};
	struct err *e;
	bool found = false, moved = false, closed = true;

	READING (tx, cx, &e)
		e = load_due(tx, due, &attempt, &found, &moved);
	TRY(e);
	if (moved)
		return NULL;
	FAULT_POINT_ERR(expire_begin, INTERNAL);
	if (found && payment_is_live(&attempt)) {
		TRY(flow_close_attempt(shop, cx, &attempt, &settled, &closed));
		if (order_is_paid(settled.state))
			return NULL;
	}
	if (!closed) {
		TRANSACTION (tx, cx, &e)
			e = order_hold_for_review(tx, due->id, "gateway_unanswered");
		return e;
	}
	FAULT_POINT_ERR(expire_closed, INTERNAL);
	TRANSACTION (tx, cx, &e)
		e = end_order(tx, due->id, &order);
	TRY(e);
	FAULT_POINT_ERR(expire_committed, INTERNAL);
	log_event(LOG_INFO, "order.ended", "order", order.number, "state", order.state,
		  NULL);
	return NULL;
}
