/* invariant.h - what must be true of the books, whatever happened: the third wall
 * behind the code and the database's own guards. */
#ifndef DOMAIN_INVARIANT_H
#define DOMAIN_INVARIANT_H

#include "db/db.h"

/* Rows that are told of one invariant. */
enum { INVARIANT_ROWS = 20 };

struct invariant {
	const char *id;    /* "I01" */
	const char *says;  /* the sentence that must be true */
	const char *needs; /* what would be needed to look, or NULL: it is looked at */
	/* The rows that break it, none when it holds. */
	const char *rows[INVARIANT_ROWS];
	size_t n_rows;
	bool more; /* there are further ones */
};

struct invariants {
	struct invariant *list; /* in the order of their ids */
	size_t n, checked, broken;
	/* Webhooks that somebody has to look at: "stripe evt_1 is parked". They break
	 * nothing. */
	const char **parked;
	size_t n_parked;
};

/* Looks at all of them; meant for a SNAPSHOT on a patient connection. */
fallible invariant_check_all(struct tx *, struct invariants *out);

#endif
