/* stripe_intent_view.c - a PaymentIntent as JSON. */
#include <string.h>

#include "base/arena.h"
#include "sandbox/stripe.h"

static void
put_amounts(struct work *w, const struct intent *intent)
{
	int64_t more = stripe_distortion(w);
	bool taken = intent->received > 0;

	json_pair_int(&w->out, "amount", intent->amount + more);
	json_pair_int(&w->out, "amount_capturable",
		      intent->capturable ? intent->capturable + more : 0);
	json_pair_int(&w->out, "amount_received", taken ? intent->received + more : 0);
	json_key(&w->out, "amount_details");
	json_open(&w->out, '{');
	json_key(&w->out, "tip");
	json_open(&w->out, '{');
	json_close(&w->out, '}');
	json_close(&w->out, '}');
}

static void
put_last_error(struct work *w, const struct intent *intent)
{
	json_key(&w->out, "last_payment_error");
	if (!intent->error_code) {
		json_put_null(&w->out);
		return;
	}
	json_open(&w->out, '{');
	if (intent->error_charge)
		json_pair_text(&w->out, "charge", intent->error_charge);
	json_pair_text(&w->out, "code", intent->error_code);
	if (intent->error_decline_code)
		json_pair_text(&w->out, "decline_code", intent->error_decline_code);
	json_pair_text(&w->out, "doc_url",
		       arena_printf(w->mem, "https://stripe.com/docs/error-codes/%s",
				    intent->error_code));
	json_pair_text(&w->out, "message", intent->error_message);
	json_pair_text(&w->out, "type",
		       strncmp(intent->error_code, "payment_intent_", 15) == 0
			       ? "invalid_request_error"
			       : "card_error");
	json_close(&w->out, '}');
}

const char *
stripe_3ds_url(const struct work *w, const struct intent *intent)
{
	return arena_printf(w->mem, "http://127.0.0.1:%d/stripe/3ds/%s",
			    http_port(w->box->server), intent->record.id);
}

static void
put_next_action(struct work *w, const struct intent *intent)
{
	json_key(&w->out, "next_action");
	if (strcmp(intent->status, "requires_action") != 0) {
		json_put_null(&w->out);
		return;
	}
	json_open(&w->out, '{');
	json_key(&w->out, "redirect_to_url");
	json_open(&w->out, '{');
	json_pair_text(&w->out, "return_url", intent->return_url);
	json_pair_text(&w->out, "url", stripe_3ds_url(w, intent));
	json_close(&w->out, '}');
	json_pair_text(&w->out, "type", "redirect_to_url");
	json_close(&w->out, '}');
}

static void
put_method_settings(struct work *w, const struct intent *intent)
{
	json_key(&w->out, "automatic_payment_methods");
	json_open(&w->out, '{');
	json_pair_text(&w->out, "allow_redirects",
		       intent->no_redirects ? "never" : "always");
	json_pair_bool(&w->out, "enabled", true);
	json_close(&w->out, '}');
	json_key(&w->out, "payment_method_options");
	json_open(&w->out, '{');
	json_close(&w->out, '}');
	json_key(&w->out, "payment_method_types");
	json_open(&w->out, '[');
	json_put_text(&w->out, "card");
	json_close(&w->out, ']');
}

void
stripe_put_intent(struct work *w, const void *object)
{
	static const char *const nulls[] = {"application",
					    "application_fee_amount",
					    "allowed_payment_method_types",
					    "customer_account",
					    "excluded_payment_method_types",
					    "managed_payments",
					    "payment_record",
					    "on_behalf_of",
					    "payment_method_configuration_details",
					    "processing",
					    "review",
					    "source",
					    "transfer_data",
					    "transfer_group",
					    NULL};
	const struct intent *intent = object;
	struct json_out *out = &w->out;

	json_open(out, '{');
	json_pair_text(out, "id", intent->record.id);
	json_pair_text(out, "object", "payment_intent");
	put_amounts(w, intent);
	json_key(out, "canceled_at");
	if (intent->canceled_at)
		json_put_int(out, intent->canceled_at);
	else
		json_put_null(out);
	json_pair_text(out, "cancellation_reason", intent->cancellation_reason);
	json_pair_text(out, "capture_method", intent->capture_method);
	json_pair_text(out, "client_secret", intent->secret);
	json_pair_text(out, "confirmation_method", "automatic");
	json_pair_int(out, "created", intent->created);
	json_pair_text(out, "currency", intent->currency);
	stripe_put_reference(w, "customer", &customer_kind, intent->customer);
	json_pair_text(out, "description", intent->description);
	put_last_error(w, intent);
	stripe_put_reference(w, "latest_charge", &charge_kind, intent->charge);
	json_pair_bool(out, "livemode", false);
	stripe_put_metadata(out, "metadata", &intent->metadata);
	put_next_action(w, intent);
	stripe_put_reference(w, "payment_method", &method_kind, intent->method);
	put_method_settings(w, intent);
	json_pair_text(out, "receipt_email", intent->receipt_email);
	json_pair_text(out, "setup_future_usage", intent->setup_future_usage);
	json_key(out, "shipping");
	json_put_raw(out, intent->shipping ? intent->shipping : "null");
	json_pair_text(out, "statement_descriptor", intent->descriptor);
	json_pair_text(out, "statement_descriptor_suffix", intent->suffix);
	json_pair_text(out, "status", intent->status);
	stripe_put_nulls(out, nulls);
	json_close(out, '}');
}
