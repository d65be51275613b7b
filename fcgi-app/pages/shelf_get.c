/* shelf_get.c - GET /: the goods of the demo shop, so many at a time. */
#include "base/text.h"
#include "domain/catalog_cache.h"
#include "flow/shop.h"
#include "pages/endpoints.h"
#include "pages/product_model.h"

enum { AT_ONCE = 48, SLUG_CHARS = 80 };

struct shelf_model {
	struct product_model *products;
	size_t n_products;
	bool first;      /* the shelf's beginning */
	bool in_pieces;  /* this is not all of it */
	struct url more; /* the goods that follow, if any */
};

static const struct view_field product_fields[] = {
	SHOW_PAGE(struct product_model, sku, title, url, picture, price, summary,
		  available, digital, few_left, sold_out),
	SHOW_END,
};

static const struct view_field shelf_fields[] = {
	SHOW_LIST_PAGE(struct shelf_model, products, n_products, product_fields),
	SHOW_PAGE(struct shelf_model, first, in_pieces, more),
	SHOW_END,
};

static const struct view shelf_view = {"Shelf", "shelf.html", shelf_fields};

static struct shelf_model *
model_new(struct request *rq, const struct product *list, size_t n, bool first)
{
	struct arena *mem = rq->cx->mem;
	struct shelf_model *model = arena_new_of(mem, struct shelf_model, 1);

	model->first = first;
	model->n_products = n > AT_ONCE ? AT_ONCE : n;
	model->products = arena_new_of(mem, struct product_model, AT_ONCE);
	for (size_t i = 0; i < model->n_products; i++)
		product_model_fill(mem, rq->shop->terms, &list[i], &model->products[i]);
	model->in_pieces = !first || n > AT_ONCE;
	if (n > AT_ONCE)
		model->more.text =
			arena_printf(mem, "/?after=%s", list[AT_ONCE - 1].slug);
	return model;
}

struct form {
	const char *after; /* slug of the last product on the page before */
};

static const struct input inputs[] = {
	INPUT_QUERY(struct form, after, SLUG_CHARS),
	INPUT_END,
};

static fallible
show_shelf(struct request *rq, const void *form_, struct reply *re)
{
	const struct form *form = form_;
	const char *after = form == NULL ? "" : form->after;
	struct product *list = NULL;
	size_t n = 0;
	struct err *e;

	READING (tx, rq->cx, &e)
		e = catalog_cache_list(rq->shop->looks, tx, after, AT_ONCE + 1, &list,
				       &n);
	TRY(e);
	product_model_count_pieces(rq);
	return reply_show(rq, re, &shelf_view,
			  model_new(rq, list, n, text_is_empty(after)));
}

const struct endpoint shelf_get = {
	.page = "GET /",
	.needs = NEEDS_VISITOR,
	.inputs = inputs,
	.form_size = sizeof(struct form),
	.shows = &shelf_view,
	.says = "The goods of the demo shop, 48 at a time: those after the product "
		"with "
		"that slug, or the first ones.",
	.tag = "catalogue",
	.handle = show_shelf,
};
