/* pay_stripe_state.c - Stripe's objects read as states of ours (gateways.md 2.3). Words
 * that are new to us never confirm and never release: they count as still processing.
 */
#include "gateway/pay_stripe_private.h"

#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/text.h"

static bool
is_object(const struct json *j, const char *kind)
{
	return text_equal(json_text_at(j, "object"), kind) &&
	       json_text_at(j, "id") != NULL;
}

const char *
pay_stripe_id(const struct json *holder, const char *member)
{
	const struct json *value = json_member(holder, member);
	const char *id = json_text(value);

	return id != NULL ? id : json_text_at(value, "id");
}

static void
read_references(const struct json *object, struct pay_state *state)
{
	const struct json *metadata = json_member(object, "metadata");

	state->order_ref = json_text_at(metadata, "order_ref");
	state->attempt_ref = json_text_at(metadata, "attempt_ref");
	if (state->order_ref == NULL)
		state->order_ref = json_text_at(object, "client_reference_id");
}

static enum pay_status
status_of_intent(const struct json *intent)
{
	static const struct {
		const char *word;
		enum pay_status status;
	} words[] = {
		{"requires_payment_method", PAY_OPEN},
		{"requires_confirmation", PAY_OPEN},
		{"requires_action", PAY_OPEN},
		{"processing", PAY_PROCESSING},
		{"requires_capture", PAY_AUTHORIZED},
		{"succeeded", PAY_PAID},
		{"canceled", PAY_CANCELLED},
	};
	const char *word = json_text_at(intent, "status");

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (text_equal(word, words[i].word))
			return words[i].status;
	return PAY_PROCESSING;
}

static void
read_refusal(const struct json *intent, struct pay_state *state)
{
	const struct json *error = json_member(intent, "last_payment_error");

	if (json_kind(error) != JSON_OBJECT)
		return;
	state->declined_once = true;
	state->shopper_code = pay_stripe_shopper_code(
		json_text_at(error, "decline_code"), json_text_at(error, "code"));
}

static void
read_charge(struct arena *mem, const struct json *charge, struct pay_state *state)
{
	const char *type = json_text_at(charge, "payment_method_details.type");
	const char *brand = json_text_at(charge, "payment_method_details.card.brand");
	const char *last4 = json_text_at(charge, "payment_method_details.card.last4");

	pay_stripe_amount_read(charge, "amount_refunded", &state->refunded);
	pay_stripe_amount_read(json_member(charge, "balance_transaction"), "fee",
			       &state->fee);
	if (brand != NULL && last4 != NULL)
		state->method = arena_printf(mem, "%s %s", brand, last4);
	else
		state->method = type;
}

bool
pay_stripe_read_intent(struct arena *mem, const struct json *intent,
		       struct pay_state *state)
{
	struct money held;

	if (!is_object(intent, "payment_intent"))
		return false;
	*state = (struct pay_state){.status = status_of_intent(intent)};
	state->payment_id = json_text_at(intent, "id");
	read_references(intent, state);
	read_refusal(intent, state);
	pay_stripe_amount_read(intent, "amount", &state->asked);
	pay_stripe_amount_read(intent, "amount_received", &state->captured);
	state->authorised = state->captured;
	if (pay_stripe_amount_read(intent, "amount_capturable", &held))
		state->authorised = money_add(state->authorised, held);
	read_charge(mem, json_member(intent, "latest_charge"), state);
	return true;
}

/* The session's own word, when its payment has none that is further. */
static enum pay_status
status_of_session(const struct json *session, const struct pay_state *payment)
{
	const char *word = json_text_at(session, "status");
	const char *paid = json_text_at(session, "payment_status");

	if (payment->status != PAY_OPEN)
		return payment->status;
	if (text_equal(paid, "paid") || text_equal(paid, "no_payment_required"))
		return PAY_PAID;
	if (text_equal(word, "open"))
		return PAY_OPEN;
	if (text_equal(word, "expired"))
		return PAY_EXPIRED;
	/* Complete and unpaid: refused for good once the payment asks for another
	 * method; else the result of a slow method is still to come. */
	return payment->declined_once ? PAY_FAILED : PAY_PROCESSING;
}

bool
pay_stripe_read_session(struct arena *mem, const struct json *session,
			struct pay_state *state)
{
	const struct json *intent = json_member(session, "payment_intent");
	struct pay_state payment = {.status = PAY_OPEN};

	if (!is_object(session, "checkout.session"))
		return false;
	pay_stripe_read_intent(mem, intent, &payment);
	*state = payment;
	state->status = status_of_session(session, &payment);
	state->session_id = json_text_at(session, "id");
	state->payment_id = pay_stripe_id(session, "payment_intent");
	state->url = json_text_at(session, "url");
	read_references(session, state);
	pay_stripe_amount_read(session, "amount_total", &state->asked);
	if (state->status == PAY_PAID && payment.payment_id == NULL)
		state->captured = state->authorised = state->asked;
	return true;
}

bool
pay_stripe_read_refund(struct arena *mem, const struct json *refund,
		       struct pay_refund_state *state)
{
	const char *word = json_text_at(refund, "status");

	if (!is_object(refund, "refund"))
		return false;
	*state = (struct pay_refund_state){.status = PAY_REFUND_PENDING};
	state->gateway_id = arena_text(mem, json_text_at(refund, "id"));
	pay_stripe_amount_read(refund, "amount", &state->amount);
	if (text_equal(word, "succeeded"))
		state->status = PAY_REFUND_DONE;
	else if (text_equal(word, "failed") || text_equal(word, "canceled"))
		state->status = PAY_REFUND_FAILED;
	return true;
}
