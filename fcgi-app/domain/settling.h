/* settling.h - T3: what a gateway says of a payment becomes the order's state. One
 * function for every path - webhook job, poll job, expiry, admin; doing it again
 * changes nothing. Twelve statements and one commit for a payment. Lock order: cart,
 * orders, payment_attempt, reservation, stock. */
#ifndef DOMAIN_SETTLING_H
#define DOMAIN_SETTLING_H

#include "domain/order.h"
#include "domain/payment.h"

struct settled {
	struct order_id order;
	struct uuid order_uid;
	const char *number, *state; /* of the order, afterwards */
	const char *attempt_state;
	bool answered;  /* the gateway told how the payment stands */
	bool changed;   /* this call moved something */
	bool confirmed; /* this call confirmed the order */
	bool refund;    /* this call asked for a refund: nudge lane pay */
	bool mismatch;  /* amount or reference differ: parked, somebody has to look */
};

/* Brings order and attempt to what the gateway says. Amount, currency and references
 * must equal the attempt's, else the order goes to review and is never confirmed
 * (F-138). A late success re-reserves or is refunded in full (F-037), and so does one
 * of an order whose holds are missing, which then is failed; a second success is
 * refunded.
 */
fallible settle_payment(struct tx *, struct attempt_id, const struct payment_facts *,
			const char *actor, struct settled *);

/* Whether settle_payment would only note when to look again, at an attempt that is due
 * (payment_look_due): its order waits, and what the gateway says of it is known. Then
 * *wait_s is told, and payment_note_unchanged is enough. */
bool settle_tells_nothing(const struct attempt *, const struct payment_facts *,
			  int64_t *wait_s);

/* An order with nothing to pay is confirmed in the transaction that places it. */
fallible settle_nothing_due(struct tx *, struct order *);

/* What to do about a payment, decided without looking at anything else. */
enum settle_verdict {
	SETTLE_NOTHING, /* known already, or nothing to be done */
	SETTLE_NOTE,    /* move the attempt: still waiting, processing, unanswered */
	SETTLE_END,     /* the attempt ended without money */
	SETTLE_CONFIRM,
	SETTLE_REVIVE, /* paid for an order that is failed or expired: stock decides */
	SETTLE_GIVE_BACK, /* paid for a cancelled order, or a second time */
	SETTLE_PARK,      /* paid, but not what was asked */
};

struct settle_question {
	const char *order_state, *attempt_state;
	enum payment_truth truth;
	bool captured_before; /* this attempt's money is in the books */
	bool fits;            /* amount, currency, references equal the attempt's */
	bool has_session;     /* the gateway gave this attempt one */
};

enum settle_verdict settle_decide(struct settle_question);

#endif
