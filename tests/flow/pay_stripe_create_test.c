/* pay_stripe_create_test.c - what Stripe is asked for when somebody wants to pay, and
 * what its answer is worth. */
#include <stdlib.h>
#include <unistd.h>

#include "support/stripe_script.h"

static void
create(struct pay_session *out, struct pay_answer *answer)
{
	const struct pay *pay = stripe_by_script();

	pay->create(pay, &cx, &want, out, answer);
}

static void
a_session_is_asked_for_over_the_whole_amount(void **state)
{
	struct pay_session s;
	struct pay_answer a;
	const char *heard;

	(void)state;
	answers_ok(session(NULL, NULL));
	create(&s, &a);
	heard = peer_stop(&peer, mem);
	WANT(a.outcome == PAY_DONE);
	WANT_TEXT(a.request_id, "req_1");
	WANT_TEXT(s.session_id, "cs_test_1");
	WANT_TEXT(s.payment_id, NULL);
	WANT(s.handover == PAY_REDIRECT);
	WANT_TEXT(s.url, "https://checkout.stripe.com/c/pay/cs_test_1");
	WANT_INT(s.expires_at.us, SECONDS((int64_t)1790001860));
	WANT(text_starts(heard, "POST /v1/checkout/sessions HTTP/1.1\r\n"));
	WANT(strstr(heard, "\r\nIdempotency-Key: pi-at-1\r\n") != NULL);
	WANT(text_ends(
		heard,
		"\r\n\r\nmode=payment&client_reference_id=ABCDE-23456"
		"&success_url=https%3A%2F%2F127.0.0.1%3A8443%2Fcheckout%2Freturn%2Ftok"
		"&cancel_url=https%3A%2F%2F127.0.0.1%3A8443%2Forders%2FABCDE-23456"
		"&customer_email=ada%40example.com&expires_at=1790001860"
		"&line_items[0][quantity]=1&line_items[0][price_data][currency]=usd"
		"&line_items[0][price_data][unit_amount]=6500"
		"&line_items[0][price_data][product_data][name]="
		"Order%20ABCDE-23456%20at%20Harbour%20Goods"
		"&metadata[order_ref]=ABCDE-23456&metadata[attempt_ref]=at-1"
		"&payment_intent_data[metadata][order_ref]=ABCDE-23456"
		"&payment_intent_data[metadata][attempt_ref]=at-1"));
}

/* F-138, F-143: whatever differs from what was asked for, nobody is sent there. */
static void
a_session_that_was_not_asked_for_is_refused(void **state)
{
	static const char *const changes[][2] = {
		{"amount_total", "10"},
		{"amount_total", "null"},
		{"currency", "\"eur\""},
		{"metadata", "{\"order_ref\":\"OTHER\",\"attempt_ref\":\"at-1\"}"},
		{"metadata",
		 "{\"order_ref\":\"ABCDE-23456\",\"attempt_ref\":\"at-2\"}"},
		{"metadata", "null"},
		{"livemode", "true"},
		{"livemode", "null"},
		{"url", "null"},
		{"url", "\"http://checkout.stripe.com/c\""},
		{"url", "\"https://checkout.stripe.com.evil.example/c\""},
		{"url", "\"https://checkout.stripe.com@evil.example/c\""},
		{"url", "\"https://evil.example/checkout.stripe.com\""},
		{"url", "\"javascript:alert(1)\""},
		{"url", "\"//evil.example/\""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
		struct pay_session s;
		struct pay_answer a;

		n_steps = 0;
		answers_ok(session(changes[i][0], changes[i][1]));
		create(&s, &a);
		peer_stop(&peer, mem);
		if (a.outcome != PAY_PERMANENT || s.url != NULL)
			check_fail(__FILE__, __LINE__, "%s=%s passes", changes[i][0],
				   changes[i][1]);
		WANT_TEXT(a.shopper_code, "our_fault");
		WANT_TEXT(s.session_id, "cs_test_1");
	}
}

static void
a_session_that_is_lost_once_is_asked_for_under_the_same_key(void **state)
{
	struct pay_session s;
	struct pay_answer a;
	char *heard, *second;

	(void)state;
	resets();
	answers_ok(session(NULL, NULL));
	create(&s, &a);
	heard = peer_stop(&peer, mem);
	second = strstr(heard + 1, "POST /v1/checkout/sessions");
	WANT(a.outcome == PAY_DONE);
	WANT(second != NULL && (size_t)(second - heard) == strlen(second));
}

static void
a_session_that_stays_lost_is_unknown(void **state)
{
	struct pay_session s;
	struct pay_answer a;

	(void)state;
	resets();
	create(&s, &a);
	peer_stop(&peer, mem);
	WANT(a.outcome == PAY_UNKNOWN && a.repeat);
	WANT_TEXT(s.session_id, NULL);
}

static void
a_gateway_that_is_away_was_sent_nothing(void **state)
{
	struct pay_session s;
	struct pay_answer a;
	const struct pay *pay;

	(void)state;
	resets();
	pay = stripe_by_script();
	peer_stop(&peer, mem);
	pay->create(pay, &cx, &want, &s, &a);
	WANT(a.outcome == PAY_TRANSIENT && a.nothing_sent);
}

static void
an_amount_that_stripe_cannot_take_is_not_sent(void **state)
{
	struct pay_request odd = want;
	struct pay_session s;
	struct pay_answer a;
	const struct pay *pay;

	(void)state;
	answers_ok("{}");
	pay = stripe_by_script();
	odd.amount = money_of(5124, "KWD");
	pay->create(pay, &cx, &odd, &s, &a);
	WANT(a.outcome == PAY_PERMANENT);
	odd = want;
	odd.key = "";
	pay->create(pay, &cx, &odd, &s, &a);
	WANT(a.outcome == PAY_PERMANENT);
	WANT_TEXT(peer_stop(&peer, mem), "");
}

/* ---- what the log may know ---- */
static void
neither_keys_nor_persons_stand_in_the_log(void **state)
{
	char path[] = "/tmp/till-log-XXXXXX", text[8192] = "";
	int file = mkstemp(path);
	struct pay_session s;
	struct pay_answer a;

	(void)state;
	unlink(path);
	log_to(file);
	answers_ok(session(NULL, NULL));
	create(&s, &a);
	log_to(STDERR_FILENO);
	peer_stop(&peer, mem);
	WANT(pread(file, text, sizeof text - 1, 0) > 0);
	close(file);
	WANT(strstr(text, "\"operation\":\"session.create\"") != NULL);
	WANT(strstr(text, "\"request_id\":\"req_1\"") != NULL);
	WANT(strstr(text, "sk_test_canary") == NULL);
	WANT(strstr(text, "ada@") == NULL);
	WANT(strstr(text, "/return/") == NULL);
}

TESTS(PAY_TEST(a_session_is_asked_for_over_the_whole_amount),
      PAY_TEST(a_session_that_was_not_asked_for_is_refused),
      PAY_TEST(a_session_that_is_lost_once_is_asked_for_under_the_same_key),
      PAY_TEST(a_session_that_stays_lost_is_unknown),
      PAY_TEST(a_gateway_that_is_away_was_sent_nothing),
      PAY_TEST(an_amount_that_stripe_cannot_take_is_not_sent),
      PAY_TEST(neither_keys_nor_persons_stand_in_the_log))
