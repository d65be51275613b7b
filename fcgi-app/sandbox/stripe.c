/* stripe.c - the emulated Stripe: its routes and parameters, its ledger, its clockwork.
 */
#include <string.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/text.h"
#include "sandbox/stripe.h"

/* Parameters by route: [#] a number, [*] any name, [**] whatever may follow. */
static const char *const no_params[] = {"expand[#]", NULL};

static const char *const list_params[] = {"expand[#]",
					  "limit",
					  "starting_after",
					  "ending_before",
					  "payment_intent",
					  "charge",
					  "customer",
					  "status",
					  "type",
					  "types[#]",
					  "created",
					  "created[*]",
					  NULL};

#define INTENT_PARAMS                                                                  \
	"amount", "currency", "customer", "description", "expand[#]", "metadata",      \
		"metadata[*]", "payment_method", "receipt_email",                      \
		"setup_future_usage", "shipping[address][*]", "shipping[*]",           \
		"statement_descriptor", "statement_descriptor_suffix",                 \
		"capture_method", "payment_method_options[**]"

static const char *const intent_create_params[] = {
	INTENT_PARAMS,
	"automatic_payment_methods[enabled]",
	"automatic_payment_methods[allow_redirects]",
	"allowed_payment_method_types[#]",
	"confirm",
	"confirmation_method",
	"error_on_requires_action",
	"off_session",
	"return_url",
	"use_stripe_sdk",
	NULL};

static const char *const intent_update_params[] = {INTENT_PARAMS, NULL};

static const char *const intent_confirm_params[] = {
	"payment_method", "return_url",
	"off_session",    "error_on_requires_action",
	"use_stripe_sdk", "setup_future_usage",
	"receipt_email",  "capture_method",
	"expand[#]",      NULL};

static const char *const intent_capture_params[] = {
	"amount_to_capture",           "final_capture", "metadata[*]",
	"statement_descriptor_suffix", "expand[#]",     NULL};

static const char *const intent_cancel_params[] = {"cancellation_reason", "expand[#]",
						   NULL};

static const char *const intent_get_params[] = {"client_secret", "expand[#]", NULL};

static const char *const refund_create_params[] = {
	"amount",   "charge",      "payment_intent", "reason",
	"metadata", "metadata[*]", "expand[#]",      NULL};

static const char *const session_create_params[] = {
	"mode",
	"success_url",
	"cancel_url",
	"client_reference_id",
	"customer",
	"customer_email",
	"customer_creation",
	"expires_at",
	"expand[#]",
	"locale",
	"submit_type",
	"ui_mode",
	"allowed_payment_method_types[#]",
	"metadata",
	"metadata[*]",
	"line_items[#][quantity]",
	"line_items[#][price_data][currency]",
	"line_items[#][price_data][unit_amount]",
	"line_items[#][price_data][tax_behavior]",
	"line_items[#][price_data][product_data][name]",
	"line_items[#][price_data][product_data][description]",
	"line_items[#][price_data][product_data][tax_code]",
	"line_items[#][price_data][product_data][images][#]",
	"line_items[#][price_data][product_data][metadata][*]",
	"payment_intent_data[capture_method]",
	"payment_intent_data[description]",
	"payment_intent_data[metadata]",
	"payment_intent_data[metadata][*]",
	"payment_intent_data[receipt_email]",
	"payment_intent_data[setup_future_usage]",
	"payment_intent_data[shipping][**]",
	"payment_intent_data[statement_descriptor]",
	"payment_intent_data[statement_descriptor_suffix]",
	"payment_method_options[**]",
	"saved_payment_method_options[**]",
	NULL};

static const char *const customer_create_params[] = {
	"email",       "name",       "phone",        "description", "metadata",
	"metadata[*]", "address[*]", "shipping[**]", "expand[#]",   NULL};

static const char *const customer_method_params[] = {
	"type",      "limit", "starting_after", "ending_before", "allow_redisplay",
	"expand[#]", NULL};

