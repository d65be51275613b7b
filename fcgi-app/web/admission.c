/* admission.c - who is let in when not everybody can be. */
#include "web/admission.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/shared.h"
#include "base/text.h"
#include "web/web.h"
#include "web/wire.h"

enum {
	PAUSE_SECONDS = 120,
	PATIENCE_MS = 8000, /* with 25 s of work still within nginx' 35 s */
	UNLIKELY_MS = 60000,
	QUIET_S = 10,
	RETRY_FIRST_S = 4,
	RETRY_SPREAD = 8,
	SERVED_PER_TURNED = 4, /* of a child's time */
};

/* How long the request waited since nginx handed it over, in milliseconds. Both clocks
 * are this host's; an answer that only a turned clock can explain counts as 0. */
static int64_t
waited_ms(const struct request *rq)
{
	const char *text = wire_param(rq->wire, "REQUEST_MSEC");
	int64_t now = clock_now().us / 1000 - clock_offset() * 1000, since;
	char *end;

	if (text == NULL)
		return 0;
	since = strtoll(text, &end, 10) * 1000;
	if (*end == '.')
		since += strtoll(end + 1, NULL, 10);
	return now < since || now - since > UNLIKELY_MS ? 0 : now - since;
}

/* Once when it begins, not once a request: the log would be the next to be flooded. */
static void
note(const struct request *rq, int64_t waited)
{
	const struct web *web = rq->web;
	int64_t now = clock_steady_us(), before;

	if (web->slot != NULL)
		web->slot->turned_away++;
	if (web->shared == NULL)
		return;
	before = atomic_exchange(&web->shared->crowd.seen_us, now);
	if (before == 0 || now - before > SECONDS(QUIET_S))
		log_event(LOG_WARNING, "shop.overloaded", "waited_ms",
			  log_number(waited), NULL);
}

/* Not all of those who were turned away come again in the same second. */
static int64_t
retry_seconds(const struct request *rq)
{
	unsigned char random = 0;
	char digits[3] = {rq->cx->trace[0], rq->cx->trace[1], '\0'};

	text_from_hex(digits, &random, 1);
	return RETRY_FIRST_S + random % RETRY_SPREAD;
}

/* A child that did nothing else would serve nobody: where the queue is longer than what
 * can be sent away within run.queue_ms, all of it has waited too long. */
static bool
has_turned_enough(const struct web *web)
{
	return clock_steady_us() - web->served_at_us >
	       web->served_took_us / SERVED_PER_TURNED;
}

fallible
admission_check(const struct request *rq)
{
	int64_t limit = rq->wire->yields ? rq->web->config->run_queue_ms : PATIENCE_MS;
	int64_t waited = waited_ms(rq);
	struct err *e;

	if (waited <= limit || (waited <= PATIENCE_MS && has_turned_enough(rq->web)))
		return NULL;
	note(rq, waited);
	e = FAIL(OVERLOADED, "waited %" PRId64 " ms", waited);
	e->retry_after = retry_seconds(rq);
	return e;
}

void
admission_served(struct web *web, int64_t began_us)
{
	web->served_at_us = clock_steady_us();
	web->served_took_us = web->served_at_us - began_us;
}

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
