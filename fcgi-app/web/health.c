/* health.c - whether the database answers, and with which schema. */
#include "web/health.h"

#include "web/health_store.h"

fallible
health_read_schema(struct ctx *cx, int64_t *version)
{
	struct err *e;

	READING (tx, cx, &e)
		e = health_get_schema(tx, version);
	return e;
}
