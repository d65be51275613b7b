/* ids.h - every entity's internal id is its own type, so two cannot be swapped.
 * Internal ids never leave the house; what leaves it is a struct uuid. */
#ifndef BASE_IDS_H
#define BASE_IDS_H

#include <stdint.h>

#define ENTITY_IDS(X)                                                                  \
	X(cart)                                                                        \
	X(line)                                                                        \
	X(checkout)                                                                    \
	X(person)                                                                      \
	X(contact)                                                                     \
	X(order)                                                                       \
	X(attempt)                                                                     \
	X(refund)                                                                      \
	X(dispute)                                                                     \
	X(reservation)                                                                 \
	X(outbox)                                                                      \
	X(webhook)                                                                     \
	X(job)

#define ENTITY_ID_TYPE(name)                                                           \
	struct name##_id {                                                             \
		int64_t n;                                                             \
	};
ENTITY_IDS(ENTITY_ID_TYPE)
#undef ENTITY_ID_TYPE

/* A public id: UUIDv7 in lower-case text (RFC 9562). Empty text means none. */
struct uuid {
	char text[37];
};

/* A SHA-256 digest or HMAC: the only form in which tokens are stored. */
struct digest {
	unsigned char bytes[32];
};

#endif
