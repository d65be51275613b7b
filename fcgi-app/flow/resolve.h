/* resolve.h - what became of a COMMIT whose answer was lost (UNCERTAIN): it is found
 * out by looking, never by doing the work again and never by telling the shopper that
 * it failed (reliability.md, fact 1). */
#ifndef FLOW_RESOLVE_H
#define FLOW_RESOLVE_H

#include <stdbool.h>

#include "db/idem.h"

/* Whether e says that it is open what became of a commit. */
bool is_uncertain(const struct err *e);

/* For work under a key that ended in e. When e is UNCERTAIN the key is let go of on a
 * new connection, which waits there for whatever the lost one still holds; true then:
 * the same work, begun again once, finds what it made, or makes it. False when e is
 * anything else, or when nobody answers for some seconds: e stands. */
bool resolve_key(struct ctx *, const char *scope, const char *key, const struct err *e);

#endif
