/* health_store.h - what health.c asks of the schema's own table. */
#ifndef WEB_HEALTH_STORE_H
#define WEB_HEALTH_STORE_H

#include "db/db.h"

/* The newest migration that was applied. */
fallible health_get_schema(struct tx *, int64_t *version);

#endif
