/* shelf_get.c - GET /: all goods of the demo shop. */
#include "flow/shop.h"
#include "pages/endpoints.h"
#include "pages/product_model.h"

struct shelf_model {
	struct product_model *products;
	size_t n_products;
};

static const struct view_field product_fields[] = {
	SHOW_PAGE(struct product_model, sku, title, url, picture, price, summary,
		  available, digital, few_left, sold_out),
	SHOW_END,
};

static const struct view_field shelf_fields[] = {
	SHOW_LIST_PAGE(struct shelf_model, products, n_products, product_fields),
	SHOW_END,
};

static const struct view shelf_view = {"Shelf", "shelf.html", shelf_fields};

static fallible
show_shelf(struct request *rq, const void *form, struct reply *re)
{
	struct shelf_model *model = arena_new_of(rq->cx->mem, struct shelf_model, 1);
	struct product *list = NULL;
	struct err *e;

	(void)form;
	READING (tx, rq->cx, &e)
		e = catalog_list(tx, &list, &model->n_products);
	TRY(e);
	model->products =
		arena_new_of(rq->cx->mem, struct product_model, model->n_products + 1);
	for (size_t i = 0; i < model->n_products; i++)
		product_model_fill(rq->cx->mem, rq->shop->terms, &list[i],
				   &model->products[i]);
	product_model_count_pieces(rq);
	return reply_show(rq, re, &shelf_view, model);
}

const struct endpoint shelf_get = {
	.page = "GET /",
	.needs = NEEDS_VISITOR,
	.shows = &shelf_view,
	.says = "All goods of the demo shop.",
	.tag = "catalogue",
	.handle = show_shelf,
};
