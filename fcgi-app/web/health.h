/* health.h - whether the database answers, and with which schema. */
#ifndef WEB_HEALTH_H
#define WEB_HEALTH_H

#include "db/db.h"

/* Asks the database for the newest migration that was applied. DATABASE_DOWN. */
fallible health_read_schema(struct ctx *, int64_t *version);

#endif
