/* product_model.h - a product as it is shown, on the shelf and on its own page. */
#ifndef PAGES_PRODUCT_MODEL_H
#define PAGES_PRODUCT_MODEL_H

#include "domain/catalog.h"
#include "domain/terms.h"
#include "web/endpoint.h"

struct product_model {
	const char *sku, *slug, *title, *kind;
	struct money price;
	bool tax_included;
	int64_t per_order;
	struct maybe_int available; /* not there: it never runs out */
	const char *summary, *description;

	/* the page alone */
	struct url url;
	const char *picture, *tax_note;
	const char *delivery_note; /* on its own page; NULL: nothing is delivered */
	bool digital, few_left, sold_out;
};

void product_model_fill(struct arena *, const struct terms *, const struct product *,
			struct product_model *);
/* When the cheapest delivery to the shop's own country would bring it; NULL for what is
 * not delivered. */
const char *product_model_delivery(struct arena *, const struct terms *,
				   const struct product *);

/* How many pieces the visitor's cart holds, for the page's header: a page that shows
 * other things does without the number when it cannot be had. */
void product_model_count_pieces(struct request *);

#endif
