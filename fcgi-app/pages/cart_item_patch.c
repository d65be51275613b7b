/* cart_item_patch.c - how many of a line are wanted; none removes it. */
#include "base/text.h"
#include "flow/shop.h"
#include "pages/cart_view.h"
#include "pages/endpoints.h"

enum { QUANTITY_MAX = 9999, UUID_CHARS = 36 };

struct form {
	const char *item_id;
	int64_t quantity;
	const char *back; /* "checkout": the form stood there */
};

static const struct input inputs[] = {
	INPUT_PATH(struct form, item_id, UUID_CHARS),
	INPUT(struct form, quantity, 0, QUANTITY_MAX), /* pieces */
	INPUT_FORM(struct form, back, 1, 20),
	INPUT_END,
};

static fallible
set_quantity(struct request *rq, const void *form_, struct reply *re)
{
	const struct form *form = form_;
	struct cart *cart = cart_view_wanted(rq);
	bool back = form->back != NULL && text_equal(form->back, "checkout");
	struct err *e;

	TRANSACTION (tx, rq->cx, &e)
		e = cart_set_quantity(tx, rq->shop->terms, rq->visitor, form->item_id,
				      form->quantity, cart);
	TRY(e);
	return cart_view_changed(rq, re, back ? "/checkout" : "/cart", cart);
}

const struct endpoint cart_item_patch = {
	.page = "POST /cart/items/{item_id}",
	.api = "PATCH /api/v1/cart/items/{item_id}",
	.inputs = inputs,
	.form_size = sizeof(struct form),
	.shows = &cart_view,
	.again = &cart_get,
	.codes = "bad_request not_found invalid",
	.says = "Sets how many of a line are wanted; 0 removes the line.",
	.tag = "cart",
	.handle = set_quantity,
};
