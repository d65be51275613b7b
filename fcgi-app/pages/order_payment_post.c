/* order_payment_post.c - POST /orders/{order}/payment: the next attempt to pay. */
#include <string.h>

#include "flow/place_order.h"
#include "pages/endpoints.h"
#include "pages/order_model.h"
#include "pages/payment_reply.h"

struct accepted {
	int64_t amount;
	const char *currency;
};

struct form {
	const char *order, *t;
	const char *payment_method;
	struct accepted accept_total;
};

static const struct input inputs[] = {
	INPUT_PATH(struct form, order, 40),
	INPUT_QUERY(struct form, t, 64),
	INPUT(struct form, payment_method, 1, 20),
	INPUT(struct form, accept_total.amount, 0, MONEY_MAX), /* minor units */
	INPUT(struct form, accept_total.currency, 3, 3),
	INPUT_END,
};

static void
want_of(const struct request *rq, const struct form *form, struct retry *want)
{
	*want = (struct retry){
		.visitor = rq->visitor,
		.token = form->t,
		.order = form->order,
		.key = rq->key,
		.key_hash = rq->key_hash,
		.payment_method = form->payment_method,
		.has_total = true,
		.accept_total = {.minor = form->accept_total.amount},
	};
	memcpy(want->accept_total.currency, form->accept_total.currency, 3);
}

static fallible
see_order(struct request *rq, struct reply *re, const struct form *form)
{
	struct order_model *m = arena_new_of(rq->cx->mem, struct order_model, 1);

	TRY(order_model_read(rq, form->order, form->t, m));
	re->order_number = m->told.order.number;
	return reply_see(re, m->page_url.text);
}

static fallible
retry(struct request *rq, const struct retry *want, struct placement *out, bool *runs)
{
	struct err *e = flow_retry_payment(rq->shop, rq->cx, want, out);
	bool done;

	*runs = false;
	if (e == NULL || e->code != ERR_KEY_IN_USE || rq->face == FACE_JSON)
		return e;
	TRY(payment_wait(rq, RETRY_SCOPE, &done));
	*runs = !done;
	return done ? flow_retry_payment(rq->shop, rq->cx, want, out) : NULL;
}

/* The order has moved on while the page was open: its page tells more than an error. */
static bool
has_moved_on(const struct err *e)
{
	return e != NULL && (e->code == ERR_ORDER_PAID || e->code == ERR_ORDER_STATE);
}

static fallible
pay(struct request *rq, const void *form_, struct reply *re)
{
	const struct form *form = form_;
	struct retry *want = arena_new_of(rq->cx->mem, struct retry, 1);
	struct placement *made = arena_new_of(rq->cx->mem, struct placement, 1);
	struct err *e;
	bool runs;

	want_of(rq, form, want);
	e = retry(rq, want, made, &runs);
	if (runs || (rq->face == FACE_PAGE && has_moved_on(e))) {
		if (made->claimed)
			re->idem_scope = RETRY_SCOPE;
		return see_order(rq, re, form);
	}
	return payment_reply(rq, re, RETRY_SCOPE, made, e);
}

const struct endpoint order_payment_post = {
	.page = "POST /orders/{order}/payment",
	.api = "POST /api/v1/orders/{order}/payment",
	.pool = POOL_PAY,
	.needs = NEEDS_VISITOR | NEEDS_KEY | TOKEN_PAGE,
	.inputs = inputs,
	.form_size = sizeof(struct form),
	.shows = &payment_view,
	.again = &order_page_get,
	.codes = "bad_request not_found invalid total_changed order_paid order_state "
		 "key_in_use key_reused gateway_unavailable",
	.statuses = "201",
	.says = "Closes the session of the last attempt and opens the next one.",
	.tag = "orders",
	.handle = pay,
};
