/* invoice_number.c - gives confirmed orders their invoice numbers, without gaps. */
#include "domain/invoice.h"

#include "jobs/jobs.h"

enum { ORDERS_AT_ONCE = 200 };

fallible
invoice_number_run(struct work *work, int64_t *done)
{
	return work_batch(work, invoice_look, invoice_number_some, ORDERS_AT_ONCE,
			  done);
}
