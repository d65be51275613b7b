/* evidence_file.h - what others saw of the shop, as they wrote it down: JSON lines. */
#ifndef MAIN_EVIDENCE_FILE_H
#define MAIN_EVIDENCE_FILE_H

#include "domain/evidence.h"

/* {"order": number or UUID, "total": minor units, "key": "...", "confirmed": true,
 * "at": "..."}; key, confirmed (true) and at may be missing. REFUSED names the line
 * that is not like that. */
fallible evidence_read_acks(struct arena *, const char *path, struct evidence *);
/* {"dedup": "...", "kind": "...", "at": "..."}; kind and at may be missing. */
fallible evidence_read_effects(struct arena *, const char *path, struct evidence *);

#endif
