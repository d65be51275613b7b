/* json_private.h - what the files of json share among themselves. */
#ifndef BASE_JSON_PRIVATE_H
#define BASE_JSON_PRIVATE_H

#include <stddef.h>

#include "base/err.h"

struct arena;

/* Refuses with BAD_REQUEST whatever json_parse() promises to refuse. Leaves nothing in
 * the arena. */
fallible json_check(struct arena *, const void *bytes, size_t len);

#endif
