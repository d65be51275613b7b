/* resolve.c - what became of a COMMIT whose answer was lost. */
#include "flow/resolve.h"

#include "base/log.h"

bool
is_uncertain(const struct err *e)
{
	return e != NULL && e->code == ERR_UNCERTAIN;
}

bool
resolve_key(struct ctx *cx, const char *scope, const char *key, const struct err *e)
{
	struct err *unreachable;

	if (!is_uncertain(e))
		return false;
	SINGLE (tx, cx, &unreachable)
		unreachable = idem_release(tx, scope, key);
	log_event(LOG_WARNING, "commit.unanswered", "scope", scope, "looked",
		  unreachable == NULL ? "yes" : "no", NULL);
	return unreachable == NULL;
}
