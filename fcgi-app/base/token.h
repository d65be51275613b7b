/* token.h - unguessable public references, from the system's generator. */
#ifndef BASE_TOKEN_H
#define BASE_TOKEN_H

#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/ids.h"

struct arena;

/* Random bytes (getrandom); aborts rather than give less. */
void token_random(void *out, size_t len);
/* 256 random bits as 43 characters of base64url. */
char *token_new(struct arena *);
/* 128 random bits as 22 characters of base64url. */
char *token_short(struct arena *);
/* UUIDv7 of this moment (RFC 9562 5.7). */
struct uuid uuid_new(void);
/* 36 characters, lower-case hex and dashes in their places. */
int uuid_is_valid(const char *text);
/* A public order number: 10 letters and digits that are hard to mistake, in the form
 * ABCDE-23456; about 50 random bits. */
char *token_order_number(struct arena *);
/* A random number in [0, below). */
uint64_t token_below(uint64_t below);

#endif
