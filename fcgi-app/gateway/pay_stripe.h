/* pay_stripe.h - Stripe behind the payment port: Checkout Sessions. */
#ifndef GATEWAY_PAY_STRIPE_H
#define GATEWAY_PAY_STRIPE_H

#include "base/err.h"
#include "gateway/pay.h"

/* Stripe as the settings say, or NULL when stripe.key_file is empty. Fails with INVALID
 * when mode, key and address contradict each other. */
fallible pay_stripe_open(struct arena *, const struct config *, struct http_out *,
			 const struct pay **out);

#endif
