/* payment.h - attempts to pay for an order; never a card number. An attempt is written
 * as `sent`, with its gateway key, before anything outside happens; an answer that
 * never came makes it `unknown`, never `failed`. */
#ifndef DOMAIN_PAYMENT_H
#define DOMAIN_PAYMENT_H

#include "db/db.h"
#include "db/idem.h"

struct attempt {
	struct attempt_id id;
	struct uuid uid;
	struct order_id order;
	int64_t n; /* 1 for the first of its order */
	const char *gateway, *idem_key;
	const char *gw_id, *gw_payment; /* the gateway's session and payment, or NULL */
	struct money amount;
	int64_t captured, refunded; /* minor units */
	struct money fee; /* the gateway's, in its own currency; none: not told */
	const char *
		state; /* sent requires_action unknown authorized captured failed ... */
	struct digest return_token;   /* hash of the token in the return address */
	struct sealed_bytes page_url; /* of the gateway's page, or nothing */
	const char *shopper_code;     /* of the last refusal, or NULL */
	const char *method;           /* "visa 4242", or NULL */
	int64_t checks;               /* how often the gateway was asked */
	struct instant sent_at, next_check_at, expires_at;
	/* of one that is due: its order's, and for how long nobody has asked */
	const char *order_state;
	int64_t late_us;
};

/* How a payment stands, as its gateway tells it; flow fills it from gateway/pay.h. */
enum payment_truth {
	TRUTH_OPEN, /* the session waits for the shopper */
	TRUTH_PROCESSING,
	TRUTH_AUTHORIZED,
	TRUTH_PAID,
	TRUTH_FAILED,
	TRUTH_EXPIRED,
	TRUTH_CANCELLED,
	TRUTH_NOT_FOUND,
	TRUTH_UNANSWERED, /* no answer: nothing is known */
};

struct payment_facts {
	enum payment_truth truth;
	const char *gw_id, *gw_payment, *url;     /* NULL: not told */
	const char *order_ref, *attempt_ref;      /* NULL: not told */
	struct money captured, authorised, asked; /* no currency: not told */
	struct money fee;                         /* F-128; the same */
	bool declined_once;
	const char *shopper_code, *method;
};

/* It may still be paid: sent, requires_action or unknown. */
bool payment_is_live(const struct attempt *);

/* The address token of an attempt, derived from its uuid: 128 bits, so that the same
 * call can be sent again, byte for byte, by a job. */
const char *payment_return_token(const struct ctx *, struct uuid attempt);
/* The key under which the gateway is asked: "cs-<uuid>". */
const char *payment_key(struct arena *, struct uuid attempt);

/* What may be done under a key that was first sent at a moment and that its gateway
 * remembers for safe_s seconds and more: while it is KNOWN a repeat brings the first
 * answer again. Once it may be FORGOTTEN a repeat is a second one, so the gateway is
 * asked first, and "not there" is a proof. FADING lies between: the last repeat is too
 * young for that proof (60 s, gateways.md section 7). */
enum payment_key_age { KEY_KNOWN, KEY_FADING, KEY_FORGOTTEN };
enum payment_key_age payment_key_age(struct instant first, struct instant now,
				     int64_t safe_s);

/* Writes the next attempt of an order as `sent`. */
fallible payment_insert(struct tx *, struct attempt *);
fallible payment_find(struct tx *, struct attempt_id, struct attempt *, bool *found);
fallible payment_find_by_uid(struct tx *, const char *uid, struct attempt *,
			     bool *found);
fallible payment_find_by_token(struct tx *, const char *token, struct attempt *,
			       bool *found);
/* How an attempt and its order stand, for a shopper who comes back: one statement. */
struct payment_way_back {
	struct attempt_id attempt;
	struct uuid order_uid;
	const char *number, *order_state;
	bool live; /* the attempt may still be paid */
	bool due;  /* and is to be asked about already */
};
fallible payment_find_way_back(struct tx *, const char *token,
			       struct payment_way_back *, bool *found);
