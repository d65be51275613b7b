/* stripe_charges.c - what happens when a payment is tried, taken, or given up. */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "sandbox/stripe.h"

static const struct store_field charge_fields[] = {
	STORE_FIELD(struct charge, created, INT),
	STORE_FIELD(struct charge, amount, INT),
	STORE_FIELD(struct charge, captured, INT),
	STORE_FIELD(struct charge, refunded, INT),
	STORE_FIELD(struct charge, intent, TEXT),
	STORE_FIELD(struct charge, method, TEXT),
	STORE_FIELD(struct charge, customer, TEXT),
	STORE_FIELD(struct charge, currency, TEXT),
	STORE_FIELD(struct charge, status, TEXT),
	STORE_FIELD(struct charge, description, TEXT),
	STORE_FIELD(struct charge, code, TEXT),
	STORE_FIELD(struct charge, decline_code, TEXT),
	STORE_FIELD(struct charge, message, TEXT),
	STORE_FIELD(struct charge, metadata, PAIRS),
	STORE_FIELD(struct charge, is_captured, BOOL),
	STORE_FIELD(struct charge, disputed, BOOL),
	STORE_END,
};
const struct store_kind charge_kind = {"charge", sizeof(struct charge), charge_fields,
				       false};

#define GENERIC                                                                        \
	{                                                                              \
		"card_declined", "generic_decline", "Your card was declined."          \
	}
#define NO_FUNDS                                                                       \
	{                                                                              \
		"card_declined", "insufficient_funds",                                 \
			"Your card has insufficient funds."                            \
	}
#define EXPIRED                                                                        \
	{                                                                              \
		"expired_card", "expired_card", "Your card has expired."               \
	}
#define FRAUD                                                                          \
	{                                                                              \
		"card_declined", "fraudulent", "Your card was declined."               \
	}

struct refusal
stripe_refusal_3ds(void)
{
	return (struct refusal){
		"payment_intent_authentication_failure", NULL,
		"The provided PaymentMethod has failed authentication. You can provide "
		"payment_method_data or a new PaymentMethod to attempt to fulfill this "
		"PaymentIntent again."};
}

struct verdict
stripe_verdict_of_method(const struct method *method)
{
	static const struct {
		const char *end; /* of the token */
		struct verdict verdict;
	} table[] = {
		{"chargeDeclinedInsufficientFunds", {TRIAL_REFUSED, NO_FUNDS}},
		{"chargeDeclinedLostCard",
		 {TRIAL_REFUSED,
		  {"card_declined", "lost_card", "Your card was declined."}}},
		{"chargeDeclinedStolenCard",
		 {TRIAL_REFUSED,
		  {"card_declined", "stolen_card", "Your card was declined."}}},
		{"chargeDeclinedVelocityLimitExceeded",
		 {TRIAL_REFUSED,
		  {"card_declined", "card_velocity_exceeded",
		   "Your card was declined."}}},
		{"chargeDeclinedExpiredCard", {TRIAL_REFUSED, EXPIRED}},
		{"chargeDeclinedIncorrectCvc",
		 {TRIAL_REFUSED,
		  {"incorrect_cvc", "incorrect_cvc",
		   "Your card's security code is incorrect."}}},
		{"chargeDeclinedProcessingError",
		 {TRIAL_REFUSED,
		  {"processing_error", "processing_error",
		   "An error occurred while processing your card. Try again in a "
		   "little bit."}}},
		{"chargeDeclinedFraudulent", {TRIAL_REFUSED, FRAUD}},
		{"chargeDeclined", {TRIAL_REFUSED, GENERIC}},
		{"chargeCustomerFail", {TRIAL_REFUSED, GENERIC}},
		{"authenticationRequired", {TRIAL_NEEDS_3DS, {0}}},
		{"threeDSecure2Required", {TRIAL_NEEDS_3DS, {0}}},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const char *at = strstr(method->token, table[i].end);

		if (at && strcmp(at, table[i].end) == 0)
			return table[i].verdict;
	}
	return (struct verdict){TRIAL_APPROVED, {0}};
}

bool
stripe_verdict_of_fault(int fault, struct verdict *out)
{
	static const struct verdict table[] = {
		{TRIAL_REFUSED, GENERIC}, {TRIAL_REFUSED, NO_FUNDS},
		{TRIAL_REFUSED, EXPIRED}, {TRIAL_REFUSED, FRAUD},
		{TRIAL_NEEDS_3DS, {0}},   {TRIAL_PENDING, {0}},
	};

	if (fault < 9101 || fault > 9106)
		return false;
	*out = table[fault - 9101];
	return true;
}

