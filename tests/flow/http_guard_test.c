/* http_guard_test.c - calls that go out only as breaker and seats permit, are counted,
 * and are told of. */
#include "gateway/http_guard.h"

#include <stdio.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/config.h"
#include "base/shared.h"
#include "support/check.h"
#include "support/pauses.h"
#include "support/peer.h"

#define HTTP(status, body)                                                             \
	"HTTP/1.1 " status "\r\nContent-Length: 21\r\nRequest-Id: req_1\r\n\r\n" body
#define FINE   HTTP("200 OK", "{\"client_secret\":\"x\"}")
#define BROKEN HTTP("500 No", "{\"a\":\"bcdefghijklmn\"}")
#define STEPS(...)                                                                     \
	(const struct peer_step[]){__VA_ARGS__},                                       \
		sizeof((const struct peer_step[]){__VA_ARGS__}) /                      \
			sizeof(struct peer_step)

enum { SEATS = 2, HURRY_MS = 300, NOTES_MAX = 16 };

static struct arena *mem;
static struct ctx cx;
static struct http_out *http;
static struct shared *shared;
static struct http_note notes[NOTES_MAX];
static size_t n_notes;

static void
keep_note(void *to, struct ctx *in, const struct http_note *note)
{
	WANT(to == &n_notes && in == &cx && !in->in_tx);
	WANT(n_notes < NOTES_MAX);
	notes[n_notes++] = *note;
}

static int
begin(void **state)
{
	struct config *config;

	mem = arena_new((size_t)64 * 1024 * 1024);
	cx = (struct ctx){.mem = mem};
	config = config_defaults(mem);
	config->gateway_mode = "sandbox";
	http = http_out_new(mem, config);
	pauses_pass(http);
	shared = shared_private();
	n_notes = 0;
	http_out_guard(http, &(struct http_guard){.traffic = &shared->traffic,
						  .calls_most = SEATS,
						  .note = keep_note,
						  .to = &n_notes});
	return check_begin(state);
}

static int
end(void **state)
{
	arena_free(mem);
	return check_end(state);
}

static struct http_answer
call_port(int port, enum http_retry retry)
{
	const struct http_header headers[] = {{"Authorization", "Bearer sk_test_hush"},
					      {"Idempotency-Key", "key-1"}};
	struct http_answer answer;
	struct http_call call = {
		.gateway = "test",
		.operation = "session.create",
		.method = "POST",
		.url = arena_printf(mem, "http://127.0.0.1:%d/v1/x?y=z", port),
		.headers = headers,
		.n_headers = 2,
		.body = "a=1&success_url=hush",
		.body_len = 20,
		.retry = retry,
		.timeout_ms = HURRY_MS,
	};

	http_out_send(http, &cx, &call, &answer);
	return answer;
}

static struct traffic_gateway *
gateway(void)
{
	return traffic_gateway(&shared->traffic, "test");
}

static struct traffic_operation *
counted(void)
{
	return traffic_operation(&shared->traffic, "test", "session.create");
}

/* Its time is over. */
static void
let_it_be_tried(void)
{
	struct breaker b = traffic_breaker(gateway());

	WANT(b.phase == BREAKER_OPEN);
	b.until_ms = 0;
	gateway()->breaker = breaker_pack(&b);
}

static void
fail_until_it_opens(int port)
{
	for (int i = 0; i < BREAKER_FAILURES; i++)
		WANT(call_port(port, HTTP_NEVER).result != HTTP_NOT_SENT);
	WANT(traffic_breaker(gateway()).phase == BREAKER_OPEN);
}

static void
a_gateway_that_is_silent_three_times_is_called_no_more(void **state)
{
	struct peer peer = peer_http(STEPS({PEER_HANG, NULL, 0}));
	int64_t began;
	struct http_answer a;

	(void)state;
	fail_until_it_opens(peer.port);
	began = clock_steady_us();
	a = call_port(peer.port, HTTP_SAFE_WITH_KEY);
	WANT(clock_steady_us() - began < SECONDS(1) / 10);
	WANT(a.result == HTTP_NOT_SENT);
	WANT(!a.doubt);
	WANT(a.retry_after >= 1 && a.retry_after <= 10);
	WANT_INT(n_notes, 3);
	WANT_INT(counted()->results[TRAFFIC_LOST], 3);
	WANT_INT(counted()->results[TRAFFIC_REFUSED], 1);
	peer_stop(&peer, mem);
}

static void
a_shop_that_wants_no_breaker_calls_however_often_it_failed(void **state)
{
	struct peer peer = peer_http(STEPS({PEER_HANG, NULL, 0}));

	(void)state;
	http_out_guard(http, &(struct http_guard){.traffic = &shared->traffic,
						  .calls_most = SEATS,
						  .trusting = true});
	for (int i = 0; i < 2 * BREAKER_FAILURES; i++)
		WANT(call_port(peer.port, HTTP_NEVER).result != HTTP_NOT_SENT);
	WANT(traffic_breaker(gateway()).phase == BREAKER_CLOSED);
	peer_stop(&peer, mem);
}

static void
a_gateway_that_answers_two_trials_is_called_again(void **state)
{
	struct peer peer = peer_http(
		STEPS({PEER_SAY_AND_CLOSE, BROKEN, 0}, {PEER_SAY_AND_CLOSE, BROKEN, 0},
		      {PEER_SAY_AND_CLOSE, BROKEN, 0}, {PEER_SAY, FINE, 0}));

	(void)state;
	fail_until_it_opens(peer.port);
	let_it_be_tried();
	WANT_INT(call_port(peer.port, HTTP_SAFE).status, 200);
	WANT_INT(call_port(peer.port, HTTP_SAFE).status, 200);
	WANT(traffic_breaker(gateway()).phase == BREAKER_CLOSED);
	WANT_INT(gateway()->opened, 1);
	peer_stop(&peer, mem);
}

