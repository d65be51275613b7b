/* stock_expire.c - gives back holds whose time is over and that no order owns. */
#include "domain/stock.h"

#include "jobs/jobs.h"

enum { CARTS_AT_ONCE = 50 };

fallible
stock_expire_run(struct work *work, int64_t *done)
{
	return work_batch(work, NULL, stock_expire, CARTS_AT_ONCE, done);
}
