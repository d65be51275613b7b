/* cart_item_delete.c - DELETE /api/v1/cart/items/{item_id}: takes a line out. */
#include "flow/shop.h"
#include "pages/cart_view.h"
#include "pages/endpoints.h"

enum { UUID_CHARS = 36 };

struct form {
	const char *item_id;
};

static const struct input inputs[] = {
	INPUT_PATH(struct form, item_id, UUID_CHARS),
	INPUT_END,
};

static fallible
drop_item(struct request *rq, const void *form_, struct reply *re)
{
	const struct form *form = form_;
	struct cart *cart = cart_view_wanted(rq);
	struct err *e;

	TRANSACTION (tx, rq->cx, &e)
		e = cart_drop_item(tx, rq->shop->terms, rq->visitor, form->item_id,
				   cart);
	TRY(e);
	return cart_view_show(rq, re, cart);
}

const struct endpoint cart_item_delete = {
	.api = "DELETE /api/v1/cart/items/{item_id}",
	.inputs = inputs,
	.form_size = sizeof(struct form),
	.shows = &cart_view,
	.codes = "not_found",
	.says = "Takes a line out of the cart; one that is out already changes "
		"nothing.",
	.tag = "cart",
	.handle = drop_item,
};
