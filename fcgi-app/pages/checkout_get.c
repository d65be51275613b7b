/* checkout_get.c - GET /checkout: the one page from the cart to the payment. */
#include "flow/shop.h"
#include "pages/checkout_view.h"
#include "pages/details_form.h"
#include "pages/endpoints.h"
#include "web/input.h"

struct form {
	struct details_form details;
};

static const struct input typed_inputs[] = {
	DETAILS_INPUTS(struct form, details),
	INPUT_END,
};

/* What is wrong with a form was found, and is told, before it is shown again. */
static void
told_before(const struct err *wrong)
{
	(void)wrong;
}

/* A refused form is shown with what was typed, so its lists and totals must follow that
 * too. */
static void
lay_typed_over(const struct request *rq, struct checkout *checkout)
{
	struct form *form = arena_new_of(rq->cx->mem, struct form, 1);
	struct details sent;

	if (rq->problems == NULL || checkout->cart.id.n == 0)
		return;
	told_before(input_read(rq, typed_inputs, form, sizeof *form));
	details_of_form(rq, &form->details, &sent);
	told_before(checkout_apply(rq->cx->mem, rq->shop->terms, checkout, &sent));
}

static fallible
show_checkout(struct request *rq, const void *form, struct reply *re)
{
	struct checkout *checkout = arena_new_of(rq->cx->mem, struct checkout, 1);
	struct err *e;

	(void)form;
	READING (tx, rq->cx, &e)
		e = checkout_look(tx, rq->shop->terms, rq->visitor, checkout);
	TRY(e);
	if (rq->face == FACE_PAGE && checkout->cart.n_items == 0)
		return reply_see(re, "/cart");
	if (rq->face == FACE_JSON && checkout->cart.checkout.n == 0)
		return FAIL(NOT_STARTED, "cart=%" PRId64, checkout->cart.id.n);
	lay_typed_over(rq, checkout);
	return checkout_view_show(rq, re, checkout);
}

const struct endpoint checkout_get = {
	.page = "GET /checkout",
	.api = "GET /api/v1/checkout",
	.needs = NEEDS_VISITOR,
	.shows = &checkout_view,
	.codes = "not_started",
	.says = "The visitor's checkout: what is held, what is told, and what it "
		"costs.",
	.tag = "checkout",
	.handle = show_checkout,
};
