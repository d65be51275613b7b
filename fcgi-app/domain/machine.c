/* machine.c - every state machine of the shop as a table. */
#include "domain/machine.h"

#include <assert.h>
#include <string.h>

#define MACHINE_EDGE(from, event, to) {#from, #event, #to},
#define ORDER_EDGE                    MACHINE_EDGE

static const struct machine_edge order_edges[] = {
#include "domain/order_edge.def"
};
static const struct machine_edge payment_edges[] = {
#include "domain/payment_edge.def"
};
static const struct machine_edge fulfilment_edges[] = {
#include "domain/fulfilment_edge.def"
};
static const struct machine_edge attempt_edges[] = {
#include "domain/attempt_edge.def"
};
static const struct machine_edge refund_edges[] = {
#include "domain/refund_edge.def"
};
static const struct machine_edge dispute_edges[] = {
#include "domain/dispute_edge.def"
};

#define TABLE(name) name##_edges, sizeof name##_edges / sizeof *name##_edges

static const struct machine machines[MACHINES] = {
	[MACHINE_ORDER] = {"order", "orders.state", TABLE(order)},
	[MACHINE_PAYMENT] = {"payment", "orders.payment_status", TABLE(payment)},
	[MACHINE_FULFILMENT] = {"fulfilment", "orders.fulfilment_status",
				TABLE(fulfilment)},
	[MACHINE_ATTEMPT] = {"attempt", "payment_attempt.state", TABLE(attempt)},
	[MACHINE_REFUND] = {"refund", "refund.state", TABLE(refund)},
	[MACHINE_DISPUTE] = {"dispute", "dispute.state", TABLE(dispute)},
};

const struct machine *
machine_get(enum machine_name name)
{
	assert(name < MACHINES);
	return &machines[name];
}

bool
machine_allows(enum machine_name name, const char *from, const char *to)
{
	const struct machine *machine = machine_get(name);
	bool stays = strcmp(from, to) == 0;

	for (const struct machine_edge *e = machine->edges;
	     e < machine->edges + machine->n; e++) {
		if (stays && strcmp(e->to, to) == 0)
			return true;
		if (strcmp(e->from, from) == 0 && strcmp(e->to, to) == 0)
			return true;
	}
	return false;
}
