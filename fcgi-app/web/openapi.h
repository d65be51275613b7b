/* openapi.h - the description of the JSON face, made from the endpoints themselves. */
#ifndef WEB_OPENAPI_H
#define WEB_OPENAPI_H

#include "base/config.h"
#include "web/endpoint.h"

struct buf;

/* Writes an OpenAPI 3.1 document of every endpoint that has an .api address. */
void openapi_write(struct buf *, const struct config *, const struct endpoint *const *,
		   size_t n);

#endif
