/* stripe_sessions.c - Checkout sessions: create, get, list, expire, and what follows
 * when the shopper has pressed a button. */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/text.h"
#include "sandbox/stripe.h"

enum { LINES_MAX = 100 };

static const struct store_field session_fields[] = {
	STORE_FIELD(struct session, created, INT),
	STORE_FIELD(struct session, amount, INT),
	STORE_FIELD(struct session, expires_at, INT),
	STORE_FIELD(struct session, currency, TEXT),
	STORE_FIELD(struct session, status, TEXT),
	STORE_FIELD(struct session, payment_status, TEXT),
	STORE_FIELD(struct session, version, TEXT),
	STORE_FIELD(struct session, success_url, TEXT),
	STORE_FIELD(struct session, cancel_url, TEXT),
	STORE_FIELD(struct session, client_reference_id, TEXT),
	STORE_FIELD(struct session, customer, TEXT),
	STORE_FIELD(struct session, customer_email, TEXT),
	STORE_FIELD(struct session, intent, TEXT),
	STORE_FIELD(struct session, capture_method, TEXT),
	STORE_FIELD(struct session, setup_future_usage, TEXT),
	STORE_FIELD(struct session, description, TEXT),
	STORE_FIELD(struct session, suffix, TEXT),
	STORE_FIELD(struct session, receipt_email, TEXT),
	STORE_FIELD(struct session, locale, TEXT),
	STORE_FIELD(struct session, submit_type, TEXT),
	STORE_FIELD(struct session, lines, TEXT),
	STORE_FIELD(struct session, metadata, PAIRS),
	STORE_FIELD(struct session, intent_metadata, PAIRS),
	STORE_END,
};
const struct store_kind session_kind = {"session", sizeof(struct session),
					session_fields, false};

static const char *
line_name(struct work *w, size_t i, const char *rest)
{
	return arena_printf(w->mem, "line_items[%zu]%s", i, rest);
}

static bool
same_currency(struct work *w, struct session *to, const char *name)
{
	const char *currency = NULL;

	if (!stripe_currency(w, name, &currency))
		return false;
	if (!to->currency || strcmp(to->currency, currency) == 0) {
		to->currency = currency;
		return true;
	}
	stripe_refuse(w, NULL, name, "All line items must have the same currency.");
	return false;
}

/* Reads one line, adds it to the total and to the list. */
static bool
read_line(struct work *w, size_t i, struct session *to, struct json_out *lines)
{
	static const int64_t most = INT64_C(999999999999);
	const char *name = line_name(w, i, "[price_data][product_data][name]");
	const char *about = line_name(w, i, "[price_data][product_data][description]");
	const char *unit = line_name(w, i, "[price_data][unit_amount]");
	const char *many = line_name(w, i, "[quantity]");
	const char *currency = line_name(w, i, "[price_data][currency]");
	int64_t amount = 0, quantity = 0;

	if (!stripe_required(w, many) || !stripe_required(w, currency) ||
	    !stripe_required(w, unit) || !stripe_required(w, name) ||
	    !stripe_int(w, many, 1, 1000000, &quantity) ||
	    !stripe_int(w, unit, 0, most, &amount) || !same_currency(w, to, currency))
		return false;
	if (amount > most / quantity || amount * quantity > most - to->amount) {
		stripe_refuse(w, "amount_too_large", unit, "The total is too large.");
		return false;
	}
	to->amount += amount * quantity;
	json_open(lines, '{');
	json_pair_text(lines, "name", form_get(&w->form, name));
	json_pair_text(lines, "description", form_get(&w->form, about));
	json_pair_int(lines, "unit_amount", amount);
	json_pair_int(lines, "quantity", quantity);
	json_close(lines, '}');
	return true;
}

static bool
read_lines(struct work *w, struct session *to)
{
	struct buf text = buf_new(w->mem, 1 << 20);
	struct json_out lines = json_out(&text);
	size_t n = 0;

	json_open(&lines, '[');
	for (; form_has(&w->form, line_name(w, n, "")); n++) {
		if (n == LINES_MAX) {
			stripe_refuse(w, NULL, "line_items", "At most 100 line items.");
			return false;
		}
		if (!read_line(w, n, to, &lines))
			return false;
	}
	json_close(&lines, ']');
	to->lines = store_text(w->box->store, buf_string(&text));
	return n > 0 || stripe_required(w, "line_items[0]");
}

