/* catalog_store.h - what catalog.c asks of its tables. */
#ifndef DOMAIN_CATALOG_STORE_H
#define DOMAIN_CATALOG_STORE_H

#include "domain/catalog.h"

fallible catalog_find_any(struct tx *, const char *sku, struct product *, bool *found);
fallible catalog_insert(struct tx *, const struct product *);
fallible catalog_update(struct tx *, const struct product *, int64_t *changed);

#endif
