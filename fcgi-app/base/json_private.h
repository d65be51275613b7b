/* json_private.h - what the files of json share among themselves. */
#ifndef BASE_JSON_PRIVATE_H
#define BASE_JSON_PRIVATE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct arena;

/* What a document holds, whatever the order: json-c, short of memory, leaves out parts
 * and says that it succeeded. */
struct json_sum {
	uint64_t texts; /* of the hashes of all names and texts */
	size_t values, nulls;
};

/* A byte more of a name or text; begin with JSON_HASH. */
#define JSON_HASH UINT64_C(14695981039346656037)
void json_hash_byte(uint64_t *hash, uint32_t byte);

/* Refuses with BAD_REQUEST whatever json_parse() promises to refuse. Leaves nothing in
 * the arena. */
fallible json_check(struct arena *, const void *bytes, size_t len, struct json_sum *);

#endif
