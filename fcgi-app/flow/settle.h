/* settle.h - the ways to T3 from outside: webhook, poll, expiry, the shopper's return;
 * and refunds. Each reads the gateway's truth without a transaction, then settles in
 * one. */
#ifndef FLOW_SETTLE_H
#define FLOW_SETTLE_H

#include "domain/dispute.h"
#include "domain/inbox.h"
#include "domain/refund.h"
#include "domain/settling.h"
#include "flow/shop.h"

/* ---- webhooks ---- */
/* Checks the signature over the raw bytes and stores the event, once: BAD_SIGNATURE or
 * WRONG_MODE (nothing stored), DATABASE_DOWN (the gateway repeats). header gives a
 * request header by lower-case name, or NULL. *again: it was there already. */
fallible flow_accept_webhook(struct shop *, struct ctx *, const char *gateway,
			     const char *(*header)(const void *from, const char *name),
			     const void *from, const void *body, size_t len,
			     bool *again);
/* Applies a stored event: a decisive one only after the object was read afresh. */
fallible flow_apply_webhook(struct shop *, struct ctx *, const struct webhook *);
/* Ends one that is due and not claimed when nobody has to be asked about it: what the
 * books know already is applied, what this shop does not use is ignored, what is of
 * something unknown is parked. Not *ended: it has to be claimed and applied. */
fallible flow_end_quietly(struct shop *, struct ctx *, const struct webhook *,
			  bool *ended);
/* Not now: it comes again after a back-off, and after INBOX_TRIES is a dead letter,
 * which is logged as an error (F-151). unknown_object: parked, it waits for what it
 * tells of. */
fallible flow_postpone_webhook(struct ctx *, const struct webhook *,
			       bool unknown_object, const char *why);

/* Compares the next minutes of a gateway's own list of events with what its webhooks
 * brought, and stores what never came (F-152); nothing when it is too early. *missed
 * counts those. How far it got is noted by the clock that is behind, the
 * gateway's or ours, and two minutes of it come again with the next; when the gateway
 * gives no answer all of them do. */
fallible flow_catch_up(struct shop *, struct ctx *, const char *gateway,
		       int64_t *missed);

/* ---- attempts ---- */
/* Asks the gateway how the attempt stands and settles it. An attempt whose session was
 * never learned is asked for again under its own key. */
fallible flow_ask_attempt(struct shop *, struct ctx *, const struct attempt *,
			  struct settled *);
/* The same for a webhook, which is applied in the transaction that its news caused: it
 * stays as it is when the gateway gave no answer or told of another payment than was
 * asked for. */
fallible flow_ask_for_webhook(struct shop *, struct ctx *, const struct attempt *,
			      const struct webhook *, struct settled *);
/* Closes the attempt's session at the gateway and settles what it says then. *closed
 * false when the gateway gave no answer: it may still be paid. */
fallible flow_close_attempt(struct shop *, struct ctx *, const struct attempt *,
			    struct settled *, bool *closed);
/* What the poll job does with an attempt that is due: asks, or closes it when its order
 * waits no more (an older attempt was paid after all) or when it has ended itself (an
 * answer came late and noted its session), so that nobody pays twice. An order in
 * review whose time is over has its session closed as well, once the gateway has said
 * that it is still open. Who finds somebody asking waits for him, and does not ask
 * again; *settled is empty then. */
fallible flow_poll_attempt(struct shop *, struct ctx *, const struct attempt *,
			   struct settled *);
/* The same for one of payment_look_due or payment_claim_due. Where its gateway tells
 * nothing new, *quiet, nothing is written: look->wait_s says when to ask again, and the
 * caller notes it, with others. */
fallible flow_poll_due(struct shop *, struct ctx *, const struct attempt *,
		       struct payment_unchanged *, bool *quiet);
/* An order past its time: its session is closed first; it ends as failed or expired, is
 * confirmed when the gateway says paid, or goes to review when there is no answer.
 * Nothing happens when its time was moved since it was listed. */
fallible flow_expire_order(struct shop *, struct ctx *, const struct order *);

/* ---- the shopper's return ---- */
/* By the token in the return address: asks nobody, tells lane pay to ask now. Of the
 * order only its names and its state are read. NOT_FOUND. */
fallible flow_return(struct shop *, struct ctx *, const char *token, struct order *);
/* What the hand-over form posts for this token; NOT_FOUND. */
struct handover_field {
	const char *name, *value;
};

struct handover {
	const char *action, *button;
	const struct handover_field *fields;
	size_t n_fields;
};
fallible flow_handover(struct shop *, struct ctx *, const char *token,
		       struct handover *);

/* ---- refunds ---- */
fallible flow_send_refund(struct shop *, struct ctx *, const struct refund *);

/* ---- disputes ---- */
/* Asks the gateway how a dispute of this attempt's payment stands and settles it; what
 * is new is logged as an alert. One that the gateway does not know is a misfit. */
fallible flow_ask_dispute(struct shop *, struct ctx *, const struct attempt *,
			  const char *dispute_id, struct disputed *);

/* ---- mail ---- */
struct letter {
	const char *to, *subject, *message_id, *text, *html;
};
enum letter_outcome { LETTER_SENT, LETTER_LATER, LETTER_REFUSED };
enum letter_outcome flow_send_letter(struct shop *, struct ctx *, const struct letter *,
				     const char **cause);

#endif
