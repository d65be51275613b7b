/* settle_webhook.c - webhooks: verified and stored by the request, applied by a worker.
 */
#include <stdio.h>
#include <string.h>

#include "base/fault_point.h"
#include "base/log.h"
#include "base/text.h"
#include "flow/nudge.h"
#include "flow/outside.h"
#include "flow/settle.h"
#include "gateway/pay.h"

static fallible
refuse(enum pay_verdict verdict, const char *gateway)
{
	if (verdict == PAY_WRONG_MODE)
		return FAIL(WRONG_MODE, "gateway=%s", gateway);
	if (verdict == PAY_UNREADABLE)
		return FAIL(BAD_REQUEST, "gateway=%s: signed, but not an event",
			    gateway);
	return FAIL(BAD_SIGNATURE, "gateway=%s verdict=%s", gateway,
		    verdict == PAY_STALE ? "stale" : "forged");
}

fallible
flow_accept_webhook(struct shop *shop, struct ctx *cx, const char *gateway,
		    const char *(*header)(const void *from, const char *name),
		    const void *from, const void *body, size_t len, bool *again)
{
	const struct pay *pay = shop_gateway(shop, gateway);
	struct pay_headers headers = {.get = header, .from = from};
	struct pay_event event = {0};
	enum pay_verdict verdict;
	struct err *e;

	if (pay == NULL)
		return FAIL(NOT_FOUND, "gateway=%s is off", gateway);
	verdict = pay->verify(pay, cx->mem, headers, body, len, clock_now(), &event);
	if (verdict != PAY_GENUINE)
		return refuse(verdict, gateway);
	FAULT_POINT_ERR(webhook_verified, INTERNAL);
	SINGLE (tx, cx, &e)
		e = inbox_accept(tx, gateway, event.id, event.type, body, len, again);
	TRY(e);
	FAULT_POINT_ERR(webhook_stored, INTERNAL);
	log_event(LOG_INFO, "webhook.received", "gateway", gateway, "webhook", event.id,
		  "type", event.type, "again", *again ? "yes" : NULL, NULL);
	if (!*again)
		nudge(shop, LANE_HOOK);
	return NULL;
}

static fallible
end(struct ctx *cx, const struct webhook *webhook, const char *state)
{
	struct err *e;

	SINGLE (tx, cx, &e)
		e = inbox_settle(tx, webhook->id, state);
	return e;
}

fallible
flow_postpone_webhook(struct ctx *cx, const struct webhook *webhook,
		      bool unknown_object, const char *why)
{
	bool dead = webhook->attempts + 1 >= INBOX_TRIES;
	struct err *e;

	SINGLE (tx, cx, &e)
		e = inbox_postpone(tx, webhook, unknown_object, why);
	TRY(e);
	log_event(dead ? LOG_ERROR : LOG_WARNING,
		  dead ? "webhook.dead" : "webhook.postponed", "webhook",
		  webhook->event_id, "why", why, NULL);
	return NULL;
}

static const char no_such_attempt[] = "no such attempt",
		  no_such_refund[] = "no such refund";

static fallible
find_attempt(struct tx *tx, const char *gateway, const struct pay_event *event,
	     struct attempt *attempt, bool *found)
{
	*found = false;
	if (event->attempt_ref != NULL)
		TRY(payment_find_by_uid(tx, event->attempt_ref, attempt, found));
	if (*found)
		return NULL;
	return payment_find_by_gateway(tx, gateway, event->session_id,
				       event->payment_id, attempt, found);
}

/* ---- events that need nobody's answer ---- */

/* Shops often share an account at their gateway, and each is told of the payments of
 * all. Such events come in bulk, and must not make those of this shop wait. */
enum { QUIET_AT_ONCE = 50 };

static bool
is_refund(enum pay_event_kind kind)
{
	return kind == PAY_EVENT_REFUND_SUCCEEDED || kind == PAY_EVENT_REFUND_PENDING ||
	       kind == PAY_EVENT_REFUND_FAILED;
}

static bool
is_dispute(enum pay_event_kind kind)
{
	return kind == PAY_EVENT_DISPUTE_OPENED || kind == PAY_EVENT_DISPUTE_UPDATED ||
	       kind == PAY_EVENT_DISPUTE_CLOSED;
}

