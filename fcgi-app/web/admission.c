/* admission.c - who is let in when not everybody can be. */
#include "web/admission.h"

#include "base/shared.h"
#include "web/web.h"

enum { PAUSE_SECONDS = 120 };

bool
admission_has_room(const struct request *rq)
{
	return rq->web->shared == NULL || rq->web->shared->disk.is_low == 0;
}

fallible
admission_pause(void)
{
	struct err *e = FAIL(ORDERS_PAUSED, "a disk is low");

	e->retry_after = PAUSE_SECONDS;
	return e;
}
