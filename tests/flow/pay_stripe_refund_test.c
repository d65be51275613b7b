/* pay_stripe_refund_test.c - refunds of Stripe: asked for once, found again. */
#include "support/stripe_script.h"

#define REFUND(ref, amount)                                                            \
	"{\"object\":\"refund\",\"id\":\"re_1\",\"status\":\"succeeded\","             \
	"\"amount\":" amount                                                           \
	",\"currency\":\"usd\",\"metadata\":{\"refund_ref\":\"" ref "\"}}"

static const struct pay_refund back = {
	.key = "rf-rf_1",
	.refund_ref = "rf_1",
	.payment_id = "pi_1",
	.amount = {.minor = 500, .currency = "USD"},
	.reason = "cancel",
};

static void
a_refund_carries_its_reference(void **state)
{
	const struct pay *pay;
	struct pay_refund_state s;
	struct pay_answer a;
	const char *heard;

	(void)state;
	answers_ok(REFUND("rf_1", "500"));
	pay = stripe_by_script();
	pay->refund(pay, &cx, &back, &s, &a);
	heard = peer_stop(&peer, mem);
	WANT(a.outcome == PAY_DONE && s.status == PAY_REFUND_DONE);
	WANT_TEXT(s.gateway_id, "re_1");
	WANT(strstr(heard, "\r\nIdempotency-Key: rf-rf_1\r\n") != NULL);
	WANT(text_ends(heard,
		       "\r\n\r\npayment_intent=pi_1&amount=500"
		       "&reason=requested_by_customer&metadata[refund_ref]=rf_1"));
}

static void
a_refund_of_another_amount_is_not_taken_for_ours(void **state)
{
	const struct pay *pay;
	struct pay_refund_state s;
	struct pay_answer a;

	(void)state;
	answers_ok(REFUND("rf_1", "501"));
	pay = stripe_by_script();
	pay->refund(pay, &cx, &back, &s, &a);
	peer_stop(&peer, mem);
	WANT(a.outcome == PAY_PERMANENT);
}

static void
what_is_refunded_already_is_to_be_read(void **state)
{
	const struct pay *pay;
	struct pay_refund_state s;
	struct pay_answer a;

	(void)state;
	answers("400 Bad Request", "",
		"{\"error\":{\"type\":\"invalid_request_error\","
		"\"code\":\"charge_already_refunded\"}}");
	pay = stripe_by_script();
	pay->refund(pay, &cx, &back, &s, &a);
	peer_stop(&peer, mem);
	WANT(a.outcome == PAY_PERMANENT && a.read_state);
}

static void
a_refund_is_found_by_our_reference(void **state)
{
	const struct pay *pay;
	struct pay_refund_state s;
	struct pay_answer a;

	(void)state;
	answers_ok(
		"{\"object\":\"list\",\"has_more\":false,\"data\":["
		"{\"object\":\"refund\",\"id\":\"re_0\"}," REFUND("rf_1", "500") "]}");
	pay = stripe_by_script();
	pay->find_refund(pay, &cx, "pi_1", NULL, "rf_1", &s, &a);
	WANT(a.outcome == PAY_DONE && s.status == PAY_REFUND_DONE);
	WANT_TEXT(s.gateway_id, "re_1");
	pay->find_refund(pay, &cx, "pi_1", NULL, "rf_2", &s, &a);
	WANT(a.outcome == PAY_DONE && s.status == PAY_REFUND_NOT_FOUND);
	WANT(text_starts(peer_stop(&peer, mem),
			 "GET /v1/refunds?payment_intent=pi_1&limit=100 "));
}

static void
a_refund_is_read_by_its_own_id(void **state)
{
	const struct pay *pay;
	struct pay_refund_state s;
	struct pay_answer a;

	(void)state;
	answers_ok(REFUND("rf_1", "500"));
	answers("404 Not Found", "",
		"{\"error\":{\"type\":\"invalid_request_error\"}}");
	pay = stripe_by_script();
	pay->find_refund(pay, &cx, "pi_1", "re_1", "rf_1", &s, &a);
	WANT(a.outcome == PAY_DONE && s.status == PAY_REFUND_DONE);
	pay->find_refund(pay, &cx, "pi_1", "re_2", "rf_1", &s, &a);
	WANT(a.outcome == PAY_DONE && s.status == PAY_REFUND_NOT_FOUND);
	WANT(text_starts(peer_stop(&peer, mem), "GET /v1/refunds/re_1 HTTP"));
}

TESTS(PAY_TEST(a_refund_carries_its_reference),
      PAY_TEST(a_refund_of_another_amount_is_not_taken_for_ours),
      PAY_TEST(what_is_refunded_already_is_to_be_read),
      PAY_TEST(a_refund_is_found_by_our_reference),
      PAY_TEST(a_refund_is_read_by_its_own_id))
