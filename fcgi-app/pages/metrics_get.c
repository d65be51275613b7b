/* metrics_get.c - GET /metrics: what all roles of this host have counted. */
#include "web/metrics.h"
#include "base/buf.h"
#include "web/endpoint.h"
#include "web/web.h"

enum { METRICS_MAX_BYTES = 512 * 1024 };

static fallible
say_metrics(struct request *rq, const void *form, struct reply *re)
{
	struct buf text = buf_new(rq->cx->mem, METRICS_MAX_BYTES);

	(void)form;
	if (rq->web->shared == NULL)
		return FAIL(NOT_FOUND, "nothing is counted here");
	metrics_render(rq->web->shared, rq->web->router, &text);
	return reply_bytes(re, 200, "text/plain; version=0.0.4; charset=utf-8",
			   buf_string(&text), text.len);
}

const struct endpoint metrics_get = {
	.page = "GET /metrics",
	.needs = INSIDE_ONLY,
	.codes = "forbidden",
	.says = "Counters for Prometheus.",
	.tag = "health",
	.handle = say_metrics,
};
