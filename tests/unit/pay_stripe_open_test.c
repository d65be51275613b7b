/* pay_stripe_open_test.c - a gateway opens with settings that fit together, or not. */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/config.h"
#include "base/secret.h"
#include "gateway/pay_stripe.h"
#include "gateway/pay_stripe_private.h"
#include "support/in_arena.h"

static const char *
file_with(const char *text)
{
	char *path = arena_printf(mem, "/tmp/till-stripe-XXXXXX");
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	fchmod(fd, 0600);
	close(fd);
	return path;
}

static struct err *
open_with(const char *mode, const char *key, const char *base, const struct pay **pay)
{
	struct config *config = config_defaults(mem);
	const char *path = file_with(key);
	struct err *e;

	config->gateway_mode = mode;
	config->stripe_api_base = base;
	config->stripe_key_file = path;
	e = pay_stripe_open(mem, config, NULL, pay);
	unlink(path);
	return e;
}

static void
test_and_live_never_mix(void **state)
{
	static const char official[] = "https://api.stripe.com";
	static const char sandbox[] = "http://127.0.0.1:9100/stripe";
	static const struct {
		const char *mode, *key, *base;
		bool opens;
	} rows[] = {
		{"live", "sk_live_a\n", official, true},
		{"live", "rk_live_a\n", official, true},
		{"live", "sk_test_a\n", official, false},
		{"live", "sk_live_a\n", "https://api.stripe.com.evil.example", false},
		{"live", "sk_live_a\n", sandbox, false},
		{"test", "sk_test_a\n", official, true},
		{"test", "sk_live_a\n", official, false},
		{"test", "sk_test_a\n", sandbox, false},
		{"sandbox", "sk_test_sandbox\n", sandbox, true},
		{"sandbox", "sk_live_a\n", sandbox, false},
		{"sandbox", "rk_live_a\n", sandbox, false},
		{"sandbox", "sk_test_a\n", "http://10.0.0.1/stripe", false},
		{"test", "sk_test_a\n", "https://api.stripe.com/", false},
		{"test", "pk_test_a\n", official, false},
		{"test", "sk_test_a\r\nX: y\n", official, false},
	};
	const struct pay *pay;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct err *e =
			open_with(rows[i].mode, rows[i].key, rows[i].base, &pay);

		if (rows[i].opens)
			WANT_OK(e);
		else
			WANT_ERR(e, INVALID);
	}
}

static void
without_a_key_nothing_is_offered(void **state)
{
	const struct pay **list;
	size_t n;

	(void)state;
	WANT_OK(pay_gateways(mem, config_defaults(mem), NULL, &list, &n));
	WANT_INT(n, 0);
	WANT(pay_find(list, n, "stripe") == NULL);
}

static void
several_webhook_secrets_are_read(void **state)
{
	struct config *config = config_defaults(mem);
	const struct pay **list;
	const struct stripe *stripe;
	size_t n;

	(void)state;
	config->gateway_mode = "test";
	config->stripe_key_file = file_with("sk_test_a\n");
	config->stripe_webhook_secrets_file = file_with(" whsec_a \r\n\nwhsec_b\n");
	WANT_OK(pay_gateways(mem, config, NULL, &list, &n));
	WANT_INT(n, 1);
	stripe = pay_find(list, n, "stripe")->own;
	WANT_INT(stripe->n_hooks, 2);
	WANT_TEXT(secret_text(stripe->hooks[0]), "whsec_a");
	WANT_TEXT(secret_text(stripe->hooks[1]), "whsec_b");
	unlink(config->stripe_key_file);
	unlink(config->stripe_webhook_secrets_file);
}

TESTS_IN_ARENA(TEST(test_and_live_never_mix), TEST(without_a_key_nothing_is_offered),
	       TEST(several_webhook_secrets_are_read))
