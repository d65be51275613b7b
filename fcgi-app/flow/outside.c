/* outside.c - how the calls of a shop go out. */
#include "flow/outside.h"

#include <string.h>
#include <unistd.h>

#include "base/fault_point.h"
#include "base/log.h"
#include "base/shared.h"
#include "base/spool.h"
#include "base/token.h"
#include "base/turns.h"
#include "domain/journal.h"
#include "gateway/http_guard.h"
#include "gateway/pay.h"

enum {
	BODY_OF_NONE = 4096,
	AT_ONCE = 50,
	BYTES_AT_ONCE = 1024 * 1024, /* they are in memory several times */
	WAITING_MOST = 10000, /* records beside the database; more are not kept */
	TURN_MS = 3000,       /* who asks for longer is left alone with it */
};

struct outside {
	const struct shop *shop;
	struct traffic *traffic;
	const char *folder;
	struct attempt_id attempt;
	struct refund_id refund;
	int turns; /* of attempts that are asked for */
};

/* Of a list that is about no payment the beginning will do: what it told is kept where
 * it led to. */
static struct sealed_bytes
body(const struct outside *out, const char *text)
{
	size_t len = text == NULL ? 0 : strlen(text);
	bool cut = out->attempt.n == 0 && len > BODY_OF_NONE;

	return (struct sealed_bytes){text, cut ? BODY_OF_NONE : len};
}

static fallible
write_down(const struct outside *out, struct ctx *cx, const struct http_note *note)
{
	struct journal_call call = {
		.uid = uuid_new(),
		.attempt = out->attempt,
		.refund = out->refund,
		.gateway = note->gateway,
		.operation = note->operation,
		.method = note->method,
		.path = note->path,
		.idem_key = note->key,
		.nth = note->nth,
		.outcome = note->outcome,
		.status = note->status,
		.took_ms = note->took_ms,
		.request_id = note->request_id,
		.trace = cx->trace,
		.error = note->error,
		.request = body(out, note->request),
		.response = body(out, note->response),
		.called_at = note->called_at,
	};

	if (out->traffic->journal_waiting >= WAITING_MOST)
		return FAIL(INTERNAL, "%d records wait already", WAITING_MOST);
	TRY(spool_put(out->folder, call.uid.text,
		      journal_pack(out->shop->keys, cx->mem, &call)));
	atomic_fetch_add(&out->traffic->journal_waiting, 1);
	return NULL;
}

/* No reason to fail a payment. */
static void
note_call(void *to, struct ctx *cx, const struct http_note *note)
{
	struct err *e = write_down(to, cx, note);

	if (e != NULL)
		log_error("journal.not_written", e);
}

static int64_t
calls_most(const struct config *config)
{
	int64_t children = config->run_pay_children_max > config->run_pay_children
				   ? config->run_pay_children_max
				   : config->run_pay_children;

	if (config->pay_calls_max > 0)
		return config->pay_calls_max;
	return children * 3 / 4 > 0 ? children * 3 / 4 : 1;
}

void
outside_open(struct arena *mem, struct shop *shop, struct shared *shared)
{
	struct outside *out = arena_new_of(mem, struct outside, 1);
	struct err *e;

	out->shop = shop;
	out->traffic = &shared->traffic;
	out->folder = arena_printf(mem, "%s/journal", shop->config->run_dir);
	e = spool_make(out->folder);
	if (e != NULL)
		log_error("journal.no_folder", e);
	out->turns = turns_open(arena_printf(mem, "%s/asking", shop->config->run_dir));
	shop->outside = out;
	http_out_guard(shop->http,
		       &(struct http_guard){.traffic = out->traffic,
					    .calls_most = calls_most(shop->config),
					    .trusting = !shop->config->gateway_breaker,
					    .note = note_call,
					    .to = out});
}

