/* machine.h - every state machine of the shop as a table: orders, the two axes of an
 * order, payment attempts, refunds, disputes. The tables transition_ok and machine_edge
 * hold the same pairs, so that the database refuses what this file does not list. */
#ifndef DOMAIN_MACHINE_H
#define DOMAIN_MACHINE_H

#include <stdbool.h>
#include <stddef.h>

struct machine_edge {
	const char *from, *event, *to; /* from "new": the row is made */
};

enum machine_name {
	MACHINE_ORDER,
	MACHINE_PAYMENT,
	MACHINE_FULFILMENT,
	MACHINE_ATTEMPT,
	MACHINE_REFUND,
	MACHINE_DISPUTE,
	MACHINES,
};

struct machine {
	const char *name;   /* "attempt" */
	const char *column; /* where its state is kept: "payment_attempt.state" */
	const struct machine_edge *edges;
	size_t n;
};

const struct machine *machine_get(enum machine_name);

/* Whether a row may go from one state to another; it may always stay where it is, if
 * there is such a state. */
bool machine_allows(enum machine_name, const char *from, const char *to);

#endif
