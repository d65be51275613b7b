/* invoice_number.c - gives confirmed orders their invoice numbers, without gaps. */
#include "domain/invoice.h"

#include "jobs/jobs.h"

enum { ORDERS_AT_ONCE = 200 };

static fallible
look_near(struct tx *tx, bool *waiting)
{
	return invoice_look(tx, INVOICE_NEAR, waiting);
}

static fallible
number_near(struct tx *tx, int64_t limit, int64_t *done)
{
	return invoice_number_some(tx, INVOICE_NEAR, limit, done);
}

fallible
invoice_number_run(struct work *work, int64_t *done)
{
	return work_batch(work, look_near, number_near, ORDERS_AT_ONCE, done);
}

static fallible
look_far(struct tx *tx, bool *waiting)
{
	return invoice_look(tx, INVOICE_FAR, waiting);
}

static fallible
number_far(struct tx *tx, int64_t limit, int64_t *done)
{
	return invoice_number_some(tx, INVOICE_FAR, limit, done);
}

fallible
invoice_left_out_run(struct work *work, int64_t *done)
{
	return work_batch(work, look_far, number_far, ORDERS_AT_ONCE, done);
}
