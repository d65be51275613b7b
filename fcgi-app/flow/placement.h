/* placement.h - what place_order.c and retry_payment.c share. */
#ifndef FLOW_PLACEMENT_H
#define FLOW_PLACEMENT_H

#include "flow/place_order.h"

/* Opens the session of out->attempt. A session is left to be noted (out->opened); any
 * other outcome is noted on attempt and key. */
fallible placement_open(struct shop *, struct ctx *, const char *email,
			struct placement *out);
/* Closes the session of out->attempt where it may be open. ORDER_PAID when it was paid,
 * GATEWAY_UNAVAILABLE when there was no answer. */
fallible placement_close(struct shop *, struct ctx *, const struct placement *out);
/* Writes the order's next attempt into out, as placing_next_attempt does. */
fallible placement_next(struct tx *, const struct terms *, const char *method,
			const struct money *accept_total, struct placement *out);

#endif
