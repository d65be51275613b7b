/* stripe_intents.c - PaymentIntents: create, get, list, update, confirm, capture,
 * cancel. */
#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "sandbox/stripe.h"

static const struct store_field intent_fields[] = {
	STORE_FIELD(struct intent, created, INT),
	STORE_FIELD(struct intent, amount, INT),
	STORE_FIELD(struct intent, received, INT),
	STORE_FIELD(struct intent, capturable, INT),
	STORE_FIELD(struct intent, refunded, INT),
	STORE_FIELD(struct intent, canceled_at, INT),
	STORE_FIELD(struct intent, currency, TEXT),
	STORE_FIELD(struct intent, status, TEXT),
	STORE_FIELD(struct intent, capture_method, TEXT),
	STORE_FIELD(struct intent, secret, TEXT),
	STORE_FIELD(struct intent, version, TEXT),
	STORE_FIELD(struct intent, customer, TEXT),
	STORE_FIELD(struct intent, method, TEXT),
	STORE_FIELD(struct intent, charge, TEXT),
	STORE_FIELD(struct intent, description, TEXT),
	STORE_FIELD(struct intent, receipt_email, TEXT),
	STORE_FIELD(struct intent, setup_future_usage, TEXT),
	STORE_FIELD(struct intent, descriptor, TEXT),
	STORE_FIELD(struct intent, suffix, TEXT),
	STORE_FIELD(struct intent, shipping, TEXT),
	STORE_FIELD(struct intent, cancellation_reason, TEXT),
	STORE_FIELD(struct intent, error_code, TEXT),
	STORE_FIELD(struct intent, error_decline_code, TEXT),
	STORE_FIELD(struct intent, error_message, TEXT),
	STORE_FIELD(struct intent, error_charge, TEXT),
	STORE_FIELD(struct intent, return_url, TEXT),
	STORE_FIELD(struct intent, session, TEXT),
	STORE_FIELD(struct intent, metadata, PAIRS),
	STORE_FIELD(struct intent, no_redirects, BOOL),
	STORE_END,
};
const struct store_kind intent_kind = {"intent", sizeof(struct intent), intent_fields,
				       false};

struct intent *
stripe_new_intent(struct work *w, int64_t amount, const char *currency)
{
	struct intent *intent =
		store_new(w->box->store, &intent_kind, sandbox_id(w->mem, "pi_3", 23));

	intent->created = sandbox_now_s(w->box);
	intent->amount = amount;
	intent->currency = currency;
	intent->status = "requires_payment_method";
	intent->capture_method = "automatic_async";
	intent->secret = store_text(
		w->box->store,
		sandbox_id(w->mem,
			   arena_printf(w->mem, "%s_secret_", intent->record.id), 25));
	intent->version = store_text(w->box->store, w->version);
	store_save(w->box->store, intent);
	return intent;
}

static struct intent *
find(struct work *w)
{
	struct intent *intent = store_find(w->box->store, &intent_kind, w->id);

	if (!intent)
		stripe_refuse_missing(w, "payment_intent", "intent", w->id);
	return intent;
}

static bool
is(const struct intent *intent, const char *status)
{
	return strcmp(intent->status, status) == 0;
}

static void
answer(struct work *w, const struct intent *intent)
{
	stripe_put_intent(w, intent);
	stripe_answer(w, 200);
}

/* The address of the shipping parameters as JSON, in their order. */
static void
put_shipping_address(struct work *w, struct json_out *out)
{
	static const char *const names[] = {"city",  "country",     "line1",
					    "line2", "postal_code", "state"};

	json_key(out, "address");
	json_open(out, '{');
	for (size_t i = 0; i < 6; i++)
		json_pair_text(
			out, names[i],
			form_get(&w->form, arena_printf(w->mem, "shipping[address][%s]",
							names[i])));
	json_close(out, '}');
}

static const char *
shipping_from(struct work *w)
{
	static const char *const names[] = {"carrier", "name", "phone",
					    "tracking_number"};
	struct buf text = buf_new(w->mem, 65536);
	struct json_out out = json_out(&text);

	if (!form_has(&w->form, "shipping"))
		return NULL;
	json_open(&out, '{');
	put_shipping_address(w, &out);
	for (size_t i = 0; i < 4; i++)
		json_pair_text(&out, names[i],
			       form_get(&w->form, arena_printf(w->mem, "shipping[%s]",
							       names[i])));
	json_close(&out, '}');
	return store_text(w->box->store, buf_string(&text));
}

