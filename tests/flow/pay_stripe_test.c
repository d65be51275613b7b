/* pay_stripe_test.c - the payment port against a server that plays Stripe by script. */
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/config.h"
#include "base/secret.h"
#include "base/text.h"
#include "gateway/pay_stripe_private.h"
#include "support/check.h"
#include "support/peer.h"

enum { STEPS_MOST = 16, T = 1790000000 };

static struct arena *mem;
static struct ctx cx;
static struct peer_step steps[STEPS_MOST];
static size_t n_steps;
static struct peer peer;

static int
begin(void **state)
{
	mem = arena_new((size_t)64 * 1024 * 1024);
	cx = (struct ctx){.mem = mem};
	n_steps = 0;
	return check_begin(state);
}

static int
end(void **state)
{
	arena_free(mem);
	return check_end(state);
}

/* The next answer of the server. */
static void
answers(const char *status, const char *headers, const char *body)
{
	assert_true(n_steps < STEPS_MOST);
	steps[n_steps++] = (struct peer_step){
		.bytes = arena_printf(mem,
				      "HTTP/1.1 %s\r\nContent-Length: %zu\r\n%s\r\n%s",
				      status, strlen(body), headers, body),
	};
}

static void
answers_ok(const char *body)
{
	answers("200 OK", "Request-Id: req_1\r\n", body);
}

static void
resets(void)
{
	steps[n_steps++] = (struct peer_step){.deed = PEER_RESET};
}

/* Starts the server and the adapter that talks to it. */
static const struct pay *
stripe_by_script(void)
{
	struct config *config = config_defaults(mem);
	struct stripe *stripe = arena_new_of(mem, struct stripe, 1);
	static const char bearer[] = "Bearer sk_test_canary";

	peer = peer_http(steps, n_steps);
	config->gateway_mode = "sandbox";
	*stripe = (struct stripe){
		.http = http_out_new(mem, config),
		.base = arena_printf(mem, "http://127.0.0.1:%d", peer.port),
		.version = "2026-10-28.endive",
		.bearer = secret_from_bytes(mem, bearer, sizeof bearer - 1),
	};
	WANT(origin_read("https://checkout.stripe.com", &stripe->pages));
	return pay_stripe(mem, stripe);
}

static const struct pay_request want = {
	.key = "pi-at-1",
	.order_ref = "ABCDE-23456",
	.attempt_ref = "at-1",
	.amount = {.minor = 6500, .currency = "USD"},
	.description = "Order ABCDE-23456 at Harbour Goods",
	.email = "ada@example.com",
	.return_url = "https://127.0.0.1:8443/checkout/return/tok",
	.cancel_url = "https://127.0.0.1:8443/orders/ABCDE-23456",
	.expires_at = {SECONDS((int64_t)T + 1860)},
};

/* A session as Stripe would answer, with one member changed. */
static const char *
session(const char *name, const char *value)
{
	static const char *const members[][2] = {
		{"id", "\"cs_test_1\""},
		{"object", "\"checkout.session\""},
		{"amount_total", "6500"},
		{"currency", "\"usd\""},
		{"client_reference_id", "\"ABCDE-23456\""},
		{"metadata",
		 "{\"order_ref\":\"ABCDE-23456\",\"attempt_ref\":\"at-1\"}"},
		{"livemode", "false"},
		{"expires_at", "1790001860"},
		{"payment_intent", "null"},
		{"payment_status", "\"unpaid\""},
		{"status", "\"open\""},
		{"url", "\"https://checkout.stripe.com/c/pay/cs_test_1\""},
	};
	struct buf b = buf_new(mem, 10000);

	for (size_t i = 0; i < sizeof members / sizeof *members; i++)
		buf_printf(&b, "%s\"%s\":%s", i == 0 ? "{" : ",", members[i][0],
			   text_equal(name, members[i][0]) ? value : members[i][1]);
	buf_char(&b, '}');
	return buf_string(&b);
}

static const char paid_intent[] =
	"{\"object\":\"payment_intent\",\"id\":\"pi_1\",\"status\":\"succeeded\","
	"\"amount\":6500,\"amount_received\":6500,\"currency\":\"usd\","
	"\"latest_charge\":\"ch_1\"}";

/* ---- create ---- */
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

/* ---- retrieve and close ---- */
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

/* ---- disputes ---- */
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

/* ---- refunds and captures ---- */
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

#define PAY_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		PAY_TEST(a_session_is_asked_for_over_the_whole_amount),
		PAY_TEST(a_session_that_was_not_asked_for_is_refused),
		PAY_TEST(a_session_that_is_lost_once_is_asked_for_under_the_same_key),
		PAY_TEST(a_session_that_stays_lost_is_unknown),
		PAY_TEST(a_gateway_that_is_away_was_sent_nothing),
		PAY_TEST(an_amount_that_stripe_cannot_take_is_not_sent),
		PAY_TEST(a_session_is_read_with_its_payment),
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
		PAY_TEST(a_refund_carries_its_reference),
		PAY_TEST(a_refund_of_another_amount_is_not_taken_for_ours),
		PAY_TEST(what_is_refunded_already_is_to_be_read),
		PAY_TEST(a_refund_is_found_by_our_reference),
		PAY_TEST(a_refund_is_read_by_its_own_id),
		PAY_TEST(a_dispute_is_read_from_the_gateway),
		PAY_TEST(another_dispute_than_was_asked_for_proves_nothing),
		PAY_TEST(its_own_list_of_events_is_read_page_by_page),
		PAY_TEST(a_capture_takes_the_amount),
		PAY_TEST(neither_keys_nor_persons_stand_in_the_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