static bool
read_end(struct work *w, struct session *to)
{
	int64_t now = sandbox_now_s(w->box);

	to->expires_at = now + INT64_C(24) * 3600;
	if (!stripe_int(w, "expires_at", 0, INT64_C(99999999999), &to->expires_at))
		return false;
	if (to->expires_at >= now + 1800 && to->expires_at <= now + INT64_C(24) * 3600)
		return true;
	stripe_refuse(
		w, NULL, "expires_at",
		"The `expires_at` timestamp must be at least 30 minutes and at most "
		"24 hours from Checkout Session creation.");
	return false;
}

static bool
read_customer(struct work *w, struct session *to)
{
	if (!stripe_text(w, "customer", 255, &to->customer) ||
	    !stripe_text(w, "customer_email", 800, &to->customer_email))
		return false;
	if (to->customer && to->customer_email) {
		stripe_refuse(w, NULL, "customer_email",
			      "You may only specify one of these parameters: customer, "
			      "customer_email.");
		return false;
	}
	if (to->customer_email && text_ends(to->customer_email, "@refused.example")) {
		stripe_refuse(w, "email_invalid", "customer_email",
			      "Invalid email address.");
		return false;
	}
	if (!to->customer || store_find(w->box->store, &customer_kind, to->customer))
		return true;
	stripe_refuse_missing(w, "customer", "customer", to->customer);
	return false;
}

static bool
read_payment(struct work *w, struct session *to)
{
	return stripe_word(w, "payment_intent_data[capture_method]",
			   "automatic|automatic_async|manual", &to->capture_method) &&
	       stripe_word(w, "payment_intent_data[setup_future_usage]",
			   "on_session|off_session", &to->setup_future_usage) &&
	       stripe_text(w, "payment_intent_data[description]", 1000,
			   &to->description) &&
	       stripe_text(w, "payment_intent_data[receipt_email]", 800,
			   &to->receipt_email) &&
	       stripe_text(w, "payment_intent_data[statement_descriptor_suffix]", 22,
			   &to->suffix) &&
	       stripe_metadata(w, "payment_intent_data[metadata]",
			       &to->intent_metadata);
}

static bool
read_session(struct work *w, struct session *to)
{
	const char *mode;

	return stripe_required(w, "mode") && stripe_word(w, "mode", "payment", &mode) &&
	       stripe_required(w, "success_url") &&
	       stripe_url(w, "success_url", &to->success_url) &&
	       stripe_url(w, "cancel_url", &to->cancel_url) &&
	       stripe_text(w, "client_reference_id", 200, &to->client_reference_id) &&
	       stripe_text(w, "locale", 20, &to->locale) &&
	       stripe_word(w, "submit_type", "auto|book|donate|pay|subscribe",
			   &to->submit_type) &&
	       stripe_metadata(w, "metadata", &to->metadata) && read_payment(w, to) &&
	       read_customer(w, to) && read_end(w, to) && read_lines(w, to) &&
	       (to->amount == 0 ||
		stripe_amount(w, to->amount, to->currency, "line_items"));
}

static void
answer(struct work *w, const struct session *session)
{
	stripe_put_session(w, session);
	stripe_answer(w, 200);
}

void
stripe_sessions_create(struct work *w)
{
	struct session given = {.capture_method = "automatic_async",
				.status = "open",
				.payment_status = "unpaid"};
	struct session *session;

	if (!read_session(w, &given) || !stripe_begin(w, given.amount, "sessions"))
		return;
	session = store_new(w->box->store, &session_kind,
			    sandbox_id(w->mem, "cs_test_a1", 56));
	given.record = session->record;
	given.created = sandbox_now_s(w->box);
	given.version = store_text(w->box->store, w->version);
	if (given.amount == 0)
		given.payment_status = "no_payment_required";
	*session = given;
	store_save(w->box->store, session);
	due_add(w->box, &stripe_gateway, SECONDS(session->expires_at), "session_end",
		session->record.id);
	answer(w, session);
}

static struct session *
find(struct work *w)
{
	struct session *session = store_find(w->box->store, &session_kind, w->id);

	if (!session)
		stripe_refuse_missing(w, "checkout.session", "session", w->id);
	return session;
}

