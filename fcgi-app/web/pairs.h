/* pairs.h - names and values of a query or of an urlencoded form. */
#ifndef WEB_PAIRS_H
#define WEB_PAIRS_H

#include <stddef.h>

#include "base/err.h"

struct arena;
struct typed;

enum {
	PAIRS_MAX = 200,
	PAIRS_NAME_MAX = 100, /* bytes */
	PAIRS_VALUE_MAX = 16384,
};

/* Splits and decodes once ("+" is a blank). BAD_REQUEST for more pairs or longer ones
 * than above, a broken escape, NUL, broken UTF-8, or a name that comes twice. */
fallible pairs_parse(struct arena *, const char *bytes, size_t len,
		     const struct typed **list, size_t *n);

/* The value of a name, or NULL. */
const char *pairs_find(const struct typed *list, size_t n, const char *name);

#endif
