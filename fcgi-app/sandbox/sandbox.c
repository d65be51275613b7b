/* sandbox.c - one process, one loop: requests in, webhooks out, time in between. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "base/token.h"
#include "sandbox/deliver.h"
#include "sandbox/faults.h"
#include "sandbox/stripe.h"

static const struct gateway *const gateways[] = {&stripe_gateway, NULL};

static const struct store_kind *const kinds[] = {
	&settings_kind, &clock_kind,    &fired_kind,  &event_kind,   &delivery_kind,
	&due_kind,      &intent_kind,   &charge_kind, &method_kind,  &refund_kind,
	&session_kind,  &customer_kind, &replay_kind, &dispute_kind, NULL,
};

struct clock {
	struct record record;
	int64_t ahead_s;
};

static const struct store_field clock_fields[] = {
	STORE_FIELD(struct clock, ahead_s, INT),
	STORE_END,
};
const struct store_kind clock_kind = {"clock", sizeof(struct clock), clock_fields,
				      false};

int64_t
sandbox_now_us(const struct sandbox *box)
{
	const struct clock *clock = store_find(box->store, &clock_kind, "clock");

	return clock_now().us + (clock ? SECONDS(clock->ahead_s) : 0);
}

int64_t
sandbox_now_s(const struct sandbox *box)
{
	return sandbox_now_us(box) / SECONDS(1);
}

void
sandbox_advance(struct sandbox *box, int64_t seconds)
{
	struct clock *clock = store_find(box->store, &clock_kind, "clock");

	if (!clock)
		clock = store_new(box->store, &clock_kind, "clock");
	clock->ahead_s += seconds;
	store_save(box->store, clock);
}

fallible
sandbox_reset(struct sandbox *box)
{
	deliver_forget(box);
	agenda_forget(box->agenda);
	faults_forget(box->faults);
	box->n_calls = 0;
	return store_forget(box->store);
}

size_t
sandbox_gateway_index(const struct sandbox *box, const char *name)
{
	for (size_t i = 0; name && box->gateways[i]; i++)
		if (strcmp(box->gateways[i]->name, name) == 0)
			return i;
	return SIZE_MAX;
}

char *
sandbox_id(struct arena *mem, const char *prefix, size_t n)
{
	static const char alphabet[] =
		"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	size_t start = strlen(prefix);
	char *id = arena_alloc(mem, start + n + 1);

	memcpy(id, prefix, start);
	for (size_t i = 0; i < n; i++)
		id[start + i] = alphabet[token_below(sizeof(alphabet) - 1)];
	return id;
}

static void
keep_text(char *to, size_t size, const char *text)
{
	size_t len = text ? strnlen(text, size - 1) : 0;

	memcpy(to, text ? text : "", len);
	to[len] = '\0';
}

void
sandbox_note_call(struct sandbox *box, const char *gateway,
		  const struct http_request *rq, const char *path, const char *key,
		  int status)
{
	struct call *call = &box->calls[box->n_calls++ % CALLS_KEPT];

	call->at_us = sandbox_now_us(box);
	call->status = status;
	keep_text(call->gateway, sizeof(call->gateway), gateway);
	keep_text(call->method, sizeof(call->method), rq->method);
	keep_text(call->path, sizeof(call->path), path);
	keep_text(call->key, sizeof(call->key), key);
	log_event(LOG_INFO, "sandbox.call", "gateway", gateway, "method", rq->method,
		  "path", path, "key", key, "status", log_number(status), NULL);
}

static void
handle(void *arg, const struct http_request *rq, struct http_reply *re)
{
	struct sandbox *box = arg;

	re->date = (struct instant){sandbox_now_us(box)};
	for (size_t i = 0; box->gateways[i]; i++) {
		size_t len = strlen(box->gateways[i]->name);

		if (strncmp(rq->path + 1, box->gateways[i]->name, len) == 0 &&
		    rq->path[1 + len] == '/') {
			box->gateways[i]->handle(box, rq, rq->path + 1 + len, re);
			return;
		}
	}
	if (text_starts(rq->path, "/_sandbox/"))
		control_handle(box, rq, re);
	else
		http_reply_text(re, 404, "text/plain; charset=utf-8",
				"till sandbox: nothing is here\n");
}

/* Losing what an answer promised would be worse than dying. */
static void
settle(void *arg)
{
	struct sandbox *box = arg;
	struct err *e = store_sync(box->store);

	if (!e)
		return;
	log_error("sandbox.store", e);
	_exit(1);
}

static int
signals_open(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

static int64_t
wait_us(const struct sandbox *box)
{
	int64_t next = agenda_next(box->agenda), due = http_due(box->server);
	int64_t wait = SECONDS(1);

	if (next != INT64_MAX && next - sandbox_now_us(box) < wait)
		wait = next - sandbox_now_us(box);
	if (due != INT64_MAX && due - clock_steady_us() < wait)
		wait = due - clock_steady_us();
	return wait > 0 ? wait : 0;
}

/* Whatever a round plans to tell the outside is sent in a later one, when the store
 * has been settled in between. */
static void
loop(struct sandbox *box, int signals)
{
	const int fds[] = {http_descriptor(box->server), signals};
	struct signalfd_siginfo got;

	while (read(signals, &got, sizeof(got)) < 0) {
		deliver_wait(box, fds, 2, wait_us(box));
		agenda_run(box->agenda, box, sandbox_now_us(box));
		http_turn(box->server);
	}
}

fallible
sandbox_run(struct arena *mem, const struct sandbox_options *options)
{
	struct sandbox *box = arena_new_of(mem, struct sandbox, 1);
	struct http_handler handler = {box, handle, settle};
	int signals = signals_open();

	box->mem = mem;
	box->gateways = gateways;
	box->agenda = agenda_new(mem);
	box->faults = faults_new(mem);
	box->calls = arena_new_of(mem, struct call, CALLS_KEPT);
	if (signals < 0)
		return FAIL(INTERNAL, "signalfd: %s", strerror(errno));
	TRY(store_open(mem, options->dir, kinds, &box->store));
	settings_load(box);
	TRY(deliver_new(box, options->ca));
	TRY(http_listen(mem, options->port, handler, &box->server));
	deliver_wake(box);
	due_wake(box);
	log_event(LOG_INFO, "sandbox.ready", "url",
		  arena_printf(mem, "http://127.0.0.1:%d", http_port(box->server)),
		  NULL);
	options->ready(http_port(box->server));
	loop(box, signals);
	http_stop(box->server);
	deliver_stop(box);
	store_close(box->store);
	return NULL;
}
