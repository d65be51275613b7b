/* pauses.h - the time before a call is repeated passes at once, and is added up: how
 * long it is, is what tests are about, and seldom that it is slept through. */
#ifndef SUPPORT_PAUSES_H
#define SUPPORT_PAUSES_H

#include "gateway/http_out.h"

/* Since pauses_pass(), in milliseconds. */
static int64_t paused_ms;

static inline void
pauses_count(int64_t ms)
{
	paused_ms += ms;
}

/* From here on nobody sleeps before a repeat on this connection. */
static inline void
pauses_pass(struct http_out *http)
{
	paused_ms = 0;
	http_out_pause(http, pauses_count);
}

#endif
