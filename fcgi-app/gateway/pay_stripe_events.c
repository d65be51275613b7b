/* pay_stripe_events.c - webhook bodies in the words common to all gateways (gateways.md
 * section 7). What is new to us is ignored, never refused. */
#include "gateway/pay_stripe_private.h"

#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/text.h"

/* What an event of this type carries, and what it means. */
static const struct {
	const char *type;
	enum pay_event_kind kind;
	const char *object, *amount; /* kind of data.object, its member that counts */
} event_types[] = {
	{"payment_intent.succeeded", PAY_EVENT_PAYMENT_SUCCEEDED, "payment_intent",
	 "amount_received"},
	{"payment_intent.amount_capturable_updated", PAY_EVENT_PAYMENT_AUTHORIZED,
	 "payment_intent", "amount_capturable"},
	{"payment_intent.processing", PAY_EVENT_PAYMENT_PROCESSING, "payment_intent",
	 "amount"},
	{"payment_intent.requires_action", PAY_EVENT_NEEDS_ACTION, "payment_intent",
	 "amount"},
	{"payment_intent.payment_failed", PAY_EVENT_PAYMENT_FAILED, "payment_intent",
	 "amount"},
	{"payment_intent.canceled", PAY_EVENT_PAYMENT_CANCELED, "payment_intent",
	 "amount"},
	{"charge.expired", PAY_EVENT_PAYMENT_CANCELED, "charge", "amount"},
	{"checkout.session.completed", PAY_EVENT_SESSION_COMPLETED, "checkout.session",
	 "amount_total"},
	{"checkout.session.async_payment_succeeded", PAY_EVENT_SESSION_COMPLETED,
	 "checkout.session", "amount_total"},
	{"checkout.session.async_payment_failed", PAY_EVENT_PAYMENT_FAILED,
	 "checkout.session", "amount_total"},
	{"checkout.session.expired", PAY_EVENT_SESSION_EXPIRED, "checkout.session",
	 "amount_total"},
	{"refund.created", PAY_EVENT_REFUND_PENDING, "refund", "amount"},
	{"refund.updated", PAY_EVENT_REFUND_PENDING, "refund", "amount"},
	{"refund.failed", PAY_EVENT_REFUND_FAILED, "refund", "amount"},
	{"charge.dispute.created", PAY_EVENT_DISPUTE_OPENED, "dispute", "amount"},
	{"charge.dispute.updated", PAY_EVENT_DISPUTE_UPDATED, "dispute", "amount"},
	{"charge.dispute.funds_withdrawn", PAY_EVENT_DISPUTE_UPDATED, "dispute",
	 "amount"},
	{"charge.dispute.funds_reinstated", PAY_EVENT_DISPUTE_UPDATED, "dispute",
	 "amount"},
	{"charge.dispute.closed", PAY_EVENT_DISPUTE_CLOSED, "dispute", "amount"},
};

enum { EVENT_TYPES = sizeof event_types / sizeof *event_types, ASKED_MOST = 20 };

_Static_assert(EVENT_TYPES <= (int)ASKED_MOST, "one list is asked for all of them");

const char *
pay_stripe_event_type(size_t i)
{
	return i < EVENT_TYPES ? event_types[i].type : NULL;
}

static void
read_intent(const struct json *intent, struct pay_event *event)
{
	const struct json *error = json_member(intent, "last_payment_error");

	event->payment_id = json_text_at(intent, "id");
	event->paid = event->kind == PAY_EVENT_PAYMENT_SUCCEEDED;
	if (event->kind == PAY_EVENT_PAYMENT_FAILED)
		event->shopper_code =
			pay_stripe_shopper_code(json_text_at(error, "decline_code"),
						json_text_at(error, "code"));
	else if (event->kind == PAY_EVENT_NEEDS_ACTION)
		event->shopper_code = "authentication_needed";
}

