/* pay_stripe_webhook.c - Stripe's signatures over webhooks (gateways.md 2.6):
 * HMAC-SHA-256 of "t.body" over the raw bytes; only scheme v1 counts. */
#include "gateway/pay_stripe_private.h"

#include <string.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/secret.h"
#include "base/text.h"

enum { HEX = 64, SIGNATURES_MOST = 16, HEADER_MOST = 4096, SECONDS_MOST = 20 };

struct signature {
	const char *time; /* as sent; not terminated */
	size_t time_len;
	const char *v1[SIGNATURES_MOST]; /* HEX characters each */
	size_t n;
};

/* Splits at commas, then at the first '='. What is not t or a v1 of the right length is
 * passed over: taking v0 would be a downgrade. */
static void
split(const char *header, struct signature *out)
{
	*out = (struct signature){0};
	while (*header != '\0') {
		size_t len = strcspn(header, ",");

		if (len >= 2 && header[0] == 't' && header[1] == '=') {
			out->time = header + 2;
			out->time_len = len - 2;
		} else if (len == 3 + HEX && strncmp(header, "v1=", 3) == 0 &&
			   out->n < SIGNATURES_MOST) {
			out->v1[out->n++] = header + 3;
		}
		header += len;
		header += *header == ',';
	}
}

static bool
read_time(const struct signature *signature, int64_t *seconds)
{
	char digits[SECONDS_MOST] = "";

	if (signature->time == NULL || signature->time_len >= sizeof digits)
		return false;
	memcpy(digits, signature->time, signature->time_len);
	return text_to_int(digits, 0, INT64_C(100000000000), seconds);
}

static bool
is_signed_with(const struct secret *secret, struct arena *mem,
	       const struct signature *signature, const void *signed_bytes, size_t len)
{
	struct digest digest = digest_hmac(secret_bytes(secret), secret_len(secret),
					   signed_bytes, len);
	const char *hex = text_hex(mem, digest.bytes, sizeof digest.bytes);
	bool same = false;

	for (size_t i = 0; i < signature->n; i++)
		same |= digest_same_bytes(hex, signature->v1[i], HEX);
	return same;
}

enum pay_verdict
pay_stripe_check_signature(const struct stripe *stripe, struct arena *mem,
			   const char *header, const void *body, size_t len,
			   struct instant now)
{
	struct signature signature;
	int64_t seconds, age;
	char *bytes;
	bool genuine = false;

	if (header == NULL || strlen(header) > HEADER_MOST)
		return PAY_FORGED;
	split(header, &signature);
	if (!read_time(&signature, &seconds) || signature.n == 0)
		return PAY_FORGED;
	bytes = arena_alloc(mem, signature.time_len + 1 + len + 1);
	memcpy(bytes, signature.time, signature.time_len);
	bytes[signature.time_len] = '.';
	memcpy(bytes + signature.time_len + 1, body, len);
	for (size_t i = 0; i < stripe->n_hooks; i++)
		genuine |= is_signed_with(stripe->hooks[i], mem, &signature, bytes,
					  signature.time_len + 1 + len);
	if (!genuine)
		return PAY_FORGED;
	age = now.us / SECONDS(1) - seconds;
	return age > PAY_STRIPE_TOLERANCE_S || age < -PAY_STRIPE_TOLERANCE_S
		       ? PAY_STALE
		       : PAY_GENUINE;
}

enum pay_verdict
pay_stripe_verify(const struct pay *pay, struct arena *mem, struct pay_headers headers,
		  const void *body, size_t len, struct instant now,
		  struct pay_event *event)
{
	const struct stripe *stripe = pay->own;
	const char *header = headers.get(headers.from, "stripe-signature");
	enum pay_verdict verdict =
		pay_stripe_check_signature(stripe, mem, header, body, len, now);

	if (verdict != PAY_GENUINE)
		return verdict;
	if (!pay_stripe_read_event(mem, body, len, event))
		return PAY_UNREADABLE;
	return event->live == stripe->live ? PAY_GENUINE : PAY_WRONG_MODE;
}
