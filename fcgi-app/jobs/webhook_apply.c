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

fallible
webhook_apply_run(struct work *work, int64_t *done)
{
	struct webhook *list;
	struct err *e;
	size_t n = 0;
	bool due;

	if (outside_rests(work->shop)) {
		work_rests(work, QUEUE_WEBHOOKS);
		return NULL;
	}
	TRY(work_look(work, QUEUE_WEBHOOKS, inbox_look_due, &due));
	if (!due)
		return NULL;
	TRANSACTION (tx, work->cx, &e)
		e = inbox_claim(tx, work->owner, WORK_LEASE_SECONDS, 1, &list, &n);
	TRY(e);
	if (n > 0)
		FAULT_POINT_ERR(webhook_claimed, INTERNAL);
	for (size_t i = 0; i < n; i++)
		*done +=
			work_item(work, "webhook_apply", list[i].id.n, apply, &list[i]);
	return NULL;
}
