/* cancel_order.c - cancelling before shipping. */
#include "flow/cancel_order.h"

#include "base/fault_point.h"
#include "base/log.h"
#include "base/text.h"
#include "flow/nudge.h"
#include "flow/resolve.h"
#include "flow/settle.h"

static fallible
load(struct tx *tx, const struct cancel *want, struct order *order,
     struct attempt *attempt, bool *has_attempt)
{
	TRY(order_get(tx, want->order, order));
	if (!want->trusted)
		TRY(order_check_access(tx->cx, order, want->visitor, want->token));
	return payment_find_newest(tx, order->id, attempt, has_attempt);
}

/* A request with this key cancelled the order and died before it was answered. */
static bool
was_done(const struct idem *idem, struct order_id id)
{
	return idem->state == IDEM_RESUMED &&
	       text_equal(idem->resource_kind, "cancel") && idem->resource_id == id.n;
}

static fallible
cancel(struct tx *tx, const struct cancel *want, struct order_id id, struct idem *idem,
       struct order *order)
{
	if (want->key != NULL) {
		TRY(idem_begin(tx, CANCEL_SCOPE, want->key, want->key_hash, idem));
		if (idem->state == IDEM_REPLAY)
			return NULL;
		if (idem->state == IDEM_RUNNING)
			return FAIL(KEY_IN_USE, "key=%s", want->key);
		if (idem->state == IDEM_OTHER)
			return FAIL(KEY_REUSED, "key=%s", want->key);
		if (was_done(idem, id))
			return order_get_by_id(tx, id, order);
		TRY(idem_point(tx, idem, "placed", "cancel", id.n));
	}
	return order_cancel(tx, id, want->reason, want->actor, order);
}

/* A waiting order's session is closed first; if it was paid meanwhile, the order is
 * confirmed by that, and its cancellation gives the money back. */
static fallible
close_session(struct shop *shop, struct ctx *cx, const struct attempt *attempt)
{
	struct settled settled;
	bool closed;

	TRY(flow_close_attempt(shop, cx, attempt, &settled, &closed));
	if (closed || order_is_paid(settled.state))
		return NULL;
	return FAIL(GATEWAY_UNAVAILABLE, "order=%s: session is open", settled.number);
}

/* Whether this key was used before: then nothing is closed for it again. */
static fallible
find_key(struct ctx *cx, const struct cancel *want, struct idem *idem, bool *found)
{
	struct err *e;

	*found = false;
	if (want->key == NULL)
		return NULL;
	READING (tx, cx, &e)
		e = idem_find(tx, CANCEL_SCOPE, want->key, want->key_hash, idem, found);
	return e;
}

static fallible
cancel_once(struct shop *shop, struct ctx *cx, const struct cancel *want,
	    struct idem *idem, struct order *order, bool *claimed)
{
	struct attempt attempt = {0};
	struct order_id id;
	struct err *e;
	bool has_attempt = false, known = false;

	*claimed = false;
	*idem = (struct idem){0};
	READING (tx, cx, &e)
		e = load(tx, want, order, &attempt, &has_attempt);
	TRY(e);
	id = order->id;
	TRY(find_key(cx, want, idem, &known));
	if (!known && order_is_waiting(order->state) && has_attempt &&
	    payment_is_live(&attempt))
		TRY(close_session(shop, cx, &attempt));
	FAULT_POINT_ERR(cancel_closed, INTERNAL);
	TRANSACTION (tx, cx, &e)
		e = cancel(tx, want, id, idem, order);
	TRY(e);
	FAULT_POINT_ERR(cancel_committed, INTERNAL);
	*claimed = want->key != NULL && idem->state != IDEM_REPLAY;
	if (idem->state == IDEM_REPLAY)
		return NULL;
	log_event(LOG_INFO, "order.cancelled", "order", order->number, "actor",
		  want->actor, NULL);
	nudge(shop, LANE_PAY);
	nudge(shop, LANE_MAIL);
	return NULL;
}

/* Without a key the order alone can tell. */
static bool
was_cancelled(struct ctx *cx, const struct cancel *want, struct order *order)
{
	struct err *e;

	READING (tx, cx, &e)
		e = order_get(tx, want->order, order);
	if (e != NULL)
		return false;
	return text_equal(order->state, "cancelled");
}

fallible
flow_cancel_order(struct shop *shop, struct ctx *cx, const struct cancel *want,
		  struct idem *idem, struct order *order, bool *claimed)
{
	struct err *e = cancel_once(shop, cx, want, idem, order, claimed);

	if (is_uncertain(e) && want->key == NULL)
		return was_cancelled(cx, want, order) ? NULL : e;
	if (resolve_key(cx, CANCEL_SCOPE, want->key, e))
		e = cancel_once(shop, cx, want, idem, order, claimed);
	*claimed = *claimed || is_uncertain(e);
	return e;
}
