/* order_model.c - an order as its page and its JSON show it. */
#include "pages/order_model.h"

#include "base/text.h"
#include "base/token.h"
#include "flow/shop.h"
#include "pages/product_model.h"

/* ---- what may be done with it ---- */

bool
order_model_is_unknown(const struct order_model *m)
{
	const struct order *order = &m->told.order;

	if (text_equal(order->state, "review"))
		return true;
	return text_equal(order->state, "pending") &&
	       (text_equal(order->payment_status, "unknown") ||
		(m->told.attempt != NULL &&
		 text_equal(m->told.attempt->state, "unknown")));
}

/* Not while money may be on its way: then a second session could take it twice. */
bool
order_model_can_retry(const struct order_model *m)
{
	return text_equal(m->told.order.state, "pending") &&
	       !order_model_is_unknown(m) && m->told.attempt != NULL &&
	       !text_equal(m->told.attempt->state, "requires_action");
}

static bool
can_cancel(const struct order_model *m)
{
	return order_state_after(m->told.order.state, "cancelled") != NULL &&
	       !text_equal(m->told.order.payment_status, "disputed");
}

/* ---- the page ---- */

const char *
order_model_page(const struct ctx *cx, const struct order *order)
{
	return arena_printf(cx->mem, "/orders/%s?t=%s", order->number,
			    order_link_token(cx, order->uid));
}

static void
fill_flags(struct order_model *m)
{
	const char *state = m->told.order.state;

	m->is_unknown = order_model_is_unknown(m);
	m->is_pending = text_equal(state, "pending") && !m->is_unknown;
	m->is_paid = text_equal(state, "confirmed");
	m->is_shipped = text_equal(state, "shipped");
	m->is_delivered = text_equal(state, "delivered");
	m->is_failed = text_equal(state, "failed");
	m->is_expired = text_equal(state, "expired");
	m->is_cancelled = text_equal(state, "cancelled");
	m->is_waiting = m->is_pending || m->is_unknown;
	m->receipt = order_is_paid(state) || m->told.captured.minor > 0;
	m->refunded = m->told.refunded.minor > 0;
	m->can_cancel = can_cancel(m);
	m->can_retry = order_model_can_retry(m);
}

static void
fill_addresses(struct request *rq, struct order_model *m)
{
	const struct order *order = &m->told.order;
	struct arena *mem = rq->cx->mem;
	const char *token = order_link_token(rq->cx, order->uid);

	m->page_url.text = order_model_page(rq->cx, order);
	m->status_url.text = arena_printf(mem, "/api/v1/checkout/status/%s?t=%s",
					  order->uid.text, token);
	m->cancel_url.text =
		arena_printf(mem, "/orders/%s/cancel?t=%s", order->number, token);
	m->retry_url.text =
		arena_printf(mem, "/orders/%s/payment?t=%s", order->number, token);
	m->cancel_key = token_new(mem);
	m->retry_key = token_new(mem);
}

static void
fill_methods(struct request *rq, struct order_model *m)
{
	const struct terms *terms = rq->shop->terms;

	m->payment_methods =
		arena_new_of(rq->cx->mem, struct order_method, terms->n_methods + 1);
	m->n_payment_methods = terms->n_methods;
	for (size_t i = 0; i < terms->n_methods; i++) {
		const struct method *method = &terms->methods[i];

		m->payment_methods[i] = (struct order_method){
			.id = method->id,
			.title = method->title,
			.note = method->note,
			.chosen = terms->n_methods == 1 ||
				  text_equal(method->id, m->told.order.payment_method),
		};
	}
}

static void
fill_page(struct request *rq, struct order_model *m)
{
	if (order_is_dead(m->told.order.state))
		m->told.delivery_dates = NULL;
	fill_flags(m);
	fill_addresses(rq, m);
	fill_methods(rq, m);
	product_model_count_pieces(rq);
	order_story_steps(rq->cx->mem, m);
	m->next_text = order_story(rq, m);
}

/* ---- reading ---- */

static fallible
load(struct tx *tx, const struct request *rq, const char *name, const char *token,
     struct order_model *m)
{
	TRY(order_get_with_customer(tx, name, &m->told.order));
	TRY(order_check_access(tx->cx, &m->told.order, rq->visitor, token));
	return order_summary_load(tx, rq->shop->terms, &m->told);
}

static fallible
load_standing(struct tx *tx, const struct request *rq, const char *name,
	      const char *token, struct order_model *m)
{
	TRY(order_get(tx, name, &m->told.order));
	TRY(order_check_access(tx->cx, &m->told.order, rq->visitor, token));
	if (rq->face == FACE_PAGE)
		return NULL;
	return order_summary_load_standing(tx, &m->told);
}

fallible
order_model_read_standing(struct request *rq, const char *name, const char *token,
			  struct order_model *m)
{
	struct err *e;

	READING (tx, rq->cx, &e)
		e = load_standing(tx, rq, name, token, m);
	return e;
}

static void
fill(struct request *rq, struct order_model *m)
{
	m->discount_amount = m->told.order.discount;
	if (rq->face == FACE_PAGE)
		fill_page(rq, m);
}

fallible
order_model_read(struct request *rq, const char *name, const char *token,
		 struct order_model *m)
{
	struct err *e;

	READING (tx, rq->cx, &e)
		e = load(tx, rq, name, token, m);
	TRY(e);
	fill(rq, m);
	return NULL;
}

/* A placed order has its items and its customer at hand, one that was found again has
 * everything. */
static fallible
load_rest(struct tx *tx, struct order *order)
{
	if (order->n_items == 0)
		return order_load(tx, order);
	return order->n_steps == 0 ? order_list_steps(tx, order) : NULL;
}

fallible
order_model_of(struct request *rq, const struct order *order,
	       const struct attempt *attempt, struct order_model *m)
{
	struct err *e;

	m->told.order = *order;
	READING (tx, rq->cx, &e)
		e = load_rest(tx, &m->told.order);
	TRY(e);
	if (attempt != NULL && attempt->id.n != 0) {
		m->told.attempts = arena_new_of(rq->cx->mem, struct attempt, 1);
		m->told.attempts[0] = *attempt;
		m->told.n_attempts = 1;
	}
	order_summary_derive(rq->cx->mem, rq->shop->terms, &m->told);
	fill(rq, m);
	return NULL;
}