/* Whether the books know what the event tells, so that nobody has to be asked: money
 * that was taken is taken, whatever came before it; and who paid, paid once. */
static bool
is_known_payment(const struct pay_event *event, const struct attempt *attempt)
{
	switch (event->kind) {
	case PAY_EVENT_PAYMENT_SUCCEEDED:
	case PAY_EVENT_SESSION_COMPLETED:
		if (!event->paid)
			return attempt->captured > 0;
		return attempt->captured > 0 && event->has_amount &&
		       event->amount.minor == attempt->captured &&
		       text_equal(event->payment_id, attempt->gw_payment);
	case PAY_EVENT_PAYMENT_AUTHORIZED:
	case PAY_EVENT_PAYMENT_PROCESSING:
	case PAY_EVENT_NEEDS_ACTION:
	case PAY_EVENT_PAYMENT_FAILED:
	case PAY_EVENT_PAYMENT_CANCELED:
		return attempt->captured > 0;
	case PAY_EVENT_SESSION_EXPIRED:
		return attempt->captured > 0 || text_equal(attempt->state, "expired");
	default:
		return false;
	}
}

/* An event that names another amount than was asked is never taken for a payment
 * (F-138). */
static bool
is_of_another_amount(const struct pay_event *event, const struct attempt *attempt)
{
	return (event->paid || event->kind == PAY_EVENT_PAYMENT_SUCCEEDED) &&
	       event->has_amount && !money_same(event->amount, attempt->amount);
}

/* What comes again, or late, changes nothing any more. */
static bool
is_known_refund(const struct pay_event *event, const struct refund *refund)
{
	if (refund->gw_refund_id == NULL ||
	    !text_equal(refund->gw_refund_id, event->refund_id))
		return false;
	if (text_equal(refund->state, "done"))
		return event->kind != PAY_EVENT_REFUND_FAILED;
	return text_equal(refund->state, "failed") &&
	       event->kind != PAY_EVENT_REFUND_SUCCEEDED;
}

static fallible
judge_refund(struct tx *tx, const struct pay_event *event, struct inbox_end *end)
{
	struct refund refund;
	bool found;

	TRY(refund_find(tx, end->webhook->gateway, event->refund_ref, event->refund_id,
			&refund, &found));
	if (!found)
		*end = (struct inbox_end){end->webhook, "parked", no_such_refund};
	else if (is_known_refund(event, &refund))
		end->state = "applied";
	return NULL;
}

static fallible
judge_other(struct tx *tx, const struct pay_event *event, struct inbox_end *end)
{
	struct attempt attempt;
	bool found;

	TRY(find_attempt(tx, end->webhook->gateway, event, &attempt, &found));
	if (!found)
		*end = (struct inbox_end){end->webhook, "parked", no_such_attempt};
	else if (!is_dispute(event->kind) && !is_of_another_amount(event, &attempt) &&
		 is_known_payment(event, &attempt))
		end->state = "applied";
	return NULL;
}

/* How it ends when it tells this shop nothing, or nothing new; state NULL: it has to be
 * applied. One at its last try is, to be seen as dead. */
static fallible
judge(struct tx *tx, const struct shop *shop, const struct webhook *webhook,
      struct inbox_end *end)
{
	const struct pay *pay = shop_gateway(shop, webhook->gateway);
	struct pay_event event = {0};

	*end = (struct inbox_end){.webhook = webhook};
	if (pay == NULL || webhook->attempts + 1 >= INBOX_TRIES ||
	    !pay->read(pay, tx->mem, webhook->body.at, webhook->body.len, &event))
		return NULL;
	if (is_dispute(event.kind) && event.dispute_id == NULL)
		return NULL;
	if (event.kind == PAY_EVENT_IGNORE)
		end->state = "ignored";
	else if (is_refund(event.kind))
		TRY(judge_refund(tx, &event, end));
	else
		TRY(judge_other(tx, &event, end));
	return NULL;
}

