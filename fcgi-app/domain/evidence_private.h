/* evidence_private.h - what the files of evidence share. */
#ifndef DOMAIN_EVIDENCE_PRIVATE_H
#define DOMAIN_EVIDENCE_PRIVATE_H

#include "domain/evidence.h"

enum { FINDING_BYTES = 200 };

/* Rows found while others stream by, when memory of a row's own is gone with it. */
struct findings {
	char text[INVARIANT_ROWS][FINDING_BYTES];
	size_t n; /* may be more than are kept */
};

struct findings *findings_new(struct arena *);
void findings_add(struct findings *, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Looked at, with these rows. */
void findings_give(const struct findings *, struct invariant *);

fallible evidence_acks_lost(struct tx *, struct evidence *,
			    struct findings *); /* I14 */
fallible evidence_acks_oversold(struct tx *, struct evidence *,
				struct findings *); /* I08 */
fallible evidence_charges_differ(struct tx *, struct evidence *,
				 struct findings *); /* I22 */
fallible evidence_charges_missing(struct tx *, struct evidence *,
				  struct findings *); /* I23 */
fallible evidence_charges_double(struct tx *, struct evidence *,
				 struct findings *); /* I24 */
fallible evidence_effects_differ(struct tx *, struct evidence *,
				 struct findings *); /* I31 */

#endif
