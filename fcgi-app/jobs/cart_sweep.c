/* cart_sweep.c - drops carts that nobody came back to, and marks those left standing.
 */
#include "base/fault_point.h"
#include "domain/cart.h"

#include "jobs/jobs.h"

enum { CARTS_AT_ONCE = 100 };

fallible
cart_sweep_run(struct work *work, int64_t *done)
{
	int64_t dropped = 0, marked = 0;

	TRY(work_batch(work, NULL, cart_expire, CARTS_AT_ONCE, &dropped));
	FAULT_POINT_ERR(cart_sweep_half, INTERNAL);
	TRY(work_batch(work, NULL, cart_mark_abandoned, CARTS_AT_ONCE, &marked));
	*done = dropped + marked;
	return NULL;
}
