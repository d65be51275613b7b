/* cart_post.c - POST /api/v1/cart: makes the visitor's cart where there is none. */
#include "flow/shop.h"
#include "pages/cart_view.h"
#include "pages/endpoints.h"

static const struct input inputs[] = {INPUT_END};

static fallible
open_cart(struct request *rq, const void *form, struct reply *re)
{
	struct cart *cart = arena_new_of(rq->cx->mem, struct cart, 1);
	struct err *e;
	bool created = false;

	(void)form;
	TRANSACTION (tx, rq->cx, &e)
		e = cart_open(tx, rq->shop->terms, rq->visitor, cart, &created);
	TRY(e);
	re->status = created ? 201 : 200;
	return cart_view_show(rq, re, cart);
}

const struct endpoint cart_post = {
	.api = "POST /api/v1/cart",
	.needs = NEEDS_VISITOR,
	.inputs = inputs,
	.shows = &cart_view,
	.codes = "bad_request",
	.statuses = "200 201",
	.says = "Makes the visitor's cart (201), or answers the one that is there "
		"(200).",
	.tag = "cart",
	.handle = open_cart,
};
