/* cart_item_post.c - POST /cart/items: puts a product into the shopper's cart. */
#include "base/buf.h"
#include "base/json.h"
#include "flow/shop.h"
#include "pages/cart_view.h"
#include "pages/endpoints.h"
#include "pages/product_again.h"

enum { QUANTITY_MAX = 9999, METADATA_BYTES = 4096 };

struct form {
	const char *sku;
	int64_t quantity;
	const struct json *metadata;
};

static const struct input inputs[] = {
	INPUT(struct form, sku, 1, 64),                      /* characters */
	INPUT(struct form, quantity, 1, QUANTITY_MAX),       /* pieces */
	INPUT_MAY(struct form, metadata, 0, METADATA_BYTES), /* bytes */
	INPUT_END,
};

static const char *
text_of(struct arena *mem, const struct json *metadata)
{
	struct buf text = buf_new(mem, METADATA_BYTES + 1);
	struct json_out out = json_out(&text);

	if (json_is_null(metadata))
		return NULL;
	json_put(&out, metadata);
	return buf_string(&text);
}

static fallible
add_item(struct request *rq, const void *form_, struct reply *re)
{
	const struct form *form = form_;
	struct cart *cart = cart_view_wanted(rq);
	const char *metadata = text_of(rq->cx->mem, form->metadata);
	struct err *e;

	TRANSACTION (tx, rq->cx, &e)
		e = cart_add_item(tx, rq->shop->terms, rq->visitor, form->sku,
				  form->quantity, metadata, cart);
	TRY(e);
	return cart_view_changed(rq, re, "/cart", cart);
}

const struct endpoint cart_item_post = {
	.page = "POST /cart/items",
	.api = "POST /api/v1/cart/items",
	.needs = NEEDS_VISITOR,
	.inputs = inputs,
	.form_size = sizeof(struct form),
	.shows = &cart_view,
	.again = &product_again,
	.codes = "bad_request invalid unknown_sku sold_out",
	.says = "Puts a product into the cart; what is there of it already is added "
		"to.",
	.tag = "cart",
	.handle = add_item,
};
