/* order_status_get.c - GET /checkout/status/{order}: how an order stands, safe to poll.
 */
#include "base/buf.h"
#include "base/digest.h"
#include "base/text.h"
#include "flow/place_order.h"
#include "flow/shop.h"
#include "pages/endpoints.h"
#include "pages/order_model.h"
#include "web/web.h"

enum { VERSION_MAX_BYTES = 16 * 1024 };

struct form {
	const char *order, *t;
};

static const struct input inputs[] = {
	INPUT_PATH(struct form, order, 40),
	INPUT_QUERY(struct form, t, 64),
	INPUT_END,
};

struct next_action {
	const char *kind; /* redirect, retry, wait, contact */
	const char *url;  /* NULL for wait */
};

struct status_model {
	struct uuid order_id;
	const char *number;
	struct word status, payment_status, fulfilment_status;
	struct money total, due;
	struct instant expires_at;
	const struct next_action *next_action;
};

static const struct view_field next_fields[] = {
	SHOW(struct next_action, kind),
	SHOW_NULL(struct next_action, url),
	SHOW_END,
};

static const struct view_field status_fields[] = {
	SHOW(struct status_model, order_id, number, status, payment_status,
	     fulfilment_status, total, due),
	SHOW_NULL(struct status_model, expires_at),
	SHOW_MAYBE(struct status_model, next_action, next_fields),
	SHOW_END,
};

static const struct view status_view = {"OrderStatus", NULL, status_fields};

static const struct next_action *
next_of(struct request *rq, const struct order_model *m)
{
	struct next_action *next = arena_new_of(rq->cx->mem, struct next_action, 1);
	const struct order *order = &m->told.order;
	const char *url = NULL;

	if (!order_is_waiting(order->state))
		return NULL;
	if (m->told.attempt != NULL)
		url = flow_attempt_url(rq->shop, rq->cx, m->told.attempt);
	if (text_equal(order->state, "review"))
		*next = (struct next_action){"contact",
					     arena_printf(rq->cx->mem, "mailto:%s",
							  rq->web->config->shop_email)};
	else if (!order_model_can_retry(m))
		*next = (struct next_action){"wait", NULL};
	else if (url != NULL)
		*next = (struct next_action){"redirect", url};
	else if (payment_is_live(m->told.attempt))
		*next = (struct next_action){"wait", NULL};
	else
		*next = (struct next_action){
			"retry", arena_printf(rq->cx->mem, "/api/v1/orders/%s/payment",
					      order->uid.text)};
	return next;
}

static fallible
show(struct request *rq, const void *form_, struct reply *re)
{
	const struct form *form = form_;
	struct order_model *m = arena_new_of(rq->cx->mem, struct order_model, 1);
	struct status_model *s = arena_new_of(rq->cx->mem, struct status_model, 1);
	struct buf text = buf_new(rq->cx->mem, VERSION_MAX_BYTES);
	const struct order *order = &m->told.order;

	TRY(order_model_read_standing(rq, form->order, form->t, m));
	re->order_number = order->number;
	if (rq->face == FACE_PAGE)
		return reply_see(re, order_model_page(rq->cx, order));
	*s = (struct status_model){
		.order_id = order->uid,
		.number = order->number,
		.status = {m->told.status},
		.payment_status = {order->payment_status},
		.fulfilment_status = {order->fulfilment_status},
		.total = order->total,
		.due = m->told.due,
		.expires_at = order->expires_at,
		.next_action = next_of(rq, m),
	};
	view_json(&text, status_fields, s);
	rq->page_version = digest_sha256(buf_string(&text), text.len);
	return reply_show(rq, re, &status_view, s);
}

const struct endpoint order_status_get = {
	.page = "GET /checkout/status/{order}",
	.api = "GET /api/v1/checkout/status/{order}",
	.needs = ALSO_JSON | TOKEN_PAGE,
	.inputs = inputs,
	.form_size = sizeof(struct form),
	.shows = &status_view,
	.codes = "not_found",
	.says = "How an order stands and what is to be done next; safe to poll with "
		"ETag.",
	.tag = "checkout",
	.handle = show,
};