/* What create and update take alike, into a copy that is kept only when all is well. */
static bool
read_common(struct work *w, struct intent *to)
{
	const char *shipping = shipping_from(w);

	if (form_has(&w->form, "statement_descriptor")) {
		stripe_refuse(
			w, NULL, "statement_descriptor",
			"The `statement_descriptor` parameter is not supported for "
			"card charges. Use `statement_descriptor_suffix` instead.");
		return false;
	}
	if (!stripe_int(w, "amount", 0, INT64_C(999999999999), &to->amount) ||
	    !stripe_currency(w, "currency", &to->currency) ||
	    !stripe_amount(w, to->amount, to->currency, "amount") ||
	    !stripe_word(w, "capture_method", "automatic|automatic_async|manual",
			 &to->capture_method) ||
	    !stripe_word(w, "setup_future_usage", "on_session|off_session",
			 &to->setup_future_usage) ||
	    !stripe_text(w, "customer", 255, &to->customer) ||
	    !stripe_text(w, "description", 1000, &to->description) ||
	    !stripe_text(w, "receipt_email", 800, &to->receipt_email) ||
	    !stripe_text(w, "statement_descriptor_suffix", 22, &to->suffix) ||
	    !stripe_metadata(w, "metadata", &to->metadata))
		return false;
	if (shipping)
		to->shipping = shipping;
	if (!to->customer || store_find(w->box->store, &customer_kind, to->customer))
		return true;
	stripe_refuse_missing(w, "customer", "customer", to->customer);
	return false;
}

/* The payment method that a parameter names; NULL when absent, false when unknown. */
static bool
read_method(struct work *w, const char **token)
{
	const char *id = form_get(&w->form, "payment_method");

	*token = text_is_empty(id) ? NULL : id;
	if (!*token || stripe_method(w, id))
		return true;
	stripe_refuse_missing(w, "PaymentMethod", "payment_method", id);
	return false;
}

static void
set_method(struct work *w, struct intent *intent, const char *id)
{
	struct method *method = stripe_method(w, id);

	intent->method = method->record.id;
	if (intent->setup_future_usage && intent->customer && !method->customer) {
		method->customer = intent->customer;
		store_save(w->box->store, method);
	}
}

/* Whether a shopper can be asked to authenticate. */
static bool
read_presence(struct work *w, bool *present)
{
	bool no_action = false, off_session = false;

	if (!stripe_bool(w, "error_on_requires_action", &no_action) ||
	    !stripe_bool(w, "off_session", &off_session))
		return false;
	*present = !no_action && !off_session;
	return true;
}

/* Tries the payment and answers, after stripe_begin(). */
static void
confirm_and_answer(struct work *w, struct intent *intent, bool present)
{
	const struct method *method =
		store_find(w->box->store, &method_kind, intent->method);
	struct verdict verdict = stripe_verdict_of_method(method);

	stripe_verdict_of_fault(
		stripe_payment_fault(w, intent->amount, intent->record.id), &verdict);
	if (verdict.trial == TRIAL_NEEDS_3DS && !present)
		verdict = (struct verdict){
			TRIAL_REFUSED,
			{"authentication_required", "authentication_required",
			 "Your card was declined. This transaction requires "
			 "authentication."}};
	stripe_try(w, intent, verdict);
	if (is(intent, "requires_payment_method"))
		stripe_refuse_payment(w, intent);
	else
		answer(w, intent);
}

static bool
needs_return_url(struct work *w, const struct intent *intent)
{
	const char *absent = form_get(&w->form, "off_session");

	/* A shopper who is not there cannot be redirected. */
	if (intent->return_url || intent->no_redirects ||
	    (absent && strcmp(absent, "true") == 0))
		return false;
	stripe_refuse(w, NULL, "return_url",
		      "This PaymentIntent is configured to accept payment methods that "
		      "may redirect; you must provide a `return_url`.");
	return true;
}

void
stripe_intents_create(struct work *w)
{
	struct intent given = {.capture_method = "automatic_async"};
	const char *token, *redirects = "always";
	struct intent *intent;
	bool confirm = false, present;

	if (!stripe_required(w, "amount") || !stripe_required(w, "currency") ||
	    !read_common(w, &given) || !stripe_bool(w, "confirm", &confirm) ||
	    !stripe_url(w, "return_url", &given.return_url) ||
	    !stripe_word(w, "automatic_payment_methods[allow_redirects]",
			 "always|never", &redirects) ||
	    !read_method(w, &token) || !read_presence(w, &present))
		return;
	given.no_redirects = strcmp(redirects, "never") == 0;
	if (confirm && !token) {
		stripe_refuse(w, "parameter_missing", "payment_method",
			      "You must provide a payment method to confirm.");
		return;
	}
	if (confirm && needs_return_url(w, &given))
		return;
	if (!stripe_begin(w, confirm ? given.amount : -1, "payment_intents"))
		return;
	intent = stripe_new_intent(w, given.amount, given.currency);
	given.record = intent->record;
	given.created = intent->created;
	given.status = token ? "requires_confirmation" : "requires_payment_method";
	given.secret = intent->secret;
	given.version = intent->version;
	*intent = given;
	if (token)
		set_method(w, intent, token);
	if (confirm)
		confirm_and_answer(w, intent, present);
	else
		answer(w, intent);
}

