/* catalog_bulk_store.h - what catalog_bulk.c asks of its tables. */
#ifndef DOMAIN_CATALOG_BULK_STORE_H
#define DOMAIN_CATALOG_BULK_STORE_H

#include "domain/catalog_bulk.h"

/* A slug and the product that has it. */
struct slug_row {
	const char *sku, *slug;
};

/* The first stock of a product. */
struct first_stock {
	const char *sku;
	int64_t on_hand;
	const char *actor;
};

/* Up to 50 each; products that are not active too. */
fallible catalog_bulk_list(struct tx *, struct db_list skus, struct product **,
			   size_t *n);
fallible catalog_bulk_list_slugs(struct tx *, struct db_list slugs, struct slug_row **,
				 size_t *n);
fallible catalog_bulk_insert(struct tx *, const struct product *, size_t n);
fallible catalog_bulk_update(struct tx *, const struct product *, size_t n);
/* Stock rows, and a move for each that has units. */
fallible catalog_bulk_open_stock(struct tx *, const struct first_stock *, size_t n);

#endif
