/* http_out_next.c - whether a call is sent again, and when: the rules of the official
 * clients (gateways.md 2.5 and 7). */
#include "gateway/http_out.h"

enum { WAIT_FIRST_MS = 500, WAIT_LAST_MS = 5000 };

static bool
invites_repeat(const struct http_answer *a)
{
	if (a->result != HTTP_ANSWERED)
		return true;
	if (a->has_should_retry)
		return a->should_retry;
	return a->status == 409 || a->status == 429 || a->status >= 500;
}

enum http_next
http_out_next(const struct http_answer *a, enum http_retry class, int repeats)
{
	bool answered = a->result == HTTP_ANSWERED;

	if (answered && a->status >= 200 && a->status < 300)
		return HTTP_FINISHED;
	if (class != HTTP_NEVER && repeats < HTTP_REPEATS && invites_repeat(a))
		return HTTP_REPEAT;
	if (a->result == HTTP_LOST || (answered && a->status >= 500))
		return HTTP_LOOK_UP;
	return HTTP_GIVE_UP;
}

int64_t
http_out_wait_ms(const struct http_answer *a, int repeats, unsigned jitter)
{
	int64_t ms = WAIT_FIRST_MS;

	for (int i = 0; i < repeats && ms < WAIT_LAST_MS; i++)
		ms *= 2;
	if (ms > WAIT_LAST_MS)
		ms = WAIT_LAST_MS;
	ms = ms / 2 + ms / 2 * (int64_t)(jitter & 255) / 255;
	return a->retry_after * 1000 > ms ? a->retry_after * 1000 : ms;
}
