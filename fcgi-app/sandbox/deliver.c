/* deliver.c - signed webhooks with retries, by libcurl's multi interface. */
#include <assert.h>
#include <curl/curl.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/token.h"
#include "sandbox/deliver.h"

enum { AT_ONCE = 16, ANSWER_MAX = 65536, TIMEOUT_S = 5 };

struct transfer {
	CURL *easy;
	struct arena *mem; /* of its headers; rewound when it ends */
	struct arena_mark fresh;
	struct curl_slist *headers;
	struct delivery *delivery; /* NULL: free */
	size_t answer;
};

struct deliver {
	CURLM *multi;
	const char *ca;
	struct transfer transfers[AT_ONCE];
	size_t n_busy;
	size_t first_waiting; /* deliveries before it need no slot */
};

static const struct store_field event_fields[] = {
	STORE_FIELD(struct event, gateway, TEXT),
	STORE_FIELD(struct event, type, TEXT),
	STORE_FIELD(struct event, body, TEXT),
	STORE_FIELD(struct event, created, INT),
	STORE_END,
};
const struct store_kind event_kind = {"event", sizeof(struct event), event_fields,
				      false};

static const struct store_field delivery_fields[] = {
	STORE_FIELD(struct delivery, event, TEXT),
	STORE_FIELD(struct delivery, gateway, TEXT),
	STORE_FIELD(struct delivery, type, TEXT),
	STORE_FIELD(struct delivery, url, TEXT),
	STORE_FIELD(struct delivery, state, TEXT),
	STORE_FIELD(struct delivery, flaw, TEXT),
	STORE_FIELD(struct delivery, attempts, TEXT),
	STORE_FIELD(struct delivery, tries, INT),
	STORE_FIELD(struct delivery, status, INT),
	STORE_FIELD(struct delivery, due_us, INT),
	STORE_FIELD(struct delivery, single, BOOL),
	STORE_END,
};
const struct store_kind delivery_kind = {"delivery", sizeof(struct delivery),
					 delivery_fields, false};

fallible
deliver_new(struct sandbox *box, const char *ca)
{
	struct deliver *deliver = arena_new_of(box->mem, struct deliver, 1);

	curl_global_init(CURL_GLOBAL_DEFAULT);
	deliver->multi = curl_multi_init();
	deliver->ca = ca;
	if (!deliver->multi)
		return FAIL(INTERNAL, "curl_multi_init");
	for (size_t i = 0; i < AT_ONCE; i++) {
		struct transfer *t = &deliver->transfers[i];

		t->easy = curl_easy_init();
		if (!t->easy)
			return FAIL(INTERNAL, "curl_easy_init");
		t->mem = arena_new((size_t)16 << 20);
		t->fresh = arena_mark(t->mem);
	}
	box->deliver = deliver;
	return NULL;
}

struct event *
deliver_event(struct sandbox *box, const char *gateway, const char *id,
	      const char *type, const char *body)
{
	struct event *event = store_new(box->store, &event_kind, id);

	event->gateway = gateway;
	event->type = type;
	event->body = store_text(box->store, body);
	event->created = sandbox_now_s(box);
	store_save(box->store, event);
	return event;
}

static size_t
drop_answer(char *bytes, size_t size, size_t n, void *arg)
{
	struct transfer *t = arg;

	(void)bytes;
	t->answer += size * n;
	return t->answer > ANSWER_MAX ? 0 : size * n;
}

