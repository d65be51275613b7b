/* dispute.c - the rules of disputes. Lock order: cart, order, attempt, dispute. */
#include "domain/dispute.h"

#include <string.h>

#include "base/text.h"
#include "base/token.h"
#include "domain/dispute_store.h"
#include "domain/ledger.h"

enum { REASON_MAX = 60 };

/* One case at work: everything below happens under its order's lock. */
struct dispute_case {
	struct attempt attempt;
	struct order order;
	const struct dispute_facts *facts;
	struct disputed *out;
	bool owed; /* no order stood for the money: the axis stays */
};

/* Why this is no dispute of money that the attempt took; NULL: it is. */
static const char *
misfit(const struct attempt *attempt, const struct dispute_facts *facts)
{
	if (attempt->captured == 0)
		return "the disputed payment is not in the books";
	if (facts->gw_payment != NULL && attempt->gw_payment != NULL &&
	    !text_equal(facts->gw_payment, attempt->gw_payment))
		return "the dispute is about another payment";
	if (!text_equal(facts->amount.currency, attempt->amount.currency) ||
	    facts->amount.minor <= 0 || facts->amount.minor > attempt->captured)
		return "the disputed amount does not fit the payment";
	return NULL;
}

/* Why what the gateway says cannot follow what is known; NULL: it can. An older answer
 * that calls a closed case open is nothing new. */
static const char *
contradiction(const struct dispute *known, const struct attempt *attempt,
	      const struct dispute_facts *facts)
{
	if (known->attempt.n != attempt->id.n)
		return "the dispute is about another payment";
	if (!money_same(known->amount, facts->amount))
		return "the disputed amount has changed";
	if (!text_equal(known->state, "open") && !text_equal(facts->state, "open") &&
	    !text_equal(known->state, facts->state))
		return "the dispute had ended otherwise";
	return NULL;
}

static const char *
reason_of(const struct dispute_facts *facts)
{
	const char *word = facts->reason;

	return text_is_empty(word) || strlen(word) > REASON_MAX ||
			       !text_is_header_safe(word)
		       ? "other"
		       : word;
}

static fallible
step(struct tx *tx, struct dispute_case *c, const char *event, const char *reason)
{
	struct order_change change = {
		.event = event, .reason = reason, .actor = "gateway"};

	if (!c->owed)
		TRY(dispute_axis(tx, c->attempt.id, &change.payment_status));
	return order_move(tx, &c->order, &change);
}

static fallible
insert(struct tx *tx, struct dispute_case *c)
{
	struct dispute *dispute = &c->out->dispute;

	*dispute = (struct dispute){
		.uid = uuid_new(),
		.order = c->order.id,
		.attempt = c->attempt.id,
		.gateway = c->attempt.gateway,
		.gw_dispute_id = c->facts->gw_dispute_id,
		.amount = c->facts->amount,
		.state = "open",
		.reason = reason_of(c->facts),
		.due_by = c->facts->due_by,
	};
	c->out->opened = true;
	TRY(dispute_insert(tx, dispute));
	return step(tx, c, "disputed", dispute->reason);
}

/* The bank took the money: at once, or when an inquiry became a dispute. */
static fallible
take(struct tx *tx, struct dispute_case *c)
{
	struct dispute *dispute = &c->out->dispute;
	int64_t changed;

	TRY(dispute_mark_taken(tx, dispute->id, &changed));
	if (changed == 0)
		return NULL;
	dispute->taken = c->out->taken = true;
	TRY(ledger_book_dispute(tx, c->order.id, dispute->uid, dispute->amount));
	return c->out->opened ? NULL : step(tx, c, "disputed", "money_taken");
}

static fallible
book_end(struct tx *tx, const struct dispute_case *c)
{
	const struct dispute *dispute = &c->out->dispute;

	if (!dispute->taken)
		return NULL;
	if (text_equal(dispute->state, "won"))
		return ledger_book_dispute_won(tx, c->order.id, dispute->uid,
					       dispute->amount);
	return ledger_book_dispute_lost(tx, c->order.id, dispute->uid, dispute->amount,
					c->owed ? "owed" : "chargebacks");
}

static fallible
end(struct tx *tx, struct dispute_case *c)
{
	struct dispute *dispute = &c->out->dispute;
	int64_t changed;

	TRY(dispute_mark_closed(tx, dispute->id, c->facts->state, &changed));
	if (changed == 0)
		return NULL;
	dispute->state = c->facts->state;
	c->out->closed = true;
	TRY(book_end(tx, c));
	return step(tx, c,
		    text_equal(dispute->state, "won") ? "dispute_won" : "dispute_lost",
		    dispute->taken ? dispute->reason : "inquiry");
}

static fallible
follow(struct tx *tx, struct dispute_case *c)
{
	const struct dispute_facts *facts = c->facts;
	struct dispute *dispute = &c->out->dispute;

	if (!text_equal(dispute->state, "open"))
		return NULL;
	if (facts->taken)
		TRY(take(tx, c));
	if (!text_equal(facts->state, "open"))
		return end(tx, c);
	if (instant_is_none(facts->due_by) || facts->due_by.us == dispute->due_by.us)
		return NULL;
	dispute->due_by = facts->due_by;
	return dispute_set_due(tx, dispute->id, facts->due_by);
}

fallible
dispute_settle(struct tx *tx, struct attempt_id id, const struct dispute_facts *facts,
	       struct disputed *out)
{
	struct dispute_case c = {.facts = facts, .out = out};
	bool found;

	*out = (struct disputed){.answered = true};
	TRY(payment_find(tx, id, &c.attempt, &found));
	if (!found)
		return FAIL(NOT_FOUND, "attempt=%" PRId64, id.n);
	TRY(order_lock(tx, c.attempt.order, &c.order));
	TRY(payment_find(tx, id, &c.attempt, &found)); /* as it is under the lock */
	out->number = c.order.number;
	out->misfit = misfit(&c.attempt, facts);
	if (out->misfit != NULL)
		return NULL;
	TRY(ledger_is_owed(tx, c.attempt.uid, &c.owed));
	TRY(dispute_find(tx, c.attempt.gateway, facts->gw_dispute_id, &out->dispute,
			 &found));
	if (found)
		out->misfit = contradiction(&out->dispute, &c.attempt, facts);
	if (out->misfit != NULL)
		return NULL;
	if (!found)
		TRY(insert(tx, &c));
	return follow(tx, &c);
}

fallible
dispute_check_refund(struct tx *tx, struct attempt_id attempt)
{
	struct dispute_sums sums = {0};

	TRY(dispute_sum(tx, attempt, &sums));
	return sums.n_taken == 0
		       ? NULL
		       : FAIL(DISPUTED, "attempt=%" PRId64 ": the bank has its money",
			      attempt.n);
}

fallible
dispute_axis(struct tx *tx, struct attempt_id attempt, const char **axis)
{
	struct dispute_sums sums = {0};
	int64_t left;

	TRY(dispute_sum(tx, attempt, &sums));
	left = sums.captured - sums.refunded - sums.lost;
	*axis = sums.n_open > 0        ? "disputed"
		: left <= 0            ? "refunded"
		: left < sums.captured ? "partially_refunded"
				       : "paid";
	return NULL;
}
