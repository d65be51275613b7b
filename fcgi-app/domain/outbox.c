/* outbox.c - when to try again. */
#include "domain/outbox.h"

#include "base/token.h"

int64_t
outbox_backoff(int64_t tries)
{
	int64_t wait = 5;

	for (int64_t i = 1; i < tries && wait < 86400; i++)
		wait *= 2;
	if (wait > 86400)
		wait = 86400;
	return wait / 2 + (int64_t)token_below((uint64_t)(wait / 2 + 1));
}
