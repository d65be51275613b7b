/* csrf.c - the token that a form carries: an HMAC of the visitor's own, without a row.
 */
#include "web/csrf.h"

#include <inttypes.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/seal.h"

static const char *
token_of_day(struct arena *mem, const struct keyring *keys, const char *visitor,
	     int64_t day)
{
	char *out = arena_alloc(mem, 44);
	struct digest mac =
		digest_keyed(keyring_key(keys, "csrf"), "form",
			     arena_printf(mem, "%" PRId64 " %s", day, visitor));

	digest_base64url(mac.bytes, sizeof mac.bytes, out, 44);
	return out;
}

const char *
csrf_token(struct arena *mem, const struct keyring *keys, const char *visitor,
	   struct instant now)
{
	return visitor == NULL ? ""
			       : token_of_day(mem, keys, visitor, now.us / DAYS(1));
}

bool
csrf_is_good(struct arena *mem, const struct keyring *keys, const char *visitor,
	     struct instant now, const char *token)
{
	int64_t day = now.us / DAYS(1);

	if (visitor == NULL || token == NULL)
		return false;
	return digest_same_text(token, token_of_day(mem, keys, visitor, day)) |
	       digest_same_text(token, token_of_day(mem, keys, visitor, day - 1));
}
