/* pay_stripe_private.h - what the files of the Stripe adapter share, and its tests. */
#ifndef GATEWAY_PAY_STRIPE_PRIVATE_H
#define GATEWAY_PAY_STRIPE_PRIVATE_H

#include "base/buf.h"
#include "gateway/http_out.h"
#include "gateway/origin.h"
#include "gateway/pay.h"

struct json;
struct secret;

/* What pay->own points to. */
struct stripe {
	struct http_out *http;
	const char *base;                  /* "https://api.stripe.com" */
	const char *version;               /* Stripe-Version */
	const struct secret *bearer;       /* "Bearer sk_..." */
	const struct secret *const *hooks; /* webhook secrets; none: all are refused */
	size_t n_hooks;
	bool live;
	struct origin pages; /* where shoppers may be sent to */
};

/* ---- pay_stripe.c ---- */
/* The port over these settings, which must outlive it. */
const struct pay *pay_stripe(struct arena *, const struct stripe *);

/* ---- pay_stripe_request.c ---- */
struct stripe_request {
	const char *operation;     /* for the log: "session.create" */
	const char *method, *path; /* "POST", "/v1/refunds" */
	const char *key;           /* idempotency key; NULL on GET */
	struct buf form;           /* body of a POST, query of a GET */
};

struct stripe_request pay_stripe_request(struct arena *, const char *operation,
					 const char *method, const char *path,
					 const char *key);
/* "/v1/refunds/" and an id and, when not NULL, what follows: the id is escaped. */
const char *pay_stripe_path(struct arena *, const char *before, const char *id,
			    const char *after);
/* Appends name=value: brackets in names stay bare, all else is percent-encoded as the
 * official client does it. A NULL value appends nothing. */
void pay_stripe_put(struct stripe_request *, const char *name, const char *value);
void pay_stripe_put_int(struct stripe_request *, const char *name, int64_t value);
/* The call with all headers that Stripe wants. */
struct http_call pay_stripe_call(const struct stripe *, struct arena *,
				 const struct stripe_request *);
/* 1 to 255 visible ASCII characters. */
bool pay_stripe_key_is_valid(const char *key);
/* Sends it; the JSON object of a 2xx answer (outcome DONE), else NULL. A key that is
 * not valid is PERMANENT and sends nothing. */
const struct json *pay_stripe_send(const struct stripe *, struct ctx *,
				   const struct stripe_request *, struct pay_answer *);

/* ---- pay_stripe_errors.c ---- */
/* Classes an answer (gateways.md section 6); the JSON object of a 2xx, else NULL. */
const struct json *pay_stripe_judge(struct arena *, const struct http_answer *,
				    struct pay_answer *);
/* The word for the shopper; both may be NULL. Says "bank_declined" for all that is
 * unknown and for all that nobody should be told. */
const char *pay_stripe_shopper_code(const char *decline_code, const char *code);
/* Turns a DONE answer whose object cannot be what was asked for into UNKNOWN. */
void pay_stripe_unreadable(struct pay_answer *, const char *cause);

/* ---- pay_stripe_amounts.c ---- */
/* ISO minor units to what goes over the wire and back, exactly: false where Stripe
 * takes no such currency or a digit would be lost. */
bool pay_stripe_amount_to_wire(struct money, int64_t *wire);
bool pay_stripe_amount_from_wire(int64_t wire, const char *currency, struct money *);
/* A member of an object that has a currency beside it; false when absent or odd. */
bool pay_stripe_amount_read(const struct json *object, const char *member,
			    struct money *);
/* The port's limits: gateways.md section 5. A currency whose least charge is not known
 * begins at one unit; the gateway's answer is final. */
void pay_stripe_limits(const struct pay *, const char *currency, struct money *least,
		       struct money *most);
/* "usd" for the wire. */
const char *pay_stripe_currency(struct arena *, struct money);

/* ---- pay_stripe_state.c ---- */
/* A session with its payment_intent expanded, a payment intent, a refund: false when
 * the object is not one. */
bool pay_stripe_read_session(struct arena *, const struct json *, struct pay_state *);
bool pay_stripe_read_intent(struct arena *, const struct json *, struct pay_state *);
bool pay_stripe_read_refund(struct arena *, const struct json *,
			    struct pay_refund_state *);
/* The id, whether the member holds it or the expanded object; NULL: neither. */
const char *pay_stripe_id(const struct json *holder, const char *member);

/* ---- pay_stripe_find.c ---- */
/* The ports find, find_refund of pay.h. */
void pay_stripe_find_session(const struct pay *, struct ctx *, const char *attempt_ref,
			     struct instant sent, struct pay_state *,
			     struct pay_answer *);
void pay_stripe_find_refund(const struct pay *, struct ctx *, const char *payment_id,
			    const char *refund_id, const char *refund_ref,
			    struct pay_refund_state *, struct pay_answer *);

/* ---- pay_stripe_disputes.c ---- */
/* False when the object is not a dispute. */
bool pay_stripe_read_dispute(struct arena *, const struct json *, struct pay_dispute *);
/* The port dispute of pay.h. */
void pay_stripe_dispute(const struct pay *, struct ctx *, const char *dispute_id,
			struct pay_dispute *, struct pay_answer *);

/* ---- pay_stripe_events.c ---- */
/* Reads a verified body; false when it is not an event. */
bool pay_stripe_read_event(struct arena *, const void *body, size_t len,
			   struct pay_event *);

/* The types of event that are not ignored: their i-th, or NULL past the end. Not more
 * than the 20 that one list may be asked for. */
const char *pay_stripe_event_type(size_t i);

/* ---- pay_stripe_charges.c ---- */
/* The port charges of pay.h. */
void pay_stripe_charges(const struct pay *, struct ctx *, struct instant from,
			const char *after, struct pay_charges_page *,
			struct pay_answer *);

/* ---- pay_stripe_told.c ---- */
/* The port told of pay.h. */
void pay_stripe_told(const struct pay *, struct ctx *, struct instant from,
		     struct instant until, const char *after, struct pay_told_page *,
		     struct pay_answer *);

/* ---- pay_stripe_webhook.c ---- */
enum { PAY_STRIPE_TOLERANCE_S = 300 };
/* The signature header over the raw bytes: GENUINE, FORGED or STALE. */
enum pay_verdict pay_stripe_check_signature(const struct stripe *, struct arena *,
					    const char *header, const void *body,
					    size_t len, struct instant now);
enum pay_verdict pay_stripe_verify(const struct pay *, struct arena *,
				   struct pay_headers, const void *body, size_t len,
				   struct instant now, struct pay_event *);

#endif
