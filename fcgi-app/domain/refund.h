/* refund.h - money that goes back: a row first, the gateway's work by a job, then the
 * books. Its key is derived from the row, so that it is carried out once. */
#ifndef DOMAIN_REFUND_H
#define DOMAIN_REFUND_H

#include "domain/order.h"
#include "domain/payment.h"

struct refund {
	struct refund_id id;
	struct uuid uid;
	struct order_id order;
	struct attempt_id attempt;
	const char *idem_key, *gateway, *gw_refund_id, *gw_payment;
	const char *kind; /* void, cancel, return, goodwill */
	struct money amount;
	const char *state; /* pending, done, failed */
	const char *reason, *actor;
	int64_t checks;
	/* When its key was first sent, at the earliest; and the database's clock when
	 * this was read. */
	struct instant sent_at, now;
};

/* Asks for a refund of an attempt: never more than captured minus what was or is being
 * refunded or was lost in a dispute (REFUSED, under the attempt's row lock); none while
 * a bank that disputes it has the money (DISPUTED). amount 0: all that is left. */
fallible refund_request(struct tx *, struct order_id, struct attempt_id, int64_t amount,
			const char *kind, const char *reason, const char *actor,
			struct refund *out);
/* The same for whatever captured attempt of an order still has money. */
fallible refund_request_for_order(struct tx *, struct order_id, int64_t amount,
				  const char *kind, const char *reason,
				  const char *actor, struct refund *out);
/* For all that is left of every attempt of an order, which the caller has locked;
 * nothing when all of it is back or on its way. */
fallible refund_request_all(struct tx *, struct order_id, const char *kind,
			    const char *reason, const char *actor);

/* As payment_look_due, payment_claim_due. */
fallible refund_look_due(struct tx *, const char *owner, int64_t *late_us);
fallible refund_claim_due(struct tx *, const char *owner, int64_t lease_s,
			  int64_t limit, struct refund **list, size_t *n);
/* By our uuid or by the gateway's id. */
fallible refund_find(struct tx *, const char *gateway, const char *uid,
		     const char *gw_id, struct refund *, bool *found);
/* The gateway did it: books, the order's payment axis and the notice, once. */
fallible refund_done(struct tx *, struct refund_id, const char *gw_refund_id);
/* It has accepted it, or nobody knows: ask again by the poll ladder. */
fallible refund_wait(struct tx *, const struct refund *, const char *gw_refund_id);
/* The gateway never heard of it: its key counts as first sent now. *due false: it is
 * pending no more. */
fallible refund_send_anew(struct tx *, struct refund_id, bool *due);
/* It refused for good: the row is failed, the order says so, somebody has to look. */
fallible refund_refused(struct tx *, struct refund_id, const char *why);
/* The gateway says that it failed, maybe long after it was done: then the money came
 * back, and so do the books and the order's payment axis. Once; logged as an error,
 * since somebody has to look. */
fallible refund_failed(struct tx *, struct refund_id, const char *why);
fallible refund_list(struct tx *, struct order_id, struct refund **list, size_t *n);

#endif
