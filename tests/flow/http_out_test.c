/* http_out_test.c - calls to a server that refuses, hangs, cuts, resets and redirects.
 */
#include "gateway/http_out.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/text.h"
#include "support/check.h"
#include "support/pauses.h"
#include "support/peer.h"

#define HTTP(status, headers, body) "HTTP/1.1 " status "\r\n" headers "\r\n" body
#define OK_EMPTY                    HTTP("200 OK", "Content-Length: 2\r\nRequest-Id: req_1\r\n", "{}")
#define STEPS(...)                                                                     \
	(const struct peer_step[]){__VA_ARGS__},                                       \
		sizeof((const struct peer_step[]){__VA_ARGS__}) /                      \
			sizeof(struct peer_step)

enum { HURRY_MS = 400 };

static struct arena *mem;
static struct ctx cx;
static struct http_out *http;
static struct config *config;

static int
begin(void **state)
{
	mem = arena_new((size_t)64 * 1024 * 1024);
	cx = (struct ctx){.mem = mem};
	config = config_defaults(mem);
	config->gateway_mode = "sandbox";
	http = http_out_new(mem, config);
	pauses_pass(http);
	return check_begin(state);
}

static int
end(void **state)
{
	arena_free(mem);
	return check_end(state);
}

static struct http_answer
call_url(const char *url, const char *method, enum http_retry retry)
{
	const struct http_header headers[] = {{"Idempotency-Key", "key-1"}};
	struct http_answer answer;
	struct http_call call = {
		.gateway = "test",
		.operation = "test",
		.method = method,
		.url = url,
		.headers = headers,
		.n_headers = 1,
		.body = text_equal(method, "GET") ? NULL : "a=1",
		.body_len = text_equal(method, "GET") ? 0 : 3,
		.retry = retry,
		.timeout_ms = HURRY_MS,
	};

	http_out_send(http, &cx, &call, &answer);
	return answer;
}

static struct http_answer
call_port(int port, const char *method, enum http_retry retry)
{
	return call_url(arena_printf(mem, "http://127.0.0.1:%d/x", port), method,
			retry);
}

/* Nobody there speaks TLS. */
static struct http_answer
call_tls(int port)
{
	return call_url(arena_printf(mem, "https://127.0.0.1:%d/x", port), "POST",
			HTTP_NEVER);
}

static size_t
count(const char *text, const char *what)
{
	size_t n = 0;

	for (; (text = strstr(text, what)) != NULL; text++)
		n++;
	return n;
}

static void
an_answer_is_handed_back_with_its_headers(void **state)
{
	struct peer peer = peer_http(STEPS(
		{PEER_SAY,
		 HTTP("402 Payment Required",
		      "Content-Length: 7\r\nRequest-Id: req_7\r\nRetry-After: 3\r\n"
		      "stripe-should-retry: false\r\n"
		      "Date: Sat, 21 Nov 2026 14:00:00 GMT\r\n",
		      "{\"a\":1}"),
		 0}));
	struct http_answer a = call_port(peer.port, "POST", HTTP_SAFE_WITH_KEY);
	const char *heard = peer_stop(&peer, mem);

	(void)state;
	WANT(a.result == HTTP_ANSWERED);
	WANT_INT(a.status, 402);
	WANT_TEXT(a.body, "{\"a\":1}");
	WANT_TEXT(a.request_id, "req_7");
	WANT_INT(a.retry_after, 3);
	WANT_INT(a.date.us / SECONDS(1), 1795269600);
	WANT(a.has_should_retry && !a.should_retry);
	WANT_INT(a.tries, 1);
	WANT(text_starts(heard, "POST /x HTTP/1.1\r\n"));
	WANT(strstr(heard, "Idempotency-Key: key-1\r\n") != NULL);
	WANT(strstr(heard, "Expect:") == NULL);
	WANT(text_ends(heard, "\r\n\r\na=1"));
}

static void
a_connection_is_used_again(void **state)
{
	struct peer peer = peer_http(STEPS({PEER_SAY, OK_EMPTY, 0}));

	(void)state;
	for (int i = 0; i < 3; i++)
		WANT_INT(call_port(peer.port, "GET", HTTP_SAFE).status, 200);
	WANT_INT(count(peer_stop(&peer, mem), "GET /x"), 3);
}

