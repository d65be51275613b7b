/* stock_get.c - GET /api/v1/stock?sku=a,b: how many of some products can be had. */
#include <string.h>

#include "domain/catalog.h"
#include "flow/shop.h"
#include "pages/endpoints.h"

enum { SKUS_MAX = 50, SKU_CHARS = 64 };

struct form {
	const char *sku;
};

static const struct input inputs[] = {
	/* codes with commas between them */
	INPUT_ROW(struct form, sku, 1, SKUS_MAX *(SKU_CHARS + 1), .required = true,
		  .from = INPUT_QUERY_PART),
	INPUT_END,
};

struct stock_model {
	struct product *items;
	size_t n_items;
};

/* available is null for what never runs out; a sku that is not sold is not listed. */
static const struct view_field item_fields[] = {
	SHOW_DATA(struct product, sku),
	SHOW_NULL(struct product, available),
	SHOW_DATA(struct product, per_order, price),
	SHOW_END,
};

static const struct view_field stock_fields[] = {
	SHOW_LIST_DATA(struct stock_model, items, n_items, item_fields),
	SHOW_END,
};

static const struct view stock_view = {"Stock", NULL, stock_fields};

static fallible
refuse(const char *code, const char *text)
{
	struct problems problems = {0};

	problem_add(&problems, "sku", code, text);
	return FAIL_PROBLEMS(&problems, INVALID);
}

static fallible
split(struct arena *mem, const char *text, const char **skus, size_t *n)
{
	for (*n = 0;; text++) {
		size_t len = strcspn(text, ",");

		if (len == 0 || len > SKU_CHARS)
			return refuse("invalid", "Please name products, with commas "
						 "between them.");
		if (*n == SKUS_MAX)
			return refuse("out_of_range",
				      "Please ask for at most 50 products at once.");
		skus[(*n)++] = arena_copy(mem, text, len);
		text += len;
		if (*text == '\0')
			return NULL;
	}
}

static fallible
show_stock(struct request *rq, const void *form_, struct reply *re)
{
	const struct form *form = form_;
	struct stock_model *model = arena_new_of(rq->cx->mem, struct stock_model, 1);
	const char *skus[SKUS_MAX];
	struct err *e;
	size_t n;

	TRY(split(rq->cx->mem, form->sku, skus, &n));
	READING (tx, rq->cx, &e)
		e = catalog_list_by_sku(tx, skus, n, &model->items, &model->n_items);
	TRY(e);
	return reply_show(rq, re, &stock_view, model);
}

const struct endpoint stock_get = {
	.api = "GET /api/v1/stock",
	.inputs = inputs,
	.form_size = sizeof(struct form),
	.shows = &stock_view,
	.codes = "invalid",
	.says = "How many of up to 50 products can be had now; what is not sold here "
		"is "
		"not listed.",
	.tag = "catalogue",
	.handle = show_stock,
};
