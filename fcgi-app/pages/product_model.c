/* product_model.c - from a product to what is shown of it. */
#include "pages/product_model.h"

#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "domain/cart.h"

/* As many as may be gone by the time the shopper has made up their mind. */
enum { FEW = 5 };

const char *
product_model_delivery(struct arena *mem, const struct terms *terms,
		       const struct product *product)
{
	struct shipping_quotes *quotes = arena_new_of(mem, struct shipping_quotes, 1);
	struct shipping_calendar calendar = terms_calendar(terms);

	shipping_quote(terms->options, terms->n_options, terms->home, product->price,
		       strcmp(product->kind, "ship") == 0, &calendar, quotes);
	for (size_t i = 0; i < quotes->n; i++)
		if (!quotes->list[i].pickup)
			return arena_printf(mem, "%s with %s.",
					    shipping_dates_text(mem, &quotes->list[i]),
					    text_lower(mem, quotes->list[i].title));
	return NULL;
}

void
product_model_fill(struct arena *mem, const struct terms *terms,
		   const struct product *product, struct product_model *out)
{
	*out = (struct product_model){
		.sku = product->sku,
		.slug = product->slug,
		.title = product->title,
		.kind = product->kind,
		.price = product->price,
		.tax_included = terms->tax.included,
		.per_order = product->per_order,
		.available = product->available,
		.summary = product->summary,
		.description = product->description,
		.url = {arena_printf(mem, "/products/%s", product->slug)},
		.picture =
			text_is_empty(product->picture) ? "basket" : product->picture,
		.tax_note = terms->tax.included ? "tax included" : "plus tax",
		.digital = strcmp(product->kind, "digital") == 0,
		.few_left = product->available.there && product->available.n > 0 &&
			    product->available.n <= FEW,
		.sold_out = product->available.there && product->available.n <= 0,
	};
}

void
product_model_count_pieces(struct request *rq)
{
	struct err *e;

	if (rq->face == FACE_JSON || rq->visitor_token == NULL ||
	    rq->visitor_only_looked)
		return;
	READING (tx, rq->cx, &e)
		e = cart_count_pieces(tx, rq->visitor, &rq->frame.cart_pieces);
	if (e != NULL)
		log_error("cart.not_counted", e);
}
