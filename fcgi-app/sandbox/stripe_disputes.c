/* stripe_disputes.c - a shopper's bank wants the money back. */
#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "sandbox/stripe.h"

static const struct store_field dispute_fields[] = {
	STORE_FIELD(struct dispute, created, INT),
	STORE_FIELD(struct dispute, amount, INT),
	STORE_FIELD(struct dispute, due_by, INT),
	STORE_FIELD(struct dispute, intent, TEXT),
	STORE_FIELD(struct dispute, charge, TEXT),
	STORE_FIELD(struct dispute, currency, TEXT),
	STORE_FIELD(struct dispute, reason, TEXT),
	STORE_FIELD(struct dispute, status, TEXT),
	STORE_END,
};
const struct store_kind dispute_kind = {"dispute", sizeof(struct dispute),
					dispute_fields, false};

/* So far the bank only asks: it took no money. */
static bool
is_inquiry(const struct dispute *dispute)
{
	return text_starts(dispute->status, "warning_");
}

void
stripe_put_dispute(struct work *w, const void *object)
{
	static const struct pairs none = {0};
	const struct dispute *dispute = object;
	struct json_out *out = &w->out;

	json_open(out, '{');
	json_pair_text(out, "id", dispute->record.id);
	json_pair_text(out, "object", "dispute");
	json_pair_int(out, "amount", dispute->amount + stripe_distortion(w));
	json_key(out, "balance_transactions");
	json_open(out, '[');
	json_close(out, ']');
	stripe_put_reference(w, "charge", &charge_kind, dispute->charge);
	json_pair_int(out, "created", dispute->created);
	json_pair_text(out, "currency", dispute->currency);
	json_key(out, "enhanced_eligibility_types");
	json_open(out, '[');
	json_close(out, ']');
	json_key(out, "evidence");
	json_open(out, '{');
	json_close(out, '}');
	json_key(out, "evidence_details");
	json_open(out, '{');
	json_pair_int(out, "due_by", dispute->due_by);
	json_pair_bool(out, "has_evidence", false);
	json_pair_bool(out, "past_due", false);
	json_pair_int(out, "submission_count", 0);
	json_close(out, '}');
	json_pair_text(out, "intended_submission_method", NULL);
	json_pair_bool(out, "is_charge_refundable", is_inquiry(dispute));
	json_pair_bool(out, "livemode", false);
	stripe_put_metadata(out, "metadata", &none);
	stripe_put_reference(w, "payment_intent", &intent_kind, dispute->intent);
	json_pair_text(out, "reason", dispute->reason);
	json_pair_text(out, "status", dispute->status);
	json_close(out, '}');
}

static struct dispute *
find_dispute(struct work *w, const struct intent *intent)
{
	struct dispute *dispute;
	size_t i = 0;

	while ((dispute = store_older(w->box->store, &dispute_kind, &i)))
		if (strcmp(dispute->intent, intent->record.id) == 0)
			return dispute;
	return NULL;
}

static void
tell(struct work *w, const struct intent *intent, const char *type,
     const struct dispute *dispute)
{
	stripe_emit(w, type, intent->version, intent->amount, stripe_put_dispute,
		    dispute);
}

static bool
open_dispute(struct work *w, struct intent *intent, const char *status)
{
	struct charge *charge = store_find(w->box->store, &charge_kind, intent->charge);
	struct dispute *dispute;

	if (!charge || charge->disputed || !charge->is_captured)
		return false;
	dispute =
		store_new(w->box->store, &dispute_kind, sandbox_id(w->mem, "dp_1", 23));
	dispute->created = sandbox_now_s(w->box);
	dispute->amount = intent->received;
	dispute->due_by = dispute->created + INT64_C(7) * 86400;
	dispute->intent = intent->record.id;
	dispute->charge = charge->record.id;
	dispute->currency = intent->currency;
	dispute->reason = "fraudulent";
	dispute->status = status;
	charge->disputed = true;
	store_save(w->box->store, dispute);
	store_save(w->box->store, charge);
	tell(w, intent, "charge.dispute.created", dispute);
	if (!is_inquiry(dispute))
		tell(w, intent, "charge.dispute.funds_withdrawn", dispute);
	return true;
}

bool
stripe_dispute_open(struct work *w, struct intent *intent)
{
	struct dispute *dispute = find_dispute(w, intent);

	if (!dispute)
		return open_dispute(w, intent, "needs_response");
	if (strcmp(dispute->status, "warning_needs_response") != 0)
		return false;
	dispute->status = "needs_response";
	store_save(w->box->store, dispute);
	tell(w, intent, "charge.dispute.updated", dispute);
	tell(w, intent, "charge.dispute.funds_withdrawn", dispute);
	return true;
}

bool
stripe_dispute_ask(struct work *w, struct intent *intent)
{
	return open_dispute(w, intent, "warning_needs_response");
}

bool
stripe_dispute_close(struct work *w, struct intent *intent, bool won)
{
	struct dispute *dispute = find_dispute(w, intent);
	bool inquiry;

	if (!dispute || !text_ends(dispute->status, "needs_response"))
		return false;
	inquiry = is_inquiry(dispute);
	if (inquiry && !won)
		return false;
	dispute->status = inquiry ? "warning_closed" : won ? "won" : "lost";
	store_save(w->box->store, dispute);
	tell(w, intent, "charge.dispute.closed", dispute);
	if (won && !inquiry)
		tell(w, intent, "charge.dispute.funds_reinstated", dispute);
	return true;
}

bool
stripe_dispute_has_money(struct work *w, const struct intent *intent)
{
	const struct dispute *dispute = find_dispute(w, intent);

	return dispute && !is_inquiry(dispute) && strcmp(dispute->status, "won") != 0;
}

void
stripe_disputes_get(struct work *w)
{
	const struct dispute *dispute = store_find(w->box->store, &dispute_kind, w->id);

	if (!dispute) {
		stripe_refuse_missing(w, "dispute", "dispute", w->id);
		return;
	}
	stripe_put_dispute(w, dispute);
	stripe_answer(w, 200);
}

static bool
is_listed(struct work *w, const void *object)
{
	const struct dispute *dispute = object;
	const char *intent = form_get(&w->form, "payment_intent");
	const char *charge = form_get(&w->form, "charge");

	return (!intent || strcmp(intent, dispute->intent) == 0) &&
	       (!charge || strcmp(charge, dispute->charge) == 0) &&
	       stripe_created_fits(w, dispute->created);
}

void
stripe_disputes_list(struct work *w)
{
	stripe_answer_list(w, &dispute_kind, is_listed);
}
