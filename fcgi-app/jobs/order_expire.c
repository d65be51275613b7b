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

/* An order whose gateway rests would only go to review: it is asked when its gateway
 * may be. */
static bool
may_be_asked(const struct work *work, const struct order *order)
{
	const struct method *method =
		terms_find_method(work->shop->terms, order->payment_method);

	return method == NULL || method->gateway == NULL ||
	       !outside_rests_at(work->shop, method->gateway);
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
		if (may_be_asked(work, &list[i]))
			*done += work_item(work, "order_expire", list[i].id.n, expire,
					   &list[i]);
	return NULL;
}
