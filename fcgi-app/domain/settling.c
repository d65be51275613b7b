/* settling.c - T3: what a gateway says of a payment becomes the order's state. */
#include "domain/settling.h"

#include <string.h>

#include "base/fault_point.h"
#include "base/log.h"
#include "base/text.h"
#include "domain/ledger.h"
#include "domain/order_write.h"
#include "domain/outbox.h"
#include "domain/refund.h"
#include "domain/settling_store.h"
#include "domain/stock.h"

enum { PARKED_CHECK_SECONDS = 3600 };

static bool
is_live(const char *attempt_state)
{
	return text_equal(attempt_state, "sent") ||
	       text_equal(attempt_state, "unknown") ||
	       text_equal(attempt_state, "requires_action");
}

static enum settle_verdict
decide_paid(struct settle_question q)
{
	if (q.captured_before)
		return SETTLE_NOTHING;
	if (!q.fits)
		return SETTLE_PARK;
	if (order_is_waiting(q.order_state))
		return SETTLE_CONFIRM;
	if (text_equal(q.order_state, "failed") || text_equal(q.order_state, "expired"))
		return SETTLE_REVIVE;
	return SETTLE_GIVE_BACK;
}

enum settle_verdict
settle_decide(struct settle_question q)
{
	if (q.truth == TRUTH_PAID)
		return decide_paid(q);
	if (!is_live(q.attempt_state))
		return SETTLE_NOTHING;
	switch (q.truth) {
	case TRUTH_FAILED:
	case TRUTH_EXPIRED:
	case TRUTH_CANCELLED:
		return SETTLE_END;
	case TRUTH_NOT_FOUND: /* a session that was there does not vanish */
		return q.has_session ? SETTLE_NOTE : SETTLE_END;
	case TRUTH_OPEN:
	case TRUTH_PROCESSING:
	case TRUTH_AUTHORIZED:
	case TRUTH_UNANSWERED:
	case TRUTH_PAID:
		break;
	}
	return SETTLE_NOTE;
}

/* What the gateway tells of amount and references must be what we asked (F-138). A fact
 * that it does not tell is not held against it, the captured amount excepted. */
static bool
fits(const struct settling *s, const struct payment_facts *f)
{
	return money_same(f->captured, s->amount) &&
	       (f->order_ref == NULL || text_equal(f->order_ref, s->number)) &&
	       (f->attempt_ref == NULL ||
		text_equal(f->attempt_ref, s->attempt_uid.text)) &&
	       (f->gw_id == NULL || s->gw_id == NULL || text_equal(f->gw_id, s->gw_id));
}

static fallible
step(struct tx *tx, struct settling *s, const char *event, const char *reason,
     const char *actor)
{
	const char *to = order_state_after(s->order_state, event);

	if (to == NULL)
		return FAIL(ORDER_STATE, "order=%s state=%s event=%s", s->number,
			    s->order_state, event);
	TRY(order_insert_event(tx, s->order, event, s->order_state, to, reason, actor));
	s->order_state = to;
	return NULL;
}

/* The payment axis and the attempt have their own machines. */
static fallible
check_paid(const struct settling *s)
{
	if (machine_allows(MACHINE_PAYMENT, s->payment_status, "paid") &&
	    machine_allows(MACHINE_ATTEMPT, s->attempt_state, "captured"))
		return NULL;
	return FAIL(ORDER_STATE, "order=%s: paid from %s, captured from %s", s->number,
		    s->payment_status, s->attempt_state);
}

/* stored: the state in which the order's row still is. */
static fallible
confirm(struct tx *tx, struct settling *s, const char *stored,
	const struct payment_facts *facts, const char *actor, struct settled *out)
{
	int64_t changed;

	TRY(check_paid(s));
	TRY(step(tx, s, "paid", NULL, actor));
	TRY(settle_write_confirmed(tx, s, stored, facts, &changed));
	if (changed != 2 && changed != 3)
		return FAIL(INTERNAL, "order=%s: confirmed %" PRId64 " rows", s->number,
			    changed);
	TRY(ledger_book_sale(tx, s->order, s->attempt_uid, facts->captured, s->tax));
	TRY(outbox_add_for_order(tx, "mail.confirmation", s->order, s->order_uid));
	TRY(settle_clear_cart(tx, s->order, s->cart));
	out->confirmed = out->changed = true;
	out->attempt_state = "captured";
	return NULL;
}

