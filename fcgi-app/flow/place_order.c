/* place_order.c - the payment of a checkout: T1, the gateway, the outcome. */
#include "flow/place_order.h"

#include <unistd.h>

#include "base/fault_point.h"
#include "base/log.h"
#include "base/text.h"
#include "flow/nudge.h"
#include "flow/placement.h"
#include "flow/resolve.h"
#include "flow/session.h"
#include "flow/settle.h"

enum { KEY_WAIT_MS = 5000, KEY_STEP_MS = 100, ATTEMPT_GOOD_SECONDS = 45 };

const char *
flow_attempt_url(const struct shop *shop, const struct ctx *cx,
		 const struct attempt *attempt)
{
	const char *url = attempt->page_url.at;

	if (attempt->id.n == 0 || !payment_is_live(attempt) || url == NULL)
		return NULL;
	if (text_starts(url, "post:"))
		return arena_printf(cx->mem, "%s/checkout/go/%s",
				    shop->config->shop_url,
				    payment_return_token(cx, attempt->uid));
	return url;
}

/* Notes an outcome that leads nowhere, and what the key made. */
static fallible
record(struct tx *tx, const struct placement *out, const struct pay_session *session,
       const struct pay_answer *answer)
{
	const struct idem *idem = &out->idem;

	TRY(session_record(tx, &out->attempt, session, answer));
	return idem_point(tx, idem, "placed", idem->resource_kind, idem->resource_id);
}

static void
go(const struct pay_session *session, struct placement *out)
{
	out->kind = PLACEMENT_GO;
	out->url = session->url;
	out->opened = (struct payment_opened){.attempt = out->attempt.id,
					      .gw_id = session->session_id,
					      .gw_payment = session->payment_id,
					      .url = session->url};
}

fallible
flow_keep_opened(struct tx *tx, const void *placement, const struct idem_reply *reply)
{
	const struct placement *made = placement;

	if (reply == NULL)
		return payment_note_opened(tx, &made->opened, &made->idem);
	return payment_note_answered(tx, &made->opened, &made->idem, reply);
}

/* The shopper can put it right where it was typed. The order stays until its time ends;
 * the payment with another address replaces it. */
static fallible
bad_email(const struct placement *out, const struct pay_answer *answer)
{
	struct problems problems = {0};

	log_event(LOG_WARNING, "payment.email_refused", "order", out->order.number,
		  "cause", answer->cause, NULL);
	problem_add(&problems, "contact.email", "invalid",
		    "The payment service does not take this e-mail address. Please "
		    "check it.");
	return FAIL_PROBLEMS(&problems, INVALID);
}

fallible
placement_open(struct shop *shop, struct ctx *cx, const char *email,
	       struct placement *out)
{
	struct pay_session session;
	struct pay_answer answer;
	struct err *e;

	FAULT_POINT_ERR(session_unasked, INTERNAL);
	session_open(shop, cx, &out->order, &out->attempt, email, &session, &answer);
	FAULT_POINT_ERR(session_answered, INTERNAL);
	out->idem.resource_id = text_equal(out->idem.resource_kind, "attempt")
					? out->attempt.id.n
					: out->order.id.n;
	if (answer.outcome == PAY_DONE) {
		go(&session, out);
		return NULL;
	}
	TRANSACTION (tx, cx, &e)
		e = record(tx, out, &session, &answer);
	TRY(e);
	if (answer.outcome == PAY_UNKNOWN) {
		out->kind = PLACEMENT_UNKNOWN;
		out->attempt.state = "unknown";
		nudge(shop, LANE_PAY);
		return NULL;
	}
	if (answer.bad_email && !text_equal(out->idem.resource_kind, "attempt"))
		return bad_email(out, &answer);
	e = FAIL(GATEWAY_UNAVAILABLE, "order=%s outcome=%s: %s", out->order.number,
		 pay_outcome_word(answer.outcome), answer.cause ? answer.cause : "");
	e->retry_after = answer.retry_after > 0 ? answer.retry_after : 5;
	return e;
}

/* Nothing is to be asked of the gateway: the key only learns what it stands for. */
static fallible
finish(struct ctx *cx, struct placement *out)
{
	struct err *e;

	SINGLE (tx, cx, &e)
		e = idem_point(tx, &out->idem, "placed", out->idem.resource_kind,
			       out->order.id.n);
	return e;
}

/* A session has to live for half an hour from its making, so an attempt that never
 * reached the gateway is good for less than a minute; one that was refused is over. */
static bool
is_spent(const struct placement *out)
{
	const struct attempt *attempt = &out->attempt;

	if (attempt->id.n == 0 || !text_equal(out->order.state, "pending"))
		return false;
	if (text_equal(attempt->state, "sent"))
		return attempt->gw_id == NULL &&
		       instant_since(out->order.now, attempt->sent_at) >
			       SECONDS(ATTEMPT_GOOD_SECONDS);
	return text_equal(attempt->state, "failed") ||
	       text_equal(attempt->state, "expired") ||
	       text_equal(attempt->state, "cancelled");
}

