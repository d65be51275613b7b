/* checkout_payment_post.c - POST /checkout/payment: pay for what is in the checkout. */
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "flow/place_order.h"
#include "pages/details_form.h"
#include "pages/endpoints.h"
#include "pages/order_model.h"
#include "pages/payment_reply.h"
#include "web/admission.h"

struct accepted {
	int64_t amount;
	const char *currency;
};

struct form {
	struct details_form details;
	struct accepted accept_total;
	int64_t cart_version;
};

static const struct input inputs[] = {
	DETAILS_INPUTS(struct form, details),
	INPUT(struct form, accept_total.amount, 0, MONEY_MAX), /* minor units */
	INPUT(struct form, accept_total.currency, 3, 3),
	INPUT_MAY(struct form, cart_version, 1, INT64_MAX),
	INPUT_END,
};

static void
want_of(const struct request *rq, const struct form *form, struct placing *want)
{
	*want = (struct placing){
		.visitor = rq->visitor,
		.key = rq->key,
		.key_hash = rq->key_hash,
		.cart_version = form->cart_version,
		.has_total = true,
		.accept_total = {.minor = form->accept_total.amount},
	};
	memcpy(want->accept_total.currency, form->accept_total.currency, 3);
	details_of_form(rq, &form->details, &want->details);
}

static fallible
find_last(struct tx *tx, struct digest visitor, struct order *order, bool *found)
{
	struct cart *cart = arena_new_of(tx->mem, struct cart, 1);

	TRY(cart_find(tx, visitor, cart, found));
	*found = *found && cart->order.n != 0;
	return *found ? order_get_by_id(tx, cart->order, order) : NULL;
}

/* Somebody who pays for what is paid already wants to see that order. */
static fallible
see_paid(struct request *rq, struct reply *re, struct err *paid)
{
	struct order *order = arena_new_of(rq->cx->mem, struct order, 1);
	struct err copy = *paid, *e;
	bool found = false;

	READING (tx, rq->cx, &e)
		e = find_last(tx, rq->visitor, order, &found);
	TRY(e);
	if (!found || !order_is_paid(order->state)) {
		*paid = copy;
		return paid;
	}
	re->order_number = order->number;
	return reply_see(re, order_model_page(rq->cx, order));
}

static fallible
see_waiting(struct request *rq, struct reply *re)
{
	struct buf url = buf_new(rq->cx->mem, 2000);

	buf_text(&url, "/checkout/waiting?key=");
	escape_url(&url, rq->key);
	return reply_see(re, buf_string(&url));
}

/* A page that is sent twice waits for the first one's end. */
static fallible
place(struct request *rq, const struct placing *want, struct placement *out, bool *runs)
{
	struct err *e = flow_place_order(rq->shop, rq->cx, want, out);
	bool done;

	*runs = false;
	if (e == NULL || e->code != ERR_KEY_IN_USE || rq->face == FACE_JSON)
		return e;
	TRY(payment_wait(rq, PLACING_SCOPE, &done));
	*runs = !done;
	return done ? flow_place_order(rq->shop, rq->cx, want, out) : NULL;
}

/* A key that was here before gets its answer, or goes on: nothing new is begun. */
static fallible
check_room(struct request *rq)
{
	struct idem idem;
	struct err *e;
	bool known = false;

	if (admission_has_room(rq))
		return NULL;
	READING (tx, rq->cx, &e)
		e = idem_find(tx, PLACING_SCOPE, rq->key, rq->key_hash, &idem, &known);
	TRY(e);
	return known ? NULL : admission_pause();
}

static fallible
pay(struct request *rq, const void *form, struct reply *re)
{
	struct placing *want = arena_new_of(rq->cx->mem, struct placing, 1);
	struct placement *made = arena_new_of(rq->cx->mem, struct placement, 1);
	struct err *e;
	bool runs;

	TRY(check_room(rq));
	want_of(rq, form, want);
	e = place(rq, want, made, &runs);
	if (runs)
		return see_waiting(rq, re);
	if (e != NULL && e->code == ERR_ORDER_PAID && rq->face == FACE_PAGE)
		return see_paid(rq, re, e);
	return payment_reply(rq, re, PLACING_SCOPE, made, e);
}

const struct endpoint checkout_payment_post = {
	.page = "POST /checkout/payment",
	.api = "POST /api/v1/checkout/payment",
	.pool = POOL_PAY,
	.needs = NEEDS_VISITOR | NEEDS_KEY | ALSO_JSON,
	.inputs = inputs,
	.form_size = sizeof(struct form),
	.shows = &payment_view,
	.again = &checkout_get,
	.codes =
		"bad_request invalid cart_empty not_started cart_changed total_changed "
		"sold_out order_paid key_in_use key_reused gateway_unavailable "
		"orders_paused",
	.statuses = "201 200 202",
	.says = "Turns the checkout into an order and opens its payment at the "
		"gateway.",
	.tag = "checkout",
	.handle = pay,
};