static void
a_refused_connection_was_not_sent(void **state)
{
	struct http_answer a = call_port(peer_dead_port(), "POST", HTTP_NEVER);

	(void)state;
	WANT(a.result == HTTP_NOT_SENT);
	WANT_INT(a.tries, 1);
	WANT(a.error != NULL);
}

static void
a_name_that_does_not_exist_was_not_sent(void **state)
{
	struct http_answer answer;
	struct http_call call = {.gateway = "test",
				 .operation = "test",
				 .method = "GET",
				 .url = "https://nobody.invalid/x",
				 .retry = HTTP_NEVER};

	(void)state;
	http_out_send(http, &cx, &call, &answer);
	WANT(answer.result == HTTP_NOT_SENT);
}

static void
an_address_that_the_mode_forbids_is_never_called(void **state)
{
	struct peer peer = peer_http(STEPS({PEER_SAY, OK_EMPTY, 0}));
	struct http_answer a;

	(void)state;
	config->gateway_mode = "test";
	http = http_out_new(mem, config);
	a = call_port(peer.port, "GET", HTTP_SAFE);
	WANT(a.result == HTTP_NOT_SENT);
	WANT_TEXT(a.error, "the address is not allowed");
	WANT_TEXT(peer_stop(&peer, mem), "");
}

static void
plain_text_instead_of_tls_was_not_sent(void **state)
{
	struct peer peer = peer_http(STEPS({PEER_SAY_AND_CLOSE, OK_EMPTY, 0}));

	(void)state;
	WANT(call_tls(peer.port).result == HTTP_NOT_SENT);
	peer_stop(&peer, mem);
}

static void
silence_after_the_request_is_a_lost_answer(void **state)
{
	struct peer peer = peer_http(STEPS({PEER_HANG, NULL, 0}));
	struct http_answer a = call_port(peer.port, "POST", HTTP_NEVER);

	(void)state;
	WANT(a.result == HTTP_LOST);
	WANT_INT(a.tries, 1);
	WANT_INT(count(peer_stop(&peer, mem), "POST /x"), 1);
}

static void
silence_in_the_middle_of_an_answer_is_a_lost_answer(void **state)
{
	struct peer peer = peer_http(
		STEPS({PEER_HANG, HTTP("200 OK", "Content-Length: 20\r\n", "{"), 0}));
	struct http_answer a = call_port(peer.port, "POST", HTTP_NEVER);

	(void)state;
	WANT(a.result == HTTP_LOST);
	peer_stop(&peer, mem);
}

static void
a_reset_is_a_lost_answer(void **state)
{
	struct peer peer = peer_http(STEPS({PEER_RESET, NULL, 0}));
	struct http_answer a = call_port(peer.port, "POST", HTTP_NEVER);

	(void)state;
	WANT(a.result == HTTP_LOST);
	peer_stop(&peer, mem);
}

static void
a_cut_answer_is_a_lost_answer(void **state)
{
	struct peer peer = peer_http(
		STEPS({PEER_SAY_AND_CLOSE,
		       HTTP("200 OK", "Content-Length: 20\r\n", "{\"a\""), 0}));
	struct http_answer a = call_port(peer.port, "POST", HTTP_NEVER);

	(void)state;
	WANT(a.result == HTTP_LOST);
	WANT(a.body == NULL);
	peer_stop(&peer, mem);
}

static void
an_answer_over_two_megabytes_is_a_lost_answer(void **state)
{
	size_t len = (size_t)3 * 1024 * 1024;
	char *bytes = arena_alloc(mem, len);
	const char head[] = HTTP("200 OK", "Content-Length: 3145000\r\n", "");
	struct peer peer;
	struct http_answer a;

	(void)state;
	memset(bytes, ' ', len);
	memcpy(bytes, head, sizeof head - 1);
	peer = peer_http(STEPS({PEER_SAY_AND_CLOSE, bytes, len}));
	a = call_port(peer.port, "GET", HTTP_NEVER);
	WANT(a.result == HTTP_LOST);
	WANT_TEXT(a.error, "the answer is too large");
	peer_stop(&peer, mem);
}

