/* http_guard.c - who may call a gateway now, and what is kept of each call. */
#include "gateway/http_guard.h"

#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/text.h"
#include "gateway/redact.h"

enum { WAIT_MOST_S = 10, FULL_WAIT_S = 2 };

static int64_t
now_ms(void)
{
	return clock_steady_us() / 1000;
}

static bool
has_failed(const struct http_answer *a)
{
	return a->result != HTTP_ANSWERED || a->status >= 500;
}

/* A try that had less time than it is usually given says nothing by its silence. */
static enum breaker_news
news_of(const struct http_answer *a)
{
	if (!has_failed(a))
		return BREAKER_ANSWERED;
	return a->hurried && a->tries == 1 && a->result != HTTP_ANSWERED
		       ? BREAKER_SILENT
		       : BREAKER_FAILED;
}

static enum traffic_result
result_of(const struct http_answer *a)
{
	if (a->result == HTTP_NOT_SENT)
		return TRAFFIC_NOT_SENT;
	if (a->result == HTTP_LOST)
		return TRAFFIC_LOST;
	return a->status >= 500 ? TRAFFIC_SERVER_ERROR : TRAFFIC_ANSWERED;
}

static void
count(const struct http_guard *guard, const struct http_call *call,
      enum traffic_result result, int64_t retries, int64_t took_us)
{
	struct traffic_operation *counted =
		traffic_operation(guard->traffic, call->gateway, call->operation);

	if (counted == NULL)
		return;
	atomic_fetch_add(&counted->results[result], 1);
	atomic_fetch_add(&counted->retries, retries);
	atomic_fetch_add(&counted->total_us, took_us);
}

static bool
refuse(const struct http_guard *guard, const struct http_call *call, const char *why,
       int64_t wait_s, struct http_answer *out)
{
	*out = (struct http_answer){
		.result = HTTP_NOT_SENT, .error = why, .retry_after = wait_s};
	count(guard, call, TRAFFIC_REFUSED, 0, 0);
	return false;
}

bool
http_guard_enter(const struct http_guard *guard, const struct http_call *call,
		 struct http_pass *pass, struct http_answer *out)
{
	int64_t wait_ms, wait_s;

	*pass = (struct http_pass){.leave = BREAKER_CALL, .seat = TRAFFIC_FULL};
	if (guard->traffic == NULL)
		return true;
	pass->gateway = traffic_gateway(guard->traffic, call->gateway);
	if (pass->gateway == NULL)
		return true;
	/* The seat first: whoever finds none must not take a trial with him. */
	pass->seat = traffic_sit(pass->gateway, guard->calls_most, getpid(), now_ms());
	if (pass->seat == TRAFFIC_FULL)
		return refuse(guard, call, "too many are calling this gateway",
			      FULL_WAIT_S, out);
	if (guard->trusting)
		return true;
	pass->leave = traffic_ask(pass->gateway, now_ms(), &wait_ms);
	if (pass->leave != BREAKER_REFUSE)
		return true;
	traffic_rise(pass->gateway, pass->seat, getpid());
	wait_s = wait_ms / 1000 + 1;
	return refuse(guard, call, "the gateway has failed too often: it is left alone",
		      wait_s < WAIT_MOST_S ? wait_s : WAIT_MOST_S, out);
}

bool
http_guard_may_repeat(const struct http_pass *pass, const struct http_answer *a)
{
	if (pass->gateway == NULL || !has_failed(a))
		return true;
	return pass->leave == BREAKER_CALL &&
	       traffic_breaker(pass->gateway).phase == BREAKER_CLOSED;
}

void
http_guard_leave(const struct http_guard *guard, const struct http_call *call,
		 const struct http_pass *pass, const struct http_answer *a,
		 int64_t took_us)
{
	if (guard->traffic == NULL)
		return;
	count(guard, call, result_of(a), a->tries - 1, took_us);
	if (pass->gateway == NULL)
		return;
	if (!guard->trusting)
		traffic_tell(pass->gateway, pass->leave, news_of(a), now_ms());
	traffic_rise(pass->gateway, pass->seat, getpid());
}

static const char *
path_of(const char *url)
{
	const char *host = strstr(url, "://");
	const char *path = host == NULL ? NULL : strchr(host + 3, '/');

	return path == NULL ? "/" : path;
}

static const char *
key_of(const struct http_call *call)
{
	for (size_t i = 0; i < call->n_headers; i++)
		if (text_equal_fold(call->headers[i].name, "Idempotency-Key"))
			return call->headers[i].value;
	return NULL;
}

static const char *
kept(struct arena *mem, const char *body, size_t len)
{
	if (body == NULL)
		return NULL;
	return redact(mem, body, len < HTTP_NOTE_BODY ? len : HTTP_NOTE_BODY);
}

void
http_guard_note(const struct http_guard *guard, struct ctx *cx,
		const struct http_call *call, const struct http_answer *a,
		int64_t began_us)
{
	static const char *const outcomes[] = {
		[HTTP_ANSWERED] = "answered",
		[HTTP_NOT_SENT] = "not_sent",
		[HTTP_LOST] = "lost",
	};
	int64_t took_us = clock_steady_us() - began_us;

	if (guard->note == NULL)
		return;
	guard->note(guard->to, cx,
		    &(struct http_note){
			    .gateway = call->gateway,
			    .operation = call->operation,
			    .method = call->method,
			    .path = path_of(call->url),
			    .key = key_of(call),
			    .request = kept(cx->mem, call->body, call->body_len),
			    .response = kept(cx->mem, a->body, a->body_len),
			    .outcome = outcomes[a->result],
			    .request_id = a->request_id,
			    .error = a->error,
			    .status = a->status,
			    .nth = a->tries,
			    .took_ms = took_us / 1000,
			    .called_at = instant_add(clock_now(), -took_us),
		    });
}