/* By the gateway's session or payment id. */
fallible payment_find_by_gateway(struct tx *, const char *gateway, const char *gw_id,
				 const char *gw_payment, struct attempt *, bool *found);
/* The newest attempt of an order, live or not. */
fallible payment_find_newest(struct tx *, struct order_id, struct attempt *,
			     bool *found);
fallible payment_list(struct tx *, struct order_id, struct attempt **list, size_t *n);

/* Notes what the create call brought: session, page and clock of the next question. */
fallible payment_note_session(struct tx *, struct attempt_id, const char *gw_id,
			      const char *gw_payment, const char *url);
/* What the create call brought, for an attempt whose key is not answered yet. */
struct payment_opened {
	struct attempt_id attempt; /* 0: nothing */
	const char *gw_id, *gw_payment, *url;
};
/* The same for an attempt under a key, which learns in the same statement what it made:
 * the kind and id of its resource. */
fallible payment_note_opened(struct tx *, const struct payment_opened *,
			     const struct idem *);
/* The same with the key's answer (idem_finish), for the payment has a budget: all of it
 * or nothing; nothing where the key is answered already. */
fallible payment_note_answered(struct tx *, const struct payment_opened *,
			       const struct idem *, const struct idem_reply *);
/* An ended attempt that was looked at all the same is let go, or looked at again by the
 * ladder while its session could not be closed; a live one is left as it is. */
fallible payment_rest(struct tx *, const struct attempt *, bool closed);
/* Moves an attempt that is still live: state, refusal, clock. changed 0: it was not
 * live any more. */
fallible payment_move(struct tx *, struct attempt_id, const char *state,
		      const char *shopper_code, int64_t next_check_s, int64_t *changed);
/* Ask the gateway at once (a shopper came back). */
fallible payment_ask_now(struct tx *, struct attempt_id);

/* The poll ladder: seconds to wait before check number n (from 0), design.md section 7.
 */
int64_t payment_ladder(int64_t checks);
/* Seconds until a page that waits for its shopper is looked at again: like the ladder,
 * but never longer than PAYMENT_LOOK_SECONDS, so that a payment whose webhooks are all
 * lost is confirmed within a minute (T-22), however late in the life of its page it was
 * made. */
int64_t payment_look(int64_t checks);
enum { PAYMENT_LOOK_SECONDS = 50 };

/* The first of those that are due and that nobody works on, without a lock. */
fallible payment_look_due(struct tx *, int64_t limit, struct attempt **list, size_t *n);
/* Claims this one for lease_s seconds, in one statement, unless somebody else was
 * faster. */
fallible payment_claim(struct tx *, struct attempt_id, const char *owner,
		       int64_t lease_s, bool *claimed);
/* Claims up to limit attempts that are due, for lease_s seconds; when none is, yields
 * those that the owner holds from before. What somebody has locked at the moment is
 * left for the next time: it waits for nobody. Who asks for no more than were seen to
 * be due stops before the end of what is due; behind it the next row would be locked as
 * well, though it is left. */
fallible payment_claim_due(struct tx *, const char *owner, int64_t lease_s,
			   int64_t limit, struct attempt **list, size_t *n);

/* A claimed attempt of which its gateway told nothing new: seconds until it is asked
 * again. */
struct payment_unchanged {
	const struct attempt *attempt;
	int64_t wait_s;
};
/* Counts the look, sets the time of the next and lets go of the attempt, which stays as
 * it is; nothing where somebody else learned more meanwhile. One statement; the second
 * one for up to DB_MAX_ROWS of them. */
fallible payment_note_unchanged(struct tx *, const struct payment_unchanged *);
fallible payment_note_all_unchanged(struct tx *, const struct payment_unchanged *,
				    size_t n);
/* What was claimed and not begun with is free for others. */
fallible payment_let_go(struct tx *, const char *owner, const struct attempt *list,
			size_t n);

#endif
