/* health_store.h - whether the database answers, and with which schema. */
#ifndef WEB_HEALTH_STORE_H
#define WEB_HEALTH_STORE_H

#include "db/db.h"

/* The newest migration that was applied. */
fallible health_get_schema(struct tx *, int64_t *version);

#endif
