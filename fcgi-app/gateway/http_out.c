/* http_out.c - libcurl for calls to gateways. One easy handle per process, kept alive.
 */
#include "gateway/http_out.h"

#include <assert.h>
#include <curl/curl.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/fault_point.h"
#include "base/log.h"
#include "base/text.h"
#include "base/token.h"
#include "gateway/http_guard.h"
#include "gateway/origin.h"

enum {
	CONNECT_MS = 2000,
	WHOLE_MS = 25000,
	LEAST_MS = 100, /* a try with less time than this is not begun */
	PATIENCE_PAGE_S = 5,
	PATIENCE_JOB_S = 60,
	BODY_MOST = 2 * 1024 * 1024,
};

struct http_out {
	bool sandbox;
	int64_t get_ms, post_ms; /* of one try */
	struct http_guard guard;
	void (*pause)(int64_t ms);
	CURL *easy;
};

static void
give_back(void *easy)
{
	curl_easy_cleanup(*(CURL **)easy);
}

static void
sleep_ms(int64_t ms)
{
	struct timespec left = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	while (nanosleep(&left, &left) != 0 && errno == EINTR)
		;
}

struct http_out *
http_out_new(struct arena *mem, const struct config *config)
{
	struct http_out *http = arena_new_of(mem, struct http_out, 1);

	signal(SIGPIPE, SIG_IGN);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	http->sandbox = text_equal(config->gateway_mode, "sandbox");
	http->get_ms = config->gateway_get_seconds * 1000;
	http->post_ms = config->gateway_post_seconds * 1000;
	http->pause = sleep_ms;
	arena_defer(mem, give_back, &http->easy);
	return http;
}

void
http_out_pause(struct http_out *http, void (*pause)(int64_t ms))
{
	http->pause = pause;
}

void
http_out_guard(struct http_out *http, const struct http_guard *guard)
{
	http->guard = *guard;
}

static bool
is_allowed(bool sandbox, const char *url)
{
	struct origin o;

	if (!origin_read(url, &o))
		return false;
	return o.https || (sandbox && origin_is_loopback_http(&o));
}

bool
http_out_allows(const struct config *config, const char *url)
{
	return is_allowed(text_equal(config->gateway_mode, "sandbox"), url);
}

/* One try on its way. */
struct transfer {
	struct buf body;
	const char *method;
	int sent; /* how often the request was written, at least in part */
};

static size_t
take_body(char *bytes, size_t size, size_t n, void *to)
{
	struct transfer *transfer = to;

	buf_put(&transfer->body, bytes, size * n);
	return transfer->body.full ? 0 : size * n;
}

/* libcurl repeats a request by itself when a kept connection turns out to be dead, and
 * tells nobody: whoever counts what it writes knows. */
static int
watch(CURL *easy, curl_infotype type, char *bytes, size_t len, void *to)
{
	struct transfer *transfer = to;
	size_t method = strlen(transfer->method);

	(void)easy;
	if (type == CURLINFO_HEADER_OUT && len > method &&
	    memcmp(bytes, transfer->method, method) == 0 && bytes[method] == ' ') {
		transfer->sent++;
		FAULT_POINT(call_written);
	}
	return 0;
}

static void
free_list(void *list)
{
	curl_slist_free_all(list);
}

static struct curl_slist *
header_list(struct arena *mem, const struct http_call *call)
{
	struct curl_slist *list = curl_slist_append(NULL, "Expect:");

	assert(list != NULL);
	arena_defer(mem, free_list, list);
	for (size_t i = 0; i < call->n_headers; i++) {
		const struct http_header *h = &call->headers[i];
		const char *line = arena_printf(mem, "%s: %s", h->name, h->value);
		const struct curl_slist *grown = NULL;

		assert(text_is_header_safe(line));
		grown = curl_slist_append(list, line);
		assert(grown == list);
	}
	return list;
}

