/* pay_stripe_session_test.c - a session that Stripe has: read, closed, found by our
 * reference, captured. */
#include "support/stripe_script.h"

static void
a_session_is_read_with_its_payment(void **state)
{
	const struct pay *pay;
	struct pay_state s;
	struct pay_answer a;

	(void)state;
	answers_ok(session("payment_intent", paid_intent));
	pay = stripe_by_script();
	pay->retrieve(pay, &cx, "cs_test_1", &s, &a);
	WANT(a.outcome == PAY_DONE && s.status == PAY_PAID);
	WANT_INT(s.captured.minor, 6500);
	WANT(text_starts(peer_stop(&peer, mem),
			 "GET /v1/checkout/sessions/cs_test_1?expand[0]=payment_intent"
			 "&expand[1]=payment_intent.latest_charge.balance_transaction"
			 " HTTP/1.1\r\n"));
}

/* A restricted key that may not read the balance. */
static void
a_payment_whose_fee_may_not_be_read_is_read_without_it(void **state)
{
	const struct pay *pay;
	struct pay_state s;
	struct pay_answer a;
	const char *heard;

	(void)state;
	answers("403 Forbidden", "",
		"{\"error\":{\"type\":\"invalid_request_error\"}}");
	answers_ok(session("payment_intent", paid_intent));
	pay = stripe_by_script();
	pay->retrieve(pay, &cx, "cs_test_1", &s, &a);
	WANT(a.outcome == PAY_DONE && s.status == PAY_PAID);
	WANT_TEXT(s.fee.currency, "");
	heard = peer_stop(&peer, mem);
	WANT(strstr(heard, "payment_intent.latest_charge HTTP/1.1") != NULL);
}

static void
a_page_that_is_not_stripes_is_never_told(void **state)
{
	const struct pay *pay;
	struct pay_state s;
	struct pay_answer a;

	(void)state;
	answers_ok(session("url", "\"https://evil.example/c\""));
	answers_ok(session(NULL, NULL));
	pay = stripe_by_script();
	pay->retrieve(pay, &cx, "cs_test_1", &s, &a);
	WANT(a.outcome == PAY_DONE && s.status == PAY_OPEN);
	WANT_TEXT(s.url, NULL);
	pay->retrieve(pay, &cx, "cs_test_1", &s, &a);
	WANT_TEXT(s.url, "https://checkout.stripe.com/c/pay/cs_test_1");
	peer_stop(&peer, mem);
}

static void
an_id_cannot_leave_its_place_in_the_path(void **state)
{
	const struct pay *pay;
	struct pay_state s;
	struct pay_answer a;

	(void)state;
	answers_ok("{}");
	pay = stripe_by_script();
	pay->retrieve(pay, &cx, "../x?a=b#c", &s, &a);
	WANT(a.outcome == PAY_UNKNOWN);
	WANT(text_starts(peer_stop(&peer, mem),
			 "GET /v1/checkout/sessions/..%2Fx%3Fa%3Db%23c?"));
}

static void
a_session_that_does_not_exist_is_not_found(void **state)
{
	const struct pay *pay;
	struct pay_state s;
	struct pay_answer a;

	(void)state;
	answers("404 Not Found", "",
		"{\"error\":{\"type\":\"invalid_request_error\","
		"\"code\":\"resource_missing\"}}");
	pay = stripe_by_script();
	pay->retrieve(pay, &cx, "cs_test_1", &s, &a);
	peer_stop(&peer, mem);
	WANT(a.outcome == PAY_DONE && s.status == PAY_NOT_FOUND);
}

static void
a_closed_session_is_expired(void **state)
{
	const struct pay *pay;
	struct pay_state s;
	struct pay_answer a;
	const char *heard;

	(void)state;
	answers_ok(session("status", "\"expired\""));
	answers_ok(session("status", "\"expired\""));
	pay = stripe_by_script();
	pay->close(pay, &cx, "cs_test_1", "cx-at-1", &s, &a);
	heard = peer_stop(&peer, mem);
	WANT(a.outcome == PAY_DONE && s.status == PAY_EXPIRED);
	WANT(text_starts(heard,
			 "POST /v1/checkout/sessions/cs_test_1/expire HTTP/1.1\r\n"));
	WANT(strstr(heard, "\r\nIdempotency-Key: cx-at-1\r\n") != NULL);
}

static const char not_open[] =
	"{\"error\":{\"type\":\"invalid_request_error\",\"message\":\"Only Checkout "
	"Sessions with a status in [open] can be expired.\"}}";

static void
a_session_that_was_paid_meanwhile_is_paid(void **state)
{
	const struct pay *pay;
	struct pay_state s;
	struct pay_answer a;

	(void)state;
	answers("400 Bad Request", "", not_open);
	answers_ok(session("payment_intent", paid_intent));
	pay = stripe_by_script();
	pay->close(pay, &cx, "cs_test_1", "cx-at-1", &s, &a);
	peer_stop(&peer, mem);
	WANT(a.outcome == PAY_DONE && s.status == PAY_PAID);
}

