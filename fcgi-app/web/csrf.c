/* csrf.c - the token that a form carries: an HMAC of the visitor's own, without a row.
 */
#include "web/csrf.h"

#include <inttypes.h>

#include <string.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/seal.h"
#include "base/token.h"

enum { SALT_LEN = 22, MAC_LEN = 43 };

static const char *
token_of_day(struct arena *mem, const struct keyring *keys, const char *visitor,
	     int64_t day, const char *salt)
{
	char mac[MAC_LEN + 1];
	struct digest digest = digest_keyed(
		keyring_key(keys, "csrf"), "form",
		arena_printf(mem, "%" PRId64 " %s %s", day, salt, visitor));

	digest_base64url(digest.bytes, sizeof digest.bytes, mac, sizeof mac);
	return arena_printf(mem, "%s%s", salt, mac);
}

const char *
csrf_token(struct arena *mem, const struct keyring *keys, const char *visitor,
	   struct instant now)
{
	return visitor == NULL ? ""
			       : token_of_day(mem, keys, visitor, now.us / DAYS(1),
					      token_short(mem));
}

bool
csrf_is_good(struct arena *mem, const struct keyring *keys, const char *visitor,
	     struct instant now, const char *token)
{
	int64_t day = now.us / DAYS(1);
	bool today, yesterday;
	const char *salt;

	if (visitor == NULL || token == NULL || strlen(token) != SALT_LEN + MAC_LEN)
		return false;
	salt = arena_copy(mem, token, SALT_LEN);
	today = digest_same_text(token, token_of_day(mem, keys, visitor, day, salt));
	yesterday = digest_same_text(token,
				     token_of_day(mem, keys, visitor, day - 1, salt));
	return today || yesterday;
}
