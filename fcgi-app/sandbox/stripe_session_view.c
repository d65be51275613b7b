/* stripe_session_view.c - a Checkout session as JSON, and its addresses. */
#include <string.h>

#include "base/arena.h"
#include "sandbox/stripe.h"

const char *
stripe_session_url(const struct work *w, const struct session *session)
{
	return arena_printf(w->mem, "http://127.0.0.1:%d/stripe/checkout/%s",
			    http_port(w->box->server), session->record.id);
}

const char *
stripe_success_url(const struct work *w, const struct session *session)
{
	static const char mark[] = "{CHECKOUT_SESSION_ID}";
	const char *rest = session->success_url, *at;
	char *url = arena_printf(w->mem, "%s", "");

	while ((at = strstr(rest, mark))) {
		url = arena_printf(w->mem, "%s%.*s%s", url, (int)(at - rest), rest,
				   session->record.id);
		rest = at + strlen(mark);
	}
	return arena_printf(w->mem, "%s%s", url, rest);
}

static void
put_switch(struct json_out *out, const char *name, bool on)
{
	json_key(out, name);
	json_open(out, '{');
	json_pair_bool(out, "enabled", on);
	json_close(out, '}');
}

static void
put_customer_details(struct work *w, const struct session *session)
{
	static const char *const nulls[] = {"address", "phone", NULL};
	const struct customer *customer =
		store_find(w->box->store, &customer_kind, session->customer);
	const char *email = customer ? customer->email : session->customer_email;

	json_key(&w->out, "customer_details");
	if (!email && strcmp(session->status, "complete") != 0) {
		json_put_null(&w->out);
		return;
	}
	json_open(&w->out, '{');
	json_pair_text(&w->out, "email", email);
	json_pair_text(&w->out, "name", customer ? customer->name : NULL);
	json_pair_text(&w->out, "tax_exempt", "none");
	json_key(&w->out, "tax_ids");
	json_open(&w->out, '[');
	json_close(&w->out, ']');
	stripe_put_nulls(&w->out, nulls);
	json_close(&w->out, '}');
}

static void
put_totals(struct work *w, const struct session *session)
{
	int64_t amount = session->amount + stripe_distortion(w);

	json_pair_int(&w->out, "amount_subtotal", amount);
	json_pair_int(&w->out, "amount_total", amount);
	json_key(&w->out, "total_details");
	json_open(&w->out, '{');
	json_pair_int(&w->out, "amount_discount", 0);
	json_pair_int(&w->out, "amount_shipping", 0);
	json_pair_int(&w->out, "amount_tax", 0);
	json_close(&w->out, '}');
}

static void
put_custom_text(struct json_out *out)
{
	static const char *const nulls[] = {"after_submit", "shipping_address",
					    "submit", "terms_of_service_acceptance",
					    NULL};

	json_key(out, "custom_text");
	json_open(out, '{');
	stripe_put_nulls(out, nulls);
	json_close(out, '}');
}

static void
put_fixed(struct json_out *out)
{
	static const char *const nulls[] = {"after_expiration",
					    "allow_promotion_codes",
					    "allowed_payment_method_types",
					    "collected_information",
					    "customer_account",
					    "integration_identifier",
					    "managed_payments",
					    "origin_context",
					    "permissions",
					    "wallet_options",
					    "billing_address_collection",
					    "client_secret",
					    "consent",
					    "consent_collection",
					    "currency_conversion",
					    "invoice",
					    "payment_link",
					    "payment_method_configuration_details",
					    "recovered_from",
					    "saved_payment_method_options",
					    "setup_intent",
					    "shipping_address_collection",
					    "shipping_cost",
					    "subscription",
					    NULL};
	static const char *const lists[] = {"custom_fields", "discounts",
					    "shipping_options"};

	stripe_put_nulls(out, nulls);
	for (size_t i = 0; i < 3; i++) {
		json_key(out, lists[i]);
		json_open(out, '[');
		json_close(out, ']');
	}
	json_key(out, "payment_method_types");
	json_open(out, '[');
	json_put_text(out, "card");
	json_close(out, ']');
	put_custom_text(out);
	put_switch(out, "adaptive_pricing", false);
	put_switch(out, "automatic_tax", false);
	put_switch(out, "invoice_creation", false);
	put_switch(out, "phone_number_collection", false);
	json_pair_bool(out, "livemode", false);
	json_pair_text(out, "mode", "payment");
	json_pair_text(out, "payment_method_collection", "if_required");
	json_pair_text(out, "ui_mode", "hosted_page");
}

void
stripe_put_session(struct work *w, const void *object)
{
	const struct session *session = object;
	struct json_out *out = &w->out;
	bool open = strcmp(session->status, "open") == 0;

	json_open(out, '{');
	json_pair_text(out, "id", session->record.id);
	json_pair_text(out, "object", "checkout.session");
	put_totals(w, session);
	json_pair_text(out, "cancel_url", session->cancel_url);
	json_pair_text(out, "client_reference_id", session->client_reference_id);
	json_pair_int(out, "created", session->created);
	json_pair_text(out, "currency", session->currency);
	stripe_put_reference(w, "customer", &customer_kind, session->customer);
	json_pair_text(out, "customer_creation",
		       session->customer ? NULL : "if_required");
	put_customer_details(w, session);
	json_pair_text(out, "customer_email", session->customer_email);
	json_pair_int(out, "expires_at", session->expires_at);
	json_pair_text(out, "locale", session->locale);
	stripe_put_metadata(out, "metadata", &session->metadata);
	stripe_put_reference(w, "payment_intent", &intent_kind, session->intent);
	json_pair_text(out, "payment_status", session->payment_status);
	json_pair_text(out, "status", session->status);
	json_pair_text(out, "submit_type", session->submit_type);
	json_pair_text(out, "success_url", session->success_url);
	json_pair_text(out, "url", open ? stripe_session_url(w, session) : NULL);
	put_fixed(out);
	json_close(out, '}');
}
