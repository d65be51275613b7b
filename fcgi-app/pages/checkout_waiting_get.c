/* checkout_waiting_get.c - GET /checkout/waiting?key=: shown while the first request
 * with a key still runs; it asks again by itself. */
#include "base/buf.h"
#include "base/text.h"
#include "flow/place_order.h"
#include "flow/shop.h"
#include "pages/endpoints.h"
#include "pages/order_model.h"

/* A gateway call is over by then, one way or another. */
enum { STILL_SECONDS = 30 };

struct form {
	const char *key;
};

static const struct input inputs[] = {
	INPUT_QUERY(struct form, key, 255),
	INPUT_END,
};

struct waiting_model {
	struct url next_url;
};

static const struct view_field waiting_fields[] = {
	SHOW_PAGE(struct waiting_model, next_url),
	SHOW_END,
};

static const struct view waiting_view = {"Waiting", "waiting.html", waiting_fields};

static fallible
find_made(struct tx *tx, const struct request *rq, const char *key, struct order *order,
	  struct attempt *attempt, bool *found)
{
	bool has_attempt;

	TRY(order_find_by_key(tx, key, order, found));
	*found = *found && order_check_access(tx->cx, order, rq->visitor, NULL) == NULL;
	return *found ? payment_find_newest(tx, order->id, attempt, &has_attempt)
		      : NULL;
}

static bool
still_runs(const struct order *order, const struct attempt *attempt)
{
	return text_equal(attempt->state, "sent") && attempt->gw_id == NULL &&
	       attempt->checks == 0 &&
	       instant_since(order->now, attempt->sent_at) < SECONDS(STILL_SECONDS);
}

static fallible
show_waiting(struct request *rq, struct reply *re, const char *key)
{
	struct waiting_model *m = arena_new_of(rq->cx->mem, struct waiting_model, 1);
	struct buf url = buf_new(rq->cx->mem, 2000);

	buf_text(&url, "/checkout/waiting?key=");
	escape_url(&url, key);
	m->next_url.text = buf_string(&url);
	return reply_show(rq, re, &waiting_view, m);
}

static fallible
look(struct request *rq, const void *form_, struct reply *re)
{
	const struct form *form = form_;
	struct order *order = arena_new_of(rq->cx->mem, struct order, 1);
	struct attempt *attempt = arena_new_of(rq->cx->mem, struct attempt, 1);
	const char *url;
	struct err *e;
	bool found = false;

	if (form->key == NULL)
		return reply_see(re, "/checkout");
	READING (tx, rq->cx, &e)
		e = find_made(tx, rq, form->key, order, attempt, &found);
	TRY(e);
	if (!found) /* the first one was refused: the checkout says why */
		return reply_see(re, "/checkout");
	if (still_runs(order, attempt))
		return show_waiting(rq, re, form->key);
	re->order_number = order->number;
	url = flow_attempt_url(rq->shop, rq->cx, attempt);
	return reply_see(re, url != NULL && order_is_waiting(order->state)
				     ? url
				     : order_model_page(rq->cx, order));
}

const struct endpoint checkout_waiting_get = {
	.page = "GET /checkout/waiting",
	.needs = NEEDS_VISITOR,
	.inputs = inputs,
	.form_size = sizeof(struct form),
	.shows = &waiting_view,
	.says = "Shown while a payment is being opened; goes on to it by itself.",
	.tag = "checkout",
	.handle = look,
};
