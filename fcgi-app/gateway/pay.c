/* pay.c - the gateways that the settings switch on, and the words of the port. */
#include "gateway/pay.h"

#include <string.h>

#include "base/arena.h"
#include "gateway/pay_stripe.h"

enum { GATEWAYS_MAX = 3 };

fallible
pay_gateways(struct arena *mem, const struct config *config, struct http_out *http,
	     const struct pay ***list, size_t *n)
{
	const struct pay **found = arena_new_of(mem, const struct pay *, GATEWAYS_MAX);
	const struct pay *pay;

	*n = 0;
	*list = found;
	TRY(pay_stripe_open(mem, config, http, &pay));
	if (pay != NULL)
		found[(*n)++] = pay;
	return NULL;
}

const struct pay *
pay_find(const struct pay *const *list, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i]->name, name) == 0)
			return list[i];
	return NULL;
}

const char *
pay_outcome_word(enum pay_outcome outcome)
{
	static const char *const words[] = {
		[PAY_DONE] = "done",
		[PAY_DECLINED] = "declined",
		[PAY_NEEDS_ACTION] = "needs_action",
		[PAY_TRANSIENT] = "transient",
		[PAY_PERMANENT] = "permanent",
		[PAY_UNKNOWN] = "unknown",
	};

	return words[outcome];
}

const char *
pay_event_word(enum pay_event_kind kind)
{
	static const char *const words[] = {
#define PAY_EVENT(name, word) [PAY_EVENT_##name] = word,
#include "gateway/pay_event.def"
#undef PAY_EVENT
	};

	return words[kind];
}
