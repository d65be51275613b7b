/* catalog_cache.h - what one process remembers of the catalogue, for those who look
 * around (F-025): what they see, prices and stock, is at most CATALOG_CACHE_MS old.
 * What is put into a cart, priced or sold is always read anew. */
#ifndef DOMAIN_CATALOG_CACHE_H
#define DOMAIN_CATALOG_CACHE_H

#include "domain/catalog.h"

enum { CATALOG_CACHE_MS = 1000 };

struct shared;
struct catalog_cache;

/* Counts in shared->catalog how often it was asked, and how often it knew; NULL: counts
 * nowhere. Takes memory of its own as it is filled, at most half a megabyte. */
struct catalog_cache *catalog_cache_new(struct arena *, struct shared *);
/* That memory; the rest goes with the arena. */
void catalog_cache_free(struct catalog_cache *);

/* As catalog_list() and catalog_get_by_slug(), without a statement for what is
 * remembered; a cache that is NULL remembers nothing. The texts are good until the next
 * call. */
fallible catalog_cache_list(struct catalog_cache *, struct tx *, const char *after,
			    int64_t most, struct product **list, size_t *n);
fallible catalog_cache_get_by_slug(struct catalog_cache *, struct tx *,
				   const char *slug, struct product *);

#endif
