/* refund.c - the rules of refunds. Lock order: cart, order, attempt, refund. */
#include "domain/refund.h"

#include "base/log.h"
#include "base/token.h"
#include "domain/dispute.h"
#include "domain/ledger.h"
#include "domain/outbox.h"
#include "domain/refund_store.h"

fallible
refund_request(struct tx *tx, struct order_id order, struct attempt_id attempt,
	       int64_t amount, const char *kind, const char *reason, const char *actor,
	       struct refund *out)
{
	struct refundable row = {0};
	int64_t left;
	bool found;

	TRY(refund_lock_attempt(tx, attempt, &row, &found));
	TRY(dispute_check_refund(tx, attempt));
	left = row.captured.minor - row.taken;
	if (!found || left <= 0 || amount < 0 || amount > left)
		return FAIL(REFUSED,
			    "attempt=%" PRId64 " left=%" PRId64 " asked=%" PRId64,
			    attempt.n, left, amount);
	*out = (struct refund){
		.uid = uuid_new(),
		.order = order,
		.attempt = attempt,
		.gateway = row.gateway,
		.kind = kind,
		.amount = money_of(amount == 0 ? left : amount, row.captured.currency),
		.state = "pending",
		.reason = reason,
		.actor = actor,
	};
	out->idem_key = arena_printf(tx->mem, "rf-%s", out->uid.text);
	return refund_insert(tx, out);
}

fallible
refund_request_for_order(struct tx *tx, struct order_id id, int64_t amount,
			 const char *kind, const char *reason, const char *actor,
			 struct refund *out)
{
	struct order order = {0};
	struct attempt_id attempt;
	bool found;

	TRY(order_lock(tx, id, &order));
	TRY(refund_find_captured(tx, id, &attempt, &found));
	if (!found)
		return FAIL(REFUSED, "order=%s: nothing to refund", order.number);
	TRY(refund_request(tx, id, attempt, amount, kind, reason, actor, out));
	return order_move(tx, &order,
			  &(struct order_change){
				  .event = "refund", .reason = kind, .actor = actor});
}

fallible
refund_request_all(struct tx *tx, struct order_id order, const char *kind,
		   const char *reason, const char *actor)
{
	struct attempt_id attempt;
	struct refund refund;
	bool found;

	TRY(refund_find_captured(tx, order, &attempt, &found));
	while (found) {
		TRY(refund_request(tx, order, attempt, 0, kind, reason, actor,
				   &refund));
		TRY(refund_find_captured(tx, order, &attempt, &found));
	}
	return NULL;
}

/* Whether the money was only ever owed back. How it was booked when it came in decides,
 * not the refund's kind: a void that failed may be repeated as any other. */
static fallible
was_owed(struct tx *tx, struct attempt_id id, bool *owed)
{
	struct attempt attempt = {0};
	bool found;

	*owed = false;
	TRY(payment_find(tx, id, &attempt, &found));
	return found ? ledger_is_owed(tx, attempt.uid, owed) : NULL;
}

/* The payment axis as the attempt's amounts have it now; NULL: it stays, as it does for
 * money that no order stood for. An order was sold by one attempt alone. */
static fallible
axis_now(struct tx *tx, const struct refund *refund, bool owed, const char **axis)
{
	*axis = NULL;
	return owed ? NULL : dispute_axis(tx, refund->attempt, axis);
}

fallible
refund_done(struct tx *tx, struct refund_id id, const char *gw_refund_id)
{
	struct refund refund = {0};
	struct order order = {0};
	const char *axis;
	int64_t changed;
	bool owed;

	TRY(refund_get(tx, id, &refund));
	TRY(order_lock(tx, refund.order, &order));
	TRY(refund_mark_done(tx, id, gw_refund_id, &changed));
	if (changed == 0)
		return NULL;
	TRY(was_owed(tx, refund.attempt, &owed));
	TRY(ledger_book_refund(tx, order.id, refund.uid, refund.amount,
			       owed ? "owed" : "refunds"));
	TRY(axis_now(tx, &refund, owed, &axis));
	TRY(order_move(tx, &order,
		       &(struct order_change){.event = "refunded",
					      .reason = refund.kind,
					      .actor = "gateway",
					      .payment_status = axis}));
	return outbox_add(tx, "mail.refunded", order.id.n, id.n,
			  arena_printf(tx->mem, "mail.refunded:%s", refund.uid.text));
}

static fallible
note_failed(struct tx *tx, struct order *order, const char *reason,
	    const char *payment_status)
{
	return order_move(tx, order,
			  &(struct order_change){.event = "refund",
						 .reason = reason,
						 .actor = "gateway",
						 .payment_status = payment_status});
}

fallible
refund_refused(struct tx *tx, struct refund_id id, const char *why)
{
	struct refund refund = {0};
	struct order order = {0};
	int64_t changed;

	TRY(refund_get(tx, id, &refund));
	TRY(order_lock(tx, refund.order, &order));
	TRY(refund_mark_failed(tx, id, &changed));
	if (changed == 0)
		return NULL;
	(void)why;
	return note_failed(tx, &order, "refund_refused", NULL);
}

/* What refund_done booked, the other way round. */
static fallible
take_back(struct tx *tx, struct order *order, const struct refund *refund)
{
	const char *axis;
	bool owed;

	TRY(was_owed(tx, refund->attempt, &owed));
	TRY(ledger_book_sent_back(tx, order->id, refund->uid, refund->amount,
				  owed ? "owed" : "refunds"));
	TRY(axis_now(tx, refund, owed, &axis));
	return note_failed(tx, order, "refund_sent_back", axis);
}

fallible
refund_failed(struct tx *tx, struct refund_id id, const char *why)
{
	struct refund refund = {0};
	struct order order = {0};
	int64_t refused, back = 0;

	TRY(refund_get(tx, id, &refund));
	TRY(order_lock(tx, refund.order, &order));
	TRY(refund_mark_failed(tx, id, &refused));
	if (refused == 0)
		TRY(refund_mark_sent_back(tx, id, &back));
	if (refused == 0 && back == 0)
		return NULL;
	if (back > 0)
		TRY(take_back(tx, &order, &refund));
	else
		TRY(note_failed(tx, &order, "refund_refused", NULL));
	log_event(LOG_ERROR, "refund.failed", "order", order.number, "refund",
		  refund.uid.text, "kind", refund.kind, "amount",
		  log_number(refund.amount.minor), "currency", refund.amount.currency,
		  "was_done", back > 0 ? "yes" : "no", "why", why, NULL);
	return NULL;
}
