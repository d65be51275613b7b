/* payment_reply.c - how a placement is answered. */
#include "pages/payment_reply.h"

#include "base/log.h"
#include "base/text.h"
#include "flow/shop.h"
#include "pages/order_model.h"
#include "pages/order_view.h"

struct attempt_model {
	struct uuid id;
	const char *gateway;
	struct word status;
};

struct payment_model {
	struct order_model order;
	const struct attempt_model *attempt;
	const char *redirect_url;
};

static const struct view_field attempt_fields[] = {
	SHOW(struct attempt_model, id, gateway, status),
	SHOW_END,
};

static const struct view_field payment_fields[] = {
	{
		.name = "order",
		.type = VIEW_IN,
		.at = offsetof(struct payment_model, order),
		.item = order_fields,
		.schema = "Order",
	},
	SHOW_MAYBE(struct payment_model, attempt, attempt_fields),
	SHOW_NULL(struct payment_model, redirect_url),
	SHOW_END,
};

const struct view payment_view = {"Payment", NULL, payment_fields};

/* ---- JSON ---- */

static int
status_of(const struct placement *placement)
{
	if (placement->again || placement->kind == PLACEMENT_NOTHING_DUE)
		return 200;
	return placement->kind == PLACEMENT_UNKNOWN ? 202 : 201;
}

static fallible
show_placement(struct request *rq, struct reply *re, const struct placement *placement)
{
	const struct attempt *attempt = &placement->attempt;
	struct payment_model *m = arena_new_of(rq->cx->mem, struct payment_model, 1);
	struct attempt_model *shown =
		arena_new_of(rq->cx->mem, struct attempt_model, 1);

	TRY(order_model_of(rq, &placement->order, attempt, &m->order));
	if (attempt->id.n != 0) {
		*shown = (struct attempt_model){
			attempt->uid, attempt->gateway, {attempt->state}};
		m->attempt = shown;
	}
	if (placement->kind == PLACEMENT_GO)
		m->redirect_url = placement->url;
	re->status = status_of(placement);
	return reply_show(rq, re, &payment_view, m);
}

/* ---- pages ---- */

static fallible
see_order(struct request *rq, struct reply *re, const struct order *order)
{
	re->order_number = order->number;
	return reply_see(re, order_model_page(rq->cx, order));
}

struct made {
	struct order order;
	struct attempt attempt;
};

/* What the key's first request made, as it stands now. */
static fallible
read_made(struct tx *tx, const struct idem *idem, struct made *made)
{
	struct order_id id = {idem->resource_id};
	struct attempt_id attempt = {idem->resource_id};
	bool found;

	if (text_equal(idem->resource_kind, "attempt")) {
		TRY(payment_find(tx, attempt, &made->attempt, &found));
		id = made->attempt.order;
	} else {
		TRY(payment_find_newest(tx, id, &made->attempt, &found));
	}
	return order_get_by_id(tx, id, &made->order);
}

/* The way to the gateway again, as long as it is open. */
static fallible
see_made(struct request *rq, struct reply *re, const struct idem *idem)
{
	struct made *made = arena_new_of(rq->cx->mem, struct made, 1);
	const char *url;
	struct err *e;

	READING (tx, rq->cx, &e)
		e = read_made(tx, idem, made);
	TRY(e);
	re->replayed = true;
	url = flow_attempt_url(rq->shop, rq->cx, &made->attempt);
	if (url == NULL || !order_is_waiting(made->order.state))
		return see_order(rq, re, &made->order);
	re->order_number = made->order.number;
	return reply_see(re, url);
}

static fallible
replay(struct request *rq, struct reply *re, const struct idem *idem)
{
	if (rq->face == FACE_PAGE && idem->resource_id != 0 && idem->reply.status < 400)
		return see_made(rq, re, idem);
	return reply_stored(re, &idem->reply);
}

/* The gateway is away: the shopper sees that the order is kept, and can pay for it from
 * there. Nothing is stored for the key, which goes on where this request stopped. */
static fallible
show_kept(struct request *rq, struct reply *re, const struct placement *placement,
	  const struct err *failed)
{
	struct order_model *m = arena_new_of(rq->cx->mem, struct order_model, 1);
	struct problems *problems = arena_new_of(rq->cx->mem, struct problems, 1);

	log_error("payment.not_opened", failed);
	problem_add(problems, "", err_wire_name(failed->code),
		    err_shopper_text(failed));
	re->status = err_http_status(failed->code);
	re->retry_after = failed->retry_after;
	re->order_number = placement->order.number;
	TRY(order_model_of(rq, &placement->order, &placement->attempt, m));
	m->is_waiting =
		false; /* the answer to a form is not asked for again by itself */
	rq->problems = problems;
	return reply_show(rq, re, &order_view, m);
}

static bool
is_kept(const struct request *rq, const struct placement *placement,
	const struct err *failed)
{
	return failed != NULL && failed->code == ERR_GATEWAY_UNAVAILABLE &&
	       rq->face == FACE_PAGE && placement->claimed;
}

fallible
payment_reply(struct request *rq, struct reply *re, const char *scope,
	      const struct placement *placement, struct err *failed)
{
	if (placement->claimed)
		re->idem_scope = scope;
	if (placement->opened.attempt.n != 0) {
		re->keep = flow_keep_opened;
		re->kept = placement;
	}
	if (is_kept(rq, placement, failed))
		return show_kept(rq, re, placement, failed);
	TRY(failed);
	if (placement->kind == PLACEMENT_REPLAY)
		return replay(rq, re, &placement->idem);
	re->order_number = placement->order.number;
	if (rq->face == FACE_JSON)
		return show_placement(rq, re, placement);
	if (placement->kind == PLACEMENT_GO && placement->url != NULL)
		return reply_see(re, placement->url);
	return see_order(rq, re, &placement->order);
}

fallible
payment_wait(struct request *rq, const char *scope, bool *done)
{
	struct idem *idem = arena_new_of(rq->cx->mem, struct idem, 1);

	return flow_wait_for_key(rq->cx, scope, rq->key, rq->key_hash, idem, done);
}
