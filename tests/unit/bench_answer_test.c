/* bench_answer_test.c - the bench reads the same from an answer however it is cut. */
#include "bench/client/answer.h"

#include <stdlib.h>

#include "support/check.h"

#define GZIP_NAME "content-ENCODING: gzip\r\n"

static const struct told {
	const char *bytes, *body;
	int status;
	bool closes, gzip;
	const char *place, *cookie, *order;
	int64_t retry_after;
} wholes[] = {
	{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n" GZIP_NAME "\r\nhello", "hello", 200,
	 false, true, "", "", "", 0},
	{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	 "5\r\nhello\r\n10;a=b\r\n, dear visitor!!\r\n0\r\n\r\n",
	 "hello, dear visitor!!", 200, false, false, "", "", "", 0},
	{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	 "5\r\nhello\r\nb\r\n, my friend\r\n0\r\nTrailer: x\r\n\r\n",
	 "hello, my friend", 200, false, false, "", "", "", 0},
	{"HTTP/1.1 303 See Other\r\nContent-Length: 0\r\nLocation: /orders/A?t=b\r\n"
	 "X-Order: ABCDE-FGHIJ\r\nSet-Cookie: __Host-till=abc; Path=/; Secure\r\n\r\n",
	 "", 303, false, false, "/orders/A?t=b", "__Host-till=abc", "ABCDE-FGHIJ", 0},
	{"HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nConnection: close\r\n"
	 "Content-Length: 2\r\n\r\nno",
	 "no", 503, true, false, "", "", "", 7},
	{"HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\n\r\n", "", 304, false, false, "",
	 "", "", 0},
	{"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\nContent-Length: 1\n\nx",
	 "x", 201, false, false, "", "", "", 0},
};
enum { N_WHOLES = sizeof wholes / sizeof wholes[0] };

static struct bytes body;

static void
want_told(const struct answer *a, const struct told *told)
{
	WANT_INT(a->part, ANSWER_WHOLE);
	WANT_INT(a->status, told->status);
	WANT_INT(a->closes, told->closes);
	WANT_INT(a->gzip, told->gzip);
	WANT_TEXT(a->place, told->place);
	WANT_TEXT(a->cookie, told->cookie);
	WANT_TEXT(a->order, told->order);
	WANT_INT(a->retry_after, told->retry_after);
	WANT_INT(body.n, strlen(told->body));
	WANT(memcmp(body.at == NULL ? "" : body.at, told->body, body.n) == 0);
}

static void
an_answer_cut_at_any_byte_is_the_same(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_WHOLES; i++) {
		size_t n = strlen(wholes[i].bytes);

		for (size_t cut = 0; cut <= n; cut++) {
			struct answer a;

			answer_begin(&a, &body);
			WANT_INT(answer_feed(&a, wholes[i].bytes, cut), cut);
			WANT_INT(answer_feed(&a, wholes[i].bytes + cut, n - cut),
				 n - cut);
			want_told(&a, &wholes[i]);
		}
	}
}

static void
an_answer_in_single_bytes_is_the_same(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_WHOLES; i++) {
		struct answer a;

		answer_begin(&a, &body);
		for (const char *c = wholes[i].bytes; *c != '\0'; c++) {
			WANT(a.part != ANSWER_WHOLE);
			WANT_INT(answer_feed(&a, c, 1), 1);
		}
		want_told(&a, &wholes[i]);
	}
}

static void
a_connection_that_ends_too_early_cuts_the_answer(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_WHOLES; i++)
		for (size_t n = 0; n < strlen(wholes[i].bytes); n++) {
			struct answer a;

			answer_begin(&a, &body);
			answer_feed(&a, wholes[i].bytes, n);
			WANT(!answer_end(&a));
		}
}

static void
bytes_after_an_answer_are_left(void **state)
{
	static const char two[] =
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1";
	struct answer a;

	(void)state;
	answer_begin(&a, &body);
	WANT_INT(answer_feed(&a, two, sizeof two - 1), sizeof two - 1 - 8);
	WANT_INT(a.part, ANSWER_WHOLE);
}

static void
without_a_length_the_end_of_the_connection_is_the_end(void **state)
{
	static const char text[] = "HTTP/1.1 200 OK\r\nX: y\r\n\r\nall of it";
	struct answer a;

	(void)state;
	answer_begin(&a, &body);
	answer_feed(&a, text, sizeof text - 1);
	WANT_INT(a.part, ANSWER_TO_THE_END);
	WANT(a.closes);
	WANT(answer_end(&a));
	WANT_INT(body.n, 9);
}

static void
what_is_no_answer_is_wrong(void **state)
{
	static const char *const wrong[] = {
		"HTTP/1.0 200 OK\r\n",
		"HTTP/1.1 20 OK\r\n",
		"HTTP/1.1 2000 OK\r\n",
		"SSH-2.0-hello\r\n",
		"HTTP/1.1 200 OK\r\nno colon\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 5x\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n",
	};
	struct answer a;

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		answer_begin(&a, &body);
		answer_feed(&a, wrong[i], strlen(wrong[i]));
		WANT_INT(a.part, ANSWER_WRONG);
		WANT(!answer_end(&a));
	}
}

static void
a_header_that_is_too_long_is_wrong(void **state)
{
	struct answer a;

	(void)state;
	answer_begin(&a, &body);
	answer_feed(&a, "HTTP/1.1 200 OK\r\nX: ", 20);
	for (size_t i = 0; i < ANSWER_LINE && a.part != ANSWER_WRONG; i++)
		answer_feed(&a, "x", 1);
	WANT_INT(a.part, ANSWER_WRONG);
}

static void
a_body_that_is_used_again_is_empty_at_first(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct answer a;

		answer_begin(&a, &body);
		answer_feed(&a, wholes[0].bytes, strlen(wholes[0].bytes));
		want_told(&a, &wholes[0]);
	}
	free(body.at);
	body = (struct bytes){0};
}

TESTS(TEST(an_answer_cut_at_any_byte_is_the_same),
      TEST(an_answer_in_single_bytes_is_the_same),
      TEST(a_connection_that_ends_too_early_cuts_the_answer),
      TEST(bytes_after_an_answer_are_left),
      TEST(without_a_length_the_end_of_the_connection_is_the_end),
      TEST(what_is_no_answer_is_wrong), TEST(a_header_that_is_too_long_is_wrong),
      TEST(a_body_that_is_used_again_is_empty_at_first))
