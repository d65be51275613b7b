/* spool.h - a folder of small records that one process leaves and another takes: each
 * is there whole or not at all, whoever dies. */
#ifndef BASE_SPOOL_H
#define BASE_SPOOL_H

#include <stddef.h>

#include "base/err.h"
#include "base/seal.h"

struct arena;

/* Makes the folder (0750) where it is missing, under one that is there. */
fallible spool_make(const char *folder);
/* Leaves a record under a name that sorts by its age. Not on disk before the system
 * writes it there: it outlives its process, not a power failure. */
fallible spool_put(const char *folder, const char *name, struct bytes record);
/* The names of at most `most` records, the oldest first; *waiting counts all. */
fallible spool_list(struct arena *, const char *folder, size_t most,
		    const char ***names, size_t *n, size_t *waiting);
fallible spool_read(struct arena *, const char *folder, const char *name,
		    struct bytes *record);
void spool_drop(const char *folder, const char *name);
/* Puts aside what nobody can read: it is listed no more. */
void spool_set_aside(const char *folder, const char *name);

#endif
