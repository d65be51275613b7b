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
look(struct tx *tx, void *found, size_t *n, int64_t *late_us)
{
	struct taken *taken = found;

	TRY(inbox_look_due(tx, &taken->list, n));
	if (*n > 0)
		*late_us = taken->list[0].late_us;
	return NULL;
}

static fallible
end_quietly(struct work *work, void *found, bool *ended)
{
	struct taken *taken = found;

	TRY(flow_end_quietly(work->shop, work->cx, taken->list, ended));
	taken->ended = *ended;
	return NULL;
}

static fallible
claim_one(struct tx *tx, const char *owner, void *found, bool *claimed)
{
	const struct taken *taken = found;

	return inbox_claim_one(tx, taken->list, owner, WORK_LEASE_SECONDS, claimed);
}

static fallible
claim(struct tx *tx, const char *owner, void *found, size_t *n)
{
	struct taken *taken = found;

	return inbox_claim(tx, owner, WORK_LEASE_SECONDS, 1, &taken->list, n);
}

static const struct work_queue QUEUE = {
	.name = QUEUE_WEBHOOKS,
	.look = look,
	.end = end_quietly,
	.claim_one = claim_one,
	.claim = claim,
};

/* Of those that it holds from before there may be several. */
static fallible
work_on(struct work *work, struct taken *taken, int64_t *done)
{
	TRY(work_take(work, &QUEUE, taken, &taken->n));
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
