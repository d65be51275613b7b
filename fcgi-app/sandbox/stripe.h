/* stripe.h - the emulated Stripe: its records, one call's work, and what its files
 * share. */
#ifndef SANDBOX_STRIPE_H
#define SANDBOX_STRIPE_H

#include "base/buf.h"
#include "base/json.h"
#include "sandbox/deliver.h"
#include "sandbox/faults.h"
#include "sandbox/form.h"
#include "sandbox/sandbox.h"

#define STRIPE_VERSION "2026-10-28.endive"
#define STRIPE_KEY     "sk_test_sandbox"

/* Why a payment did not go through; empty when it did. */
struct refusal {
	const char *code, *decline_code, *message;
};

struct intent {
	struct record record;
	int64_t created, amount, received, capturable, refunded, canceled_at;
	const char *currency, *status, *capture_method, *secret, *version;
	const char *customer, *method, *charge; /* ids */
	const char *description, *receipt_email, *setup_future_usage;
	const char *descriptor, *suffix, *shipping; /* shipping is JSON */
	const char *cancellation_reason;
	const char *error_code, *error_decline_code, *error_message, *error_charge;
	const char *return_url, *session;
	struct pairs metadata;
	bool no_redirects;
};

struct charge {
	struct record record;
	int64_t created, amount, captured, refunded;
	const char *intent, *method, *customer, *currency, *status, *description;
	const char *code, *decline_code, *message; /* of a failed one */
	struct pairs metadata;
	bool is_captured, disputed;
};

struct method {
	struct record record;
	int64_t created;
	const char *token;    /* the pm_card_... it was made from */
	const char *customer; /* attached to */
};

struct refund {
	struct record record;
	int64_t created, amount;
	const char *intent, *charge, *currency, *status, *reason, *failure_reason;
	struct pairs metadata;
};

struct session {
	struct record record;
	int64_t created, amount, expires_at;
	const char *currency, *status, *payment_status, *version;
	const char *success_url, *cancel_url, *client_reference_id;
	const char *customer, *customer_email, *intent;
	const char *capture_method, *setup_future_usage, *description, *suffix;
	const char *receipt_email, *locale, *submit_type;
	const char *lines; /* JSON: [{"name","description","unit_amount","quantity"}] */
	struct pairs metadata, intent_metadata;
};

struct customer {
	struct record record;
	int64_t created;
	const char *email, *name, *phone, *description;
	struct pairs metadata;
};

struct dispute {
	struct record record;
	int64_t created, amount, due_by;
	const char *intent, *charge, *currency, *reason, *status;
};

extern const struct store_kind intent_kind, charge_kind, method_kind, refund_kind,
	session_kind, customer_kind, dispute_kind, replay_kind;
extern const struct gateway stripe_gateway;

/* One call, one pressed button, or one thing that fell due. */
struct work {
	struct sandbox *box;
	struct arena *mem;
	const struct http_request *rq; /* NULL when nobody asked */
	struct http_reply *re;
	struct form form;
	const char *path, *id; /* id: the open part of the route's path */
	const char *request_id, *key, *version;
	struct buf text; /* the answer */
	struct json_out out;
	const char *under; /* expand path of the object being written: "" or "data." */
	int forced;        /* fault asked for by the control API, or 0 */
	int after;         /* fault that strikes once the work is done, or 0 */
	bool executed;     /* past validation: the answer is stored under the key */
	int webhook_fault;
	struct batch batch;
};

/* stripe_work.c: answers, errors, events */
struct work stripe_work(struct sandbox *, struct arena *);
void stripe_answer(struct work *, int status); /* what work->out holds */
/* 400 invalid_request_error; NULL texts are left out. */
void stripe_refuse(struct work *, const char *code, const char *param,
		   const char *message);
void stripe_refuse_with(struct work *, int status, const char *type, const char *code,
			const char *param, const char *message);
void stripe_refuse_missing(struct work *, const char *thing, const char *param,
			   const char *id);
/* 400 for a wrong state; the intent stands inside the error. */
void stripe_refuse_state(struct work *, const char *code, const char *message,
			 const struct intent *);
/* 402 with the intent inside. */
void stripe_refuse_payment(struct work *, const struct intent *);
/* The end of validation. False when a fault of the amount takes the answer's place;
 * amount -1 for calls that move no money. */
bool stripe_begin(struct work *, int64_t amount, const char *object);
/* The call is answered: strikes what is to strike afterwards. */
void stripe_strike_after(struct work *);
/* Adds an event whose object put() writes; version NULL takes the call's. */
void stripe_emit(struct work *, const char *type, const char *version, int64_t amount,
		 void (*put)(struct work *, const void *), const void *object);
/* Sends the events of the work on their way. */
void stripe_finish(struct work *);
/* A fault that acts on a payment: forced, or the first of its amount and subject. */
int stripe_payment_fault(struct work *, int64_t amount, const char *subject);
/* What to add to every amount of an event's object (fault 9208). */
int64_t stripe_distortion(const struct work *);

/* stripe_params.c: each answers the error itself and returns false. */
bool stripe_text(struct work *, const char *name, size_t max, const char **);
bool stripe_required(struct work *, const char *name);
bool stripe_int(struct work *, const char *name, int64_t min, int64_t max, int64_t *);
bool stripe_bool(struct work *, const char *name, bool *);
bool stripe_word(struct work *, const char *name, const char *words, const char **);
bool stripe_url(struct work *, const char *name, const char **);
/* Merges into what is there; an empty value takes a name away. */
bool stripe_metadata(struct work *, const char *name, struct pairs *);
bool stripe_currency(struct work *, const char *name, const char **);
bool stripe_amount(struct work *, int64_t amount, const char *currency,
		   const char *param);
