/* order_story.c - an order told to its buyer: what happens next, and the way so far. */
#include "base/text.h"
#include "flow/shop.h"
#include "pages/order_model.h"
#include "web/web.h"
#include "web/words.h"

enum { STOPS_MAX = 6 };

/* ---- what happens next ---- */

static const char *
decline_text(const struct request *rq, const struct order_model *m)
{
	const struct attempt *attempt = m->told.attempt;
	const char *text = NULL;

	if (attempt == NULL || attempt->shopper_code == NULL)
		return NULL;
	text = words_find(rq->web->words, "decline", attempt->shopper_code);
	return text != NULL ? text : words_find(rq->web->words, "decline", "other");
}

static const char *
pending_text(const struct request *rq, const struct order_model *m)
{
	const char *declined = decline_text(rq, m);

	if (declined != NULL)
		return arena_printf(
			rq->cx->mem,
			"%s Nothing has been charged, and you can pay again "
			"below, with another card too.",
			declined);
	return arena_printf(rq->cx->mem,
			    "As soon as the payment service tells us that you have "
			    "paid, this page says so and the receipt goes to %s.",
			    m->told.email == NULL ? "you" : m->told.email);
}

static const char *
paid_text(const struct request *rq, const struct order_model *m)
{
	return arena_printf(
		rq->cx->mem, "The receipt goes to %s.%s%s%s",
		m->told.email == NULL ? "you" : m->told.email,
		m->told.needs_shipping && !m->told.is_pickup
			? " We pack your goods now and write when they leave us."
			: "",
		m->told.delivery_dates == NULL ? "" : " ",
		m->told.delivery_dates == NULL
			? ""
			: arena_printf(rq->cx->mem, "%s.", m->told.delivery_dates));
}

/* What became of money that was taken for an order that does not stand. */
static const char *
money_back_text(const struct request *rq, const struct order_model *m)
{
	struct arena *mem = rq->cx->mem;

	if (m->told.captured.minor == 0)
		return "Nothing has been charged.";
	if (m->told.refund_under_way.minor > 0)
		return arena_printf(
			mem,
			"%s is on its way back to you; your bank may need a "
			"few days to show it.",
			money_format(mem, m->told.refund_under_way));
	if (m->told.refunded.minor > 0)
		return arena_printf(mem,
				    "%s has gone back to you; your bank may need a few "
				    "days to show it.",
				    money_format(mem, m->told.refunded));
	return "We are looking after the money that was taken and write to you.";
}

static const char *
failed_text(const struct request *rq, const struct order_model *m)
{
	const char *declined = decline_text(rq, m);

	return arena_printf(rq->cx->mem, "%s%s%s What you chose is still in your cart.",
			    declined == NULL ? "" : declined,
			    declined == NULL ? "" : " ", money_back_text(rq, m));
}

static const char *
expired_text(const struct request *rq, const struct order_model *m)
{
	return arena_printf(rq->cx->mem,
			    "It was not paid in time, so the goods are no longer held. "
			    "%s What you chose is still in your cart.",
			    money_back_text(rq, m));
}

const char *
order_story(const struct request *rq, const struct order_model *m)
{
	if (m->is_unknown)
		return "There is nothing you have to do.";
	if (m->is_pending)
		return pending_text(rq, m);
	if (m->is_paid)
		return paid_text(rq, m);
	if (m->is_shipped)
		return m->told.delivery_dates == NULL
			       ? "Your goods have left us."
			       : arena_printf(rq->cx->mem,
					      "Your goods have left us. %s.",
					      m->told.delivery_dates);
	if (m->is_failed)
		return failed_text(rq, m);
	if (m->is_expired)
		return expired_text(rq, m);
	if (m->is_cancelled)
		return money_back_text(rq, m);
	return arena_printf(rq->cx->mem, "Is something not right? Write to us at %s.",
			    rq->web->config->shop_email);
}

/* ---- the way so far ---- */

static struct instant
time_of(const struct order *order, const char *event)
{
	struct instant at = {0};

	for (size_t i = 0; i < order->n_steps; i++)
		if (text_equal(order->steps[i].event, event))
			at = order->steps[i].at;
	return at;
}

static void
add_stop(struct order_model *m, const char *title, struct instant at)
{
	m->steps[m->n_steps++] = (struct order_stop){
		.title = title,
		.at = at,
		.done = !instant_is_none(at),
	};
}

static struct instant
paid_at(const struct order_model *m)
{
	struct instant at = time_of(&m->told.order, "paid");

	return instant_is_none(at) ? time_of(&m->told.order, "nothing_due") : at;
}

static void
add_delivery(struct order_model *m, struct instant paid)
{
	const struct order *order = &m->told.order;
	struct instant sent = time_of(order, "shipped");

	if (m->told.is_pickup) {
		add_stop(m, "Ready to be fetched", sent);
		add_stop(m, "Fetched", time_of(order, "delivered"));
		return;
	}
	add_stop(m, "Packed", sent);
	m->steps[m->n_steps - 1].at = (struct instant){0};
	if (!instant_is_none(paid) && instant_is_none(sent))
		m->steps[m->n_steps - 1].title = "Being packed";
	add_stop(m, "Sent", sent);
	add_stop(m, "Delivered", time_of(order, "delivered"));
}

static void
add_end(struct order_model *m)
{
	const struct order *order = &m->told.order;

	if (m->is_cancelled)
		add_stop(m, "Cancelled", time_of(order, "cancelled"));
	else if (m->is_failed)
		add_stop(m, "Payment failed", time_of(order, "failed"));
	else
		add_stop(m, "Not paid in time", time_of(order, "expired"));
	if (m->refunded)
		add_stop(m, "Money returned", time_of(order, "refunded"));
}

/* The first stop that lies ahead is where the order is now; none at the end of its way.
 */
static void
mark_current(struct order_model *m)
{
	size_t i = 0;

	while (i < m->n_steps && m->steps[i].done)
		i++;
	if (i < m->n_steps)
		m->steps[i].current = true;
}

void
order_story_steps(struct arena *mem, struct order_model *m)
{
	struct instant paid = paid_at(m);

	m->steps = arena_new_of(mem, struct order_stop, STOPS_MAX);
	add_stop(m, "Ordered", m->told.order.created_at);
	if (order_is_dead(m->told.order.state)) {
		if (!instant_is_none(paid))
			add_stop(m, "Paid", paid);
		add_end(m);
	} else {
		add_stop(m, "Paid", paid);
		if (m->told.needs_shipping)
			add_delivery(m, paid);
	}
	if (!m->steps[1].done)
		m->steps[1].note = m->is_unknown ? "being checked" : "waiting for it";
	mark_current(m);
}
