/* outbox.h - mails and events, written with the change that causes them, sent later. A
 * row holds ids only; its dedup key makes it exist once. */
#ifndef DOMAIN_OUTBOX_H
#define DOMAIN_OUTBOX_H

#include "db/db.h"

struct outbox_row {
	struct outbox_id id;
	const char *kind; /* "mail.confirmation" ... */
	int64_t agg_id;   /* orders.id */
	int64_t ref_id;   /* refund.id for mail.refunded, else 0 */
	const char *dedup;
	const char *state; /* ready leased done dead */
	int64_t attempts;
	const char *error;
	struct instant created_at, next_try_at;
	int64_t late_us; /* of one that outbox_look_due brings: since when it is due */
};

/* After so many tries in vain a row is dead: it waits for `till outbox replay`. */
enum { OUTBOX_TRIES = 20 };

/* Adds a row unless its dedup key is there already. */
fallible outbox_add(struct tx *, const char *kind, int64_t agg_id, int64_t ref_id,
		    const char *dedup);
/* The usual case: one mail of a kind for an order, "mail.shipped:<uuid>". */
fallible outbox_add_for_order(struct tx *, const char *kind, struct order_id order,
			      struct uuid uid);
/* The link of the order with this number, if its buyer has this address: one mail a
 * minute. One statement, the same whether it finds anything. */
fallible outbox_add_link(struct tx *, const char *number, struct digest email_hash);

/* As payment_look_due and payment_claim, of a kind. */
fallible outbox_look_due(struct tx *, const char *like, int64_t limit,
			 struct outbox_row **list, size_t *n);
fallible outbox_claim_one(struct tx *, struct outbox_id, const char *owner,
			  int64_t lease_s, bool *claimed);
/* As payment_claim_due, of a kind ("mail.%"): what a worker left behind first, then
 * those that are due for longest. */
fallible outbox_claim(struct tx *, const char *like, const char *owner, int64_t lease_s,
		      int64_t limit, struct outbox_row **list, size_t *n);
fallible outbox_done(struct tx *, struct outbox_id);
/* Not now: again after a back-off that doubles from 5 s to 24 h, with jitter; dead
 * after OUTBOX_TRIES, or at once when final. */
fallible outbox_failed(struct tx *, const struct outbox_row *, bool final,
		       const char *error);
/* Newest first; state NULL: all. */
fallible outbox_list(struct tx *, const char *state, int64_t limit,
		     struct outbox_row **list, size_t *n);
/* Makes a dead row (or, with id 0, every dead row) ready again. */
fallible outbox_replay(struct tx *, struct outbox_id, int64_t *changed);

/* Seconds to wait before try number n (from 1): 5 s doubling to 24 h, half of it
 * jitter. */
int64_t outbox_backoff(int64_t tries);

#endif
