/* pay.h - the payment port: what every gateway can be asked, in our words.
 *
 * It is drawn for three kinds: Stripe (a session with a page to redirect to), PayPal
 * (an approval page, then a capture of ours), Razorpay (a form that the browser posts,
 * and a signed callback). Nothing here touches the database; every call asserts that no
 * transaction is open. A call has an outcome, never an error: a lost answer is a fact
 * about the payment, not a failure of the program (gateways.md sections 6, 7). */
#ifndef GATEWAY_PAY_H
#define GATEWAY_PAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/ctx.h"
#include "base/err.h"
#include "base/money.h"

struct config;
struct http_out;

/* gateways.md section 6 */
enum pay_outcome {
	PAY_DONE,         /* the gateway did it */
	PAY_DECLINED,     /* it refused this payment: the order stays open */
	PAY_NEEDS_ACTION, /* the shopper has to do something */
	PAY_TRANSIENT, /* nothing was executed: the same call may be sent again later */
	PAY_PERMANENT, /* our request or configuration is wrong: alert, never repeat */
	PAY_UNKNOWN,   /* it may have happened: look it up, never start a second one */
};

/* What came of a call, whatever it was. Texts live in the context's arena. It speaks of
 * this call alone: an attempt that was UNKNOWN before stays so after a TRANSIENT. */
struct pay_answer {
	enum pay_outcome outcome;
	bool nothing_sent; /* with TRANSIENT: the request never left this host */
	bool repeat;       /* the same call with the same key may be sent again */
	bool look_up; /* with UNKNOWN: a repeat is answered alike for ever, use find()
		       */
	bool read_state; /* with PERMANENT: the work may be done already, read the
			    object */
	bool bad_email;  /* with PERMANENT: the request's e-mail address is refused */
	bool absent;     /* with PERMANENT: it was looked up, and nothing was made */
	const char *shopper_code; /* "insufficient_funds", "bank_declined" ...,
				   * "checking", "our_fault"; NULL when DONE */
	const char *request_id;   /* the gateway's log id, or NULL */
	int http_status;          /* 0 when there was no answer */
	int64_t retry_after;      /* seconds, 0 for none */
	struct instant date;      /* the gateway's clock then; none: not told */
	const char *cause;        /* for the log */
};

/* ---- asking for a payment ---- */
struct pay_request {
	const char *key; /* idempotency key, stored on the attempt before the call */
	const char *order_ref, *attempt_ref; /* public order number, attempt uuid */
	struct money amount;
	const char *description;             /* "Order ABCDE-23456 at Harbour Goods" */
	const char *email;                   /* NULL: not given */
	const char *return_url, *cancel_url; /* hold the attempt's token */
	struct instant expires_at;           /* of the gateway's session */
};

enum pay_handover { PAY_NO_HANDOVER, PAY_REDIRECT, PAY_POST_FORM };

struct pay_field {
	const char *name, *value;
};

/* How the shopper gets to the gateway's page. */
struct pay_session {
	/* "cs_...", PayPal's order id, Razorpay's order id; may be set although the
	 * outcome is not DONE: then close it. */
	const char *session_id;
	const char *payment_id; /* "pi_..." when known, else NULL */
	enum pay_handover handover;
	const char *url;                /* to redirect to, or the form's action */
	const struct pay_field *fields; /* of the form */
	size_t n_fields;
	struct instant expires_at;
};

/* ---- how a payment stands: the gateway's truth ---- */
enum pay_status {
	PAY_OPEN,       /* the session waits for the shopper */
	PAY_PROCESSING, /* submitted; the result comes later */
	PAY_APPROVED,   /* the shopper agreed: ours to capture (PayPal) */
	PAY_AUTHORIZED,
	PAY_PAID,
	PAY_FAILED,  /* refused for good */
	PAY_EXPIRED, /* closed without payment */
	PAY_CANCELLED,
	PAY_NOT_FOUND, /* the gateway answered that it knows nothing of it */
};

struct pay_state {
	enum pay_status status;
	const char *session_id, *payment_id; /* NULL when there is none */
	const char *url; /* of the page while OPEN, if it is the gateway's own */
	const char *order_ref, *attempt_ref;         /* as the gateway keeps them */
	struct money authorised, captured, refunded; /* ISO minor units */
	struct money asked;                          /* amount of the session */
	/* What the gateway kept for itself, in the currency that it settles in; no
	 * currency: not told, or not known yet. */
	struct money fee;
	bool declined_once;       /* OPEN, and the last try was refused */
	const char *shopper_code; /* of that refusal */
	const char *method;       /* "visa 4242", for receipts; NULL when unknown */
};

