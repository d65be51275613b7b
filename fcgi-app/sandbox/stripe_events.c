/* stripe_events.c - events as they were told, and the signature of their webhooks. */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/text.h"
#include "sandbox/stripe.h"

void
stripe_put_event(struct work *w, const void *object)
{
	const struct event *event = object;

	json_put_raw(&w->out, event->body);
}

void
stripe_events_get(struct work *w)
{
	const struct event *event = store_find(w->box->store, &event_kind, w->id);

	if (!event || strcmp(event->gateway, "stripe") != 0) {
		stripe_refuse_missing(w, "event", "id", w->id);
		return;
	}
	stripe_put_event(w, event);
	stripe_answer(w, 200);
}

/* type may end in ".*", and types[] may name several. */
static bool
type_fits(const char *wanted, const char *type)
{
	size_t len = strlen(wanted);

	if (text_ends(wanted, ".*"))
		return strncmp(wanted, type, len - 1) == 0;
	return strcmp(wanted, "*") == 0 || strcmp(wanted, type) == 0;
}

static bool
is_listed(struct work *w, const void *object)
{
	const struct event *event = object;
	const char *type = form_get(&w->form, "type");
	bool named = !form_has(&w->form, "types");

	for (size_t i = 0; i < w->form.n; i++)
		if (text_starts(w->form.list[i].name, "types[") &&
		    type_fits(w->form.list[i].value, event->type))
			named = true;
	return strcmp(event->gateway, "stripe") == 0 && named &&
	       (!type || type_fits(type, event->type)) &&
	       stripe_created_fits(w, event->created);
}

void
stripe_events_list(struct work *w)
{
	stripe_answer_list(w, &event_kind, is_listed);
}

/* t is the house's own time, not the sandbox's: who turns the sandbox's clock does not
 * turn that of the shop, which checks the age. */
const char *
stripe_sign(struct arena *mem, const struct hook *hook, const char *body,
	    const char *flaw)
{
	bool old = flaw && strcmp(flaw, "old") == 0;
	bool wrong = flaw && strcmp(flaw, "signature") == 0;
	long long t = clock_now().us / SECONDS(1) - (old ? 600 : 0);
	const char *signed_text = arena_printf(mem, "%lld.%s", t, body);
	char *header = arena_printf(mem, "Stripe-Signature: t=%lld", t);

	for (size_t i = 0; i < hook->n_secrets; i++) {
		struct digest mac =
			digest_hmac(hook->secrets[i], strlen(hook->secrets[i]),
				    signed_text, strlen(signed_text));

		if (wrong)
			mac.bytes[0] ^= 1;
		header = arena_printf(mem, "%s,v1=%s", header,
				      text_hex(mem, mac.bytes, sizeof(mac.bytes)));
	}
	return header;
}
