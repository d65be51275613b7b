/* digest.h - SHA-256, HMAC-SHA-256, constant-time comparison. */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/ids.h"

struct secret;

struct digest digest_sha256(const void *bytes, size_t len);
struct digest digest_of_text(const char *);
struct digest digest_hmac(const void *key, size_t key_len, const void *bytes,
			  size_t len);
/* HMAC of purpose, NUL byte and text: one key serves several purposes safely. */
struct digest digest_keyed(const struct secret *, const char *purpose,
			   const char *text);

/* Equal in time that depends on len alone. */
bool digest_same_bytes(const void *, const void *, size_t len);
bool digest_same(struct digest, struct digest);
/* Texts of any lengths compared through their digests. */
bool digest_same_text(const char *, const char *);

/* base64url without padding, NUL-terminated in out (44 bytes suffice for a digest). */
void digest_base64url(const void *bytes, size_t len, char *out, size_t out_size);

#endif