/* ---- refunds ---- */
struct pay_refund {
	const char *key, *refund_ref;
	const char *payment_id;
	struct money amount;
	const char *reason; /* our word: "cancel", "void", "goodwill" */
};

enum pay_refund_status {
	PAY_REFUND_PENDING,
	PAY_REFUND_DONE,
	PAY_REFUND_FAILED,
	PAY_REFUND_NOT_FOUND
};

struct pay_refund_state {
	enum pay_refund_status status;
	const char *gateway_id;
	struct money amount;
};

/* ---- disputes ---- */
enum pay_dispute_status {
	PAY_DISPUTE_OPEN,
	PAY_DISPUTE_WON, /* the money is ours, or was never taken */
	PAY_DISPUTE_LOST,
	PAY_DISPUTE_NOT_FOUND
};

struct pay_dispute {
	enum pay_dispute_status status;
	bool taken; /* the bank took the money at some time; false: only an inquiry */
	const char *gateway_id, *payment_id; /* NULL: not told */
	struct money amount;
	const char *reason;        /* the gateway's word, or NULL */
	struct instant respond_by; /* none when unknown */
};

/* ---- webhooks ---- */
/* Normalised kinds, gateways.md section 7. */
enum pay_event_kind {
#define PAY_EVENT(name, word) PAY_EVENT_##name,
#include "gateway/pay_event.def"
#undef PAY_EVENT
};

struct pay_event {
	const char *id;   /* unique at its gateway */
	const char *type; /* the gateway's own word */
	enum pay_event_kind kind;
	bool live;
	struct instant created;
	const char *session_id, *payment_id, *refund_id, *dispute_id; /* NULL: none */
	const char *order_ref, *attempt_ref, *refund_ref;             /* NULL: none */
	bool has_amount;
	struct money amount; /* ISO minor units */
	bool paid; /* session_completed: the money is there; dispute_closed: won */
	struct instant respond_by; /* of a dispute; none when unknown */
	const char *status;        /* the object's own status word, or NULL */
	const char *shopper_code;  /* of a failure, or NULL */
};

/* One event of a gateway's own list, as the gateway shows it. */
struct pay_told {
	const char *id, *type, *body;
};

struct pay_told_page {
	const struct pay_told *list; /* newest first */
	size_t n;
	bool more; /* older ones follow, within the window */
};

enum { PAY_TOLD_PAGE = 50 };

/* ---- reports: what the gateway took and gave back ---- */
enum { PAY_CHARGES_PAGE = 100 };

struct pay_charge {
	const char *payment_id;
	const char *attempt_ref; /* as the gateway keeps it; NULL: none of ours */
	struct money captured, refunded; /* ISO minor units */
	struct instant created;
};

struct pay_charges_page {
	const struct pay_charge *list; /* those with money taken, newest first */
	size_t n;
	const char *after; /* where the next page begins; NULL: this was the last */
};

enum pay_verdict {
	PAY_GENUINE,
	PAY_FORGED,     /* no or no right signature: 400 */
	PAY_STALE,      /* signed too long ago: 400 */
	PAY_WRONG_MODE, /* test event in live mode or the reverse: 400 */
	PAY_UNREADABLE, /* signed, but not an event: 400 */
};

/* A header by lower-case name, or NULL. */
struct pay_headers {
	const char *(*get)(const void *from, const char *name);
	const void *from;
};

/* ---- the port ---- */
struct pay {
	const char *name;     /* "stripe": payment_attempt.gateway */
	const char *title;    /* "Card, Apple Pay, Google Pay" */
	const char *note;     /* "You pay on Stripe's page. We never see your card." */
	bool captures_itself; /* false: APPROVED has to be captured by us */
	/* Seconds after its first sending within which a call may be repeated under its
	 * key: well below what the gateway promises to remember it for. Later a repeat
	 * would be a second one (gateways.md section 1, "Key kept"). */
	int64_t create_key_s, refund_key_s;
	const void *own; /* the adapter's settings */

