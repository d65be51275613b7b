/* stripe_script.h - a server that plays Stripe by a script, and the payment port that
 * talks to it. Each test has an arena (mem) and a script of its own. */
#ifndef SUPPORT_STRIPE_SCRIPT_H
#define SUPPORT_STRIPE_SCRIPT_H

#include "base/arena.h"
#include "base/config.h"
#include "base/secret.h"
#include "base/text.h"
#include "gateway/pay_stripe_private.h"
#include "support/check.h"
#include "support/pauses.h"
#include "support/peer.h"

/* T is when the attempt was made, in seconds since 1970. */
enum { STEPS_MOST = 16, T = 1790000000 };

static struct arena *mem;
static struct ctx cx;
/* The script of the test that runs. */
static struct peer_step steps[STEPS_MOST];
static size_t n_steps;
static struct peer peer; /* the server */

/* Before each test: nothing is scripted. */
static inline int
begin(void **state)
{
	mem = arena_new((size_t)64 * 1024 * 1024);
	cx = (struct ctx){.mem = mem};
	n_steps = 0;
	return check_begin(state);
}

/* After it. */
static inline int
end(void **state)
{
	arena_free(mem);
	return check_end(state);
}

/* The next answer of the server: status ("200 OK"), whole header lines, body. */
static inline void
answers(const char *status, const char *headers, const char *body)
{
	assert_true(n_steps < STEPS_MOST);
	steps[n_steps++] = (struct peer_step){
		.bytes = arena_printf(mem,
				      "HTTP/1.1 %s\r\nContent-Length: %zu\r\n%s\r\n%s",
				      status, strlen(body), headers, body),
	};
}

/* The same, well and with the id that Stripe gives a request. */
static inline void
answers_ok(const char *body)
{
	answers("200 OK", "Request-Id: req_1\r\n", body);
}

/* Instead of an answer the connection is reset. */
static inline void
resets(void)
{
	steps[n_steps++] = (struct peer_step){.deed = PEER_RESET};
}

/* Starts the server with the script so far, and the adapter that talks to it; ended by
 * peer_stop(&peer, mem). */
static inline const struct pay *
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
	pauses_pass(stripe->http);
	return pay_stripe(mem, stripe);
}

/* What the shop asks for: $65.00 by an order of that number. */
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

/* A session as Stripe would answer, with one member changed; NULL: none. */
static inline const char *
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

/* What it says of the payment when that came. */
static const char paid_intent[] =
	"{\"object\":\"payment_intent\",\"id\":\"pi_1\",\"status\":\"succeeded\","
	"\"amount\":6500,\"amount_received\":6500,\"currency\":\"usd\","
	"\"latest_charge\":\"ch_1\"}";

/* TESTS(PAY_TEST(a_sentence_that_is_true), PAY_TEST(another)) is the main function. */
#define PAY_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

#endif
