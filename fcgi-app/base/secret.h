/* secret.h - key material: wiped on release, and no function prints it. */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include <stddef.h>

#include "base/err.h"

struct arena;
struct secret;

/* Reads a file of at most 4 KB, without its last newline. Refused (ERR_INTERNAL with
 * the path in its cause) when it is empty, missing, or may be read by group or others
 * beyond the group (mode & 0027). Wiped when the arena goes. */
fallible secret_from_file(struct arena *, const char *path, struct secret **out);
/* A secret from bytes, for tests and derived keys; copied. */
struct secret *secret_from_bytes(struct arena *, const void *bytes, size_t len);
const void *secret_bytes(const struct secret *);
size_t secret_len(const struct secret *);
/* NUL-terminated view; the caller must not log it. */
const char *secret_text(const struct secret *);

#endif