static void
a_trial_that_fails_is_not_repeated(void **state)
{
	struct peer peer = peer_http(STEPS({PEER_SAY_AND_CLOSE, BROKEN, 0}));
	struct http_answer a;

	(void)state;
	fail_until_it_opens(peer.port);
	let_it_be_tried();
	a = call_port(peer.port, HTTP_SAFE_WITH_KEY);
	WANT_INT(a.tries, 1);
	WANT(call_port(peer.port, HTTP_NEVER).result == HTTP_NOT_SENT);
	peer_stop(&peer, mem);
}

static void
a_call_that_was_repeated_and_answered_is_no_failure(void **state)
{
	struct peer peer =
		peer_http(STEPS({PEER_SAY_AND_CLOSE, BROKEN, 0},
				{PEER_SAY_AND_CLOSE, BROKEN, 0}, {PEER_SAY, FINE, 0}));

	(void)state;
	WANT_INT(call_port(peer.port, HTTP_SAFE_WITH_KEY).status, 200);
	WANT_INT(traffic_breaker(gateway()).failures, 0);
	WANT_INT(counted()->retries, 2);
	WANT_INT(counted()->results[TRAFFIC_ANSWERED], 1);
	WANT_INT(n_notes, 3);
	peer_stop(&peer, mem);
}

static void
a_refusal_of_the_gateway_is_an_answer(void **state)
{
	struct peer peer =
		peer_http(STEPS({PEER_SAY_AND_CLOSE,
				 HTTP("429 Slow", "{\"a\":\"bcdefghijklmn\"}"), 0}));

	(void)state;
	for (int i = 0; i < 2 * BREAKER_FAILURES; i++)
		WANT_INT(call_port(peer.port, HTTP_NEVER).status, 429);
	WANT(traffic_breaker(gateway()).phase == BREAKER_CLOSED);
	peer_stop(&peer, mem);
}

static void
the_silence_of_a_call_without_time_says_nothing(void **state)
{
	struct peer peer = peer_http(STEPS({PEER_HANG, NULL, 0}));

	(void)state;
	for (int i = 0; i < 2 * BREAKER_FAILURES; i++) {
		cx.deadline_us = clock_steady_us() + SECONDS(1) * 15 / 100;
		WANT(call_port(peer.port, HTTP_NEVER).result == HTTP_LOST);
	}
	WANT(traffic_breaker(gateway()).phase == BREAKER_CLOSED);
	peer_stop(&peer, mem);
}

static void
no_more_than_so_many_call_at_once(void **state)
{
	struct peer peer = peer_http(STEPS({PEER_SAY, FINE, 0}));
	int64_t now = clock_steady_us() / 1000;
	struct http_answer a;
	int seat;

	(void)state;
	WANT_INT(call_port(peer.port, HTTP_SAFE).status, 200);
	WANT_INT(traffic_seated(gateway(), now), 0);
	seat = traffic_sit(gateway(), SEATS, getppid(), now);
	WANT(seat != TRAFFIC_FULL);
	WANT_INT(call_port(peer.port, HTTP_SAFE).status, 200);
	WANT(traffic_sit(gateway(), SEATS, getppid(), now) != TRAFFIC_FULL);
	a = call_port(peer.port, HTTP_SAFE_WITH_KEY);
	WANT(a.result == HTTP_NOT_SENT);
	WANT_INT(a.retry_after, 2);
	WANT(traffic_breaker(gateway()).phase == BREAKER_CLOSED);
	traffic_rise(gateway(), seat, getppid());
	WANT_INT(call_port(peer.port, HTTP_SAFE).status, 200);
	peer_stop(&peer, mem);
}

static void
each_try_is_told_of_without_its_secrets(void **state)
{
	struct peer peer = peer_http(STEPS({PEER_RESET, NULL, 0}, {PEER_SAY, FINE, 0}));

	(void)state;
	WANT_INT(call_port(peer.port, HTTP_SAFE_WITH_KEY).status, 200);
	peer_stop(&peer, mem);
	WANT_INT(n_notes, 2);
	WANT_TEXT(notes[0].outcome, "lost");
	WANT(notes[0].response == NULL && notes[0].error != NULL);
	WANT_INT(notes[0].nth, 1);
	WANT_TEXT(notes[1].outcome, "answered");
	WANT_TEXT(notes[1].operation, "session.create");
	WANT_TEXT(notes[1].path, "/v1/x?y=z");
	WANT_TEXT(notes[1].key, "key-1");
	WANT_TEXT(notes[1].request, "a=1&success_url=[removed]");
	WANT_TEXT(notes[1].response, "{\"client_secret\":\"[removed]\"}");
	WANT_TEXT(notes[1].request_id, "req_1");
	WANT_INT(notes[1].status, 200);
	WANT_INT(notes[1].nth, 2);
	WANT(notes[1].called_at.us <= clock_now().us);
}

#define CALL_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CALL_TEST(a_gateway_that_is_silent_three_times_is_called_no_more),
		CALL_TEST(a_shop_that_wants_no_breaker_calls_however_often_it_failed),
		CALL_TEST(a_gateway_that_answers_two_trials_is_called_again),
		CALL_TEST(a_trial_that_fails_is_not_repeated),
		CALL_TEST(a_call_that_was_repeated_and_answered_is_no_failure),
		CALL_TEST(a_refusal_of_the_gateway_is_an_answer),
		CALL_TEST(the_silence_of_a_call_without_time_says_nothing),
		CALL_TEST(no_more_than_so_many_call_at_once),
		CALL_TEST(each_try_is_told_of_without_its_secrets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