void
stripe_intents_get(struct work *w)
{
	const struct intent *intent = find(w);
	const char *secret = form_get(&w->form, "client_secret");

	if (!intent)
		return;
	if (secret && strcmp(secret, intent->secret) != 0)
		stripe_refuse(w, NULL, "client_secret",
			      "The client_secret provided does not match.");
	else
		answer(w, intent);
}

static bool
is_listed(struct work *w, const void *object)
{
	const struct intent *intent = object;
	const char *customer = form_get(&w->form, "customer");

	if (customer && (!intent->customer || strcmp(customer, intent->customer) != 0))
		return false;
	return stripe_created_fits(w, intent->created);
}

void
stripe_intents_list(struct work *w)
{
	stripe_answer_list(w, &intent_kind, is_listed);
}

void
stripe_intents_update(struct work *w)
{
	struct intent *intent = find(w);
	struct intent given;
	const char *token;

	if (!intent)
		return;
	given = *intent;
	if (!is(intent, "requires_payment_method") &&
	    !is(intent, "requires_confirmation") &&
	    (form_has(&w->form, "amount") || form_has(&w->form, "currency"))) {
		stripe_refuse_state(
			w, "payment_intent_unexpected_state",
			arena_printf(w->mem,
				     "This PaymentIntent's amount could not be updated "
				     "because it has a status of %s.",
				     intent->status),
			intent);
		return;
	}
	if (!read_common(w, &given) || !read_method(w, &token) ||
	    !stripe_begin(w, -1, w->id))
		return;
	*intent = given;
	if (token) {
		set_method(w, intent, token);
		if (is(intent, "requires_payment_method"))
			intent->status = "requires_confirmation";
	}
	store_save(w->box->store, intent);
	answer(w, intent);
}

static void
refuse_status(struct work *w, const struct intent *intent, const char *what)
{
	w->executed = true; /* the real service stores this answer under the key */
	stripe_refuse_state(
		w, "payment_intent_unexpected_state",
		arena_printf(w->mem,
			     "This PaymentIntent could not be %s because it "
			     "has a status of %s.",
			     what, intent->status),
		intent);
}

void
stripe_intents_confirm(struct work *w)
{
	struct intent *intent = find(w);
	struct intent given;
	const char *token;
	bool present;

	if (!intent)
		return;
	given = *intent;
	if (!read_method(w, &token) || !read_presence(w, &present) ||
	    !stripe_url(w, "return_url", &given.return_url))
		return;
	if (!is(intent, "requires_payment_method") &&
	    !is(intent, "requires_confirmation") && !is(intent, "requires_action")) {
		refuse_status(w, intent, "confirmed");
		return;
	}
	if (!token && !intent->method) {
		stripe_refuse_state(
			w, "payment_intent_unexpected_state",
			"You cannot confirm this PaymentIntent because it's missing a "
			"payment method.",
			intent);
		return;
	}
	if (needs_return_url(w, &given) || !stripe_begin(w, intent->amount, w->id))
		return;
	*intent = given;
	if (token)
		set_method(w, intent, token);
	confirm_and_answer(w, intent, present);
}

void
stripe_intents_capture(struct work *w)
{
	struct intent *intent = find(w);
	int64_t amount;

	if (!intent)
		return;
	amount = intent->capturable;
	if (!is(intent, "requires_capture")) {
		refuse_status(w, intent, "captured");
		return;
	}
	if (!stripe_int(w, "amount_to_capture", 1, INT64_MAX, &amount))
		return;
	if (amount > intent->capturable) {
		stripe_refuse(
			w, "amount_too_large", "amount_to_capture",
			"The amount to capture is greater than what was authorised.");
		return;
	}
	if (!stripe_begin(w, intent->amount, w->id))
		return;
	stripe_capture(w, intent, amount);
	answer(w, intent);
}

void
stripe_intents_cancel(struct work *w)
{
	struct intent *intent = find(w);
	const char *reason = NULL;

	if (!intent ||
	    !stripe_word(w, "cancellation_reason",
			 "duplicate|fraudulent|requested_by_customer|abandoned",
			 &reason))
		return;
	if (is(intent, "succeeded") || is(intent, "canceled") ||
	    is(intent, "processing")) {
		refuse_status(w, intent, "canceled");
		return;
	}
	if (intent->session && !is(intent, "requires_capture")) {
		stripe_refuse(
			w, NULL, NULL,
			"You cannot cancel this PaymentIntent because it was created "
			"by a Checkout Session. Expire the Checkout Session instead.");
		return;
	}
	if (!stripe_begin(w, -1, w->id))
		return;
	stripe_cancel(w, intent, reason);
	answer(w, intent);
}
