/* checkout_return.c - GET and POST /checkout/return/{token}: the shopper comes back
 * from the gateway, perhaps late, twice, in another browser and without a cookie. What
 * the browser says decides nothing: the gateway is asked by a worker. */
#include "flow/settle.h"
#include "pages/endpoints.h"
#include "pages/order_model.h"

struct form {
	const char *token;
};

static const struct input inputs[] = {
	INPUT_PATH(struct form, token, 64),
	INPUT_END,
};

static fallible
come_back(struct request *rq, const void *form_, struct reply *re)
{
	const struct form *form = form_;
	struct order *order = arena_new_of(rq->cx->mem, struct order, 1);

	TRY(flow_return(rq->shop, rq->cx, form->token, order));
	re->order_number = order->number;
	return reply_see(re, order_model_page(rq->cx, order));
}

const struct endpoint checkout_return_get = {
	.page = "GET /checkout/return/{token}",
	.needs = TOKEN_PAGE,
	.inputs = inputs,
	.form_size = sizeof(struct form),
	.codes = "not_found",
	.says = "Where the gateway sends the shopper back to; goes on to the order.",
	.tag = "checkout",
	.handle = come_back,
};

const struct endpoint checkout_return_post = {
	.page = "POST /checkout/return/{token}",
	.needs = TOKEN_PAGE | FROM_OUTSIDE,
	.inputs = inputs,
	.form_size = sizeof(struct form),
	.codes = "not_found",
	.says = "The same for gateways that send the shopper back with a form.",
	.tag = "checkout",
	.handle = come_back,
};
