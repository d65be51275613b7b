/* pay_stripe_open.c - Stripe as the settings say, and the guard between test and live.
 */
#include "gateway/pay_stripe.h"

#include <string.h>

#include "base/arena.h"
#include "base/config.h"
#include "base/secret.h"
#include "base/text.h"
#include "gateway/pay_stripe_private.h"

enum { HOOKS_MOST = 8 };

static bool
is_live_key(const char *key)
{
	return text_starts(key, "sk_live_") || text_starts(key, "rk_live_");
}

static bool
is_test_key(const char *key)
{
	return text_starts(key, "sk_test_") || text_starts(key, "rk_test_");
}

/* gateways.md section 7, mode guard. */
static fallible
guard_mode(const struct config *config, const char *key)
{
	bool live = text_equal(config->gateway_mode, "live");

	if (live && !is_live_key(key))
		return FAIL(INVALID,
			    "stripe.key_file holds no live key, gateway.mode is live");
	if (!live && !is_test_key(key))
		return FAIL(INVALID,
			    "stripe.key_file holds no test key, gateway.mode is %s",
			    config->gateway_mode);
	if (live && !text_equal(config->stripe_api_base, "https://api.stripe.com"))
		return FAIL(INVALID, "stripe.api_base is %s, gateway.mode is live",
			    config->stripe_api_base);
	if (!http_out_allows(config, config->stripe_api_base) ||
	    text_ends(config->stripe_api_base, "/"))
		return FAIL(INVALID,
			    "stripe.api_base is %s: it must be https without a slash "
			    "at the end",
			    config->stripe_api_base);
	return NULL;
}

static fallible
check_header_words(const struct config *config, const char *key)
{
	if (!text_is_header_safe(key) || strchr(key, ' ') != NULL)
		return FAIL(INVALID, "stripe.key_file holds more than a key");
	if (!text_is_header_safe(config->stripe_version))
		return FAIL(INVALID, "stripe.version is no version");
	return NULL;
}

/* One secret a line; blanks around it do not count. */
static fallible
read_hooks(struct arena *mem, const char *path, struct stripe *stripe)
{
	const struct secret **hooks =
		arena_new_of(mem, const struct secret *, HOOKS_MOST);
	struct secret *file;
	const char *at;

	stripe->hooks = hooks;
	if (text_is_empty(path))
		return NULL;
	TRY(secret_from_file(mem, path, &file));
	for (at = secret_text(file); *at != '\0';) {
		size_t len;

		at += strspn(at, " \t\r\n");
		len = strcspn(at, " \t\r\n");
		if (len == 0)
			break;
		if (stripe->n_hooks == HOOKS_MOST)
			return FAIL(INVALID, "%s holds more than %d secrets", path,
				    HOOKS_MOST);
		hooks[stripe->n_hooks++] = secret_from_bytes(mem, at, len);
		at += len;
	}
	return NULL;
}

/* F-143: where shoppers may be sent to. */
static struct origin
page_origin(const struct config *config)
{
	const char *url = text_equal(config->gateway_mode, "sandbox")
				  ? config->stripe_api_base
				  : "https://checkout.stripe.com";
	struct origin origin = {0};

	origin_read(url, &origin);
	return origin;
}

fallible
pay_stripe_open(struct arena *mem, const struct config *config, struct http_out *http,
		const struct pay **out)
{
	struct stripe *stripe = arena_new_of(mem, struct stripe, 1);
	struct secret *key;
	const char *bearer;

	*out = NULL;
	if (text_is_empty(config->stripe_key_file))
		return NULL;
	TRY(secret_from_file(mem, config->stripe_key_file, &key));
	TRY(guard_mode(config, secret_text(key)));
	TRY(check_header_words(config, secret_text(key)));
	bearer = arena_printf(mem, "Bearer %s", secret_text(key));
	*stripe = (struct stripe){
		.http = http,
		.base = arena_text(mem, config->stripe_api_base),
		.version = arena_text(mem, config->stripe_version),
		.bearer = secret_from_bytes(mem, bearer, strlen(bearer)),
		.live = text_equal(config->gateway_mode, "live"),
		.pages = page_origin(config),
	};
	TRY(read_hooks(mem, config->stripe_webhook_secrets_file, stripe));
	*out = pay_stripe(mem, stripe);
	return NULL;
}
