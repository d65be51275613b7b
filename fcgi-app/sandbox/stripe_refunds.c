/* stripe_refunds.c - refunds: whole or in part, at once, pending, or failing later. */
#include <string.h>

#include "base/arena.h"
#include "sandbox/stripe.h"

static const struct store_field refund_fields[] = {
	STORE_FIELD(struct refund, created, INT),
	STORE_FIELD(struct refund, amount, INT),
	STORE_FIELD(struct refund, intent, TEXT),
	STORE_FIELD(struct refund, charge, TEXT),
	STORE_FIELD(struct refund, currency, TEXT),
	STORE_FIELD(struct refund, status, TEXT),
	STORE_FIELD(struct refund, reason, TEXT),
	STORE_FIELD(struct refund, failure_reason, TEXT),
	STORE_FIELD(struct refund, metadata, PAIRS),
	STORE_END,
};
const struct store_kind refund_kind = {"refund", sizeof(struct refund), refund_fields,
				       false};

void
stripe_put_refund(struct work *w, const void *object)
{
	static const char *const nulls[] = {
		"balance_transaction", "customer",
		"customer_account",    "payment_method",
		"receipt_number",      "source_transfer_reversal",
		"transfer_reversal",   NULL};
	const struct refund *refund = object;
	struct json_out *out = &w->out;

	json_open(out, '{');
	json_pair_text(out, "id", refund->record.id);
	json_pair_text(out, "object", "refund");
	json_pair_int(out, "amount", refund->amount + stripe_distortion(w));
	stripe_put_reference(w, "charge", &charge_kind, refund->charge);
	json_pair_int(out, "created", refund->created);
	json_pair_text(out, "currency", refund->currency);
	json_key(out, "destination_details");
	json_open(out, '{');
	json_pair_text(out, "type", "card");
	json_close(out, '}');
	if (refund->failure_reason)
		json_pair_text(out, "failure_reason", refund->failure_reason);
	stripe_put_metadata(out, "metadata", &refund->metadata);
	stripe_put_reference(w, "payment_intent", &intent_kind, refund->intent);
	json_pair_text(out, "reason", refund->reason);
	json_pair_text(out, "status", refund->status);
	stripe_put_nulls(out, nulls);
	json_close(out, '}');
}

/* The payment that the parameters name, or NULL with the error answered. */
static struct intent *
find_payment(struct work *w)
{
	const char *id = form_get(&w->form, "payment_intent");
	const char *charge_id = form_get(&w->form, "charge");
	const struct charge *charge;
	struct intent *intent;

	if (!id && !charge_id) {
		stripe_refuse(w, "parameter_missing", "charge",
			      "One of the following params should be provided for this "
			      "request: payment_intent or charge.");
		return NULL;
	}
	charge = store_find(w->box->store, &charge_kind, charge_id);
	if (charge_id && !charge) {
		stripe_refuse_missing(w, "charge", "charge", charge_id);
		return NULL;
	}
	id = id ? id : charge->intent;
	intent = store_find(w->box->store, &intent_kind, id);
	if (!intent)
		stripe_refuse_missing(w, "payment_intent", "payment_intent", id);
	return intent;
}

static bool
can_refund(struct work *w, const struct intent *intent, int64_t *amount)
{
	int64_t left = intent->received - intent->refunded;

	if (strcmp(intent->status, "succeeded") != 0) {
		stripe_refuse_state(
			w, "payment_intent_unexpected_state",
			"This PaymentIntent does not have a successful charge "
			"to refund.",
			intent);
		return false;
	}
	if (left == 0) {
		stripe_refuse(w, "charge_already_refunded", NULL,
			      arena_printf(w->mem,
					   "Charge %s has already been refunded.",
					   intent->charge));
		return false;
	}
	if (stripe_dispute_has_money(w, intent)) {
		stripe_refuse(w, "charge_disputed", NULL,
			      arena_printf(w->mem,
					   "Charge %s has been charged back; cannot "
					   "issue a refund.",
					   intent->charge));
		return false;
	}
	*amount = left;
	if (!stripe_int(w, "amount", 1, INT64_MAX, amount))
		return false;
	if (*amount <= left)
		return true;
	stripe_refuse(
		w, NULL, "amount",
		arena_printf(w->mem,
			     "Refund amount (%lld) is greater than unrefunded amount "
			     "on charge (%lld)",
			     (long long)*amount, (long long)left));
	return false;
}

