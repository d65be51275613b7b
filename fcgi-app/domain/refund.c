/* refund.c - the rules of refunds. Lock order: cart, order, attempt, refund. */
#include "domain/refund.h"

#include <string.h>

#include "base/text.h"
#include "base/token.h"
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

/* Where the money of a refund was booked when it came in. */
static const char *
account_of(const struct refund *refund)
{
	return strcmp(refund->kind, "void") == 0 ? "owed" : "refunds";
}

fallible
refund_done(struct tx *tx, struct refund_id id, const char *gw_refund_id)
{
	struct refund refund = {0};
	struct order order = {0};
	int64_t changed, left;

	TRY(refund_get(tx, id, &refund));
	TRY(order_lock(tx, refund.order, &order));
	TRY(refund_mark_done(tx, id, gw_refund_id, &changed));
	if (changed == 0)
		return NULL;
	TRY(ledger_book_refund(tx, order.id, refund.uid, refund.amount,
			       account_of(&refund)));
	TRY(refund_sum_left(tx, order.id, &left));
	TRY(order_move(tx, &order,
		       &(struct order_change){
			       .event = "refunded",
			       .reason = refund.kind,
			       .actor = "gateway",
			       .payment_status = strcmp(refund.kind, "void") == 0 ? NULL
						 : left == 0 ? "refunded"
							     : "partially_refunded"}));
	return outbox_add(tx, "mail.refunded", order.id.n, id.n,
			  arena_printf(tx->mem, "mail.refunded:%s", refund.uid.text));
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
	return order_move(tx, &order,
			  &(struct order_change){.event = "refund",
						 .reason = "refund_refused",
						 .actor = "gateway"});
}
