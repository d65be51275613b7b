/* place_order.h - the payment of a checkout, and the next attempt for its order: T1,
 * the gateway, the outcome. No transaction is open while the gateway is asked. */
#ifndef FLOW_PLACE_ORDER_H
#define FLOW_PLACE_ORDER_H

#include "domain/placing.h"
#include "flow/shop.h"

enum placement_kind {
	PLACEMENT_REPLAY, /* answered before: idem.reply is the answer */
	PLACEMENT_GO,     /* the shopper goes to the gateway: 201, or 200 when again */
	PLACEMENT_NOTHING_DUE, /* confirmed: 200, no redirect */
	PLACEMENT_UNKNOWN,     /* no answer came: 202, asked again by a job */
};

struct placement {
	enum placement_kind kind;
	struct idem idem; /* resource_kind "order", "order_again" or "attempt" */
	struct order order;
	struct attempt attempt; /* id 0 when nothing is due; state as of now */
	bool again;             /* the order was made under another key */
	const char *url;        /* gateway's page or /checkout/go/{token}; or NULL */
	/* The session that was opened and is noted nowhere: hand flow_keep_opened and
	 * this placement to the reply, so that dispatch keeps both in one statement. */
	struct payment_opened opened;
	/* The key's row is claimed and committed, also when an error is returned: hand
	 * the scope to reply.idem_scope, so that dispatch stores or releases it. */
	bool claimed;
};

/* POST /checkout/payment. Errors of placing_place(); GATEWAY_UNAVAILABLE when nothing
 * was sent or the gateway refuses us: the order is kept, the same key resumes. INVALID
 * with field contact.email when it is the address that the gateway refuses. An order
 * that waits for an older version of the cart is closed at its gateway and cancelled
 * first (ORDER_PAID when that shows it paid). UNCERTAIN only when the database does not
 * answer even to the question what became of a commit. */
fallible flow_place_order(struct shop *, struct ctx *, const struct placing *,
			  struct placement *);

#define RETRY_SCOPE "order_payment"

struct retry {
	struct digest visitor;
	const char *token; /* of the link, or NULL */
	const char *order; /* number or uuid */
	const char *key;
	struct digest key_hash;
	const char *payment_method;
	bool has_total;
	struct money accept_total;
};

/* POST /orders/{order}/payment: closes the old session, reads it once more, then opens
 * the next. ORDER_PAID when the old one turns out paid; NOT_FOUND; ORDER_STATE when the
 * order has ended; TOTAL_CHANGED; GATEWAY_UNAVAILABLE (also when the old session cannot
 * be closed: never two live ones). */
fallible flow_retry_payment(struct shop *, struct ctx *, const struct retry *,
			    struct placement *);

/* Notes opened with the key's answer, or without one (NULL): one statement, which may
 * run again. For reply.keep. */
fallible flow_keep_opened(struct tx *, const void *placement,
			  const struct idem_reply *);

/* Where a live attempt's shopper goes: the gateway's address, or our hand-over form;
 * NULL when there is none (any more). */
const char *flow_attempt_url(const struct shop *, const struct ctx *,
			     const struct attempt *);

/* For a page: waits up to 5 s for the first request with this key; *done false when it
 * still runs. */
fallible flow_wait_for_key(struct ctx *, const char *scope, const char *key,
			   struct digest hash, struct idem *, bool *done);

#endif