static void
set_request(CURL *c, const struct http_call *call, struct curl_slist *headers)
{
	bool get = strcmp(call->method, "GET") == 0;

	curl_easy_setopt(c, CURLOPT_URL, call->url);
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
	if (get) {
		curl_easy_setopt(c, CURLOPT_HTTPGET, 1L);
		return;
	}
	curl_easy_setopt(c, CURLOPT_POST, 1L);
	curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, call->method);
	curl_easy_setopt(c, CURLOPT_POSTFIELDS, call->body == NULL ? "" : call->body);
	curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body_len);
	/* On a new connection libcurl repeats nothing by itself. */
	if (call->retry == HTTP_NEVER)
		curl_easy_setopt(c, CURLOPT_FRESH_CONNECT, 1L);
}

static void
set_limits(CURL *c, bool sandbox, int64_t timeout_ms)
{
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, sandbox ? "https,http" : "https");
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(c, CURLOPT_PROXY, "");
	curl_easy_setopt(c, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
	curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
}

/* gateways.md section 6: what counts as never sent. All else may have arrived. */
static enum http_result
result_of(CURLcode code, int sent)
{
	switch (code) {
	case CURLE_OK:
		return HTTP_ANSWERED;
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_URL_MALFORMAT:
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_CONNECT:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_OPERATION_TIMEDOUT:
		return sent == 0 ? HTTP_NOT_SENT : HTTP_LOST;
	default:
		return HTTP_LOST;
	}
}

static const char *
header_of(CURL *c, struct arena *mem, const char *name)
{
	struct curl_header *h;

	if (curl_easy_header(c, name, 0, CURLH_HEADER, -1, &h) != CURLHE_OK ||
	    !text_is_header_safe(h->value) || strlen(h->value) > 200)
		return NULL;
	return arena_text(mem, h->value);
}

/* Of the header Date (RFC 9110 section 6.6.1). */
static struct instant
date_of(const char *text)
{
	time_t at = text == NULL ? -1 : curl_getdate(text, NULL);

	return at > 0 ? (struct instant){SECONDS(at)} : (struct instant){0};
}

static void
read_answer(CURL *c, struct arena *mem, struct http_answer *out)
{
	const char *should = header_of(c, mem, "stripe-should-retry");
	long status = 0;
	curl_off_t wait = 0;

	curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(c, CURLINFO_RETRY_AFTER, &wait);
	out->status = (int)status;
	out->retry_after = wait > 0 && wait < 86400 ? wait : 0;
	out->date = date_of(header_of(c, mem, "date"));
	out->should_retry = text_equal(should, "true");
	out->has_should_retry = out->should_retry || text_equal(should, "false");
	out->request_id = header_of(c, mem, "request-id");
	if (out->request_id == NULL)
		out->request_id = header_of(c, mem, "paypal-debug-id");
}

static void
try_once(struct http_out *http, struct arena *mem, const struct http_call *call,
	 int64_t timeout_ms, struct http_answer *out)
{
	struct transfer transfer = {
		.body = buf_new(mem, BODY_MOST),
		.method = call->method,
	};
	CURL *c = http->easy;
	CURLcode code;

	curl_easy_reset(c);
	set_limits(c, http->sandbox, timeout_ms);
	set_request(c, call, header_list(mem, call));
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, &transfer);
	curl_easy_setopt(c, CURLOPT_VERBOSE, 1L);
	curl_easy_setopt(c, CURLOPT_DEBUGFUNCTION, watch);
	curl_easy_setopt(c, CURLOPT_DEBUGDATA, &transfer);
	FAULT_POINT(call_begin);
	code = curl_easy_perform(c);
	FAULT_POINT(call_answered);
	out->result = result_of(code, transfer.sent);
	out->doubt = transfer.sent > 1;
	if (out->result == HTTP_ANSWERED) {
		read_answer(c, mem, out);
		out->body = buf_string(&transfer.body);
		out->body_len = transfer.body.len;
	} else {
		out->error = transfer.body.full ? "the answer is too large"
						: curl_easy_strerror(code);
	}
	curl_easy_reset(c); /* it must not remember what dies with the arena */
}

static void
log_call(const struct http_call *call, const struct http_answer *a, int64_t began_us)
{
	static const char *const words[] = {
		[HTTP_ANSWERED] = "answered",
		[HTTP_NOT_SENT] = "not_sent",
		[HTTP_LOST] = "lost",
	};

	log_event(a->result == HTTP_ANSWERED ? LOG_INFO : LOG_WARNING, "gateway.call",
		  "gateway", call->gateway, "operation", call->operation, "result",
		  words[a->result], "status", log_number(a->status), "tries",
		  log_number(a->tries), "ms",
		  log_number((clock_steady_us() - began_us) / 1000), "request_id",
		  a->request_id, "error", a->error, NULL);
}