static void
a_redirect_is_not_followed(void **state)
{
	struct peer other = peer_http(STEPS({PEER_SAY, OK_EMPTY, 0}));
	const char *bytes = arena_printf(mem,
					 "HTTP/1.1 302 Found\r\nLocation: "
					 "http://127.0.0.1:%d/\r\n"
					 "Content-Length: 0\r\n\r\n",
					 other.port);
	struct peer peer = peer_http(STEPS({PEER_SAY, bytes, 0}));
	struct http_answer a = call_port(peer.port, "GET", HTTP_SAFE);

	(void)state;
	WANT(a.result == HTTP_ANSWERED);
	WANT_INT(a.status, 302);
	WANT_TEXT(peer_stop(&other, mem), "");
	peer_stop(&peer, mem);
}

static void
a_lost_answer_is_asked_for_again_with_the_same_bytes(void **state)
{
	struct peer peer =
		peer_http(STEPS({PEER_RESET, NULL, 0}, {PEER_SAY, OK_EMPTY, 0}));
	struct http_answer a = call_port(peer.port, "POST", HTTP_SAFE_WITH_KEY);
	char *heard = peer_stop(&peer, mem);
	char *second = strstr(heard + 1, "POST /x");

	(void)state;
	WANT_INT(a.status, 200);
	WANT_INT(a.tries, 2);
	WANT(a.doubt);
	WANT(second != NULL);
	WANT_INT((second - heard) * 2, strlen(heard));
	WANT(strncmp(heard, second, strlen(second)) == 0);
}

static void
what_may_never_be_repeated_is_sent_once(void **state)
{
	struct peer peer = peer_http(
		STEPS({PEER_SAY, HTTP("503 No", "Content-Length: 0\r\n", ""), 0}));
	struct http_answer a = call_port(peer.port, "POST", HTTP_NEVER);

	(void)state;
	WANT_INT(a.status, 503);
	WANT_INT(count(peer_stop(&peer, mem), "POST /x"), 1);
}

static void
three_tries_are_the_most(void **state)
{
	struct peer peer = peer_http(
		STEPS({PEER_SAY, HTTP("500 No", "Content-Length: 0\r\n", ""), 0}));
	struct http_answer a = call_port(peer.port, "POST", HTTP_SAFE_WITH_KEY);

	(void)state;
	WANT_INT(a.status, 500);
	WANT_INT(a.tries, 3);
	WANT(paused_ms >= 250 + 500 && paused_ms <= 500 + 1000);
	WANT_INT(count(peer_stop(&peer, mem), "POST /x"), 3);
}

static void
the_gateway_may_forbid_a_repeat(void **state)
{
	struct peer peer = peer_http(
		STEPS({PEER_SAY,
		       HTTP("500 No",
			    "Content-Length: 0\r\nStripe-Should-Retry: false\r\n", ""),
		       0}));
	struct http_answer a = call_port(peer.port, "POST", HTTP_SAFE_WITH_KEY);

	(void)state;
	WANT_INT(a.tries, 1);
	peer_stop(&peer, mem);
}

static void
retry_after_is_waited_for(void **state)
{
	struct peer peer = peer_http(STEPS(
		{PEER_SAY,
		 HTTP("429 Slow", "Content-Length: 0\r\nRetry-After: 1\r\n", ""), 0},
		{PEER_SAY, OK_EMPTY, 0}));
	int64_t began = clock_steady_us();
	struct http_answer a;

	(void)state;
	http = http_out_new(mem, config); /* one that sleeps */
	a = call_port(peer.port, "POST", HTTP_SAFE_WITH_KEY);
	WANT_INT(a.status, 200);
	WANT(!a.doubt);
	WANT(clock_steady_us() - began >= SECONDS(1));
	peer_stop(&peer, mem);
}

static void
a_shopper_does_not_wait_for_a_long_retry_after(void **state)
{
	struct peer peer = peer_http(STEPS(
		{PEER_SAY,
		 HTTP("429 Slow", "Content-Length: 0\r\nRetry-After: 6\r\n", ""), 0}));
	struct http_answer a;

	(void)state;
	cx.deadline_us = clock_steady_us() + SECONDS(20);
	a = call_port(peer.port, "POST", HTTP_SAFE_WITH_KEY);
	WANT_INT(a.status, 429);
	WANT_INT(a.retry_after, 6);
	WANT_INT(a.tries, 1);
	peer_stop(&peer, mem);
}

