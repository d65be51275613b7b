/* catalog.h - what can be sold, at what price, and how much of it is there. */
#ifndef DOMAIN_CATALOG_H
#define DOMAIN_CATALOG_H

#include "db/db.h"

struct product {
	const char *sku, *slug, *title;
	const char *kind; /* "ship" or "digital" */
	struct money price;
	const char *tax_class;
	int64_t weight_g, per_order;
	const char *picture; /* name of a symbol in static/products.svg, or "" */
	const char *summary, *description;
	const char *metadata_fields; /* JSON: what may be said of a line, or NULL */
	int64_t position;
	/* NULL for a digital product without a stock row: it never runs out. */
	struct maybe_int on_hand, reserved, available;
};

/* The most that one line may come to: the most lines of a cart (50), doubled by a tax
 * and doubled again for delivery, stay within MONEY_MAX. */
#define CATALOG_LINE_MAX (MONEY_MAX / 200)
/* Whether so many of a product come to more than that. */
bool catalog_is_beyond(struct money price, int64_t quantity);

/* At most so many active products in the order of the shelf: the first ones, or those
 * that follow the product with that slug (none when there is no such product). Reads as
 * many rows as it hands back, wherever on the shelf that is. */
fallible catalog_list(struct tx *, const char *after, int64_t most,
		      struct product **list, size_t *n);
/* By slug or by sku; NOT_FOUND, UNKNOWN_SKU when there is none or it is inactive. */
fallible catalog_get_by_slug(struct tx *, const char *slug, struct product *);
fallible catalog_get_by_sku(struct tx *, const char *sku, struct product *);
/* Products of up to 50 skus; what is unknown is simply not among them. */
fallible catalog_list_by_sku(struct tx *, const char *const *skus, size_t n_skus,
			     struct product **list, size_t *n);

/* A row of an import: stock absent leaves what is there (or makes none). */
struct catalog_row {
	struct product product;
	struct maybe_int stock;
};

enum catalog_change { CATALOG_ADDED, CATALOG_CHANGED, CATALOG_SAME };

/* Checks one row: every problem with its column as the field. */
void catalog_check(struct arena *, const struct product *, struct problems *);
/* Adds or changes a product by sku; its version rises only when something changed. */
fallible catalog_save(struct tx *, const struct product *, enum catalog_change *);

/* Checks metadata that a shopper sends for a line: a flat JSON object of at most 4 KB;
 * where the product declares fields, only those, within their lengths, and all that are
 * required (json NULL: nothing is said). Appends problems under "metadata", and under
 * "metadata.<name>" for what is missing. */
void catalog_check_metadata(struct arena *, const struct product *, const char *json,
			    struct problems *);

#endif
