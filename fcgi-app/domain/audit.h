/* audit.h - who did what, why and from where. Bodies are only added; a job seals them
 * into a hash chain, so that shoppers never wait for it. */
#ifndef DOMAIN_AUDIT_H
#define DOMAIN_AUDIT_H

#include "db/db.h"

/* body: one line of facts without personal data. */
fallible audit_note(struct tx *, const char *actor, const char *action, struct order_id,
		    const char *body);
/* Seals up to limit unsealed rows in gapless order; returns how many. One sealer at a
 * time: it locks the first entry. */
fallible audit_seal(struct tx *, int64_t limit, int64_t *sealed);

#endif