/* {id} stands for one part of the path. */
static const struct route {
	const char *method, *path;
	const char *const *params;
	void (*run)(struct work *);
} routes[] = {
	{"POST", "/v1/checkout/sessions", session_create_params,
	 stripe_sessions_create},
	{"GET", "/v1/checkout/sessions", list_params, stripe_sessions_list},
	{"GET", "/v1/checkout/sessions/{id}", no_params, stripe_sessions_get},
	{"POST", "/v1/checkout/sessions/{id}/expire", no_params,
	 stripe_sessions_expire},
	{"POST", "/v1/payment_intents", intent_create_params, stripe_intents_create},
	{"GET", "/v1/payment_intents", list_params, stripe_intents_list},
	{"GET", "/v1/payment_intents/{id}", intent_get_params, stripe_intents_get},
	{"POST", "/v1/payment_intents/{id}", intent_update_params,
	 stripe_intents_update},
	{"POST", "/v1/payment_intents/{id}/confirm", intent_confirm_params,
	 stripe_intents_confirm},
	{"POST", "/v1/payment_intents/{id}/capture", intent_capture_params,
	 stripe_intents_capture},
	{"POST", "/v1/payment_intents/{id}/cancel", intent_cancel_params,
	 stripe_intents_cancel},
	{"GET", "/v1/charges/{id}", no_params, stripe_charges_get},
	{"POST", "/v1/refunds", refund_create_params, stripe_refunds_create},
	{"GET", "/v1/refunds", list_params, stripe_refunds_list},
	{"GET", "/v1/refunds/{id}", no_params, stripe_refunds_get},
	{"POST", "/v1/customers", customer_create_params, stripe_customers_create},
	{"GET", "/v1/customers/{id}", no_params, stripe_customers_get},
	{"GET", "/v1/customers/{id}/payment_methods", customer_method_params,
	 stripe_customer_methods},
	{"GET", "/v1/payment_methods/{id}", no_params, stripe_methods_get},
	{"POST", "/v1/payment_methods/{id}/detach", no_params, stripe_methods_detach},
	{"GET", "/v1/events", list_params, stripe_events_list},
	{"GET", "/v1/events/{id}", no_params, stripe_events_get},
	{"GET", "/v1/disputes", list_params, stripe_disputes_list},
	{"GET", "/v1/disputes/{id}", no_params, stripe_disputes_get},
};

static bool
path_fits(struct work *w, const char *pattern)
{
	size_t before = strcspn(pattern, "{");
	const char *after = pattern[before] ? pattern + before + 4 : "";
	const char *path = w->path;
	size_t part;

	if (strncmp(path, pattern, before) != 0)
		return false;
	if (!pattern[before])
		return path[before] == '\0';
	part = strcspn(path + before, "/");
	if (part == 0 || strcmp(path + before + part, after) != 0)
		return false;
	w->id = arena_copy(w->mem, path + before, part);
	return true;
}

static const struct route *
find_route(struct work *w)
{
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++)
		if (strcmp(routes[i].method, w->rq->method) == 0 &&
		    path_fits(w, routes[i].path))
			return &routes[i];
	stripe_refuse_with(w, 404, "invalid_request_error", NULL, NULL,
			   arena_printf(w->mem, "Unrecognized request URL (%s: %s).",
					w->rq->method, w->path));
	return NULL;
}

/* Bearer, or Basic with the key as user name, as the real service takes both. */
static bool
is_authorised(struct work *w)
{
	const char *sent = http_header_of(w->rq, "authorization");

	if (sent && (digest_same_text(sent, "Bearer " STRIPE_KEY) ||
		     digest_same_text(sent, "Basic c2tfdGVzdF9zYW5kYm94Og==")))
		return true;
	stripe_refuse_with(w, 401, "invalid_request_error", NULL, NULL,
			   sent ? "Invalid API Key provided: sk_test_***"
				: "You did not provide an API key.");
	return false;
}

/* "2026-10-28" with an optional ".name". */
static bool
read_version(struct work *w)
{
	const char *sent = http_header_of(w->rq, "stripe-version");
	static const char shape[] = "0000-00-00";

	if (!sent)
		return true;
	w->version = sent;
	for (size_t i = 0; i < sizeof(shape) - 1; i++)
		if (shape[i] == '0' ? sent[i] < '0' || sent[i] > '9'
				    : sent[i] != shape[i]) {
			stripe_refuse(w, NULL, NULL, "Invalid Stripe API version.");
			return false;
		}
	if (strlen(sent) <= 40 && (!sent[10] || sent[10] == '.'))
		return true;
	stripe_refuse(w, NULL, NULL, "Invalid Stripe API version.");
	return false;
}

static bool
read_form(struct work *w)
{
	bool post = strcmp(w->rq->method, "POST") == 0;
	const char *type = http_header_of(w->rq, "content-type");
	const char *bytes = post ? w->rq->body : w->rq->query;
	size_t len = post ? w->rq->body_len : strlen(w->rq->query);

	if (post && len && type &&
	    !text_starts(type, "application/x-www-form-urlencoded")) {
		stripe_refuse(
			w, NULL, NULL,
			"Invalid request: send application/x-www-form-urlencoded.");
		return false;
	}
	if (form_parse(w->mem, bytes, len, &w->form))
		return true;
	stripe_refuse(w, NULL, NULL, "Invalid request: the parameters cannot be read.");
	return false;
}

/* Older versions still take payment_method_types. */
static bool
params_are_known(struct work *w, const struct route *route)
{
	const char *name = form_unknown(&w->form, route->params);

	if (!name || (text_starts(name, "payment_method_types[") &&
		      !stripe_version_from(w, "2026-09-30")))
		return true;
	stripe_refuse(w, "parameter_unknown", name,
		      arena_printf(w->mem, "Received unknown parameter: %s", name));
	return false;
}