/* An earlier try may have been executed: then a later "not sent" is not the whole
 * truth. */
static void
settle_doubt(bool doubt, struct http_answer *out)
{
	out->doubt = out->doubt || doubt;
	if (doubt && out->result == HTTP_NOT_SENT)
		out->result = HTTP_LOST;
}

/* Milliseconds that the whole call may still take. */
static int64_t
time_left(const struct ctx *cx, int64_t began_us)
{
	int64_t end = began_us + WHOLE_MS * INT64_C(1000);

	if (cx->deadline_us != 0 && cx->deadline_us < end)
		end = cx->deadline_us;
	return (end - clock_steady_us()) / 1000;
}

static int64_t
timeout_of(const struct http_out *http, const struct http_call *call)
{
	if (call->timeout_ms != 0)
		return call->timeout_ms;
	return strcmp(call->method, "GET") == 0 ? http->get_ms : http->post_ms;
}

/* Whether to try once more; sleeps until then. */
static bool
wait_for_repeat(const struct http_out *http, const struct ctx *cx,
		const struct http_call *call, const struct http_pass *pass,
		const struct http_answer *out, int64_t began_us)
{
	int repeats = out->tries - 1;
	int64_t wait,
		patience = cx->deadline_us != 0 ? PATIENCE_PAGE_S : PATIENCE_JOB_S;

	if (http_out_next(out, call->retry, repeats) != HTTP_REPEAT ||
	    !http_guard_may_repeat(pass, out))
		return false;
	wait = http_out_wait_ms(out, repeats, (unsigned)token_below(256));
	if (out->retry_after > patience || wait + LEAST_MS > time_left(cx, began_us))
		return false;
	http->pause(wait);
	return true;
}

/* One try within the time that is left; false when there is none. */
static bool
try_in_time(struct http_out *http, struct ctx *cx, const struct http_call *call,
	    int64_t began_us, struct http_answer *out)
{
	int64_t left = time_left(cx, began_us), usual = timeout_of(http, call);
	int64_t now = clock_steady_us();

	out->hurried = left < usual;
	if (left < LEAST_MS) {
		out->error = "no time is left";
		return false;
	}
	try_once(http, cx->mem, call, usual < left ? usual : left, out);
	http_guard_note(&http->guard, cx, call, out, now);
	return true;
}

static void
send_all_tries(struct http_out *http, struct ctx *cx, const struct http_call *call,
	       const struct http_pass *pass, int64_t began_us, struct http_answer *out)
{
	struct arena_mark mark = arena_mark(cx->mem);
	bool doubt = false, tried = true;

	for (int tries = 1; tried; tries++) {
		*out = (struct http_answer){.result = HTTP_NOT_SENT, .tries = tries};
		tried = try_in_time(http, cx, call, began_us, out);
		settle_doubt(doubt, out);
		if (!tried || !wait_for_repeat(http, cx, call, pass, out, began_us))
			return;
		doubt = out->doubt || out->result == HTTP_LOST || out->status >= 500;
		arena_rewind(cx->mem, mark);
	}
}

static void
send_guarded(struct http_out *http, struct ctx *cx, const struct http_call *call,
	     int64_t began_us, struct http_answer *out)
{
	struct http_pass pass;

	if (!http_guard_enter(&http->guard, call, &pass, out))
		return;
	send_all_tries(http, cx, call, &pass, began_us, out);
	http_guard_leave(&http->guard, call, &pass, out, clock_steady_us() - began_us);
}

void
http_out_send(struct http_out *http, struct ctx *cx, const struct http_call *call,
	      struct http_answer *out)
{
	int64_t began = clock_steady_us();

	assert(!cx->in_tx);
	if (http->easy == NULL)
		http->easy = curl_easy_init();
	assert(http->easy != NULL);
	if (is_allowed(http->sandbox, call->url))
		send_guarded(http, cx, call, began, out);
	else
		*out = (struct http_answer){.result = HTTP_NOT_SENT,
					    .error = "the address is not allowed"};
	log_call(call, out, began);
}
