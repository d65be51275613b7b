/* payment_reply.h - how a placement is answered: on the way to the gateway, or to the
 * order. Shared by the first payment of an order and those that follow. */
#ifndef PAGES_PAYMENT_REPLY_H
#define PAGES_PAYMENT_REPLY_H

#include "flow/place_order.h"
#include "web/endpoint.h"

extern const struct view payment_view;

/* What came of a flow: its error, or an answer by kind and face. The key's row is noted
 * for dispatch where the flow has claimed it. */
fallible payment_reply(struct request *, struct reply *, const char *scope,
		       const struct placement *, struct err *failed);

/* For a page whose first request with this key still runs: waits for it. *done: the
 * flow may run again, it answers at once. */
fallible payment_wait(struct request *, const char *scope, bool *done);

#endif
