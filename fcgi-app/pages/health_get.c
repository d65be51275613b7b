/* health_get.c - GET /health/live, /health/ready, /health/deep: for machines that
 * watch. */
#include <string.h>

#include "base/shared.h"
#include "web/endpoint.h"
#include "web/health.h"
#include "web/web.h"

static fallible
say_live(struct request *rq, const void *form, struct reply *re)
{
	(void)rq, (void)form;
	return reply_bytes(re, 200, "text/plain; charset=utf-8", "live\n", 5);
}

static fallible
say_ready(struct request *rq, const void *form, struct reply *re)
{
	int64_t version;

	(void)form;
	TRY(health_read_schema(rq->cx, &version));
	return reply_bytes(re, 200, "text/plain; charset=utf-8", "ready\n", 6);
}

/* ---- deep ---- */

struct deep {
	int64_t schema_version, database_us, processes, busy, open_breakers;
	int64_t disk_free_mb; /* of the fullest watched disk */
	bool disk_low;
};

static const struct view_field deep_fields[] = {
	SHOW_DATA(struct deep, schema_version, database_us, processes, busy,
		  open_breakers, disk_free_mb, disk_low),
	SHOW_END,
};

static const struct view deep_view = {"Health", NULL, deep_fields};

static void
count_processes(const struct shared *shared, struct deep *deep)
{
	for (size_t i = 0; shared != NULL && i < SHARED_SLOTS; i++) {
		deep->processes += shared->slots[i].pid != 0;
		deep->busy += shared->slots[i].pid != 0 &&
			      shared->slots[i].busy_since_us != 0;
	}
	if (shared != NULL)
		deep->open_breakers = traffic_open_breakers(&shared->traffic,
							    clock_steady_us() / 1000);
}

static fallible
say_deep(struct request *rq, const void *form, struct reply *re)
{
	struct deep *deep = arena_new_of(rq->cx->mem, struct deep, 1);
	int64_t before = clock_steady_us();

	(void)form;
	rq->face = FACE_JSON;
	TRY(health_read_schema(rq->cx, &deep->schema_version));
	deep->database_us = clock_steady_us() - before;
	count_processes(rq->web->shared, deep);
	if (rq->web->shared != NULL) {
		deep->disk_free_mb = rq->web->shared->disk.free_bytes >> 20;
		deep->disk_low = rq->web->shared->disk.is_low != 0;
	}
	return reply_show(rq, re, &deep_view, deep);
}

const struct endpoint health_live = {
	.page = "GET /health/live",
	.says = "The process answers.",
	.tag = "health",
	.handle = say_live,
};

const struct endpoint health_ready = {
	.page = "GET /health/ready",
	.codes = "unavailable",
	.says = "The process and its database answer.",
	.tag = "health",
	.handle = say_ready,
};

const struct endpoint health_deep = {
	.page = "GET /health/deep",
	.needs = INSIDE_ONLY,
	.codes = "forbidden unavailable",
	.says = "How the host is: database, processes, gateways.",
	.tag = "health",
	.handle = say_deep,
};