/* Money that no order can stand for any more goes back in full. */
static fallible
give_back(struct tx *tx, struct settling *s, const struct payment_facts *facts,
	  const char *reason, struct settled *out)
{
	struct refund refund;
	int64_t changed;

	TRY(settle_write_captured(tx, s, facts, &changed));
	if (changed == 0)
		return NULL;
	TRY(ledger_book_owed(tx, s->order, s->attempt_uid, facts->captured));
	TRY(refund_request(tx, s->order, s->attempt, 0, "void", reason, "till",
			   &refund));
	TRY(step(tx, s, "refund", reason, "till"));
	out->refund = out->changed = true;
	out->attempt_state = "captured";
	return NULL;
}

/* Paid after its order ended: if the goods are still there, the order stands after all.
 * Its row never waits in between: the cart may have another order that does.
 */
static fallible
revive(struct tx *tx, struct settling *s, const struct payment_facts *facts,
       const char *actor, struct settled *out)
{
	const char *stored = s->order_state;
	bool enough;

	TRY(settle_take_free_stock(tx, s->order, &enough));
	if (!enough)
		return give_back(tx, s, facts, "paid_no_stock", out);
	TRY(step(tx, s, "late_payment", NULL, actor));
	return confirm(tx, s, stored, facts, actor, out);
}

/* Paid in time, but nobody keeps its goods any more: as for a late payment it stands if
 * they are still there. Its own holds that are left count as free. */
static fallible
confirm_unheld(struct tx *tx, struct settling *s, const struct payment_facts *facts,
	       const char *actor, struct settled *out)
{
	int64_t freed;
	bool enough;

	TRY(stock_release_order(tx, s->order, "released", "holds_missing", &freed));
	TRY(settle_take_free_stock(tx, s->order, &enough));
	log_event(LOG_ERROR, "order.holds_missing", "order", s->number, "outcome",
		  enough ? "free_stock" : "refund", NULL);
	if (enough)
		return confirm(tx, s, s->order_state, facts, actor, out);
	TRY(step(tx, s, "failed", "paid_no_stock", "till"));
	TRY(settle_write_axis(tx, s->order, s->order_state, "failed"));
	return give_back(tx, s, facts, "paid_no_stock", out);
}

/* That all is held shows when the holds become sales (T3 has a budget); if it is not,
 * stock_commit has this run again, and only then it is asked before. */
static fallible
confirm_held(struct tx *tx, struct settling *s, const struct payment_facts *facts,
	     const char *actor, struct settled *out)
{
	bool held = true;

	if (tx_is_rerun(tx))
		TRY(stock_holds_all(tx, s->order, &held));
	if (!held)
		return confirm_unheld(tx, s, facts, actor, out);
	TRY(confirm(tx, s, s->order_state, facts, actor, out));
	TRY(stock_commit(tx, s->order));
	FAULT_POINT_ERR(settle_uncommitted, INTERNAL);
	return NULL;
}

static fallible
park(struct tx *tx, struct settling *s, const struct payment_facts *facts,
     struct settled *out)
{
	int64_t changed;

	out->mismatch = true;
	log_event(LOG_WARNING, "payment.mismatch", "order", s->number, "asked",
		  log_number(s->amount.minor), "captured",
		  log_number(facts->captured.minor), "currency",
		  facts->captured.currency, NULL);
	TRY(payment_move(tx, s->attempt, "unknown", "mismatch", PARKED_CHECK_SECONDS,
			 &changed));
	if (!text_equal(s->order_state, "pending"))
		return NULL;
	out->changed = true;
	TRY(step(tx, s, "mismatch", "amount_or_reference", "gateway"));
	return settle_write_axis(tx, s->order, s->order_state, "unknown");
}

/* Seconds until the gateway is asked again, and the attempt's state meanwhile. */
static int64_t
next_look(const struct settling *s, const struct payment_facts *facts,
	  const char **state)
{
	*state = s->attempt_state;
	if (facts->truth == TRUTH_OPEN) {
		*state = "sent";
		/* An order that was paid meanwhile by another attempt: to be closed. */
		return payment_look(order_is_waiting(s->order_state) ? s->checks : 0);
	}
	if (facts->truth == TRUTH_PROCESSING || facts->truth == TRUTH_AUTHORIZED) {
		*state = "requires_action";
		return payment_ladder(s->checks);
	}
	if (s->gw_id == NULL)
		*state = "unknown";
	return payment_ladder(s->checks);
}

