/* openapi_get.c - GET /api/v1/openapi.json: the JSON face describes itself. */
#include "base/buf.h"
#include "pages/endpoints.h"
#include "web/openapi.h"
#include "web/web.h"

enum { OPENAPI_MAX_BYTES = 4 * 1024 * 1024 };

static fallible
say_openapi(struct request *rq, const void *form, struct reply *re)
{
	struct buf out = buf_new(rq->cx->mem, OPENAPI_MAX_BYTES);
	size_t n;
	const struct endpoint *const *endpoints = endpoints_all(&n);

	(void)form;
	openapi_write(&out, rq->web->config, endpoints, n);
	re->cache_public = true;
	return reply_bytes(re, 200, "application/json", buf_string(&out), out.len);
}

const struct endpoint openapi_get = {
	.api = "GET /api/v1/openapi.json",
	.says = "This description.",
	.tag = "help",
	.handle = say_openapi,
};