static void
read_session(const struct json *session, struct pay_event *event)
{
	const char *paid = json_text_at(session, "payment_status");

	event->session_id = json_text_at(session, "id");
	event->payment_id = pay_stripe_id(session, "payment_intent");
	event->paid =
		event->kind == PAY_EVENT_SESSION_COMPLETED &&
		(text_equal(paid, "paid") || text_equal(paid, "no_payment_required"));
	if (event->kind == PAY_EVENT_PAYMENT_FAILED)
		event->shopper_code = "bank_declined";
	if (event->order_ref == NULL)
		event->order_ref = json_text_at(session, "client_reference_id");
}

static void
read_charge(const struct json *charge, struct pay_event *event)
{
	event->payment_id = pay_stripe_id(charge, "payment_intent");
}

static void
read_refund(const struct json *refund, struct pay_event *event)
{
	event->refund_id = json_text_at(refund, "id");
	event->payment_id = pay_stripe_id(refund, "payment_intent");
	event->refund_ref = json_text_at(json_member(refund, "metadata"), "refund_ref");
	if (text_equal(event->status, "failed") ||
	    text_equal(event->status, "canceled"))
		event->kind = PAY_EVENT_REFUND_FAILED;
	else if (text_equal(event->status, "succeeded") &&
		 event->kind != PAY_EVENT_REFUND_FAILED)
		event->kind = PAY_EVENT_REFUND_SUCCEEDED;
}

static void
read_dispute(const struct json *dispute, struct pay_event *event)
{
	int64_t due;

	event->dispute_id = json_text_at(dispute, "id");
	event->payment_id = pay_stripe_id(dispute, "payment_intent");
	/* An inquiry that ends without a dispute leaves the money with us, too. */
	event->paid = event->kind == PAY_EVENT_DISPUTE_CLOSED &&
		      (text_equal(event->status, "won") ||
		       text_equal(event->status, "warning_closed") ||
		       text_equal(event->status, "prevented"));
	if (json_int_at(dispute, "evidence_details.due_by", &due) && due > 0 &&
	    due < INT64_C(100000000000))
		event->respond_by.us = SECONDS(due);
}

static void
read_object(const struct json *object, const char *amount, struct pay_event *event)
{
	static const struct {
		const char *object;
		void (*read)(const struct json *, struct pay_event *);
	} readers[] = {
		{"payment_intent", read_intent}, {"checkout.session", read_session},
		{"charge", read_charge},         {"refund", read_refund},
		{"dispute", read_dispute},
	};
	const struct json *metadata = json_member(object, "metadata");

	event->status = json_text_at(object, "status");
	event->order_ref = json_text_at(metadata, "order_ref");
	event->attempt_ref = json_text_at(metadata, "attempt_ref");
	event->has_amount = pay_stripe_amount_read(object, amount, &event->amount);
	for (size_t i = 0; i < sizeof readers / sizeof *readers; i++)
		if (text_equal(json_text_at(object, "object"), readers[i].object))
			readers[i].read(object, event);
}

/* The kind stays IGNORE when the object is not what its type promises. */
static void
read_type(const struct json *object, struct pay_event *event)
{
	for (size_t i = 0; i < sizeof event_types / sizeof *event_types; i++) {
		if (strcmp(event_types[i].type, event->type) != 0)
			continue;
		if (!text_equal(json_text_at(object, "object"),
				event_types[i].object) ||
		    json_text_at(object, "id") == NULL)
			return;
		event->kind = event_types[i].kind;
		read_object(object, event_types[i].amount, event);
		return;
	}
}

bool
pay_stripe_read_event(struct arena *mem, const void *body, size_t len,
		      struct pay_event *event)
{
	const struct json *j;
	int64_t created;

	*event = (struct pay_event){.kind = PAY_EVENT_IGNORE};
	if (json_parse(mem, body, len, &j) != NULL ||
	    !text_equal(json_text_at(j, "object"), "event"))
		return false;
	event->id = json_text_at(j, "id");
	event->type = json_text_at(j, "type");
	if (text_is_empty(event->id) || strlen(event->id) > 255 ||
	    event->type == NULL || !json_bool(json_member(j, "livemode"), &event->live))
		return false;
	if (json_int(json_member(j, "created"), &created) && created > 0 &&
	    created < INT64_C(100000000000))
		event->created.us = SECONDS(created);
	read_type(json_path(j, "data.object"), event);
	return true;
}
