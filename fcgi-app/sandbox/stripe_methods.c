/* stripe_methods.c - payment methods: the official test tokens and what is attached. */
#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "sandbox/stripe.h"

static const struct store_field method_fields[] = {
	STORE_FIELD(struct method, created, INT),
	STORE_FIELD(struct method, token, TEXT),
	STORE_FIELD(struct method, customer, TEXT),
	STORE_END,
};
const struct store_kind method_kind = {"method", sizeof(struct method), method_fields,
				       false};

static const char *const tokens[] = {
	"pm_card_visa",
	"pm_card_mastercard",
	"pm_card_amex",
	"pm_card_chargeDeclined",
	"pm_card_visa_chargeDeclined",
	"pm_card_visa_chargeDeclinedInsufficientFunds",
	"pm_card_visa_chargeDeclinedLostCard",
	"pm_card_visa_chargeDeclinedStolenCard",
	"pm_card_visa_chargeDeclinedVelocityLimitExceeded",
	"pm_card_chargeDeclinedInsufficientFunds",
	"pm_card_chargeDeclinedExpiredCard",
	"pm_card_chargeDeclinedIncorrectCvc",
	"pm_card_chargeDeclinedProcessingError",
	"pm_card_chargeDeclinedFraudulent",
	"pm_card_authenticationRequired",
	"pm_card_threeDSecure2Required",
	"pm_card_chargeCustomerFail",
	"pm_card_createDispute",
	"pm_card_refundFail",
	"pm_card_pendingRefund",
};

static const char *
token_named(const char *id)
{
	for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++)
		if (strcmp(tokens[i], id) == 0)
			return tokens[i];
	return NULL;
}

struct method *
stripe_method(struct work *w, const char *id)
{
	struct method *method = store_find(w->box->store, &method_kind, id);
	const char *token = token_named(id);

	if (method || !token)
		return method;
	method = store_new(w->box->store, &method_kind, sandbox_id(w->mem, "pm_1", 23));
	method->created = sandbox_now_s(w->box);
	method->token = token;
	store_save(w->box->store, method);
	return method;
}

void
stripe_put_card(struct json_out *out, const struct method *method)
{
	bool amex = strcmp(method->token, "pm_card_amex") == 0;
	bool master = strcmp(method->token, "pm_card_mastercard") == 0;

	json_key(out, "card");
	json_open(out, '{');
	json_pair_text(out, "brand", amex ? "amex" : master ? "mastercard" : "visa");
	json_pair_text(out, "country", "US");
	json_pair_int(out, "exp_month", 12);
	json_pair_int(out, "exp_year", 2034);
	json_pair_text(out, "fingerprint", "sandboxfingerprt");
	json_pair_text(out, "funding", "credit");
	json_pair_text(out, "last4", amex ? "8431" : master ? "4444" : "4242");
	json_pair_text(out, "network", amex ? "amex" : master ? "mastercard" : "visa");
	json_pair_text(out, "three_d_secure", NULL);
	json_pair_text(out, "wallet", NULL);
	json_close(out, '}');
}

void
stripe_put_billing(struct json_out *out)
{
	static const char *const nulls[] = {"address", "email",  "name",
					    "phone",   "tax_id", NULL};

	json_open(out, '{');
	stripe_put_nulls(out, nulls);
	json_close(out, '}');
}

void
stripe_put_method(struct work *w, const void *object)
{
	static const struct pairs none = {0};
	const struct method *method = object;
	struct json_out *out = &w->out;

	json_open(out, '{');
	json_pair_text(out, "id", method->record.id);
	json_pair_text(out, "object", "payment_method");
	json_pair_text(out, "allow_redisplay", "unspecified");
	json_key(out, "billing_details");
	stripe_put_billing(out);
	stripe_put_card(out, method);
	json_pair_int(out, "created", method->created);
	stripe_put_reference(w, "customer", &customer_kind, method->customer);
	json_pair_text(out, "customer_account", NULL);
	json_pair_bool(out, "livemode", false);
	stripe_put_metadata(out, "metadata", &none);
	json_pair_text(out, "type", "card");
	json_close(out, '}');
}

void
stripe_methods_get(struct work *w)
{
	const struct method *method = store_find(w->box->store, &method_kind, w->id);

	if (!method) {
		stripe_refuse_missing(w, "PaymentMethod", "payment_method", w->id);
		return;
	}
	stripe_put_method(w, method);
	stripe_answer(w, 200);
}

void
stripe_methods_detach(struct work *w)
{
	struct method *method = store_find(w->box->store, &method_kind, w->id);

	if (!method) {
		stripe_refuse_missing(w, "PaymentMethod", "payment_method", w->id);
		return;
	}
	if (!method->customer) {
		stripe_refuse(w, "payment_method_unexpected_state", NULL,
			      "The payment method you provided is not attached to a "
			      "customer so detachment is impossible.");
		return;
	}
	if (!stripe_begin(w, -1, w->id))
		return;
	method->customer = NULL;
	store_save(w->box->store, method);
	stripe_emit(w, "payment_method.detached", NULL, 0, stripe_put_method, method);
	stripe_put_method(w, method);
	stripe_answer(w, 200);
}
