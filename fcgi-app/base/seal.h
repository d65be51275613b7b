/* seal.h - AES-256-GCM for personal fields: a master key wraps one data key per person,
 * that key seals fields. Forgetting a person is deleting the wrapped key (M-09). */
#ifndef BASE_SEAL_H
#define BASE_SEAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/ids.h"

struct arena;
struct keyring;
struct secret;

struct bytes {
	const void *at;
	size_t len;
};

/* A text that is sealed at rest. plain is NULL when there is none. db seals it on the
 * way in and opens it on the way out; nothing else sees ciphertext. */
struct sealed {
	const char *plain;
};

/* Bytes sealed at rest under the house's own key (stored bodies: replies, webhooks). */
struct sealed_bytes {
	const void *at; /* NULL when there are none */
	size_t len;
};

/* A person's data key: id of its row and the wrapped form; opened only inside seal. */
struct person {
	struct person_id id; /* 0 when there is none */
	struct bytes wrapped;
};

/* Master keys from a file (secret.h says who may read it): one line "id hex64" each,
 * the first seals, all open; # begins a comment line. Keys for equality look-up, CSRF,
 * links and order tokens are derived (HKDF) from the last one, the oldest, so that a
 * new key in front changes no look-up and breaks no link. Fails with INTERNAL, file and
 * line. */
fallible keyring_load(struct arena *, const char *path, struct keyring **out);
/* A keyring of fixed keys, for tests. */
struct keyring *keyring_for_tests(struct arena *);
/* The derived key of a purpose: "csrf", "link", "lookup", "visitor", "order". */
const struct secret *keyring_key(const struct keyring *, const char *purpose);

/* A fresh data key in wrapped form; id stays 0 until its row is written. */
struct person person_new(const struct keyring *, struct arena *);

/* Associated data is "table.column" and the row's UUID: a value moved to another row,
 * column or table does not open (INTERNAL), nor does any when the person is forgotten,
 * that is without wrapped key (NOT_FOUND). No plain text is no bytes, and back. */
struct bytes seal_text(const struct keyring *, struct arena *, struct person,
		       const char *column, struct uuid row, const char *plain);
fallible seal_open(const struct keyring *, struct arena *, struct person,
		   const char *column, struct uuid row, struct bytes,
		   const char **plain);
/* The same under the house's key; aad names the place. */
struct bytes seal_house(const struct keyring *, struct arena *, const char *aad,
			struct bytes plain);
fallible seal_open_house(const struct keyring *, struct arena *, const char *aad,
			 struct bytes, struct bytes *plain);

/* Keyed hash of a folded e-mail address, for equality look-up. */
struct digest seal_lookup(const struct keyring *, const char *folded);

#endif