bool
stripe_verdict_of_button(const char *outcome, struct verdict *out)
{
	static const struct {
		const char *outcome;
		struct verdict verdict;
	} table[] = {
		{"approve", {TRIAL_APPROVED, {0}}},
		{"decline", {TRIAL_REFUSED, GENERIC}},
		{"decline_insufficient_funds", {TRIAL_REFUSED, NO_FUNDS}},
		{"require_3ds", {TRIAL_NEEDS_3DS, {0}}},
		{"pay_later", {TRIAL_PENDING, {0}}},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (strcmp(table[i].outcome, outcome) == 0) {
			*out = table[i].verdict;
			return true;
		}
	return false;
}

static struct charge *
charge_new(struct work *w, struct intent *intent, const char *status)
{
	struct charge *charge =
		store_new(w->box->store, &charge_kind, sandbox_id(w->mem, "ch_3", 23));

	charge->created = sandbox_now_s(w->box);
	charge->amount = intent->amount;
	charge->intent = intent->record.id;
	charge->method = intent->method;
	charge->customer = intent->customer;
	charge->currency = intent->currency;
	charge->description = intent->description;
	charge->metadata = intent->metadata;
	charge->status = status;
	intent->charge = charge->record.id;
	store_save(w->box->store, charge);
	return charge;
}

static void
forget_error(struct intent *intent)
{
	intent->error_code = intent->error_decline_code = NULL;
	intent->error_message = intent->error_charge = NULL;
}

static void
tell(struct work *w, const char *type, const struct intent *intent)
{
	stripe_emit(w, type, intent->version, intent->amount, stripe_put_intent,
		    intent);
}

static void
refuse(struct work *w, struct intent *intent, struct refusal why)
{
	struct charge *charge = NULL;

	/* A failed authentication never reached the bank: there is no charge. */
	if (strcmp(why.code, "payment_intent_authentication_failure") != 0 &&
	    strcmp(why.code, "authentication_required") != 0) {
		charge = charge_new(w, intent, "failed");
		charge->code = why.code;
		charge->decline_code = why.decline_code;
		charge->message = why.message;
	}
	intent->status = "requires_payment_method";
	intent->method = NULL;
	intent->error_code = why.code;
	intent->error_decline_code = why.decline_code;
	intent->error_message = why.message;
	intent->error_charge = charge ? charge->record.id : NULL;
	tell(w, "payment_intent.payment_failed", intent);
}

static void
take_all(struct work *w, struct intent *intent, struct charge *charge, int64_t amount)
{
	charge->status = "succeeded";
	charge->is_captured = true;
	charge->captured = amount;
	intent->status = "succeeded";
	intent->received = amount;
	intent->capturable = 0;
	store_save(w->box->store, charge);
	tell(w, "payment_intent.succeeded", intent);
}

static void
approve(struct work *w, struct intent *intent)
{
	struct charge *charge = store_find(w->box->store, &charge_kind, intent->charge);

	/* A pending payment has its charge already. */
	if (!charge || strcmp(charge->status, "pending") != 0)
		charge = charge_new(w, intent, "succeeded");
	charge->status = "succeeded";
	if (strcmp(intent->capture_method, "manual") != 0) {
		take_all(w, intent, charge, intent->amount);
		return;
	}
	intent->status = "requires_capture";
	intent->capturable = intent->amount;
	due_add(w->box, &stripe_gateway, sandbox_now_us(w->box) + DAYS(7), "lapse",
		intent->record.id);
	tell(w, "payment_intent.amount_capturable_updated", intent);
}

static void
wait_for_bank(struct work *w, struct intent *intent)
{
	charge_new(w, intent, "pending");
	intent->status = "processing";
	due_add(w->box, &stripe_gateway,
		sandbox_now_us(w->box) + w->box->settings.late_delay_ms * 1000,
		"settle", intent->record.id);
	tell(w, "payment_intent.processing", intent);
}

static void
plan_dispute(struct work *w, const struct intent *intent, const struct method *method)
{
	bool by_method = method && strcmp(method->token, "pm_card_createDispute") == 0;

	if (intent->received == 0)
		return;
	if (by_method || w->forced == 9108 ||
	    (faults_magic(intent->amount, FAULT_PAYMENT) == 9108 &&
	     faults_first(w->box, w->mem, 9108, intent->record.id)))
		due_add(w->box, &stripe_gateway,
			sandbox_now_us(w->box) + w->box->settings.late_delay_ms * 1000,
			"dispute", intent->record.id);
}

void
stripe_try(struct work *w, struct intent *intent, struct verdict verdict)
{
	const struct method *method =
		store_find(w->box->store, &method_kind, intent->method);

	forget_error(intent);
	switch (verdict.trial) {
	case TRIAL_APPROVED:
		approve(w, intent);
		plan_dispute(w, intent, method);
		break;
	case TRIAL_REFUSED:
		refuse(w, intent, verdict.refusal);
		break;
	case TRIAL_NEEDS_3DS:
		intent->status = "requires_action";
		tell(w, "payment_intent.requires_action", intent);
		break;
	case TRIAL_PENDING:
		wait_for_bank(w, intent);
		break;
	}
	store_save(w->box->store, intent);
	stripe_session_follow(w, intent);
}

void
stripe_capture(struct work *w, struct intent *intent, int64_t amount)
{
	struct charge *charge = store_find(w->box->store, &charge_kind, intent->charge);

	/* What is not captured is released: it counts as given back on the charge. */
	charge->refunded = charge->amount - amount;
	take_all(w, intent, charge, amount);
	plan_dispute(w, intent,
		     store_find(w->box->store, &method_kind, intent->method));
	store_save(w->box->store, intent);
	stripe_session_follow(w, intent);
}

void
stripe_cancel(struct work *w, struct intent *intent, const char *reason)
{
	intent->status = "canceled";
	intent->canceled_at = sandbox_now_s(w->box);
	intent->cancellation_reason = reason;
	intent->capturable = 0;
	store_save(w->box->store, intent);
	tell(w, "payment_intent.canceled", intent);
}

static void
put_outcome(struct json_out *out, const struct charge *charge)
{
	bool failed = strcmp(charge->status, "failed") == 0;

	json_key(out, "outcome");
	json_open(out, '{');
	json_pair_text(out, "network_status",
		       failed ? "declined_by_network" : "approved_by_network");
	json_pair_text(out, "reason", charge->decline_code);
	json_pair_text(out, "risk_level", "normal");
	json_pair_text(out, "seller_message",
		       failed ? "The bank did not return any further details with this "
				"decline."
			      : "Payment complete.");
	json_pair_text(out, "type", failed ? "issuer_declined" : "authorized");
	json_close(out, '}');
}

static void
put_amounts(struct json_out *out, const struct charge *charge)
{
	json_pair_int(out, "amount", charge->amount);
	json_pair_int(out, "amount_captured", charge->captured);
	json_pair_int(out, "amount_refunded", charge->refunded);
	json_pair_bool(out, "captured", charge->is_captured);
	json_pair_bool(out, "disputed", charge->disputed);
	json_pair_bool(out, "paid", strcmp(charge->status, "succeeded") == 0);
	json_pair_bool(out, "refunded",
		       charge->is_captured && charge->refunded == charge->amount);
}

static void
put_method_details(struct work *w, const struct charge *charge)
{
	const struct method *method =
		store_find(w->box->store, &method_kind, charge->method);

	json_key(&w->out, "payment_method_details");
	json_open(&w->out, '{');
	if (method)
		stripe_put_card(&w->out, method);
	json_pair_text(&w->out, "type", "card");
	json_close(&w->out, '}');
}

void
stripe_put_charge(struct work *w, const void *object)
{
	static const char *const nulls[] = {"application",
					    "application_fee",
					    "application_fee_amount",
					    "failure_balance_transaction",
					    "on_behalf_of",
					    "receipt_email",
					    "receipt_number",
					    "receipt_url",
					    "review",
					    "shipping",
					    "source",
					    "source_transfer",
					    "statement_descriptor",
					    "statement_descriptor_suffix",
					    "transfer_data",
					    "transfer_group",
					    NULL};
	const struct charge *charge = object;
	struct json_out *out = &w->out;

	json_open(out, '{');
	json_pair_text(out, "id", charge->record.id);
	json_pair_text(out, "object", "charge");
	put_amounts(out, charge);
	stripe_put_balance(w, charge);
	json_pair_text(out, "calculated_statement_descriptor", "SANDBOX");
	json_pair_int(out, "created", charge->created);
	json_pair_text(out, "currency", charge->currency);
	stripe_put_reference(w, "customer", &customer_kind, charge->customer);
	json_pair_text(out, "description", charge->description);
	json_pair_text(out, "failure_code", charge->code);
	json_pair_text(out, "failure_message", charge->message);
	json_key(out, "fraud_details");
	json_open(out, '{');
	json_close(out, '}');
	json_pair_bool(out, "livemode", false);
	stripe_put_metadata(out, "metadata", &charge->metadata);
	put_outcome(out, charge);
	stripe_put_reference(w, "payment_intent", &intent_kind, charge->intent);
	json_pair_text(out, "payment_method", charge->method);
	json_key(out, "billing_details");
	stripe_put_billing(out);
	put_method_details(w, charge);
	json_pair_text(out, "status", charge->status);
	stripe_put_nulls(out, nulls);
	json_close(out, '}');
}

void
stripe_charges_get(struct work *w)
{
	const struct charge *charge = store_find(w->box->store, &charge_kind, w->id);

	if (!charge) {
		stripe_refuse_missing(w, "charge", "id", w->id);
		return;
	}
	stripe_put_charge(w, charge);
	stripe_answer(w, 200);
}
