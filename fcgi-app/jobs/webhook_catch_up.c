/* webhook_catch_up.c - fetches the events whose webhooks never came. */
#include "flow/outside.h"
#include "flow/settle.h"
#include "jobs/jobs.h"

static fallible
catch_up(struct work *work, const void *item)
{
	int64_t missed;

	return flow_catch_up(work->shop, work->cx, item, &missed);
}

/* What it stores is applied in this lane's next round, so nothing counts as done. */
fallible
webhook_catch_up_run(struct work *work, int64_t *done)
{
	const struct shop *shop = work->shop;

	*done = 0;
	for (size_t i = 0; i < shop->n_gateways; i++) {
		const char *gateway = shop_gateway_name(shop, i);

		if (!outside_rests_at(shop, gateway))
			work_item(work, "webhook_catch_up", (int64_t)i + 1, catch_up,
				  gateway);
	}
	return NULL;
}