/* What is wrong with this refund later: "fail", "settle", or NULL. */
static const char *
trouble(struct work *w, const struct intent *intent)
{
	const struct method *method =
		store_find(w->box->store, &method_kind, intent->method);
	const char *token = method ? method->token : "";

	if (strcmp(token, "pm_card_refundFail") == 0 ||
	    (intent->amount % 10000 == 9107 &&
	     faults_first(w->box, w->mem, 9107, intent->record.id)))
		return "refund_fail";
	return strcmp(token, "pm_card_pendingRefund") == 0 ? "refund_settle" : NULL;
}

static void
move_amounts(struct work *w, const struct refund *refund, int64_t amount)
{
	struct intent *intent = store_find(w->box->store, &intent_kind, refund->intent);
	struct charge *charge = store_find(w->box->store, &charge_kind, refund->charge);

	intent->refunded += amount;
	charge->refunded += amount;
	store_save(w->box->store, intent);
	store_save(w->box->store, charge);
}

static void
tell(struct work *w, const char *type, const struct refund *refund)
{
	stripe_emit(w, type, NULL, refund->amount, stripe_put_refund, refund);
}

void
stripe_refunds_create(struct work *w)
{
	struct intent *intent = find_payment(w);
	struct refund given = {.status = "succeeded"};
	struct refund *refund;
	const char *later;

	if (!intent ||
	    !stripe_word(w, "reason", "duplicate|fraudulent|requested_by_customer",
			 &given.reason) ||
	    !stripe_metadata(w, "metadata", &given.metadata) ||
	    !can_refund(w, intent, &given.amount) ||
	    !stripe_begin(w, given.amount, intent->record.id))
		return;
	later = trouble(w, intent);
	refund = store_new(w->box->store, &refund_kind, sandbox_id(w->mem, "re_3", 23));
	given.record = refund->record;
	given.created = sandbox_now_s(w->box);
	given.intent = intent->record.id;
	given.charge = intent->charge;
	given.currency = intent->currency;
	if (later && strcmp(later, "refund_settle") == 0)
		given.status = "pending";
	*refund = given;
	store_save(w->box->store, refund);
	move_amounts(w, refund, refund->amount);
	if (later)
		due_add(w->box, &stripe_gateway,
			sandbox_now_us(w->box) + w->box->settings.late_delay_ms * 1000,
			later, refund->record.id);
	tell(w, "refund.created", refund);
	stripe_emit(w, "charge.refunded", intent->version, refund->amount,
		    stripe_put_charge,
		    store_find(w->box->store, &charge_kind, refund->charge));
	stripe_put_refund(w, refund);
	stripe_answer(w, 200);
}

void
stripe_refund_settle(struct work *w, const char *id, bool well)
{
	struct refund *refund = store_find(w->box->store, &refund_kind, id);

	refund->status = well ? "succeeded" : "failed";
	if (!well) {
		refund->failure_reason = "expired_or_canceled_card";
		move_amounts(w, refund, -refund->amount);
	}
	store_save(w->box->store, refund);
	tell(w, "refund.updated", refund);
	if (!well)
		tell(w, "refund.failed", refund);
}

void
stripe_refunds_get(struct work *w)
{
	const struct refund *refund = store_find(w->box->store, &refund_kind, w->id);

	if (!refund) {
		stripe_refuse_missing(w, "refund", "refund", w->id);
		return;
	}
	stripe_put_refund(w, refund);
	stripe_answer(w, 200);
}

static bool
is_listed(struct work *w, const void *object)
{
	const struct refund *refund = object;
	const char *intent = form_get(&w->form, "payment_intent");
	const char *charge = form_get(&w->form, "charge");

	return (!intent || strcmp(intent, refund->intent) == 0) &&
	       (!charge || strcmp(charge, refund->charge) == 0) &&
	       stripe_created_fits(w, refund->created);
}

void
stripe_refunds_list(struct work *w)
{
	stripe_answer_list(w, &refund_kind, is_listed);
}