static void
prepare(struct sandbox *box, struct transfer *t, const struct event *event)
{
	const struct deliver *deliver = box->deliver;
	const struct delivery *d = t->delivery;
	size_t at = sandbox_gateway_index(box, d->gateway);
	const struct gateway *gateway = box->gateways[at];

	curl_easy_reset(t->easy);
	curl_easy_setopt(t->easy, CURLOPT_PRIVATE, t);
	curl_easy_setopt(t->easy, CURLOPT_URL, d->url);
	curl_easy_setopt(t->easy, CURLOPT_PROTOCOLS_STR, "http,https");
	/* an idle connection of HTTP/2 keeps a server that ends waiting for seconds */
	curl_easy_setopt(t->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(t->easy, CURLOPT_PROXY, "");
	curl_easy_setopt(t->easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(t->easy, CURLOPT_TIMEOUT, (long)TIMEOUT_S);
	curl_easy_setopt(t->easy, CURLOPT_WRITEFUNCTION, drop_answer);
	curl_easy_setopt(t->easy, CURLOPT_WRITEDATA, t);
	if (deliver->ca)
		curl_easy_setopt(t->easy, CURLOPT_CAINFO, deliver->ca);
	curl_easy_setopt(t->easy, CURLOPT_POSTFIELDSIZE, (long)strlen(event->body));
	curl_easy_setopt(t->easy, CURLOPT_POSTFIELDS, event->body);
	t->headers = curl_slist_append(NULL,
				       "Content-Type: application/json; charset=utf-8");
	t->headers = curl_slist_append(t->headers, "User-Agent: till-sandbox/1");
	t->headers = curl_slist_append(t->headers, "Expect:");
	t->headers = curl_slist_append(
		t->headers,
		gateway->sign(t->mem, &box->settings.hooks[at], event->body, d->flaw));
	curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->headers);
}

/* Starts a delivery when there is room; else it stays due and is looked at again when
 * one under way ends. */
static void
start(struct sandbox *box, void *arg)
{
	struct deliver *deliver = box->deliver;
	struct delivery *d = arg;
	struct transfer *t = deliver->transfers;
	const struct event *event = store_find(box->store, &event_kind, d->event);

	if (strcmp(d->state, "waiting") != 0 || d->under_way ||
	    d->due_us > sandbox_now_us(box) || deliver->n_busy == AT_ONCE)
		return;
	while (t->delivery)
		t++;
	t->delivery = d;
	t->answer = 0;
	d->under_way = true;
	deliver->n_busy++;
	prepare(box, t, event);
	curl_multi_add_handle(deliver->multi, t->easy);
}

static void
plan(struct sandbox *box, struct delivery *d, int64_t after_us)
{
	d->due_us = sandbox_now_us(box) + after_us;
	store_save(box->store, d);
	agenda_add(box->agenda, d->due_us, start, d);
}

static void
release(struct sandbox *box, uint64_t ticket)
{
	struct delivery *d;
	size_t i = 0;

	if (!ticket)
		return;
	while ((d = store_older(box->store, &delivery_kind, &i)) && i <= 64)
		if (d->ticket == ticket && d->tries == 0)
			return;
	http_release(box->server, ticket);
}

static void
note_attempt(struct sandbox *box, struct delivery *d, long status, const char *error)
{
	struct arena *mem = arena_new((size_t)1 << 20);
	char *row = arena_printf(
		mem, "%s%s{\"at\":\"%s\",\"status\":%ld,\"error\":%s%s%s}",
		d->attempts ? d->attempts : "", d->attempts ? "," : "",
		instant_rfc3339(mem, (struct instant){sandbox_now_us(box)}), status,
		error ? "\"" : "null", error ? error : "", error ? "\"" : "");

	d->attempts = store_text(box->store, row);
	arena_free(mem);
}

/* The schedule's first entry is the delay of the first try. */
static void
judge(struct sandbox *box, struct delivery *d, CURLcode result, long status)
{
	const struct settings *settings = &box->settings;
	bool well = result == CURLE_OK && status >= 200 && status < 300;

	d->under_way = false;
	d->tries++;
	d->status = status;
	note_attempt(box, d, status,
		     result == CURLE_OK ? NULL : curl_easy_strerror(result));
	log_event(well ? LOG_INFO : LOG_WARNING, "sandbox.webhook", "event", d->event,
		  "type", d->type, "status", log_number(status), "error",
		  result == CURLE_OK ? NULL : curl_easy_strerror(result), NULL);
	if (well)
		d->state = "delivered";
	else if (d->single || (size_t)d->tries >= settings->n_retries)
		d->state = "failed";
	else
		plan(box, d, settings->retry_ms[d->tries] * 1000);
	store_save(box->store, d);
	release(box, d->ticket);
}

static void
end_transfer(struct deliver *deliver, struct transfer *t)
{
	curl_multi_remove_handle(deliver->multi, t->easy);
	curl_slist_free_all(t->headers);
	t->headers = NULL;
	t->delivery = NULL;
	arena_rewind(t->mem, t->fresh);
	deliver->n_busy--;
}

/* Fills free slots with what was due when there was none. */
static void
start_waiting(struct sandbox *box)
{
	struct deliver *deliver = box->deliver;
	size_t n = store_count(box->store, &delivery_kind);
	bool all_done = true;

	for (size_t i = deliver->first_waiting; i < n && deliver->n_busy < AT_ONCE;
	     i++) {
		struct delivery *d = store_at(box->store, &delivery_kind, i);

		if (strcmp(d->state, "waiting") == 0)
			all_done = false;
		else if (all_done)
			deliver->first_waiting = i + 1;
		start(box, d);
	}
}

static void
collect(struct sandbox *box)
{
	struct deliver *deliver = box->deliver;
	bool freed = false;
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(deliver->multi, &left))) {
		struct transfer *t;
		struct delivery *d;
		CURLcode result = message->data.result;
		long status = 0;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &t);
		curl_easy_getinfo(message->easy_handle, CURLINFO_RESPONSE_CODE,
				  &status);
		d = t->delivery;
		freed = freed || deliver->n_busy == AT_ONCE;
		end_transfer(deliver, t);
		judge(box, d, result, status);
	}
	if (freed)
		start_waiting(box);
}