	/* What one payment may come to, in the shop's currency: more or less would be
	 * refused, so nobody is sent there with it. */
	void (*limits)(const struct pay *, const char *currency, struct money *least,
		       struct money *most);
	/* Asks for a session under request->key. DONE fills *session. */
	void (*create)(const struct pay *, struct ctx *, const struct pay_request *,
		       struct pay_session *session, struct pay_answer *);
	/* The truth about a session; DONE fills *state (also with NOT_FOUND). */
	void (*retrieve)(const struct pay *, struct ctx *, const char *session_id,
			 struct pay_state *state, struct pay_answer *);
	/* The session of an attempt whose create() was never answered, by our reference
	 * among the sessions made in the minutes around `sent`. NOT_FOUND is conclusive
	 * only when a minute or more has passed since the sending. */
	void (*find)(const struct pay *, struct ctx *, const char *attempt_ref,
		     struct instant sent, struct pay_state *state, struct pay_answer *);
	/* Closes a session so that it can no longer be paid; then *state tells how it
	 * ended: EXPIRED or CANCELLED, or PAID when the shopper was quicker. */
	void (*close)(const struct pay *, struct ctx *, const char *session_id,
		      const char *key, struct pay_state *state, struct pay_answer *);
	/* Takes the money of an APPROVED or AUTHORIZED payment. */
	void (*capture)(const struct pay *, struct ctx *, const char *payment_id,
			struct money amount, const char *key, struct pay_state *state,
			struct pay_answer *);
	void (*refund)(const struct pay *, struct ctx *, const struct pay_refund *,
		       struct pay_refund_state *state, struct pay_answer *);
	/* How a refund stands, by the gateway's id or, when that was never learned, by
	 * our refund_ref among the refunds of the payment. */
	void (*find_refund)(const struct pay *, struct ctx *, const char *payment_id,
			    const char *refund_id, const char *refund_ref,
			    struct pay_refund_state *state, struct pay_answer *);
	/* How a dispute stands; DONE fills *state (also with NOT_FOUND). */
	void (*dispute)(const struct pay *, struct ctx *, const char *dispute_id,
			struct pay_dispute *state, struct pay_answer *);
	/* Checks the signature over the raw bytes at the moment now, then reads them.
	 */
	enum pay_verdict (*verify)(const struct pay *, struct arena *,
				   struct pay_headers, const void *body, size_t len,
				   struct instant now, struct pay_event *event);
	/* Reads bytes that were verified before (stored webhooks); false: not an event.
	 */
	bool (*read)(const struct pay *, struct arena *, const void *body, size_t len,
		     struct pay_event *event);
	/* A page of the events that matter to us and happened from .. until; after: the
	 * last id of the page before, or NULL. */
	void (*told)(const struct pay *, struct ctx *, struct instant from,
		     struct instant until, const char *after, struct pay_told_page *,
		     struct pay_answer *);
	/* A page of what was taken since a moment; after: of the page before, or NULL.
	 */
	void (*charges)(const struct pay *, struct ctx *, struct instant from,
			const char *after, struct pay_charges_page *,
			struct pay_answer *);
	/* Checks what the browser brought back, when the gateway signs that (Razorpay);
	 * NULL where a return carries no proof. */
	bool (*verify_callback)(const struct pay *, struct arena *,
				const char *session_id, const struct pay_field *fields,
				size_t n_fields, const char **payment_id);
};

/* The gateways that the settings switch on, in the order they are offered; n may be 0.
 * Fails when mode and keys contradict each other (gateways.md section 7, mode guard).
 */
fallible pay_gateways(struct arena *, const struct config *, struct http_out *,
		      const struct pay ***list, size_t *n);
const struct pay *pay_find(const struct pay *const *list, size_t n, const char *name);
const char *pay_outcome_word(enum pay_outcome);
const char *pay_event_word(enum pay_event_kind);

/* A gateway that plays a script: torture and flow tests. Each call takes the first step
 * of its name that was not taken yet; past the end everything is PAY_UNKNOWN. verify()
 * takes a body whose header "fake-signature" says "good" for genuine, and read() reads
 * it as
 * {"id", "kind", "session_id", "payment_id", "order_ref", "attempt_ref", "refund_ref",
 * "refund_id", "dispute_id", "amount", "currency", "paid"}, where kind is a word of
 * pay_event.def. */
struct pay *pay_fake(struct arena *);
struct pay_step {
	const char *call; /* "create", "retrieve", "find", "close", "capture", "refund",
			   * "find_refund", "dispute", "told", "charges" */
	struct pay_answer answer;
	struct pay_state state;
	struct pay_session session;
	struct pay_refund_state refund;
	struct pay_dispute dispute;
	struct pay_told_page told;
	struct pay_charges_page charges;
};
/* Starts a new script, or makes the one that plays longer (the same steps, more of
 * them); the steps must outlive it. Counts of calls go on. */
void pay_fake_script(struct pay *, const struct pay_step *, size_t n);
/* Calls made so far, and the key of the last create. */
size_t pay_fake_calls(const struct pay *, const char *call);
const char *pay_fake_last_key(const struct pay *);

#endif
