/* cancel_order.h - cancelling before shipping: a session that could still be paid is
 * closed at its gateway first. */
#ifndef FLOW_CANCEL_ORDER_H
#define FLOW_CANCEL_ORDER_H

#include "db/idem.h"
#include "domain/order.h"
#include "flow/shop.h"

#define CANCEL_SCOPE "cancel"

struct cancel {
	struct digest visitor;
	const char *token, *order; /* token of the link or NULL; number or uuid */
	const char *key;           /* NULL from the shell: no idempotency row */
	struct digest key_hash;
	const char *reason, *actor; /* actor "shopper", "shell:ada" */
	bool trusted;               /* from the shell: no access check */
};

/* ORDER_STATE once it is shipped or has ended; NOT_FOUND; GATEWAY_UNAVAILABLE when the
 * session cannot be closed. idem->state REPLAY: the stored answer. A refund that
 * follows is carried out by a job. *claimed: the key's row is committed, as in
 * place_order.h. */
fallible flow_cancel_order(struct shop *, struct ctx *, const struct cancel *,
			   struct idem *, struct order *, bool *claimed);

#endif
