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
claim_one(struct work *work, struct batch *batch)
{
	struct err *e;
	bool claimed = false;

	SINGLE (tx, work->cx, &e)
		e = payment_claim(tx, batch->list[0].id, work->owner,
				  WORK_LEASE_SECONDS, &claimed);
	TRY(e);
	batch->n = claimed ? 1 : 0;
	return NULL;
}

static fallible
claim_some(struct work *work, struct batch *batch)
{
	struct err *e;

	TRANSACTION (tx, work->cx, &e)
		e = payment_claim_due(tx, work->owner, WORK_LEASE_SECONDS, AT_ONCE,
				      &batch->list, &batch->n);
	TRY(e);
	if (batch->n > AT_ONCE) /* those that were kept from before */
		batch->n = AT_ONCE;
	return NULL;
}

/* When nothing else is due it goes on with what it holds. */
static fallible
claim(struct work *work, struct batch *batch)
{
	bool *holds = &work->holds[QUEUE_PAYMENTS];
	struct err *e;

	READING (tx, work->cx, &e)
		e = payment_look_due(tx, &batch->list, &batch->n);
	TRY(e);
	work_note_late(work, QUEUE_PAYMENTS, batch->n > 0 ? batch->list[0].late_us : 0);
	if (batch->n == 1)
		return claim_one(work, batch);
	if (batch->n == 0 && !*holds)
		return NULL;
	TRY(claim_some(work, batch));
	*holds = *holds && batch->n > 0;
	return NULL;
}

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
	TRY(claim(work, batch));
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
