/* told.c - events of a gateway that plays a script. */
#include "support/told.h"

#include <string.h>

#include "base/text.h"

const char *
told_signature(const void *from, const char *name)
{
	return text_equal(name, "fake-signature") ? from : NULL;
}

struct err *
told_signed(struct kit *kit, const char *body, const char *from, bool *again)
{
	return flow_accept_webhook(kit->shop, kit->cx, "fake", told_signature, from,
				   body, strlen(body), again);
}

void
told_deliver(struct kit *kit, const char *body)
{
	bool again;

	WANT_OK(told_signed(kit, body, "good", &again));
}

const char *
told_event(struct kit *kit, const char *id, const char *kind,
	   const struct attempt *attempt)
{
	return arena_printf(kit->cx->mem,
			    "{\"id\":\"%s\",\"kind\":\"%s\",\"attempt_ref\":\"%s\"}",
			    id, kind, attempt->uid.text);
}

const char *
told_paid(struct kit *kit, const char *id, const struct attempt *attempt,
	  int64_t amount)
{
	return arena_printf(
		kit->cx->mem,
		"{\"id\":\"%s\",\"kind\":\"session_completed\",\"paid\":true,"
		"\"attempt_ref\":\"%s\",\"amount\":%" PRId64 ",\"currency\":\"USD\"}",
		id, attempt->uid.text, amount);
}

size_t
told_apply_due(struct kit *kit)
{
	struct webhook *list;
	size_t n;

	WANT_OK(IN_TX(kit->cx, inbox_claim(tx, "test", 60, 100, &list, &n)));
	for (size_t i = 0; i < n; i++)
		WANT_OK(flow_apply_webhook(kit->shop, kit->cx, &list[i]));
	return n;
}

const char *
told_state(const char *event_id)
{
	return test_text("SELECT state FROM webhook_in WHERE event_id = '%s'",
			 event_id);
}

struct placement
told_placed(struct kit *kit, int visitor, const char *sku, const char *key)
{
	*kit = kit_new();
	kit_script_begin(kit);
	return kit_place(kit, visitor, sku, 1, key);
}

void
told_will_say(struct kit *kit, enum pay_status status, const struct placement *placed)
{
	kit_will_say(kit, "retrieve", status,
		     status == PAY_PAID ? placed->attempt.amount.minor : 0,
		     placed->attempt.uid.text, placed->order.number);
}
