/* session.h - asking a gateway for an attempt's session, always under one key. */
#ifndef FLOW_SESSION_H
#define FLOW_SESSION_H

#include "domain/order.h"
#include "domain/payment.h"
#include "flow/shop.h"
#include "gateway/pay.h"

/* Creates the session, or learns the one that an earlier call with this key made. The
 * call is the same, byte for byte, whoever makes it and when: every part of it stands
 * in rows. Without an answer the session is looked for, a minute after the first call
 * and later; one that was never made, and can be made no more, is PERMANENT and absent.
 * The order holds the clock (now). */
void session_open(struct shop *, struct ctx *, const struct order *,
		  const struct attempt *, const char *email, struct pay_session *,
		  struct pay_answer *);

/* Writes down what came of it, in one transaction: session and page, or `unknown`, or
 * `failed` when the gateway refuses such a session for good. */
fallible session_record(struct tx *, const struct attempt *, const struct pay_session *,
			const struct pay_answer *);

/* The gateway's words as the domain's. */
struct payment_facts session_facts(const struct pay_state *, const struct pay_answer *);

#endif
