/* dispute_store.h - what the rules of disputes ask of their table. */
#ifndef DOMAIN_DISPUTE_STORE_H
#define DOMAIN_DISPUTE_STORE_H

#include "domain/dispute.h"

/* Of one attempt, in minor units: its money, what lost cases took; cases that are open,
 * and those of them that took money. */
struct dispute_sums {
	int64_t captured, refunded, lost, n_open, n_taken;
};

fallible dispute_find(struct tx *, const char *gateway, const char *gw_dispute_id,
		      struct dispute *, bool *found);
/* As open, with nothing taken yet. */
fallible dispute_insert(struct tx *, struct dispute *);
/* Each at most once, and only while it is open; changed 0: it was so before. */
fallible dispute_mark_taken(struct tx *, struct dispute_id, int64_t *changed);
fallible dispute_mark_closed(struct tx *, struct dispute_id, const char *state,
			     int64_t *changed);
fallible dispute_set_due(struct tx *, struct dispute_id, struct instant due_by);
fallible dispute_sum(struct tx *, struct attempt_id, struct dispute_sums *);

#endif
