/* payment_poll.c - asks the gateways how payments stand of which nobody has told us,
 * and closes those that their orders need no more. */
#include "base/fault_point.h"
#include "flow/outside.h"
#include "flow/settle.h"
#include "jobs/jobs.h"

static fallible
ask(struct work *work, const void *item)
{
	struct settled settled;

	TRY(flow_poll_attempt(work->shop, work->cx, item, &settled));
	FAULT_POINT_ERR(poll_settled, INTERNAL);
	return NULL;
}

fallible
payment_poll_run(struct work *work, int64_t *done)
{
	struct attempt *list;
	struct err *e;
	size_t n = 0;
	bool due;

	if (outside_rests(work->shop)) {
		work_rests(work, QUEUE_PAYMENTS);
		return NULL;
	}
	TRY(work_look(work, QUEUE_PAYMENTS, payment_look_due, &due));
	if (!due)
		return NULL;
	TRANSACTION (tx, work->cx, &e)
		e = payment_claim_due(tx, work->owner, WORK_LEASE_SECONDS, 1, &list,
				      &n);
	TRY(e);
	if (n > 0)
		FAULT_POINT_ERR(poll_claimed, INTERNAL);
	/* What waits for a gateway that rests stays leased and counts for nothing: the
	 * next round takes the next one. */
	for (size_t i = 0; i < n; i++)
		if (!outside_rests_at(work->shop, list[i].gateway))
			*done += work_item(work, "payment_poll", list[i].id.n, ask,
					   &list[i]);
	return NULL;
}
