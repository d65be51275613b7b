/* trial.h - whether this program can do its work here, found out in a process that ends
 * at once, for a master keeps no database and no handle of a gateway. */
#ifndef MAIN_TRIAL_H
#define MAIN_TRIAL_H

#include "base/config.h"
#include "db/db.h"

/* The settings hold, and the schema is not older than this program's migrations (a
 * newer one is well: migrations only add). A program that is to take over from one that
 * runs tries all its statements as well. A database that does not answer stops nobody.
 * REFUSED; what is wrong stands on stderr. */
fallible trial_run(const struct config *, const struct keyring *,
		   const struct db_options *);

#endif