bool stripe_version_from(const struct work *, const char *date);

/* stripe_json.c: the parts that objects share */
void stripe_put_nulls(struct json_out *, const char *const *names);
void stripe_put_metadata(struct json_out *, const char *name, const struct pairs *);
/* A metadata value, or NULL. */
const char *stripe_named(const struct pairs *, const char *name);
bool stripe_expands(const struct work *, const char *path);
/* "name": the id, or the whole object when expand[] asks for it. */
void stripe_put_reference(struct work *, const char *name, const struct store_kind *,
			  const char *id);
void stripe_put_intent(struct work *, const void *);
void stripe_put_charge(struct work *, const void *);
/* The member balance_transaction: id, or whole where that is asked for (the fee); null
 * until the money is taken. */
void stripe_put_balance(struct work *, const struct charge *);
void stripe_put_method(struct work *, const void *);
void stripe_put_refund(struct work *, const void *);
void stripe_put_session(struct work *, const void *);
void stripe_put_customer(struct work *, const void *);
void stripe_put_dispute(struct work *, const void *);
void stripe_put_event(struct work *, const void *);
/* The empty billing_details of a test card. */
void stripe_put_billing(struct json_out *);
/* "card": {...} of a payment method. */
void stripe_put_card(struct json_out *, const struct method *);
/* Answers one page of a list, newest first, of the records that keep() wants. */
void stripe_answer_list(struct work *, const struct store_kind *,
			bool (*keep)(struct work *, const void *));
/* Whether created fits created[gte] and its like. */
bool stripe_created_fits(struct work *, int64_t created);

/* stripe_charges.c: what happens when a payment is tried */
enum trial { TRIAL_APPROVED, TRIAL_REFUSED, TRIAL_NEEDS_3DS, TRIAL_PENDING };
struct verdict {
	enum trial trial;
	struct refusal refusal;
};
/* The verdict of a test method, of a magic fault (9101 to 9106), of a pressed button.
 */
struct verdict stripe_verdict_of_method(const struct method *);
bool stripe_verdict_of_fault(int fault, struct verdict *);
bool stripe_verdict_of_button(const char *outcome, struct verdict *);
struct refusal stripe_refusal_3ds(void);
/* Carries a verdict out on the intent (new, waiting for 3DS, or pending), its charge
 * and its session; emits events. */
void stripe_try(struct work *, struct intent *, struct verdict);
void stripe_capture(struct work *, struct intent *, int64_t amount);
void stripe_cancel(struct work *, struct intent *, const char *reason);

/* stripe_methods.c: a record for pm_card_..., an attached method, or NULL */
struct method *stripe_method(struct work *, const char *id);

/* stripe_intents.c */
struct intent *stripe_new_intent(struct work *, int64_t amount, const char *currency);
const char *stripe_3ds_url(const struct work *, const struct intent *);
void stripe_intents_create(struct work *);
void stripe_intents_get(struct work *);
void stripe_intents_list(struct work *);
void stripe_intents_update(struct work *);
void stripe_intents_confirm(struct work *);
void stripe_intents_capture(struct work *);
void stripe_intents_cancel(struct work *);
void stripe_charges_get(struct work *);

/* stripe_refunds.c */
void stripe_refunds_create(struct work *);
void stripe_refunds_get(struct work *);
void stripe_refunds_list(struct work *);
void stripe_refund_settle(struct work *, const char *id, bool well);

/* stripe_sessions.c */
void stripe_sessions_create(struct work *);
void stripe_sessions_get(struct work *);
void stripe_sessions_list(struct work *);
void stripe_sessions_expire(struct work *);
/* After its intent moved: completes the session, tells what came later. */
void stripe_session_follow(struct work *, const struct intent *);
void stripe_session_expire(struct work *, struct session *);
const char *stripe_session_url(const struct work *, const struct session *);
const char *stripe_success_url(const struct work *, const struct session *);
/* Tries the payment of an open session. */
void stripe_session_pay(struct work *, struct session *, struct verdict);

/* stripe_customers.c */
void stripe_customers_create(struct work *);
void stripe_customers_get(struct work *);
void stripe_customer_methods(struct work *);
void stripe_methods_get(struct work *);
void stripe_methods_detach(struct work *);

/* stripe_events.c */
void stripe_events_get(struct work *);
void stripe_events_list(struct work *);
const char *stripe_sign(struct arena *, const struct hook *, const char *body,
			const char *flaw);

/* stripe_disputes.c */
void stripe_disputes_get(struct work *);
void stripe_disputes_list(struct work *);
/* Each false when there is nothing to be done like that: opens a dispute, or makes one
 * of an inquiry; opens an inquiry; ends either, an inquiry by winning alone. */
bool stripe_dispute_open(struct work *, struct intent *);
bool stripe_dispute_ask(struct work *, struct intent *);
bool stripe_dispute_close(struct work *, struct intent *, bool won);
/* A bank has the money of the payment, for now or for good. */
bool stripe_dispute_has_money(struct work *, const struct intent *);

/* stripe_idempotency.c */
/* False when the answer is given: a replay, a conflict, another body. */
bool stripe_key_begin(struct work *);
void stripe_key_store(struct work *);

/* stripe_press.c: buttons, pressed on a page or by the control API */
/* Decides an intent that waits for 3DS. */
void stripe_decide_3ds(struct work *, struct intent *, bool well);
const char *stripe_press(struct sandbox *, struct arena *, const char *ref,
			 const char *outcome);
const char *stripe_dispute(struct sandbox *, struct arena *, const char *ref,
			   const char *outcome);

/* stripe_pages.c: below /checkout/ and /3ds/; false when the path is not theirs */
bool stripe_pages_handle(struct work *);

#endif
