/* order_state.c - the pure part of an order's life. */
#include "domain/order_state.h"

#include <string.h>

static bool
is(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

const char *
order_state_of(struct order_facts facts)
{
	if (facts.cancelled)
		return "cancelled";
	if (is(facts.fulfilment, "delivered") || is(facts.fulfilment, "returned"))
		return "delivered";
	if (is(facts.fulfilment, "shipped"))
		return "shipped";
	if (facts.review)
		return "review";
	if (facts.nothing_due || is(facts.payment, "paid") ||
	    is(facts.payment, "authorized") ||
	    is(facts.payment, "partially_refunded") || is(facts.payment, "refunded") ||
	    is(facts.payment, "disputed"))
		return "confirmed";
	if (is(facts.payment, "failed"))
		return "failed";
	if (is(facts.payment, "expired"))
		return "expired";
	return "pending";
}

const char *
order_state_after(const char *from, const char *event)
{
	const struct machine *machine = machine_get(MACHINE_ORDER);

	for (size_t i = 0; i < machine->n; i++)
		if (is(machine->edges[i].from, from) &&
		    is(machine->edges[i].event, event))
			return machine->edges[i].to;
	return NULL;
}

const char *
order_public_state(const char *state)
{
	return is(state, "review") ? "pending" : state;
}

bool
order_is_waiting(const char *state)
{
	return is(state, "pending") || is(state, "review");
}

bool
order_is_paid(const char *state)
{
	return is(state, "confirmed") || is(state, "shipped") || is(state, "delivered");
}

bool
order_is_dead(const char *state)
{
	return is(state, "failed") || is(state, "expired") || is(state, "cancelled");
}
