/* seal_private.h - what seal and keyring share among themselves. */
#ifndef BASE_SEAL_PRIVATE_H
#define BASE_SEAL_PRIVATE_H

#include "base/seal.h"

enum { KEY_ID_MAX = 16 };

/* The master key that seals, and its id. */
const struct secret *keyring_first(const struct keyring *, const char **id);
/* The master key of an id, or NULL. */
const struct secret *keyring_find(const struct keyring *, const char *id);
/* 32 bytes of key for a label and a salt (may be empty): one block of HKDF-Expand (RFC
 * 5869 2.3). The caller wipes them. */
struct digest keyring_expand(const struct secret *master, const char *label,
			     const void *salt, size_t salt_len);

#endif
