/* catalog_bulk.h - the catalogue as a whole: every product in turn, and importing many.
 * An import first looks (what would change), then writes what it saw; both in a few
 * statements for hundreds of products. */
#ifndef DOMAIN_CATALOG_BULK_H
#define DOMAIN_CATALOG_BULK_H

#include "domain/catalog.h"

/* Products of one call of the functions below. */
enum { CATALOG_BULK_MAX = 500 };

/* What an import may leave out: the product keeps what it has. */
enum catalog_part {
	CATALOG_TAX_CLASS = 1 << 0,
	CATALOG_WEIGHT = 1 << 1,
	CATALOG_PER_ORDER = 1 << 2,
	CATALOG_PICTURE = 1 << 3,
	CATALOG_SUMMARY = 1 << 4,
	CATALOG_DESCRIPTION = 1 << 5,
	CATALOG_POSITION = 1 << 6,
};

struct catalog_import {
	struct product product;
	struct maybe_int stock; /* units, for a product that has no stock row yet */
	unsigned kept;          /* parts that are not said: catalog_part */
	/* out: */
	enum catalog_change change;
	bool opens_stock;          /* this import makes the stock row */
	const char *slug_taken_by; /* sku of another product with this slug, or NULL */
};

/* Every active product in the order of the shelf; row is handed a struct product, good
 * until it returns, without its texts for the product page. */
fallible catalog_bulk_each(struct tx *, fallible (*row)(void *to, const void *product),
			   void *to);

/* Compares with what there is and fills the lower half of each; writes nothing. */
fallible catalog_bulk_look(struct tx *, struct catalog_import *, size_t n);
/* Looks, then writes: adds, changes, opens stock with a move by the actor. REFUSED when
 * a slug is taken. */
fallible catalog_bulk_save(struct tx *, struct catalog_import *, size_t n,
			   const char *actor);

#endif
