/* checkout_details_post.c - stores what the shopper told: contact, addresses, delivery,
 * way to pay. Takes the whole form, or that of one step, and stores what is there. */
#include "flow/shop.h"
#include "pages/checkout_step.h"
#include "pages/checkout_view.h"
#include "pages/details_form.h"
#include "pages/endpoints.h"

struct form {
	struct details_form details;
	const char *shown_country, *shown_billing_country; /* the form was made for */
};

static const struct input inputs[] = {
	DETAILS_INPUTS(struct form, details),
	INPUT_FORM(struct form, shown_country, 1, 2),
	INPUT_FORM(struct form, shown_billing_country, 1, 2),
	INPUT_END,
};

static fallible
store(struct request *rq, const struct details *sent, struct checkout *checkout)
{
	struct err *e;

	TRANSACTION (tx, rq->cx, &e)
		e = checkout_save(tx, rq->shop->terms, rq->visitor, sent, checkout);
	return e;
}

static fallible
save(struct request *rq, const void *form_, struct reply *re)
{
	const struct form *form = form_;
	struct checkout *checkout = arena_new_of(rq->cx->mem, struct checkout, 1);
	struct details sent;

	details_of_form(rq, &form->details, &sent);
	details_form_follow(rq->cx->mem, form->shown_country, &sent.shipping);
	details_form_follow(rq->cx->mem, form->shown_billing_country, &sent.billing);
	TRY(checkout_step_check(rq, checkout, store(rq, &sent, checkout)));
	if (rq->face == FACE_PAGE)
		return reply_see(re, checkout_step_see(rq, checkout));
	return checkout_view_show(rq, re, checkout);
}

const struct endpoint checkout_details_post = {
	.page = "POST /checkout/details",
	.api = "PATCH /api/v1/checkout",
	.inputs = inputs,
	.form_size = sizeof(struct form),
	.shows = &checkout_view,
	.again = &checkout_get,
	.codes = "bad_request not_started invalid",
	.says = "Stores contact, addresses, delivery and way to pay; what is absent is "
		"left "
		"as it is.",
	.tag = "checkout",
	.handle = save,
};

/* The button beside the ways of delivery; the form is the same. */
const struct endpoint checkout_shipping_post = {
	.page = "POST /checkout/shipping",
	.inputs = inputs,
	.form_size = sizeof(struct form),
	.shows = &checkout_view,
	.again = &checkout_get,
	.codes = "not_started invalid",
	.says = "Stores the way of delivery, and whatever else the form holds.",
	.tag = "checkout",
	.handle = save,
};
