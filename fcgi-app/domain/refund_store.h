/* refund_store.h - what the rules of refunds ask of their table. */
#ifndef DOMAIN_REFUND_STORE_H
#define DOMAIN_REFUND_STORE_H

#include "domain/refund.h"

/* What an attempt can still give back: captured, and what is asked for already or was
 * lost in disputes. */
struct refundable {
	struct attempt_id attempt;
	const char *gateway;
	struct money captured;
	int64_t taken;
};

fallible refund_lock_attempt(struct tx *, struct attempt_id, struct refundable *,
			     bool *found);
/* The first attempt whose money is neither back nor on its way nor lost. */
fallible refund_find_captured(struct tx *, struct order_id, struct attempt_id *,
			      bool *found);
fallible refund_insert(struct tx *, struct refund *);
fallible refund_get(struct tx *, struct refund_id, struct refund *);
/* Pending to done, with the attempt's sum, in one statement; changed 0: it was done. */
fallible refund_mark_done(struct tx *, struct refund_id, const char *gw_id,
			  int64_t *changed);
fallible refund_mark_failed(struct tx *, struct refund_id, int64_t *changed);
/* Done to failed, with the attempt's sum, in one statement; changed 0: it was not done.
 */
fallible refund_mark_sent_back(struct tx *, struct refund_id, int64_t *changed);

#endif
