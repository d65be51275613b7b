/* order_expire.c - ends orders that were not paid in time, after their gateway has said
 * so. */
#include "flow/outside.h"
#include "flow/settle.h"
#include "jobs/jobs.h"

/* More are looked at than are done at once: those that failed are left alone for a
 * while, and a call to a gateway takes its time. */
enum { LOOKED_AT = 50, AT_ONCE = 5 };

static fallible
expire(struct work *work, const void *item)
{
	return flow_expire_order(work->shop, work->cx, item);
}

fallible
order_expire_run(struct work *work, int64_t *done)
{
	struct order *list;
	struct err *e;
	size_t n = 0;

	READING (tx, work->cx, &e)
		e = order_list_due(tx, LOOKED_AT, &list, &n);
	TRY(e);
	for (size_t i = 0; i < n && *done < AT_ONCE && !outside_rests(work->shop); i++)
		*done +=
			work_item(work, "order_expire", list[i].id.n, expire, &list[i]);
	return NULL;
}
