/* inbox.h - webhooks, each accepted once and applied by a worker. Only genuine ones get
 * here; bodies are sealed. */
#ifndef DOMAIN_INBOX_H
#define DOMAIN_INBOX_H

#include "db/db.h"

struct webhook {
	struct webhook_id id;
	const char *gateway, *event_id, *type, *state;
	struct sealed_bytes body;
	int64_t attempts;
	const char *error;
	struct instant received_at, next_try_at;
	int64_t late_us; /* of one that inbox_look_due brings: since when it is due */
};

/* Tries before a webhook that cannot be applied is dead. */
enum { INBOX_TRIES = 20 };

/* *taken true when this event is there already (then nothing is written). One
 * statement. */
fallible inbox_accept(struct tx *, const char *gateway, const char *event_id,
		      const char *type, const void *body, size_t len, bool *taken);
/* As payment_look_due; in no order of importance. */
fallible inbox_look_due(struct tx *, struct webhook **list, size_t *n);
/* As payment_claim. */
fallible inbox_claim_one(struct tx *, const struct webhook *, const char *owner,
			 int64_t lease_s, bool *claimed);
/* As payment_claim_due; what waits for an unknown object only when nothing else is due.
 */
fallible inbox_claim(struct tx *, const char *owner, int64_t lease_s, int64_t limit,
		     struct webhook **list, size_t *n);
/* What is due in this state (received or parked) and nobody works on, locked until the
 * transaction ends; what others have locked is left out. */
fallible inbox_lock_due(struct tx *, const char *state, int64_t limit,
			struct webhook **list, size_t *n);

/* How an event ends that was never claimed: parked for a reason, or applied or ignored
 * (error NULL). */
struct inbox_end {
	const struct webhook *webhook;
	const char *state, *error;
};
/* Ends one, unless somebody began with it since it was read. One statement. */
fallible inbox_end_unclaimed(struct tx *, const struct inbox_end *);
/* Ends up to DB_MAX_ROWS of them, in one statement. */
fallible inbox_end_all(struct tx *, const struct inbox_end *, size_t n);
/* state: applied or ignored. */
fallible inbox_settle(struct tx *, struct webhook_id, const char *state);
/* Not now: parked (its object is not known yet) or received, again after a back-off;
 * dead after INBOX_TRIES. What was settled meanwhile stays so. */
fallible inbox_postpone(struct tx *, const struct webhook *, bool unknown_object,
			const char *error);

/* ---- what never came (F-152) ---- */

/* Which part of a gateway's list of events is to be compared next. */
struct catch_up {
	struct instant from, until; /* until is at least a minute ago */
	bool due;                   /* two minutes and more are waiting */
};

/* Minutes: new ones of one window; those compared once more, for events that a gateway
 * lists late; those too young to be compared; those before the first. */
enum {
	CATCH_UP_MINUTES = 9,
	CATCH_UP_OVERLAP = 2,
	CATCH_UP_YOUNG = 1,
	CATCH_UP_FIRST = 60,
	CATCH_UP_IDS = 50
};

/* By this host's clock. What was noted for a time still to come (the clock was wrong
 * then, or is now) counts as nothing. */
fallible inbox_catch_up(struct tx *, const char *gateway, struct catch_up *);
/* All that happened before is here; a later moment noted earlier is forgotten. */
fallible inbox_caught_up(struct tx *, const char *gateway, struct instant until);
/* Which of up to CATCH_UP_IDS events are there: their ids, in no order. */
fallible inbox_known(struct tx *, const char *gateway, struct db_list event_ids,
		     const char *const **known, size_t *n);

/* ---- for a shopkeeper (F-151) ---- */

/* Newest first; state NULL: all. */
fallible inbox_list(struct tx *, const char *state, int64_t limit,
		    struct webhook **list, size_t *n);
/* NOT_FOUND when there is none of that id. */
fallible inbox_get(struct tx *, struct webhook_id, struct webhook *out);
/* Makes one that is dead or parked due now, its tries counted anew; with id 0 all of
 * them. */
fallible inbox_replay(struct tx *, struct webhook_id, int64_t *changed);
/* Ends one that was not applied: ignored, with the reason in its error. */
fallible inbox_discard(struct tx *, struct webhook_id, const char *reason,
		       int64_t *changed);

#endif
