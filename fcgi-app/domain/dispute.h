/* dispute.h - a buyer's bank wants money back (F-136): one row for each dispute of a
 * gateway, the money beside the gateway's account until the bank has decided, and the
 * order's payment axis. Goods and fulfilment stay as they are. */
#ifndef DOMAIN_DISPUTE_H
#define DOMAIN_DISPUTE_H

#include "domain/order.h"
#include "domain/payment.h"

struct dispute {
	struct dispute_id id;
	struct uuid uid;
	struct order_id order;
	struct attempt_id attempt;
	const char *gateway, *gw_dispute_id;
	struct money amount;
	bool taken;        /* the bank has the money; false: an inquiry, so far */
	const char *state; /* open, won, lost */
	const char *reason;
	struct instant due_by, opened_at, closed_at; /* due_by: none when unknown */
};

/* How a dispute stands, as its gateway tells it. */
struct dispute_facts {
	const char *gw_dispute_id;
	const char *gw_payment; /* NULL: not told */
	const char *state;      /* open, won, lost */
	bool taken;             /* it took the money, when it was opened or since */
	struct money amount;
	const char *reason; /* the gateway's word, or NULL */
	struct instant due_by;
};

struct disputed {
	bool answered; /* the gateway told how it stands; false: ask again */
	const char
		*misfit; /* why nothing was booked and somebody has to look, or NULL */
	bool opened, taken, closed; /* what this call did */
	const char *number;         /* of the order */
	struct dispute dispute;     /* afterwards */
};

/* Brings the case, the books and the order to what the gateway says. Again changes
 * nothing, in whatever order it is told; an end that comes first opens it as well. What
 * is not a dispute of money that this attempt took is never booked: see misfit. */
fallible dispute_settle(struct tx *, struct attempt_id, const struct dispute_facts *,
			struct disputed *);

/* DISPUTED while a bank has money of the attempt and has not decided. */
fallible dispute_check_refund(struct tx *, struct attempt_id);
/* The payment axis that an attempt's amounts and disputes come to, once it was paid:
 * disputed while a case is open; what a lost one took is gone as if refunded. */
fallible dispute_axis(struct tx *, struct attempt_id, const char **axis);
fallible dispute_list(struct tx *, struct order_id, struct dispute **list, size_t *n);

#endif
