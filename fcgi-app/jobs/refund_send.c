/* refund_send.c - carries refunds out at their gateways. */
#include "base/fault_point.h"
#include "flow/outside.h"
#include "flow/settle.h"
#include "jobs/jobs.h"

static fallible
carry_out(struct work *work, const void *item)
{
	return flow_send_refund(work->shop, work->cx, item);
}

fallible
refund_send_run(struct work *work, int64_t *done)
{
	struct refund *list;
	struct err *e;
	size_t n = 0;
	bool due;

	if (outside_rests(work->shop)) {
		work_rests(work, QUEUE_REFUNDS);
		return NULL;
	}
	TRY(work_look(work, QUEUE_REFUNDS, refund_look_due, &due));
	if (!due)
		return NULL;
	TRANSACTION (tx, work->cx, &e)
		e = refund_claim_due(tx, work->owner, WORK_LEASE_SECONDS, 1, &list, &n);
	TRY(e);
	if (n > 0)
		FAULT_POINT_ERR(refund_claimed, INTERNAL);
	/* What waits for a gateway that rests stays leased and counts for nothing: the
	 * next round takes the next one. */
	for (size_t i = 0; i < n; i++)
		if (!outside_rests_at(work->shop, list[i].gateway))
			*done += work_item(work, "refund_send", list[i].id.n, carry_out,
					   &list[i]);
	return NULL;
}
