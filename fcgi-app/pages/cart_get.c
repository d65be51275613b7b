/* cart_get.c - GET /cart: what the shopper has put aside, at today's prices. */
#include "flow/shop.h"
#include "pages/cart_view.h"
#include "pages/endpoints.h"

static fallible
show_cart(struct request *rq, const void *form, struct reply *re)
{
	struct cart *cart = arena_new_of(rq->cx->mem, struct cart, 1);
	struct err *e;

	(void)form;
	READING (tx, rq->cx, &e)
		e = cart_read(tx, rq->shop->terms, rq->visitor, cart);
	TRY(e);
	if (rq->face == FACE_JSON && cart->id.n == 0)
		return FAIL(NOT_FOUND, "no cart");
	return cart_view_show(rq, re, cart);
}

const struct endpoint cart_get = {
	.page = "GET /cart",
	.api = "GET /api/v1/cart",
	.needs = NEEDS_VISITOR,
	.shows = &cart_view,
	.codes = "not_found",
	.says = "The visitor's cart at today's prices; not found before there is one.",
	.tag = "cart",
	.handle = show_cart,
};
