/* payment_poll.c - asks the gateways how payments stand of which nobody has told us,
 * and closes those that their orders need no more. */
#include "base/clock.h"
#include "base/fault_point.h"
#include "base/patience.h"
#include "flow/outside.h"
#include "flow/settle.h"
#include "jobs/jobs.h"

/* Most pages just wait for their shoppers: several are taken at once, and noted at
 * once. What a slow gateway keeps from being asked in time is let go of, long before
 * the lease is over. */
enum { AT_ONCE = 8, BEGUN_WITHIN_MS = 500 };

/* What was claimed, how far it got, and of which the gateway told nothing new. */
struct batch {
	struct attempt *list;
	size_t n, begun;
	int64_t done;
	struct payment_unchanged unchanged[AT_ONCE];
	size_t n_unchanged;
};

struct item {
	const struct attempt *attempt;
	struct batch *batch;
};

static fallible
ask(struct work *work, const void *at)
{
	const struct item *item = at;
	struct payment_unchanged unchanged;
	bool quiet;

	TRY(flow_poll_due(work->shop, work->cx, item->attempt, &unchanged, &quiet));
	FAULT_POINT_ERR(poll_settled, INTERNAL);
	if (quiet)
		item->batch->unchanged[item->batch->n_unchanged++] = unchanged;
	return NULL;
}

/* ---- claiming ---- */

static fallible
look(struct tx *tx, void *taken, size_t *n, int64_t *late_us)
{
	struct batch *batch = taken;

	TRY(payment_look_due(tx, AT_ONCE, &batch->list, n));
	if (*n > 0)
		*late_us = batch->list[0].late_us;
	return NULL;
}

static fallible
claim_one(struct tx *tx, const char *owner, void *taken, bool *claimed)
{
	const struct batch *batch = taken;

	return payment_claim(tx, batch->list[0].id, owner, WORK_LEASE_SECONDS, claimed);
}

/* Those that were kept from before may be more than are wanted. */
static fallible
claim(struct tx *tx, const char *owner, void *taken, size_t *n)
{
	struct batch *batch = taken;
	int64_t limit = *n > 0 ? (int64_t)*n : AT_ONCE;

	TRY(payment_claim_due(tx, owner, WORK_LEASE_SECONDS, limit, &batch->list, n));
	if (*n > AT_ONCE)
		*n = AT_ONCE;
	return NULL;
}

static const struct work_queue QUEUE = {
	.name = QUEUE_PAYMENTS,
	.look = look,
	.claim_one = claim_one,
	.claim = claim,
};

/* ---- asking ---- */

static bool
may_go_on(int64_t began_us)
{
	return !patience_is_over() &&
	       clock_steady_us() - began_us < (int64_t)BEGUN_WITHIN_MS * 1000;
}

/* What waits for a gateway that rests stays leased and counts for nothing: the next
 * round takes the next ones. */
static int64_t
ask_one(struct work *work, struct batch *batch, const struct attempt *attempt)
{
	struct item item = {attempt, batch};

	if (outside_rests_at(work->shop, attempt->gateway))
		return 0;
	return work_item(work, "payment_poll", attempt->id.n, ask, &item);
}

static void
ask_each(struct work *work, struct batch *batch)
{
	int64_t began_us = clock_steady_us();

	while (batch->begun < batch->n && may_go_on(began_us))
		batch->done += ask_one(work, batch, &batch->list[batch->begun++]);
}

static fallible
note(struct tx *tx, const struct work *work, const struct batch *batch)
{
	if (batch->n_unchanged > 0)
		TRY(payment_note_all_unchanged(tx, batch->unchanged,
					       batch->n_unchanged));
	if (batch->begun == batch->n)
		return NULL;
	return payment_let_go(tx, work->owner, batch->list + batch->begun,
			      batch->n - batch->begun);
}

static fallible
end(struct work *work, const struct batch *batch)
{
	struct err *e;

	if (batch->n_unchanged == 0 && batch->begun == batch->n)
		return NULL;
	if (batch->n_unchanged == 1 && batch->begun == batch->n)
		SINGLE (tx, work->cx, &e)
			e = payment_note_unchanged(tx, batch->unchanged);
	else
		TRANSACTION (tx, work->cx, &e)
			e = note(tx, work, batch);
	return e;
}

static fallible
work_on(struct work *work, struct batch *batch)
{
	TRY(work_take(work, &QUEUE, batch, &batch->n));
	if (batch->n == 0)
		return NULL;
	FAULT_POINT_ERR(poll_claimed, INTERNAL);
	ask_each(work, batch);
	return end(work, batch);
}

fallible
payment_poll_run(struct work *work, int64_t *done)
{
	struct batch batch = {0};
	struct err *e;

	if (outside_rests(work->shop)) {
		work_rests(work, QUEUE_PAYMENTS);
		return NULL;
	}
	e = work_on(work, &batch);
	if (e != NULL || batch.done < (int64_t)batch.begun)
		work->holds[QUEUE_PAYMENTS] = true;
	*done += batch.done;
	return e;
}
