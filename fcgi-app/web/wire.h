/* wire.h - a request as the server handed it over: parameters and a body to be read. */
#ifndef WEB_WIRE_H
#define WEB_WIRE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct arena;

struct wire {
	const char *const *params; /* "NAME=value" each, NULL at the end */
	/* Reads up to len bytes; fewer only at the end or when the line broke. */
	size_t (*read)(void *from, void *to, size_t len);
	void *from;
	bool yields; /* it came where those who check out or pay are served first */
};

/* The parameter, or NULL. Names that begin with HTTP_ come from outside. */
const char *wire_param(const struct wire *, const char *name);
/* The header by its name in lower case ("stripe-signature"), or NULL. */
const char *wire_header(const struct wire *, const char *name);
/* The value of a cookie: the first one of len characters of base64url; or NULL. */
const char *wire_cookie(const struct wire *, struct arena *, const char *name,
			size_t len);

/* Refuses what must come once and came twice (host, type, length, credentials, keys,
 * signatures, origin): BAD_REQUEST. */
fallible wire_check_params(const struct wire *);

/* Reads the whole body: exactly CONTENT_LENGTH bytes, at most max. TOO_LARGE, or
 * BAD_REQUEST when fewer or more came; then nothing of it may be used. */
fallible wire_read_body(const struct wire *, struct arena *, size_t max,
			const void **body, size_t *len);

#endif
