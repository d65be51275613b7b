/* product_get.c - GET /products/{slug}: one product. */
#include <string.h>

#include "domain/catalog_cache.h"
#include "flow/shop.h"
#include "pages/endpoints.h"
#include "pages/product_again.h"
#include "pages/product_model.h"

enum { SLUG_CHARS = 80 };

static const struct view_field product_fields[] = {
	SHOW(struct product_model, sku, slug, title, kind, price, tax_included,
	     per_order),
	SHOW_NULL(struct product_model, available),
	SHOW(struct product_model, summary, description),
	SHOW_PAGE(struct product_model, url, picture, tax_note, delivery_note, digital,
		  few_left, sold_out),
	SHOW_END,
};

static const struct view product_view = {"Product", "product.html", product_fields};

static const struct field_hint hints[] = {
	{.name = "quantity", .label = "Quantity", .required = true},
};

static fallible
show(struct request *rq, struct reply *re, const struct product *product)
{
	struct product_model *model =
		arena_new_of(rq->cx->mem, struct product_model, 1);

	product_model_fill(rq->cx->mem, rq->shop->terms, product, model);
	if (rq->face == FACE_PAGE)
		model->delivery_note =
			product_model_delivery(rq->cx->mem, rq->shop->terms, product);
	product_model_count_pieces(rq);
	re->hints = hints;
	re->n_hints = sizeof hints / sizeof *hints;
	return reply_show(rq, re, &product_view, model);
}

struct form {
	const char *slug;
};

static const struct input inputs[] = {
	INPUT_PATH(struct form, slug, SLUG_CHARS),
	INPUT_END,
};

static fallible
show_product(struct request *rq, const void *form_, struct reply *re)
{
	const struct form *form = form_;
	struct product product = {0};
	struct err *e;

	READING (tx, rq->cx, &e)
		e = catalog_cache_get_by_slug(rq->shop->looks, tx, form->slug,
					      &product);
	TRY(e);
	return show(rq, re, &product);
}

const struct endpoint product_get = {
	.page = "GET /products/{slug}",
	.api = "GET /api/v1/products/{slug}",
	.needs = NEEDS_VISITOR,
	.inputs = inputs,
	.form_size = sizeof(struct form),
	.shows = &product_view,
	.codes = "not_found",
	.says = "One product: its price, and how many can be had.",
	.tag = "catalogue",
	.handle = show_product,
};

/* ---- once more, when it could not be put into the cart ---- */

/* The page has a field for the quantity alone. */
static void
aim_problems(struct request *rq)
{
	struct problems *aimed = arena_new_of(rq->cx->mem, struct problems, 1);

	for (size_t i = 0; rq->problems != NULL && i < rq->problems->n; i++) {
		struct problem p = rq->problems->list[i];

		if (strcmp(p.field, "quantity") != 0)
			p.field = "";
		aimed->list[aimed->n++] = p;
	}
	rq->problems = aimed;
}

static fallible
show_again(struct request *rq, const void *form, struct reply *re)
{
	const char *sku = request_typed(rq, "sku");
	struct product product = {0};
	size_t n = 0;
	struct product *list = NULL;
	struct err *e;

	(void)form;
	READING (tx, rq->cx, &e)
		e = catalog_list_by_sku(tx, &sku, sku == NULL ? 0 : 1, &list, &n);
	TRY(e);
	if (n > 0)
		product = list[0];
	aim_problems(rq);
	return n > 0 ? show(rq, re, &product) : shelf_get.handle(rq, NULL, re);
}

const struct endpoint product_again = {.handle = show_again};