void
stripe_sessions_get(struct work *w)
{
	const struct session *session = find(w);

	if (session)
		answer(w, session);
}

static bool
fits(struct work *w, const char *param, const char *value)
{
	const char *wanted = form_get(&w->form, param);

	return !wanted || (value && strcmp(wanted, value) == 0);
}

static bool
is_listed(struct work *w, const void *object)
{
	const struct session *session = object;

	return fits(w, "payment_intent", session->intent) &&
	       fits(w, "customer", session->customer) &&
	       fits(w, "status", session->status) &&
	       stripe_created_fits(w, session->created);
}

void
stripe_sessions_list(struct work *w)
{
	stripe_answer_list(w, &session_kind, is_listed);
}

static void
tell(struct work *w, const char *type, const struct session *session)
{
	stripe_emit(w, type, session->version, session->amount, stripe_put_session,
		    session);
}

void
stripe_session_expire(struct work *w, struct session *session)
{
	struct intent *intent =
		store_find(w->box->store, &intent_kind, session->intent);

	session->status = "expired";
	store_save(w->box->store, session);
	if (intent && strcmp(intent->status, "canceled") != 0)
		stripe_cancel(w, intent, "expired");
	tell(w, "checkout.session.expired", session);
}

void
stripe_sessions_expire(struct work *w)
{
	struct session *session = find(w);

	if (!session)
		return;
	if (strcmp(session->status, "open") != 0) {
		w->executed = true;
		stripe_refuse(w, NULL, NULL,
			      arena_printf(w->mem,
					   "Only Checkout Sessions with a status in "
					   "[\"open\"] can be expired. This Checkout "
					   "Session has a status of `%s`.",
					   session->status));
		return;
	}
	if (!stripe_begin(w, -1, w->id))
		return;
	stripe_session_expire(w, session);
	answer(w, session);
}

static void
complete(struct work *w, struct session *session)
{
	session->status = "complete";
	store_save(w->box->store, session);
	tell(w, "checkout.session.completed", session);
}

void
stripe_session_follow(struct work *w, const struct intent *intent)
{
	struct session *session =
		store_find(w->box->store, &session_kind, intent->session);
	bool paid = strcmp(intent->status, "succeeded") == 0;
	bool was_open;

	if (!session)
		return;
	was_open = strcmp(session->status, "open") == 0;
	if (paid)
		session->payment_status = "paid";
	store_save(w->box->store, session);
	if (was_open && (paid || strcmp(intent->status, "requires_capture") == 0 ||
			 strcmp(intent->status, "processing") == 0))
		complete(w, session);
	else if (!was_open && strcmp(intent->status, "requires_payment_method") == 0)
		tell(w, "checkout.session.async_payment_failed", session);
	else if (!was_open && paid && strcmp(session->capture_method, "manual") != 0)
		tell(w, "checkout.session.async_payment_succeeded", session);
}

static struct intent *
session_intent(struct work *w, struct session *session)
{
	struct intent *intent =
		store_find(w->box->store, &intent_kind, session->intent);

	if (intent)
		return intent;
	w->version = session->version;
	intent = stripe_new_intent(w, session->amount, session->currency);
	intent->session = session->record.id;
	intent->metadata = session->intent_metadata;
	intent->capture_method = session->capture_method;
	intent->setup_future_usage = session->setup_future_usage;
	intent->customer = session->customer;
	intent->description = session->description;
	intent->receipt_email = session->receipt_email;
	intent->suffix = session->suffix;
	intent->return_url = store_text(w->box->store, stripe_session_url(w, session));
	session->intent = intent->record.id;
	store_save(w->box->store, session);
	return intent;
}

void
stripe_session_pay(struct work *w, struct session *session, struct verdict verdict)
{
	struct intent *intent;
	struct method *method;

	if (session->amount == 0) {
		complete(w, session);
		return;
	}
	intent = session_intent(w, session);
	method = stripe_method(w, "pm_card_visa");
	intent->method = method->record.id;
	if (intent->setup_future_usage && intent->customer) {
		method->customer = intent->customer;
		store_save(w->box->store, method);
	}
	stripe_verdict_of_fault(
		stripe_payment_fault(w, session->amount, session->record.id), &verdict);
	stripe_try(w, intent, verdict);
}