static void
run(struct work *w, const struct route *route)
{
	bool post = strcmp(w->rq->method, "POST") == 0;

	w->key = post ? http_header_of(w->rq, "idempotency-key") : NULL;
	if (!read_version(w) || !read_form(w) || !stripe_key_begin(w) ||
	    !params_are_known(w, route))
		return;
	w->forced = faults_take_forced(w->box->faults, "stripe", w->rq->method, w->path,
				       w->rq->body);
	if (!post && !stripe_begin(w, -1, w->path))
		return;
	route->run(w);
	/* The work is done and stays done; the answer under the key is the failure. */
	if (w->after == 9004) {
		stripe_refuse_with(w, 500, "api_error", NULL, NULL,
				   "Sorry! There was an error on our side.");
		http_reply_header(w->re, "Stripe-Should-Retry", "false");
	}
	stripe_strike_after(w);
	if (post)
		stripe_key_store(w);
	stripe_finish(w);
}

static void
handle(struct sandbox *box, const struct http_request *rq, const char *path,
       struct http_reply *re)
{
	struct work w = stripe_work(box, rq->mem);
	const struct route *route;

	w.rq = rq;
	w.re = re;
	w.path = path;
	w.text = buf_new(rq->mem, 16 << 20);
	w.out = json_out(&w.text);
	if (stripe_pages_handle(&w))
		return;
	w.request_id = sandbox_id(rq->mem, "req_", 14);
	if (is_authorised(&w) && (route = find_route(&w)))
		run(&w, route);
	http_reply_header(re, "Request-Id", w.request_id);
	http_reply_header(re, "Stripe-Version", w.version);
	http_reply_header(re, "Cache-Control", "no-cache, no-store");
	sandbox_note_call(box, "stripe", rq, path, w.key, re->status);
}

static void
lapse(struct work *w, struct intent *intent)
{
	if (strcmp(intent->status, "requires_capture") != 0)
		return;
	stripe_cancel(w, intent, "automatic");
	stripe_emit(w, "charge.expired", intent->version, intent->amount,
		    stripe_put_charge,
		    store_find(w->box->store, &charge_kind, intent->charge));
}

static void
due(struct sandbox *box, struct arena *mem, const char *action, const char *object)
{
	struct work w = stripe_work(box, mem);
	struct intent *intent = store_find(box->store, &intent_kind, object);
	struct session *session = store_find(box->store, &session_kind, object);

	if (strcmp(action, "session_end") == 0 && strcmp(session->status, "open") == 0)
		stripe_session_expire(&w, session);
	else if (strcmp(action, "settle") == 0 &&
		 strcmp(intent->status, "processing") == 0)
		stripe_try(&w, intent, (struct verdict){TRIAL_APPROVED, {0}});
	else if (strcmp(action, "lapse") == 0)
		lapse(&w, intent);
	else if (strcmp(action, "dispute") == 0)
		stripe_dispute_open(&w, intent);
	else if (strcmp(action, "refund_fail") == 0)
		stripe_refund_settle(&w, object, false);
	else if (strcmp(action, "refund_settle") == 0)
		stripe_refund_settle(&w, object, true);
	stripe_finish(&w);
}

static const char *
status_word(const struct intent *intent)
{
	if (strcmp(intent->status, "succeeded") == 0)
		return intent->refunded == intent->received ? "refunded" : "captured";
	if (strcmp(intent->status, "requires_capture") == 0)
		return "authorised";
	if (strcmp(intent->status, "processing") == 0)
		return "pending";
	if (strcmp(intent->status, "canceled") == 0)
		return "canceled";
	return intent->error_code ? "failed" : "open";
}

static void
ledger(struct sandbox *box, struct arena *mem,
       void (*row)(void *, const struct ledger_row *), void *arg)
{
	for (size_t i = 0; i < store_count(box->store, &intent_kind); i++) {
		const struct intent *intent = store_at(box->store, &intent_kind, i);
		const struct session *session =
			store_find(box->store, &session_kind, intent->session);
		const struct charge *charge =
			store_find(box->store, &charge_kind, intent->charge);
		const struct pairs *metadata = &intent->metadata;
		bool held = charge && strcmp(charge->status, "succeeded") == 0;

		if (!stripe_named(metadata, "order_ref") && session)
			metadata = &session->metadata;
		row(arg, &(struct ledger_row){
				 .gateway = "stripe",
				 .ref = stripe_named(metadata, "order_ref"),
				 .attempt_ref = stripe_named(metadata, "attempt_ref"),
				 .authorised = held ? charge->amount : 0,
				 .captured = intent->received,
				 .refunded = intent->refunded,
				 .currency = text_upper(mem, intent->currency),
				 .status = status_word(intent)});
	}
}

const struct gateway stripe_gateway = {
	.name = "stripe",
	.first_secret = "whsec_sandbox",
	.handle = handle,
	.due = due,
	.ledger = ledger,
	.press = stripe_press,
	.dispute = stripe_dispute,
	.sign = stripe_sign,
};
