/* order_cancel_post.c - POST /orders/{order}/cancel: before it is sent. */
#include "flow/cancel_order.h"
#include "pages/endpoints.h"
#include "pages/order_model.h"
#include "pages/order_view.h"
#include "pages/payment_reply.h"

struct form {
	const char *order, *t;
};

static const struct input inputs[] = {
	INPUT_PATH(struct form, order, 40),
	INPUT_QUERY(struct form, t, 64),
	INPUT_END,
};

static fallible
show_order(struct request *rq, struct reply *re, const struct form *form)
{
	struct order_model *m = arena_new_of(rq->cx->mem, struct order_model, 1);

	TRY(order_model_read(rq, form->order, form->t, m));
	re->order_number = m->told.order.number;
	return reply_changed(rq, re, order_model_page(rq->cx, &m->told.order),
			     &order_view, m);
}

/* A page that is sent twice waits for the first one's end, then sees the order. */
static fallible
cancel_once(struct request *rq, const struct cancel *want, struct idem *idem,
	    struct order *order, bool *claimed)
{
	struct err *e = flow_cancel_order(rq->shop, rq->cx, want, idem, order, claimed);
	bool done;

	if (e == NULL || rq->face == FACE_JSON)
		return e;
	if (e->code == ERR_KEY_IN_USE)
		return payment_wait(rq, CANCEL_SCOPE, &done);
	return e->code == ERR_ORDER_STATE ? NULL : e;
}

static fallible
cancel(struct request *rq, const void *form_, struct reply *re)
{
	const struct form *form = form_;
	struct order *order = arena_new_of(rq->cx->mem, struct order, 1);
	struct cancel want = {
		.visitor = rq->visitor,
		.token = form->t,
		.order = form->order,
		.key = rq->key,
		.key_hash = rq->key_hash,
		.reason = "shopper",
		.actor = "shopper",
	};
	struct idem idem = {0};
	bool claimed = false;
	struct err *e;

	e = cancel_once(rq, &want, &idem, order, &claimed);
	if (claimed)
		re->idem_scope = CANCEL_SCOPE;
	TRY(e);
	if (idem.state == IDEM_REPLAY && !claimed && idem.reply.status != 0)
		return reply_stored(re, &idem.reply);
	return show_order(rq, re, form);
}

const struct endpoint order_cancel_post = {
	.page = "POST /orders/{order}/cancel",
	.api = "POST /api/v1/orders/{order}/cancel",
	.pool = POOL_PAY,
	.needs = NEEDS_VISITOR | NEEDS_KEY | TOKEN_PAGE,
	.inputs = inputs,
	.form_size = sizeof(struct form),
	.shows = &order_view,
	.again = &order_page_get,
	.codes = "bad_request not_found order_state disputed key_in_use key_reused "
		 "gateway_unavailable",
	.says = "Cancels an order that was not sent yet; what was paid goes back.",
	.tag = "orders",
	.handle = cancel,
};