static void
a_session_that_stays_open_is_not_closed(void **state)
{
	const struct pay *pay;
	struct pay_state s;
	struct pay_answer a;

	(void)state;
	answers("400 Bad Request", "", not_open);
	answers_ok(session(NULL, NULL));
	pay = stripe_by_script();
	pay->close(pay, &cx, "cs_test_1", "cx-at-1", &s, &a);
	peer_stop(&peer, mem);
	WANT(a.outcome == PAY_PERMANENT);
}

static void
a_closing_without_an_answer_is_unknown(void **state)
{
	const struct pay *pay;
	struct pay_state s;
	struct pay_answer a;

	(void)state;
	resets();
	pay = stripe_by_script();
	pay->close(pay, &cx, "cs_test_1", "cx-at-1", &s, &a);
	WANT(strstr(peer_stop(&peer, mem), "GET ") == NULL);
	WANT(a.outcome == PAY_UNKNOWN);
}

/* ---- look-ups ---- */
static void
a_lost_session_is_found_by_our_reference(void **state)
{
	const struct pay *pay;
	struct pay_state s;
	struct pay_answer a;
	const char *heard;

	(void)state;
	answers_ok("{\"object\":\"list\",\"has_more\":true,\"data\":[{\"id\":\"cs_a\","
		   "\"metadata\":{\"attempt_ref\":\"at-9\"}},{\"id\":\"cs_b\"}]}");
	answers_ok("{\"object\":\"list\",\"has_more\":false,\"data\":[{\"id\":"
		   "\"cs_test_1\",\"metadata\":{\"attempt_ref\":\"at-1\"}}]}");
	answers_ok(session(NULL, NULL));
	pay = stripe_by_script();
	pay->find(pay, &cx, "at-1", (struct instant){SECONDS((int64_t)T)}, &s, &a);
	heard = peer_stop(&peer, mem);
	WANT(a.outcome == PAY_DONE && s.status == PAY_OPEN);
	WANT_TEXT(s.session_id, "cs_test_1");
	WANT(text_starts(heard, "GET /v1/checkout/sessions?limit=100"
				"&created[gte]=1789999940&created[lte]=1790000300 "));
	WANT(strstr(heard, "&starting_after=cs_b ") != NULL);
	WANT(strstr(heard, "GET /v1/checkout/sessions/cs_test_1?") != NULL);
}

static void
an_empty_list_means_that_nothing_was_made(void **state)
{
	const struct pay *pay;
	struct pay_state s;
	struct pay_answer a;

	(void)state;
	answers_ok("{\"object\":\"list\",\"has_more\":false,\"data\":[]}");
	pay = stripe_by_script();
	pay->find(pay, &cx, "at-1", (struct instant){SECONDS((int64_t)T)}, &s, &a);
	peer_stop(&peer, mem);
	WANT(a.outcome == PAY_DONE && s.status == PAY_NOT_FOUND);
}

static void
a_list_that_cannot_be_read_proves_nothing(void **state)
{
	static const char *const bodies[] = {"{}", "{\"data\":{}}", "<html>"};

	(void)state;
	for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
		const struct pay *pay;
		struct pay_state s;
		struct pay_answer a;

		n_steps = 0;
		answers_ok(bodies[i]);
		pay = stripe_by_script();
		pay->find(pay, &cx, "at-1", (struct instant){SECONDS((int64_t)T)}, &s,
			  &a);
		peer_stop(&peer, mem);
		WANT(a.outcome == PAY_UNKNOWN);
	}
}

static void
a_capture_takes_the_amount(void **state)
{
	const struct pay *pay;
	struct pay_state s;
	struct pay_answer a;

	(void)state;
	answers_ok(paid_intent);
	pay = stripe_by_script();
	pay->capture(pay, &cx, "pi_1", want.amount, "cap-at-1-1", &s, &a);
	WANT(a.outcome == PAY_DONE && s.status == PAY_PAID);
	WANT(text_ends(peer_stop(&peer, mem), "\r\n\r\namount_to_capture=6500"));
}

TESTS(PAY_TEST(a_session_is_read_with_its_payment),
      PAY_TEST(a_payment_whose_fee_may_not_be_read_is_read_without_it),
      PAY_TEST(a_page_that_is_not_stripes_is_never_told),
      PAY_TEST(an_id_cannot_leave_its_place_in_the_path),
      PAY_TEST(a_session_that_does_not_exist_is_not_found),
      PAY_TEST(a_closed_session_is_expired),
      PAY_TEST(a_session_that_was_paid_meanwhile_is_paid),
      PAY_TEST(a_session_that_stays_open_is_not_closed),
      PAY_TEST(a_closing_without_an_answer_is_unknown),
      PAY_TEST(a_lost_session_is_found_by_our_reference),
      PAY_TEST(an_empty_list_means_that_nothing_was_made),
      PAY_TEST(a_list_that_cannot_be_read_proves_nothing),
      PAY_TEST(a_capture_takes_the_amount))