void
deliver_wait(struct sandbox *box, const int *fds, size_t n, int64_t timeout_us)
{
	struct curl_waitfd extra[4];
	int running;

	assert(n <= 4);
	for (size_t i = 0; i < n; i++)
		extra[i] =
			(struct curl_waitfd){.fd = fds[i], .events = CURL_WAIT_POLLIN};
	curl_multi_perform(box->deliver->multi, &running);
	curl_multi_poll(box->deliver->multi, extra, (unsigned)n,
			(int)((timeout_us + 999) / 1000), NULL);
	curl_multi_perform(box->deliver->multi, &running);
	collect(box);
}

static void
add(struct sandbox *box, const struct event *event, int64_t after_us, const char *flaw,
    uint64_t ticket)
{
	struct arena *mem = arena_new((size_t)1 << 16);
	size_t at = sandbox_gateway_index(box, event->gateway);
	struct delivery *d =
		store_new(box->store, &delivery_kind, sandbox_id(mem, "dlv_", 16));

	d->event = event->record.id;
	d->gateway = event->gateway;
	d->type = event->type;
	d->url = store_text(box->store, box->settings.hooks[at].url);
	d->state = "waiting";
	d->flaw = flaw;
	d->single = flaw != NULL;
	d->ticket = ticket;
	plan(box, d, after_us + box->settings.retry_ms[0] * 1000);
	arena_free(mem);
}

/* A flawed first delivery is never sent again; a right one follows a second later. */
static void
add_as_fault(struct sandbox *box, const struct batch *batch, size_t i, int fault,
	     uint64_t ticket)
{
	const struct event *event = batch->events[i];

	switch (fault) {
	case 9201:
		for (int copy = 0; copy < 3; copy++)
			add(box, event, copy ? (int64_t)token_below(2000000) : 0, NULL,
			    ticket);
		break;
	case 9202: /* the last one first, each earlier one half a second later */
		add(box, event, (int64_t)(batch->n - 1 - i) * 500000, NULL, ticket);
		break;
	case 9203:
		add(box, event, box->settings.late_delay_ms * 1000, NULL, ticket);
		break;
	case 9204:
	case 9207:
		add(box, event, 0, fault == 9204 ? "signature" : "old", ticket);
		add(box, event, SECONDS(1), NULL, ticket);
		break;
	case 9205:
		break;
	default:
		add(box, event, 0, NULL, ticket);
	}
}

void
deliver_batch(struct sandbox *box, const struct batch *batch, int fault,
	      uint64_t ticket)
{
	for (size_t i = 0; i < batch->n; i++) {
		size_t at = sandbox_gateway_index(box, batch->events[i]->gateway);

		if (box->settings.hooks[at].url)
			add_as_fault(box, batch, i, fault, ticket);
	}
}

void
deliver_again(struct sandbox *box, struct delivery *d)
{
	d->state = "waiting";
	d->tries = 0;
	plan(box, d, 0);
}

void
deliver_wake(struct sandbox *box)
{
	for (size_t i = 0; i < store_count(box->store, &delivery_kind); i++) {
		struct delivery *d = store_at(box->store, &delivery_kind, i);

		if (strcmp(d->state, "waiting") == 0)
			agenda_add(box->agenda, d->due_us, start, d);
	}
}

void
deliver_forget(struct sandbox *box)
{
	for (size_t i = 0; i < AT_ONCE; i++)
		if (box->deliver->transfers[i].delivery)
			end_transfer(box->deliver, &box->deliver->transfers[i]);
	box->deliver->first_waiting = 0;
}

void
deliver_stop(struct sandbox *box)
{
	deliver_forget(box);
	for (size_t i = 0; i < AT_ONCE; i++) {
		curl_easy_cleanup(box->deliver->transfers[i].easy);
		arena_free(box->deliver->transfers[i].mem);
	}
	curl_multi_cleanup(box->deliver->multi);
	curl_global_cleanup();
}
