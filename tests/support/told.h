/* told.h - what a gateway tells the kit's shop: events for its door, and the job that
 * applies them. */
#ifndef SUPPORT_TOLD_H
#define SUPPORT_TOLD_H

#include "support/kit.h"

/* The header of a delivery that is signed with from. */
const char *told_signature(const void *from, const char *name);
/* One delivery of a body, signed with from ("good" is genuine); *again: it was there.
 */
struct err *told_signed(struct kit *, const char *body, const char *from, bool *again);
/* A genuine one that has to be taken. */
void told_deliver(struct kit *, const char *body);

/* Bodies: an event of a kind about an attempt; that its session was paid with so much.
 */
const char *told_event(struct kit *, const char *id, const char *kind,
		       const struct attempt *);
const char *told_paid(struct kit *, const char *id, const struct attempt *,
		      int64_t amount);

/* What the job does: every webhook that is due; how many those were. */
size_t told_apply_due(struct kit *);
/* Of an event in the inbox. */
const char *told_state(const char *event_id);

/* An order that waits, of a new kit whose script is open. */
struct placement told_placed(struct kit *, int visitor, const char *sku,
			     const char *key);
/* The gateway's next answer about it. */
void told_will_say(struct kit *, enum pay_status, const struct placement *);

#endif
