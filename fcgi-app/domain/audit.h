/* audit.h - who did what, why and from where. Bodies are only added; a job seals them
 * into a hash chain, so that shoppers never wait for it.
 *
 * The chain runs in the order of sealing, not of ids: an id is drawn long before its
 * entry can be seen when a transaction stays open or a clock is turned, and a sealer
 * that goes on from the highest id would pass such an entry by. To wait for it (a
 * locking read of the ids below) would hold up all others behind one that hangs, and
 * still miss one whose row is not there to be locked. So each entry is on a list
 * (audit_unsealed) from its own commit to that of its seal, kept by triggers. */
#ifndef DOMAIN_AUDIT_H
#define DOMAIN_AUDIT_H

#include "db/db.h"

/* body: one line of facts without personal data. */
fallible audit_note(struct tx *, const char *actor, const char *action, struct order_id,
		    const char *body);
/* Whether any entry waits for its seal: one plain read. */
fallible audit_look(struct tx *, bool *waiting);
/* Seals up to limit entries that are committed and not sealed yet, the lowest ids
 * first, and links each to the one sealed before; returns how many. One sealer at a
 * time: it locks the first entry. */
fallible audit_seal(struct tx *, int64_t limit, int64_t *sealed);

#endif
