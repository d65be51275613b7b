/* checkout_validate_post.c - POST /checkout/validate: would a payment with this go
 * through? Stores nothing. */
#include "flow/shop.h"
#include "pages/checkout_view.h"
#include "pages/details_form.h"
#include "pages/endpoints.h"

struct form {
	struct details_form details;
};

static const struct input inputs[] = {
	DETAILS_INPUTS(struct form, details),
	INPUT_END,
};

static fallible
validate(struct request *rq, const void *form_, struct reply *re)
{
	const struct form *form = form_;
	struct checkout *checkout = arena_new_of(rq->cx->mem, struct checkout, 1);
	struct details sent;
	struct err *e;

	details_of_form(rq, &form->details, &sent);
	READING (tx, rq->cx, &e)
		e = checkout_read(tx, rq->shop->terms, rq->visitor, checkout);
	TRY(e);
	TRY(checkout_apply(rq->cx->mem, rq->shop->terms, checkout, &sent));
	TRY(checkout_check_stock(rq->cx->mem, &checkout->cart));
	return checkout_view_changed(rq, re, checkout);
}

const struct endpoint checkout_validate_post = {
	.page = "POST /checkout/validate",
	.api = "POST /api/v1/checkout/validate",
	.needs = ALSO_JSON,
	.inputs = inputs,
	.form_size = sizeof(struct form),
	.shows = &checkout_view,
	.again = &checkout_get,
	.codes = "bad_request not_started invalid sold_out",
	.says = "Checks details and stock and answers the quote, without storing "
		"anything: "
		"what is absent stands in missing, what is wrong is refused.",
	.tag = "checkout",
	.handle = validate,
};
