/* placement.h - what place_order.c and retry_payment.c share. */
#ifndef FLOW_PLACEMENT_H
#define FLOW_PLACEMENT_H

#include "flow/place_order.h"

/* Opens the session of out->attempt and notes the outcome on attempt and key. */
fallible placement_open(struct shop *, struct ctx *, const char *email,
			struct placement *out);

#endif