static void
the_deadline_of_the_work_ends_a_call(void **state)
{
	struct peer peer = peer_http(STEPS({PEER_HANG, NULL, 0}));
	int64_t began = clock_steady_us();
	struct http_answer a;

	(void)state;
	cx.deadline_us = began + SECONDS(1) / 4;
	a = call_port(peer.port, "POST", HTTP_SAFE_WITH_KEY);
	WANT(a.result == HTTP_LOST);
	WANT(clock_steady_us() - began < SECONDS(1));
	cx.deadline_us = began;
	WANT(call_port(peer.port, "POST", HTTP_SAFE_WITH_KEY).result == HTTP_NOT_SENT);
	peer_stop(&peer, mem);
}

static void
not_sent_after_a_lost_try_is_lost(void **state)
{
	struct peer peer = peer_http(STEPS({PEER_LEAVE, NULL, 0}));
	struct http_answer a = call_port(peer.port, "POST", HTTP_SAFE_WITH_KEY);

	(void)state;
	WANT_INT(a.tries, 3);
	WANT_TEXT(a.error, "Couldn't connect to server");
	WANT(a.result == HTTP_LOST);
	WANT(a.doubt);
	peer_stop(&peer, mem);
}

/* libcurl repeats such a request by itself, without a word. */
static void
a_kept_connection_that_dies_leaves_doubt(void **state)
{
	struct peer peer = peer_http(STEPS(
		{PEER_SAY, OK_EMPTY, 0}, {PEER_RESET, NULL, 0},
		{PEER_SAY,
		 HTTP("429 Slow", "Content-Length: 0\r\nRetry-After: 99\r\n", ""), 0}));
	struct http_answer a = call_port(peer.port, "POST", HTTP_SAFE_WITH_KEY);

	(void)state;
	WANT(!a.doubt);
	a = call_port(peer.port, "POST", HTTP_SAFE_WITH_KEY);
	WANT_INT(a.status, 429);
	WANT_INT(a.tries, 1);
	WANT(a.doubt);
	WANT_INT(count(peer_stop(&peer, mem), "POST /x"), 3);
}

static void
a_kept_connection_that_dies_for_good_is_lost(void **state)
{
	struct peer peer =
		peer_http(STEPS({PEER_SAY, OK_EMPTY, 0}, {PEER_LEAVE, NULL, 0}));
	struct http_answer a = call_port(peer.port, "POST", HTTP_SAFE_WITH_KEY);

	(void)state;
	WANT_INT(a.status, 200);
	a = call_port(peer.port, "POST", HTTP_SAFE_WITH_KEY);
	WANT_TEXT(a.error, "Couldn't connect to server");
	WANT(a.result == HTTP_LOST);
	peer_stop(&peer, mem);
}

static void
silence_before_tls_stands_was_not_sent(void **state)
{
	struct peer peer = peer_http(STEPS({PEER_HANG, NULL, 0}));

	(void)state;
	WANT(call_tls(peer.port).result == HTTP_NOT_SENT);
	peer_stop(&peer, mem);
}

#define CALL_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CALL_TEST(an_answer_is_handed_back_with_its_headers),
		CALL_TEST(a_connection_is_used_again),
		CALL_TEST(a_refused_connection_was_not_sent),
		CALL_TEST(a_name_that_does_not_exist_was_not_sent),
		CALL_TEST(an_address_that_the_mode_forbids_is_never_called),
		CALL_TEST(plain_text_instead_of_tls_was_not_sent),
		CALL_TEST(silence_after_the_request_is_a_lost_answer),
		CALL_TEST(silence_in_the_middle_of_an_answer_is_a_lost_answer),
		CALL_TEST(a_reset_is_a_lost_answer),
		CALL_TEST(a_cut_answer_is_a_lost_answer),
		CALL_TEST(an_answer_over_two_megabytes_is_a_lost_answer),
		CALL_TEST(a_redirect_is_not_followed),
		CALL_TEST(a_lost_answer_is_asked_for_again_with_the_same_bytes),
		CALL_TEST(what_may_never_be_repeated_is_sent_once),
		CALL_TEST(three_tries_are_the_most),
		CALL_TEST(the_gateway_may_forbid_a_repeat),
		CALL_TEST(retry_after_is_waited_for),
		CALL_TEST(a_shopper_does_not_wait_for_a_long_retry_after),
		CALL_TEST(the_deadline_of_the_work_ends_a_call),
		CALL_TEST(not_sent_after_a_lost_try_is_lost),
		CALL_TEST(a_kept_connection_that_dies_leaves_doubt),
		CALL_TEST(a_kept_connection_that_dies_for_good_is_lost),
		CALL_TEST(silence_before_tls_stands_was_not_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
