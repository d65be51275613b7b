/* migrate.h - forward-only migrations NNNN_name.sql, each recorded with its checksum.
 *
 * The owner's handle runs them, one process at a time (GET_LOCK). A migration is
 * written so that it may be run twice (IF NOT EXISTS, INSERT IGNORE): one that was cut
 * short is run again from its top. */
#ifndef DB_MIGRATE_H
#define DB_MIGRATE_H

#include "db/db.h"

struct migration {
	int64_t version;           /* the NNNN of its file */
	const char *name;          /* the file's name without ".sql" */
	struct digest checksum;    /* SHA-256 of the file */
	struct instant applied_at; /* none: it was waiting until now */
	const char *sql;
};

struct migrations {
	struct migration *list; /* in order */
	size_t n;
	size_t applied; /* by this call: the last ones */
};

/* Brings the schema up to the files of a folder, then gives the program's user (at
 * localhost) its rights by grants.sql. REFUSED, with nothing changed, when a file that
 * was applied has changed or is gone, when the schema knows a migration that the folder
 * does not, or when a waiting file stands before an applied one. */
fallible migrate_run(struct ctx *, const char *folder, const char *user,
		     struct migrations *out);
/* The schema has the newest migration of the folder, or a later one: then a program of
 * that folder can work with it, for migrations only add. REFUSED when it is older;
 * without a folder nothing is known, and it passes. */
fallible migrate_check(struct ctx *, const char *folder);
/* The same comparison and no more, as the program's user: a migration that waits has no
 * applied_at. */
fallible migrate_look(struct ctx *, const char *folder, struct migrations *out);

#endif