void
outside_join(struct arena *mem, struct shop *shop)
{
	const char *path = arena_printf(mem, "%s/shm", shop->config->run_dir);
	struct shared *shared;
	struct err *e;

	if (access(path, R_OK | W_OK) != 0)
		return;
	e = shared_open(path, &shared);
	if (e == NULL)
		outside_open(mem, shop, shared);
	else
		log_error("journal.no_folder", e);
}

void
outside_about(struct shop *shop, struct attempt_id attempt, struct refund_id refund)
{
	if (shop->outside == NULL)
		return;
	shop->outside->attempt = attempt;
	shop->outside->refund = refund;
}

bool
outside_take_turn(struct shop *shop, struct attempt_id attempt)
{
	return shop->outside != NULL &&
	       turns_take(shop->outside->turns, attempt.n, TURN_MS) != TURN_AT_ONCE;
}

void
outside_leave_turn(struct shop *shop, struct attempt_id attempt)
{
	if (shop->outside != NULL)
		turns_leave(shop->outside->turns, attempt.n);
}

void
outside_count_paid(struct shop *shop, int64_t n)
{
	struct traffic *traffic;

	if (shop->outside == NULL)
		return;
	traffic = shop->outside->traffic;
	atomic_fetch_add(&traffic->paid_orders, 1);
	atomic_fetch_add(&traffic->paid_attempts, n);
}

bool
outside_rests_at(const struct shop *shop, const char *name)
{
	struct traffic_gateway *gateway;
	struct breaker b;

	if (shop->outside == NULL)
		return false;
	gateway = traffic_gateway(shop->outside->traffic, name);
	if (gateway == NULL)
		return false;
	b = traffic_breaker(gateway);
	return breaker_wait_ms(&b, clock_steady_us() / 1000) > 0;
}

bool
outside_rests(const struct shop *shop)
{
	size_t resting = 0;

	for (size_t i = 0; i < shop->n_gateways; i++)
		resting += outside_rests_at(shop, shop->gateways[i]->name);
	return resting > 0 && resting == shop->n_gateways;
}

/* ---- from beside the database into it ---- */

/* Reads as many as one transaction takes; those that cannot be read are put aside, with
 * a word in the log. */
struct batch {
	struct journal_call *calls;
	size_t n;    /* of these */
	size_t done; /* names that were looked at */
};

static void
read_records(const struct outside *out, struct ctx *cx, const char *const *names,
	     size_t n, struct batch *batch)
{
	size_t bytes = 0;

	for (size_t i = 0; i < n && bytes < BYTES_AT_ONCE; i++) {
		struct bytes record = {NULL, 0};
		struct err *e = spool_read(cx->mem, out->folder, names[i], &record);

		if (e == NULL)
			e = journal_unpack(out->shop->keys, cx->mem, record,
					   &batch->calls[batch->n]);
		batch->n += e == NULL;
		batch->done++;
		bytes += record.len;
		if (e == NULL)
			continue;
		log_error("journal.unreadable", e);
		spool_set_aside(out->folder, names[i]);
	}
}

fallible
outside_keep(struct shop *shop, struct ctx *cx, int64_t *done)
{
	const struct outside *out = shop->outside;
	struct batch batch = {0};
	const char **names;
	size_t n = 0, waiting = 0;
	struct err *e;

	if (out == NULL)
		return NULL;
	TRY(spool_list(cx->mem, out->folder, AT_ONCE, &names, &n, &waiting));
	out->traffic->journal_waiting = (int64_t)waiting;
	if (n == 0)
		return NULL;
	batch.calls = arena_new_of(cx->mem, struct journal_call, n);
	read_records(out, cx, names, n, &batch);
	TRANSACTION (tx, cx, &e)
		e = journal_add(tx, batch.calls, batch.n);
	TRY(e);
	FAULT_POINT_ERR(journal_added, INTERNAL);
	for (size_t i = 0; i < batch.done; i++)
		spool_drop(out->folder, names[i]);
	*done += (int64_t)batch.done;
	return NULL;
}
