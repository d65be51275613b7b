/* invariant.h - what must be true of the books, whatever happened: the third wall
 * behind the code and the database's own guards. */
#ifndef DOMAIN_INVARIANT_H
#define DOMAIN_INVARIANT_H

#include "db/db.h"

struct evidence;

/* Rows that are told of one invariant. */
enum { INVARIANT_ROWS = 20 };

struct invariant {
	const char *id;    /* "I01" */
	const char *says;  /* the sentence that must be true */
	const char *needs; /* what would be needed to look, or NULL: it is looked at */
	/* The rows that break it, the first one first; none when it holds. */
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

/* Looks at all of them, each in a SNAPSHOT of its own, on a patient connection: no two
 * of them compare what they saw, and as long as a view is held, InnoDB keeps every row
 * that was deleted or changed since, which who claims work has to step over. evidence
 * NULL: what can only be seen from outside is named, not checked. */
fallible invariant_check_each(struct ctx *, struct evidence *, struct invariants *out);
/* The same in the one view of a SNAPSHOT, for books that are small or were not looked
 * at yet. */
fallible invariant_check_all(struct tx *, struct evidence *, struct invariants *out);

/* A moment to look back to. */
struct invariant_point {
	struct instant at;
	int64_t outbox;  /* the newest entry then */
	int64_t changed; /* orders that changed since the point before */
};

/* Where to begin the next time: a little before now, since what is under way is not
 * seen yet, and since some things become untrue by waiting. before NULL: the first. */
fallible invariant_point(struct tx *, const struct invariant_point *before,
			 struct invariant_point *now);
/* Looks at the stock sums, the queues, and the orders that changed since. */
fallible invariant_check_changed(struct tx *, const struct invariant_point *since,
				 struct invariants *out);

#endif