fallible
flow_end_quietly(struct shop *shop, struct ctx *cx, const struct webhook *webhook,
		 bool *ended)
{
	struct inbox_end end = {.webhook = webhook};
	struct err *e;

	READING (tx, cx, &e)
		e = judge(tx, shop, webhook, &end);
	TRY(e);
	*ended = end.state != NULL;
	if (!*ended)
		return NULL;
	SINGLE (tx, cx, &e)
		e = inbox_end_unclaimed(tx, &end);
	TRY(e);
	if (end.error != NULL)
		log_event(LOG_WARNING, "webhook.postponed", "webhook",
			  webhook->event_id, "why", end.error, NULL);
	return NULL;
}

/* They are locked while they are judged, so that the next worker takes the next ones.
 */
static fallible
end_quiet_ones(struct tx *tx, const struct shop *shop, const char *state, size_t *ended)
{
	struct webhook *list;
	struct inbox_end ends[QUIET_AT_ONCE];
	size_t n;

	*ended = 0;
	TRY(inbox_lock_due(tx, state, QUIET_AT_ONCE, &list, &n));
	for (size_t i = 0; i < n; i++) {
		TRY(judge(tx, shop, &list[i], &ends[*ended]));
		*ended += ends[*ended].state != NULL;
	}
	return inbox_end_all(tx, ends, *ended);
}

/* Where one came more are waiting, often. */
static fallible
end_others(const struct shop *shop, struct ctx *cx, const struct webhook *stranger)
{
	size_t ended = 0;
	struct err *e;

	TRANSACTION (tx, cx, &e)
		e = end_quiet_ones(tx, shop, stranger->state, &ended);
	TRY(e);
	if (ended > 0)
		log_event(LOG_INFO, "webhook.strangers", "events",
			  log_number((int64_t)ended), NULL);
	return NULL;
}

static fallible
ignore(const struct shop *shop, struct ctx *cx, const struct webhook *webhook)
{
	TRY(end_others(shop, cx, webhook));
	return end(cx, webhook, "ignored");
}

static fallible
park(const struct shop *shop, struct ctx *cx, const struct webhook *webhook,
     const char *why)
{
	TRY(end_others(shop, cx, webhook));
	return flow_postpone_webhook(cx, webhook, true, why);
}

/* ---- the others ---- */

/* The event is only a hint: the truth is read from the gateway. */
static fallible
ask(struct shop *shop, struct ctx *cx, const struct webhook *webhook,
    const struct pay_event *event, struct attempt *attempt)
{
	struct settled settled;

	if (attempt->gw_id == NULL)
		attempt->gw_id = event->session_id;
	FAULT_POINT_ERR(webhook_begin, INTERNAL);
	TRY(flow_ask_for_webhook(shop, cx, attempt, webhook, &settled));
	FAULT_POINT_ERR(webhook_settled, INTERNAL);
	if (!settled.answered)
		return flow_postpone_webhook(cx, webhook, false,
					     "the gateway gave no answer");
	if (settled.mismatch)
		return flow_postpone_webhook(cx, webhook, true,
					     "the payment is not the one asked for");
	return NULL;
}

/* The other event of the same payment, or the poll, may be asking at the moment. */
static fallible
ask_in_turn(struct shop *shop, struct ctx *cx, const struct webhook *webhook,
	    const struct pay_event *event, struct attempt *attempt)
{
	struct attempt_id id = attempt->id;
	struct err *e = NULL;
	bool found;

	if (outside_take_turn(shop, id))
		READING (tx, cx, &e)
			e = payment_find(tx, id, attempt, &found);
	if (e == NULL && is_known_payment(event, attempt))
		e = end(cx, webhook, "applied");
	else if (e == NULL)
		e = ask(shop, cx, webhook, event, attempt);
	outside_leave_turn(shop, id);
	return e;
}

static fallible
apply_payment(struct shop *shop, struct ctx *cx, const struct webhook *webhook,
	      const struct pay_event *event)
{
	struct attempt attempt = {0};
	struct err *e;
	bool found = false;

	READING (tx, cx, &e)
		e = find_attempt(tx, webhook->gateway, event, &attempt, &found);
	TRY(e);
	if (!found)
		return park(shop, cx, webhook, no_such_attempt);
	if (is_of_another_amount(event, &attempt))
		return flow_postpone_webhook(cx, webhook, true,
					     "amount differs from the attempt's");
	if (is_known_payment(event, &attempt))
		return end(cx, webhook, "applied");
	return ask_in_turn(shop, cx, webhook, event, &attempt);
}

