/* webhook.c - a webhook as it comes. */
#include "webhook.h"

#include <string.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/secret.h"
#include "base/text.h"
#include "gateway/pay_stripe.h"
#include "gateway/pay_stripe_private.h"

enum { SIGNED_AT = 1795258600 };

struct webhook {
	const struct pay *pay;
	const char *signature;
};

static const char event[] =
	"{\"id\":\"evt_1QxSpeed0000000000000001\",\"object\":\"event\","
	"\"api_version\":\"2026-10-28.endive\",\"created\":1795258600,\"data\":{"
	"\"object\":{\"id\":\"pi_3QxSpeed0000000000000001\",\"object\":"
	"\"payment_intent\",\"amount\":6199,\"amount_capturable\":0,\"amount_details\":"
	"{"
	"\"tip\":{}},\"amount_received\":6199,\"automatic_payment_methods\":null,"
	"\"canceled_at\":null,\"capture_method\":\"automatic\",\"client_secret\":\"x\","
	"\"confirmation_method\":\"automatic\",\"created\":1795258590,\"currency\":"
	"\"usd\",\"customer\":null,\"description\":\"Order ABCDE-23456 at Harbour "
	"Goods\",\"last_payment_error\":null,\"latest_charge\":"
	"\"ch_3QxSpeed0000000000000001\",\"livemode\":false,\"metadata\":{"
	"\"attempt_ref\":\"018f0000-0000-7000-8000-000000000300\",\"order_ref\":"
	"\"ABCDE-23456\"},\"payment_method_types\":[\"card\"],\"receipt_email\":null,"
	"\"status\":\"succeeded\"}},\"livemode\":false,\"pending_webhooks\":1,"
	"\"request\":{\"id\":null,\"idempotency_key\":null},\"type\":"
	"\"payment_intent.succeeded\"}";

static const char *
header_of(const void *from, const char *name)
{
	return text_equal(name, "stripe-signature") ? from : NULL;
}

bool
webhook_is_genuine(const struct webhook *hook, struct arena *mem)
{
	struct pay_headers headers = {header_of, hook->signature};
	struct instant now = {SECONDS(SIGNED_AT + 5)};
	struct pay_event told;

	return hook->pay->verify(hook->pay, mem, headers, event, sizeof event - 1, now,
				 &told) == PAY_GENUINE &&
	       told.amount.minor == 6199;
}

static const char *
signature_of(struct arena *mem, const char *secret)
{
	const char *bytes = arena_printf(mem, "%d.%s", SIGNED_AT, event);
	struct digest d = digest_hmac(secret, strlen(secret), bytes, strlen(bytes));

	return arena_printf(mem, "t=%d,v1=%s", SIGNED_AT,
			    text_hex(mem, d.bytes, sizeof d.bytes));
}

static const struct pay *
gateway(struct arena *mem, const char *secret)
{
	struct stripe *stripe = arena_new_of(mem, struct stripe, 1);
	const struct secret **hooks = arena_new_of(mem, const struct secret *, 1);

	hooks[0] = secret_from_bytes(mem, secret, strlen(secret));
	*stripe = (struct stripe){.hooks = hooks, .n_hooks = 1};
	return pay_stripe(mem, stripe);
}

struct webhook *
webhook_new(struct arena *mem)
{
	static const char secret[] = "whsec_speed";
	struct webhook *hook = arena_new_of(mem, struct webhook, 1);

	*hook = (struct webhook){gateway(mem, secret), signature_of(mem, secret)};
	return hook;
}