bool
settle_tells_nothing(const struct attempt *attempt, const struct payment_facts *facts,
		     int64_t *wait_s)
{
	struct settling s = {.order_state = attempt->order_state,
			     .attempt_state = attempt->state,
			     .gw_id = attempt->gw_id,
			     .checks = attempt->checks};
	const char *state;

	if (!text_equal(attempt->order_state, "pending") || attempt->gw_id == NULL ||
	    !is_live(attempt->state))
		return false;
	if (facts->truth != TRUTH_OPEN && facts->truth != TRUTH_PROCESSING &&
	    facts->truth != TRUTH_AUTHORIZED)
		return false;
	*wait_s = next_look(&s, facts, &state);
	return text_equal(state, attempt->state) &&
	       (facts->shopper_code == NULL ||
		text_equal(facts->shopper_code, attempt->shopper_code));
}

static fallible
note(struct tx *tx, struct settling *s, const struct payment_facts *facts,
     struct settled *out)
{
	const char *state;
	int64_t wait = next_look(s, facts, &state), changed;
	bool refused = facts->shopper_code != NULL && facts->declined_once &&
		       !text_equal(facts->shopper_code, s->shopper_code);

	TRY(payment_move(tx, s->attempt, state, facts->shopper_code, wait, &changed));
	out->attempt_state = state;
	if (refused && text_equal(s->order_state, "pending")) {
		out->changed = true;
		return step(tx, s, "declined", facts->shopper_code, "gateway");
	}
	return NULL;
}

static fallible
end(struct tx *tx, struct settling *s, const struct payment_facts *facts,
    struct settled *out)
{
	const char *state = facts->truth == TRUTH_EXPIRED     ? "expired"
			    : facts->truth == TRUTH_CANCELLED ? "cancelled"
							      : "failed";
	int64_t changed;

	TRY(payment_move(tx, s->attempt, state, facts->shopper_code, -1, &changed));
	out->changed = changed > 0;
	out->attempt_state = state;
	return NULL;
}

static fallible
act(struct tx *tx, struct settling *s, const struct payment_facts *facts,
    const char *actor, struct settled *out)
{
	struct settle_question question = {
		.order_state = s->order_state,
		.attempt_state = s->attempt_state,
		.truth = facts->truth,
		.captured_before = s->captured > 0,
		.fits = facts->truth != TRUTH_PAID || fits(s, facts),
		.has_session = s->gw_id != NULL,
	};

	switch (settle_decide(question)) {
	case SETTLE_NOTHING:
		return NULL;
	case SETTLE_NOTE:
		return note(tx, s, facts, out);
	case SETTLE_END:
		return end(tx, s, facts, out);
	case SETTLE_CONFIRM:
		return confirm_held(tx, s, facts, actor, out);
	case SETTLE_REVIVE:
		return revive(tx, s, facts, actor, out);
	case SETTLE_GIVE_BACK:
		return give_back(tx, s, facts,
				 text_equal(s->order_state, "cancelled")
					 ? "paid_after_cancel"
					 : "second_payment",
				 out);
	case SETTLE_PARK:
		return park(tx, s, facts, out);
	}
	return NULL;
}

fallible
settle_payment(struct tx *tx, struct attempt_id attempt,
	       const struct payment_facts *facts, const char *actor,
	       struct settled *out)
{
	struct settling s = {0};

	*out = (struct settled){.answered = facts->truth != TRUTH_UNANSWERED};
	TRY(settle_lock(tx, attempt, &s));
	out->order = s.order;
	out->order_uid = s.order_uid;
	out->number = s.number;
	out->attempt_state = s.attempt_state;
	TRY(act(tx, &s, facts, actor, out));
	out->state = s.order_state;
	return NULL;
}

fallible
settle_nothing_due(struct tx *tx, struct order *order)
{
	int64_t changed;

	TRY(order_insert_event(tx, order->id, "nothing_due", "pending", "confirmed",
			       NULL, "shopper"));
	order->n_steps = 0; /* the database dated this one: it is read */
	TRY(settle_write_free(tx, order->id, &changed));
	if (changed != 1)
		return FAIL(INTERNAL, "order=%s: not confirmed", order->number);
	order->state = "confirmed";
	order->payment_status = "paid";
	TRY(outbox_add_for_order(tx, "mail.confirmation", order->id, order->uid));
	TRY(settle_clear_cart(tx, order->id, order->cart));
	return stock_commit(tx, order->id);
}
