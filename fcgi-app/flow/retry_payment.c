/* retry_payment.c - the next attempt to pay for an order. */
#include "base/fault_point.h"
#include "base/text.h"
#include "flow/placement.h"
#include "flow/resolve.h"
#include "flow/settle.h"

/* Claims the key by itself, before anything is closed: of two equal requests one goes
 * on. */
static fallible
claim(struct tx *tx, const struct retry *want, struct placement *out)
{
	TRY(idem_begin(tx, RETRY_SCOPE, want->key, want->key_hash, &out->idem));
	if (out->idem.state == IDEM_RUNNING)
		return FAIL(KEY_IN_USE, "key=%s", want->key);
	if (out->idem.state == IDEM_OTHER)
		return FAIL(KEY_REUSED, "key=%s", want->key);
	return NULL;
}

static fallible
load(struct tx *tx, const struct retry *want, struct placement *out, bool *has_attempt)
{
	TRY(order_get_with_customer(tx, want->order, &out->order));
	TRY(order_check_access(tx->cx, &out->order, want->visitor, want->token));
	TRY(order_load(tx, &out->order));
	return payment_find_newest(tx, out->order.id, &out->attempt, has_attempt);
}

fallible
placement_close(struct shop *shop, struct ctx *cx, const struct placement *out)
{
	struct settled settled;
	bool closed;

	if (!payment_is_live(&out->attempt))
		return NULL;
	TRY(flow_close_attempt(shop, cx, &out->attempt, &settled, &closed));
	if (order_is_paid(settled.state))
		return FAIL(ORDER_PAID, "order=%s", settled.number);
	if (!closed)
		return FAIL(GATEWAY_UNAVAILABLE, "order=%s: session is open",
			    settled.number);
	return NULL;
}

fallible
placement_next(struct tx *tx, const struct terms *terms, const char *method,
	       const struct money *accept_total, struct placement *out)
{
	struct order order = {0};

	TRY(placing_next_attempt(tx, terms, out->order.id, method, accept_total, &order,
				 &out->attempt));
	out->order.expires_at = order.expires_at;
	out->order.payment_method = order.payment_method;
	out->order.state = order.state;
	out->order.payment_status = order.payment_status;
	out->order.n_steps = 0; /* one step older than the books: it is read anew */
	return NULL;
}

static fallible
next(struct tx *tx, const struct terms *terms, const struct retry *want,
     struct placement *out)
{
	TRY(placement_next(tx, terms, want->payment_method,
			   want->has_total ? &want->accept_total : NULL, out));
	return idem_point(tx, &out->idem, "placed", "attempt", out->attempt.id.n);
}

/* A request that died after its attempt was written goes on with that attempt. */
static bool
made_before(const struct placement *out)
{
	return out->idem.state == IDEM_RESUMED && out->attempt.id.n != 0 &&
	       text_equal(out->idem.resource_kind, "attempt") &&
	       out->idem.resource_id == out->attempt.id.n &&
	       payment_is_live(&out->attempt);
}

static fallible
retry_once(struct shop *shop, struct ctx *cx, const struct retry *want,
	   struct placement *out)
{
	struct err *e;
	bool has_attempt = false;

	*out = (struct placement){0};
	READING (tx, cx, &e)
		e = load(tx, want, out, &has_attempt);
	TRY(e);
	TRANSACTION (tx, cx, &e)
		e = claim(tx, want, out);
	TRY(e);
	if (out->idem.state == IDEM_REPLAY) {
		out->kind = PLACEMENT_REPLAY;
		return NULL;
	}
	out->claimed = true;
	if (order_is_paid(out->order.state))
		return FAIL(ORDER_PAID, "order=%s", out->order.number);
	FAULT_POINT_ERR(retry_claimed, INTERNAL);
	if (!made_before(out)) {
		if (has_attempt)
			TRY(placement_close(shop, cx, out));
		FAULT_POINT_ERR(retry_closed, INTERNAL);
		TRANSACTION (tx, cx, &e)
			e = next(tx, shop->terms, want, out);
		TRY(e);
		FAULT_POINT_ERR(retry_placed, INTERNAL);
	}
	out->idem.resource_kind = "attempt";
	out->url = flow_attempt_url(shop, cx, &out->attempt);
	out->kind = PLACEMENT_GO;
	if (out->url != NULL)
		return NULL;
	return placement_open(shop, cx, out->order.customer.email.plain, out);
}

fallible
flow_retry_payment(struct shop *shop, struct ctx *cx, const struct retry *want,
		   struct placement *out)
{
	struct err *e = retry_once(shop, cx, want, out);

	if (resolve_key(cx, RETRY_SCOPE, want->key, e))
		e = retry_once(shop, cx, want, out);
	out->claimed = out->claimed || is_uncertain(e);
	return e;
}
