/* due.c - what a gateway does later by the sandbox's clock, kept over a restart. */
#include <string.h>

#include "base/arena.h"
#include "sandbox/sandbox.h"

struct due {
	struct record record;
	const char *gateway, *action, *object;
	int64_t at_us;
	bool done;
};

static const struct store_field fields[] = {
	STORE_FIELD(struct due, gateway, TEXT), STORE_FIELD(struct due, action, TEXT),
	STORE_FIELD(struct due, object, TEXT),  STORE_FIELD(struct due, at_us, INT),
	STORE_FIELD(struct due, done, BOOL),    STORE_END,
};
const struct store_kind due_kind = {"due", sizeof(struct due), fields, false};

static void
run(struct sandbox *box, void *arg)
{
	struct due *due = arg;
	size_t at = sandbox_gateway_index(box, due->gateway);
	struct arena *mem;

	if (due->done)
		return;
	mem = arena_new((size_t)16 << 20);
	due->done = true;
	store_save(box->store, due);
	box->gateways[at]->due(box, mem, due->action, due->object);
	arena_free(mem);
}

void
due_add(struct sandbox *box, const struct gateway *gateway, int64_t at_us,
	const char *action, const char *object)
{
	struct arena *mem = arena_new((size_t)1 << 16);
	struct due *due = store_new(box->store, &due_kind, sandbox_id(mem, "due_", 16));

	due->gateway = gateway->name;
	due->action = action;
	due->object = object;
	due->at_us = at_us;
	store_save(box->store, due);
	agenda_add(box->agenda, at_us, run, due);
	arena_free(mem);
}

void
due_wake(struct sandbox *box)
{
	for (size_t i = 0; i < store_count(box->store, &due_kind); i++) {
		struct due *due = store_at(box->store, &due_kind, i);

		if (!due->done)
			agenda_add(box->agenda, due->at_us, run, due);
	}
}
