/* pay_stripe_told_test.c - what Stripe tells of itself: disputes, and its list of
 * events. */
#include "support/stripe_script.h"

#define DISPUTE(id)                                                                    \
	"{\"object\":\"dispute\",\"id\":\"" id "\",\"amount\":500,"                    \
	"\"currency\":\"usd\",\"status\":\"lost\",\"payment_intent\":\"pi_1\"}"

static void
a_dispute_is_read_from_the_gateway(void **state)
{
	const struct pay *pay;
	struct pay_dispute d;
	struct pay_answer a;

	(void)state;
	answers_ok(DISPUTE("dp_1"));
	pay = stripe_by_script();
	pay->dispute(pay, &cx, "dp_1", &d, &a);
	WANT(text_starts(peer_stop(&peer, mem), "GET /v1/disputes/dp_1 "));
	WANT(a.outcome == PAY_DONE && d.status == PAY_DISPUTE_LOST && d.taken);
	WANT_TEXT(d.payment_id, "pi_1");
}

static void
another_dispute_than_was_asked_for_proves_nothing(void **state)
{
	const struct pay *pay;
	struct pay_dispute d;
	struct pay_answer a;

	(void)state;
	answers_ok(DISPUTE("dp_2"));
	pay = stripe_by_script();
	pay->dispute(pay, &cx, "dp_1", &d, &a);
	peer_stop(&peer, mem);
	WANT(a.outcome == PAY_UNKNOWN);
}

static void
its_own_list_of_events_is_read_page_by_page(void **state)
{
	const struct instant from = {.us = SECONDS(100)}, until = {.us = SECONDS(700)};
	const struct pay *pay;
	struct pay_told_page page;
	struct pay_answer a;
	const char *asked;

	(void)state;
	answers_ok("{\"object\":\"list\",\"has_more\":true,\"data\":["
		   "{\"id\":\"evt_2\",\"type\":\"refund.updated\",\"data\":{\"a\":1}},"
		   "{\"id\":\"evt_1\",\"type\":\"refund.created\"}]}");
	answers("200 OK", "Date: Thu, 01 Jan 1970 00:12:30 GMT\r\n",
		"{\"object\":\"list\",\"has_more\":true,\"data\":[]}");
	answers_ok("{\"object\":\"list\",\"data\":[{\"id\":\"evt_3\"}]}");
	answers("503 Service Unavailable", "", "");
	pay = stripe_by_script();
	pay->told(pay, &cx, from, until, NULL, &page, &a);
	WANT(a.outcome == PAY_DONE && page.more && instant_is_none(a.date));
	WANT_INT(page.n, 2);
	WANT_TEXT(page.list[0].id, "evt_2");
	WANT_TEXT(page.list[1].type, "refund.created");
	WANT_TEXT(page.list[0].body, "{\"id\":\"evt_2\",\"type\":\"refund.updated\","
				     "\"data\":{\"a\":1}}");
	pay->told(pay, &cx, from, until, "evt_1", &page, &a);
	WANT(a.outcome == PAY_DONE && !page.more && page.n == 0);
	WANT_INT(a.date.us, SECONDS(750));
	pay->told(pay, &cx, from, until, NULL, &page, &a);
	WANT(a.outcome == PAY_UNKNOWN && page.n <= 1);
	pay->told(pay, &cx, from, until, NULL, &page, &a);
	WANT(a.outcome != PAY_DONE && page.n == 0);
	asked = peer_stop(&peer, mem);
	WANT(text_starts(asked,
			 "GET /v1/events?limit=50&created[gte]=100&created[lte]=700"
			 "&types[0]=payment_intent.succeeded&types[1]="));
	WANT(strstr(asked, "&starting_after=evt_1 HTTP") != NULL);
}

TESTS(PAY_TEST(a_dispute_is_read_from_the_gateway),
      PAY_TEST(another_dispute_than_was_asked_for_proves_nothing),
      PAY_TEST(its_own_list_of_events_is_read_page_by_page))
