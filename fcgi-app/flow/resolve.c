/* resolve.c - what became of a COMMIT whose answer was lost. */
#include "flow/resolve.h"

#include <unistd.h>

#include "base/log.h"

enum { AWAY_MS = 4000, STEP_MS = 200 };

bool
is_uncertain(const struct err *e)
{
	return e != NULL && e->code == ERR_UNCERTAIN;
}

/* A server that was killed is back within seconds and can be asked only then; a key
 * that stays locked would keep its shopper waiting for a minute. */
static fallible
let_go(struct ctx *cx, const char *scope, const char *key)
{
	int64_t end = clock_steady_us() + (int64_t)AWAY_MS * 1000;
	struct err *e;

	for (;;) {
		SINGLE (tx, cx, &e)
			e = idem_release(tx, scope, key);
		if (e == NULL || (e->code != ERR_DATABASE_DOWN && !is_uncertain(e)) ||
		    clock_steady_us() > end)
			return e;
		usleep(STEP_MS * 1000);
	}
}

bool
resolve_key(struct ctx *cx, const char *scope, const char *key, const struct err *e)
{
	struct err *unreachable;

	if (!is_uncertain(e))
		return false;
	unreachable = let_go(cx, scope, key);
	log_event(LOG_WARNING, "commit.unanswered", "scope", scope, "looked",
		  unreachable == NULL ? "yes" : "no", NULL);
	return unreachable == NULL;
}
