/* nightly.h - when all the books were looked at; once a day, whoever did it. */
#ifndef DOMAIN_NIGHTLY_H
#define DOMAIN_NIGHTLY_H

#include "db/db.h"

/* From that hour (UTC) on, until it was noted for the day. */
fallible nightly_is_due(struct tx *, int64_t hour, bool *due);
/* The books were looked at today: "holds", "broken". Again changes nothing. */
fallible nightly_note(struct tx *, const char *found);

#endif
