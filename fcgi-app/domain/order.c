/* order.c - the rules of an order after it was placed. Lock order: cart, order. */
#include "domain/order.h"

#include <string.h>

#include "base/digest.h"
#include "base/seal.h"
#include "base/text.h"
#include "domain/audit.h"
#include "domain/cart.h"
#include "domain/order_write.h"
#include "domain/outbox.h"
#include "domain/payment.h"
#include "domain/refund.h"
#include "domain/stock.h"

const char *
order_link_token(const struct ctx *cx, struct uuid order)
{
	struct digest mac =
		digest_keyed(keyring_key(cx->keys, "link"), "order", order.text);
	char *token = arena_alloc(cx->mem, 44);

	digest_base64url(mac.bytes, 16, token, 44);
	return token;
}

fallible
order_check_access(const struct ctx *cx, const struct order *order,
		   struct digest visitor, const char *token)
{
	static const struct digest nobody;
	bool owns =
		digest_same(order->visitor, visitor) && !digest_same(visitor, nobody);
	bool bears = token != NULL &&
		     digest_same_text(token, order_link_token(cx, order->uid));

	return owns || bears ? NULL
			     : FAIL(NOT_FOUND, "order=%s: not theirs", order->number);
}

/* word NULL: the axis stays where it is. */
static fallible
check_axis(const struct order *order, enum machine_name axis, const char *from,
	   const char *word)
{
	if (word == NULL || machine_allows(axis, from, word))
		return NULL;
	return FAIL(ORDER_STATE, "order=%s: %s from %s to %s", order->number,
		    machine_get(axis)->name, from, word);
}

fallible
order_move(struct tx *tx, struct order *order, const struct order_change *change)
{
	const char *to = order_state_after(order->state, change->event);

	if (to == NULL)
		return FAIL(ORDER_STATE, "order=%s state=%s event=%s", order->number,
			    order->state, change->event);
	TRY(check_axis(order, MACHINE_PAYMENT, order->payment_status,
		       change->payment_status));
	TRY(check_axis(order, MACHINE_FULFILMENT, order->fulfilment_status,
		       change->fulfilment_status));
	TRY(order_insert_event(tx, order->id, change->event, order->state, to,
			       change->reason, change->actor));
	if (change->payment_status != NULL)
		order->payment_status = change->payment_status;
	if (change->fulfilment_status != NULL)
		order->fulfilment_status = change->fulfilment_status;
	order->state = to;
	return order_set_state(tx, order);
}

static fallible
audit(struct tx *tx, const struct order *order, const char *actor, const char *action,
      const char *why)
{
	return audit_note(tx, actor, action, order->id,
			  arena_printf(tx->mem, "order=%s %s", order->number,
				       why == NULL ? "" : why));
}

fallible
order_ship(struct tx *tx, struct order_id id, const char *carrier, const char *tracking,
	   const char *url, const char *actor, struct order *order)
{
	struct order_change change = {
		.event = "shipped", .actor = actor, .fulfilment_status = "shipped"};

	TRY(order_lock(tx, id, order));
	TRY(order_move(tx, order, &change));
	TRY(order_set_tracking(tx, id, carrier, tracking, url));
	order->carrier = carrier;
	order->tracking = tracking;
	order->tracking_url = url;
	TRY(audit(tx, order, actor, "order.ship", carrier));
	return outbox_add_for_order(tx, "mail.shipped", id, order->uid);
}

fallible
order_deliver(struct tx *tx, struct order_id id, const char *actor, struct order *order)
{
	struct order_change change = {
		.event = "delivered", .actor = actor, .fulfilment_status = "delivered"};

	TRY(order_lock(tx, id, order));
	TRY(order_move(tx, order, &change));
	TRY(audit(tx, order, actor, "order.deliver", NULL));
	return outbox_add_for_order(tx, "mail.delivered", id, order->uid);
}

/* A paid order that is cancelled gives its money back by a job, its units at once. */
static fallible
undo_sale(struct tx *tx, const struct order *order, const char *reason,
	  const char *actor)
{
	TRY(refund_request_all(tx, order->id, "cancel", reason, actor));
	return stock_return(tx, order->id, actor);
}

/* A session that could still be paid must be closed before its order can end. */
static fallible
check_no_live_attempt(struct tx *tx, const struct order *order)
{
	struct attempt attempt = {0};
	bool found;

	TRY(payment_find_newest(tx, order->id, &attempt, &found));
	if (found && payment_is_live(&attempt))
		return FAIL(ORDER_STATE, "order=%s: attempt %" PRId64 " is %s",
			    order->number, attempt.n, attempt.state);
	return NULL;
}

fallible
order_cancel(struct tx *tx, struct order_id id, const char *reason, const char *actor,
	     struct order *order)
{
	struct order_change change = {
		.event = "cancelled", .reason = reason, .actor = actor};
	int64_t changed;
	bool was_paid;

	TRY(order_lock(tx, id, order));
	was_paid = order_is_paid(order->state);
	if (!was_paid)
		TRY(check_no_live_attempt(tx, order));
	TRY(order_move(tx, order, &change));
	if (was_paid)
		TRY(undo_sale(tx, order, reason, actor));
	else
		TRY(stock_release_order(tx, id, "released", "cancelled", &changed));
	TRY(audit(tx, order, actor, "order.cancel", reason));
	if (text_equal(reason, "replaced")) /* by the order for the cart as it is now */
		return NULL;
	return outbox_add_for_order(tx, "mail.cancelled", id, order->uid);
}

fallible
order_expire(struct tx *tx, struct order_id id, bool was_declined, struct order *order)
{
	struct order_change change = {
		.reason = was_declined ? "payment_failed" : "not_paid_in_time",
		.actor = "till",
		.payment_status = was_declined ? "failed" : "expired",
	};
	int64_t changed;

	TRY(order_lock(tx, id, order));
	if (!order_is_waiting(order->state))
		return NULL;
	TRY(check_no_live_attempt(tx, order));
	change.event = was_declined || text_equal(order->state, "review") ? "failed"
									  : "expired";
	TRY(order_move(tx, order, &change));
	TRY(stock_release_order(tx, id, "expired",
				was_declined ? "payment_failed" : "idle", &changed));
	if (!was_declined)
		return NULL;
	return outbox_add_for_order(tx, "mail.payment_failed", id, order->uid);
}

fallible
order_hold_for_review(struct tx *tx, struct order_id id, const char *reason)
{
	struct order order = {0};

	TRY(order_lock(tx, id, &order));
	if (!text_equal(order.state, "pending"))
		return NULL;
	return order_move(tx, &order,
			  &(struct order_change){.event = "unanswered",
						 .reason = reason,
						 .actor = "till",
						 .payment_status = "unknown"});
}
