/* webhook_apply.c - applies stored webhooks, each until it is settled or dead. */
#include "base/fault_point.h"
#include "flow/outside.h"
#include "flow/settle.h"
#include "jobs/jobs.h"

/* Whatever stops it counts as a try, so that a webhook which can never be applied ends
 * as a dead letter and is seen. */
static fallible
apply(struct work *work, const void *item)
{
	const struct webhook *webhook = item;
	struct err *e = flow_apply_webhook(work->shop, work->cx, webhook);

	FAULT_POINT(webhook_ended);
	if (e == NULL)
		return NULL;
	TRY(flow_postpone_webhook(work->cx, webhook, false,
				  arena_text(work->cx->mem, e->cause)));
	return e;
}

/* ---- taking one ---- */

struct taken {
	struct webhook *list;
	size_t n;
	bool ended; /* it was enough to look */
};

static fallible
claim(struct work *work, struct taken *taken)
{
	struct err *e;

	TRANSACTION (tx, work->cx, &e)
		e = inbox_claim(tx, work->owner, WORK_LEASE_SECONDS, 1, &taken->list,
				&taken->n);
	return e;
}

/* The only one that is due: nobody else is after it, most likely. */
static fallible
take_the_one(struct work *work, struct taken *taken)
{
	struct err *e;
	bool claimed = false;

	TRY(flow_end_quietly(work->shop, work->cx, taken->list, &taken->ended));
	if (taken->ended)
		return NULL;
	SINGLE (tx, work->cx, &e)
		e = inbox_claim_one(tx, taken->list, work->owner, WORK_LEASE_SECONDS,
				    &claimed);
	TRY(e);
	taken->n = claimed ? 1 : 0;
	return NULL;
}

/* When nothing else is due it goes on with what it holds. */
static fallible
take(struct work *work, struct taken *taken)
{
	bool *holds = &work->holds[QUEUE_WEBHOOKS];
	struct err *e;

	READING (tx, work->cx, &e)
		e = inbox_look_due(tx, &taken->list, &taken->n);
	TRY(e);
	work_note_late(work, QUEUE_WEBHOOKS, taken->n > 0 ? taken->list[0].late_us : 0);
	if (taken->n == 1)
		return take_the_one(work, taken);
	if (taken->n == 0 && !*holds)
		return NULL;
	TRY(claim(work, taken));
	*holds = *holds && taken->n > 0;
	return NULL;
}

/* Of those that it holds from before there may be several. */
static fallible
work_on(struct work *work, struct taken *taken, int64_t *done)
{
	TRY(take(work, taken));
	if (taken->ended) {
		++*done;
		return NULL;
	}
	if (taken->n > 0)
		FAULT_POINT_ERR(webhook_claimed, INTERNAL);
	for (size_t i = 0; i < taken->n; i++)
		*done += work_item(work, "webhook_apply", taken->list[i].id.n, apply,
				   &taken->list[i]);
	return NULL;
}

fallible
webhook_apply_run(struct work *work, int64_t *done)
{
	struct taken taken = {0};
	struct err *e;
	int64_t applied = 0;

	if (outside_rests(work->shop)) {
		work_rests(work, QUEUE_WEBHOOKS);
		return NULL;
	}
	e = work_on(work, &taken, &applied);
	if (e != NULL || applied < (int64_t)taken.n)
		work->holds[QUEUE_WEBHOOKS] = true;
	*done += applied;
	return e;
}
