/* books.h - the books of a small shop, written by hand, in which everything is true:
 * for tests that make one thing untrue and see who notices. */
#ifndef SUPPORT_BOOKS_H
#define SUPPORT_BOOKS_H

#include "domain/invariant.h"
#include "support/database.h"

/* Takes away triggers and CHECKs, which would not let the books become untrue. Once,
 * for the schema of this test file. */
void books_without_guards(void);
void books_empty(void);
/* Nine orders with all that belongs to them: 1 delivered, 2 paid thrice, 3 cancelled, 4
 * pending, 5 expired and paid late, 6 in review, 7 failed, 8 free, 9 authorized. */
void books_make(void);

/* The ids of those that are broken, "I01 I02", in the context's memory: as they were
 * found, of all in one view, and of what changed since. */
const char *books_ids(struct arena *, const struct invariants *);
const char *books_broken(struct ctx *, struct invariants *all);
const char *books_broken_since(struct ctx *, const struct invariant_point *since);

#endif