static fallible
settle_refund(struct tx *tx, const struct refund *refund, const struct pay_event *event)
{
	if (event->kind == PAY_EVENT_REFUND_SUCCEEDED)
		return refund_done(tx, refund->id, event->refund_id);
	if (event->kind == PAY_EVENT_REFUND_FAILED)
		return refund_failed(tx, refund->id, event->status);
	return refund_wait(tx, refund, event->refund_id);
}

static fallible
settle_refund_and_end(struct tx *tx, const struct refund *refund,
		      const struct pay_event *event, const struct webhook *webhook)
{
	TRY(settle_refund(tx, refund, event));
	return inbox_settle(tx, webhook->id, "applied");
}

static fallible
apply_refund(const struct shop *shop, struct ctx *cx, const struct webhook *webhook,
	     const struct pay_event *event)
{
	struct refund refund = {0};
	struct err *e;
	bool found = false;

	READING (tx, cx, &e)
		e = refund_find(tx, webhook->gateway, event->refund_ref,
				event->refund_id, &refund, &found);
	TRY(e);
	if (!found)
		return park(shop, cx, webhook, no_such_refund);
	if (is_known_refund(event, &refund))
		return end(cx, webhook, "applied");
	TRANSACTION (tx, cx, &e)
		e = settle_refund_and_end(tx, &refund, event, webhook);
	return e;
}

/* Why somebody has to look at this event instead; NULL: its dispute is settled. */
static const char *
misfit(const struct pay_event *event, const struct disputed *disputed)
{
	if (disputed->misfit != NULL)
		return disputed->misfit;
	return event->has_amount && !money_same(event->amount, disputed->dispute.amount)
		       ? "amount differs from the dispute's"
		       : NULL;
}

static fallible
apply_dispute(struct shop *shop, struct ctx *cx, const struct webhook *webhook,
	      const struct pay_event *event)
{
	struct attempt attempt = {0};
	struct disputed disputed;
	struct err *e;
	bool found = false;

	if (event->dispute_id == NULL)
		return flow_postpone_webhook(cx, webhook, true, "names no dispute");
	READING (tx, cx, &e)
		e = find_attempt(tx, webhook->gateway, event, &attempt, &found);
	TRY(e);
	if (!found)
		return park(shop, cx, webhook, no_such_attempt);
	TRY(flow_ask_dispute(shop, cx, &attempt, event->dispute_id, &disputed));
	if (!disputed.answered)
		return flow_postpone_webhook(cx, webhook, false,
					     "the gateway gave no answer");
	if (misfit(event, &disputed) != NULL)
		return flow_postpone_webhook(cx, webhook, true,
					     misfit(event, &disputed));
	return end(cx, webhook, "applied");
}

fallible
flow_apply_webhook(struct shop *shop, struct ctx *cx, const struct webhook *webhook)
{
	const struct pay *pay = shop_gateway(shop, webhook->gateway);
	struct pay_event event = {0};

	if (pay == NULL)
		return flow_postpone_webhook(cx, webhook, false, "gateway is off");
	if (!pay->read(pay, cx->mem, webhook->body.at, webhook->body.len, &event))
		return flow_postpone_webhook(cx, webhook, true, "not an event");
	switch (event.kind) {
	case PAY_EVENT_IGNORE:
		return ignore(shop, cx, webhook);
	case PAY_EVENT_REFUND_SUCCEEDED:
	case PAY_EVENT_REFUND_PENDING:
	case PAY_EVENT_REFUND_FAILED:
		return apply_refund(shop, cx, webhook, &event);
	case PAY_EVENT_DISPUTE_OPENED:
	case PAY_EVENT_DISPUTE_UPDATED:
	case PAY_EVENT_DISPUTE_CLOSED:
		return apply_dispute(shop, cx, webhook, &event);
	default:
		return apply_payment(shop, cx, webhook, &event);
	}
}