static fallible
open_next(struct shop *shop, struct ctx *cx, const char *email, struct placement *out)
{
	struct err *e;

	TRY(placement_close(shop, cx, out));
	TRANSACTION (tx, cx, &e)
		e = placement_next(tx, shop->terms, out->order.payment_method, NULL,
				   out);
	TRY(e);
	return placement_open(shop, cx, email, out);
}

/* An order that stands: made by this key before, or under another one. */
static fallible
go_on(struct shop *shop, struct ctx *cx, const char *email, struct placement *out)
{
	const struct attempt *attempt = &out->attempt;

	if (is_spent(out))
		return open_next(shop, cx, email, out);
	out->url = flow_attempt_url(shop, cx, attempt);
	out->kind = PLACEMENT_GO;
	if (attempt->id.n == 0 || order_is_paid(out->order.state))
		out->kind = PLACEMENT_NOTHING_DUE;
	else if (out->url == NULL && payment_is_live(attempt) && attempt->gw_id == NULL)
		return placement_open(shop, cx, email, out);
	return finish(cx, out);
}

static fallible
cancel_blocking(struct shop *shop, struct ctx *cx, struct order_id id)
{
	struct attempt attempt = {0};
	struct order order = {0};
	struct settled settled;
	struct err *e;
	bool found = false, closed;

	READING (tx, cx, &e)
		e = payment_find_newest(tx, id, &attempt, &found);
	TRY(e);
	if (found && payment_is_live(&attempt)) {
		TRY(flow_close_attempt(shop, cx, &attempt, &settled, &closed));
		if (order_is_paid(settled.state))
			return FAIL(ORDER_PAID, "order=%s", settled.number);
		if (!closed)
			return FAIL(GATEWAY_UNAVAILABLE, "order=%s: session is open",
				    settled.number);
	}
	TRANSACTION (tx, cx, &e)
		e = order_cancel(tx, id, "replaced", "shopper", &order);
	return e;
}

static fallible
place_once(struct tx *tx, const struct terms *terms, const struct placing *want,
	   struct placed *placed)
{
	TRY(placing_place(tx, terms, want, placed));
	FAULT_POINT_ERR(place_uncommitted, INTERNAL);
	return NULL;
}

static fallible
place(struct shop *shop, struct ctx *cx, const struct placing *want,
      struct placed *placed)
{
	struct err *e;

	for (bool again = false;; again = true) {
		placed->blocked = false; /* as it stays when nothing can begin */
		TRANSACTION (tx, cx, &e)
			e = place_once(tx, shop->terms, want, placed);
		if (e == NULL || !placed->blocked || again)
			return e;
		TRY(cancel_blocking(shop, cx, placed->order.id));
	}
}

static fallible
place_and_open(struct shop *shop, struct ctx *cx, const struct placing *want,
	       struct placement *out)
{
	struct placed *placed = arena_new_of(cx->mem, struct placed, 1);

	*out = (struct placement){0};
	FAULT_POINT_ERR(place_begin, INTERNAL);
	TRY(place(shop, cx, want, placed));
	out->idem = placed->idem;
	if (placed->idem.state == IDEM_REPLAY) {
		out->kind = PLACEMENT_REPLAY;
		return NULL;
	}
	out->claimed = true;
	FAULT_POINT_ERR(place_committed, INTERNAL);
	out->order = placed->order;
	out->attempt = placed->attempt;
	out->again = placed->again;
	out->idem.resource_kind = placed->again ? "order_again" : "order";
	log_event(LOG_INFO, "order.placed", "order", out->order.number, "again",
		  placed->again || placed->resumed ? "yes" : NULL, NULL);
	if (placed->again || placed->resumed)
		return go_on(shop, cx, placed->email, out);
	if (out->attempt.id.n != 0)
		return placement_open(shop, cx, placed->email, out);
	out->kind = PLACEMENT_NOTHING_DUE;
	nudge(shop, LANE_MAIL);
	return finish(cx, out);
}

fallible
flow_place_order(struct shop *shop, struct ctx *cx, const struct placing *want,
		 struct placement *out)
{
	struct err *e = place_and_open(shop, cx, want, out);

	if (resolve_key(cx, PLACING_SCOPE, want->key, e))
		e = place_and_open(shop, cx, want, out);
	out->claimed = out->claimed || is_uncertain(e);
	return e;
}

fallible
flow_wait_for_key(struct ctx *cx, const char *scope, const char *key,
		  struct digest hash, struct idem *idem, bool *done)
{
	struct err *e;
	bool found = false;

	*done = false;
	for (int waited = 0; waited < KEY_WAIT_MS; waited += KEY_STEP_MS) {
		READING (tx, cx, &e)
			e = idem_find(tx, scope, key, hash, idem, &found);
		TRY(e);
		*done = !found || idem->state != IDEM_RUNNING;
		if (*done)
			return NULL;
		usleep(KEY_STEP_MS * 1000);
	}
	return NULL;
}
