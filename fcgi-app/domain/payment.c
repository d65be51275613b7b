/* payment.c - keys, tokens and the clock of payment attempts. */
#include "domain/payment.h"

#include "base/digest.h"
#include "base/seal.h"
#include "base/text.h"

/* A last repeat takes 30 s at most; then a minute for what it made to be listed. */
enum { FADING_SECONDS = 120 };

bool
payment_is_live(const struct attempt *attempt)
{
	return text_equal(attempt->state, "sent") ||
	       text_equal(attempt->state, "unknown") ||
	       text_equal(attempt->state, "requires_action");
}

const char *
payment_return_token(const struct ctx *cx, struct uuid attempt)
{
	struct digest mac =
		digest_keyed(keyring_key(cx->keys, "link"), "return", attempt.text);
	char *token = arena_alloc(cx->mem, 44);

	digest_base64url(mac.bytes, 16, token, 44);
	return token;
}

const char *
payment_key(struct arena *mem, struct uuid attempt)
{
	return arena_printf(mem, "cs-%s", attempt.text);
}

enum payment_key_age
payment_key_age(struct instant first, struct instant now, int64_t safe_s)
{
	int64_t age = instant_since(now, first);

	if (age < SECONDS(safe_s))
		return KEY_KNOWN;
	return age < SECONDS(safe_s + FADING_SECONDS) ? KEY_FADING : KEY_FORGOTTEN;
}

int64_t
payment_ladder(int64_t checks)
{
	static const int64_t steps[] = {2, 10, 30, 120, 600, 3600};
	int64_t last = (int64_t)(sizeof steps / sizeof *steps) - 1;

	return steps[checks < last ? checks : last];
}

int64_t
payment_look(int64_t checks)
{
	int64_t wait = payment_ladder(checks);

	return wait < PAYMENT_LOOK_SECONDS ? wait : PAYMENT_LOOK_SECONDS;
}
