/* past.h - a shop with a past, for tests of how statements find their rows: PAST_ROWS
 * rows in every table that grows with the shop, nearly all of them done with, as they
 * are in a shop that has been open for years. Row n of a table belongs to row n of the
 * others. */
#ifndef SUPPORT_PAST_H
#define SUPPORT_PAST_H

#include "support/database.h"

enum { PAST_ROWS = 10000 };

/* Once, in the schema of this test file, whose triggers it takes away. */
void past_make(void);

/* Whether a table holds the same few rows however large the shop grows. */
bool past_is_small(const char *table);

#endif
