/* csrf.h - the token that a form carries: an HMAC of the visitor's own. */
#ifndef WEB_CSRF_H
#define WEB_CSRF_H

#include <stdbool.h>

#include "base/clock.h"

struct arena;
struct keyring;

/* A token of this visitor for the day of now; "" without a visitor. Each is salted
 * afresh, so that a page which holds one may be compressed: nothing of it can be
 * guessed from the lengths of many answers. */
const char *csrf_token(struct arena *, const struct keyring *,
		       const char *visitor_token, struct instant now);
/* The token is of this visitor, from today or yesterday: a form that was opened is good
 * for 24 hours at least. */
bool csrf_is_good(struct arena *, const struct keyring *, const char *visitor_token,
		  struct instant now, const char *token);

#endif
