/* machine_test.c - the state machines, walked whole: every state against every state.
 */
#include "domain/machine.h"

#include <string.h>

#include "support/check.h"

enum { ROW = 120 };

/* What a careful reader of the design would draw: each state, and where it may go. A
 * step that is added to an _edge.def has to be added here as well, on purpose. */
static const char *const order_rows[] = {
	"new: pending",
	"pending: pending confirmed review failed expired cancelled",
	"review: review confirmed failed",
	"confirmed: confirmed shipped cancelled",
	"shipped: shipped delivered",
	"delivered: delivered",
	"failed: failed review",
	"expired: expired review",
	"cancelled: cancelled",
	NULL,
};
static const char *const payment_rows[] = {
	"new: pending",
	"pending: pending authorized paid unknown failed expired",
	"unknown: unknown pending authorized paid failed expired",
	"authorized: authorized paid failed expired",
	"paid: paid partially_refunded refunded disputed",
	"partially_refunded: partially_refunded refunded disputed paid",
	"refunded: refunded disputed paid partially_refunded",
	"disputed: disputed paid partially_refunded refunded",
	"failed: failed paid",
	"expired: expired paid",
	NULL,
};
static const char *const fulfilment_rows[] = {
	"new: unfulfilled",
	"unfulfilled: unfulfilled preparing shipped",
	"preparing: preparing shipped",
	"shipped: shipped delivered returned",
	"delivered: delivered returned",
	"returned: returned",
	NULL,
};
#define ENDS "authorized captured failed expired cancelled"
static const char *const attempt_rows[] = {
	"new: sent",
	"sent: sent requires_action unknown " ENDS,
	"requires_action: requires_action sent unknown " ENDS,
	"unknown: unknown sent requires_action " ENDS,
	"authorized: authorized captured expired cancelled",
	"captured: captured",
	"failed: failed captured",
	"expired: expired captured",
	"cancelled: cancelled captured",
	NULL,
};
static const char *const refund_rows[] = {
	"new: pending",
	"pending: pending done failed",
	"done: done failed",
	"failed: failed",
	NULL,
};

static const char *const dispute_rows[] = {
	"new: open", "open: open won lost", "won: won", "lost: lost", NULL,
};

static const char *const *const rows_of[MACHINES] = {
	[MACHINE_ORDER] = order_rows,           [MACHINE_PAYMENT] = payment_rows,
	[MACHINE_FULFILMENT] = fulfilment_rows, [MACHINE_ATTEMPT] = attempt_rows,
	[MACHINE_REFUND] = refund_rows,         [MACHINE_DISPUTE] = dispute_rows,
};

/* The word before the colon. */
static void
state_of(const char *row, char *state, size_t size)
{
	size_t len = strcspn(row, ":");

	assert_true(len < size);
	memcpy(state, row, len);
	state[len] = '\0';
}

static bool
has_word(const char *row, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = strchr(row, ':') + 1; (at = strstr(at, word)) != NULL;
	     at++)
		if (at[-1] == ' ' && (at[len] == ' ' || at[len] == '\0'))
			return true;
	return false;
}

/* Returns how many pairs were refused. */
static int
walk(enum machine_name name, const char *const *rows)
{
	char from[ROW], to[ROW];
	int refused = 0;

	for (size_t i = 0; rows[i] != NULL; i++)
		for (size_t k = 0; rows[k] != NULL; k++) {
			bool drawn;

			state_of(rows[i], from, sizeof from);
			state_of(rows[k], to, sizeof to);
			drawn = has_word(rows[i], to);
			if (machine_allows(name, from, to) != drawn)
				check_fail(__FILE__, __LINE__, "%s: %s to %s",
					   machine_get(name)->name, from, to);
			refused += !drawn;
		}
	return refused;
}

static void
each_state_goes_where_it_is_drawn_to_and_nowhere_else(void **state)
{
	(void)state;
	WANT_INT(walk(MACHINE_ORDER, order_rows), 60);
	WANT_INT(walk(MACHINE_PAYMENT, payment_rows), 63);
	WANT_INT(walk(MACHINE_FULFILMENT, fulfilment_rows), 24);
	WANT_INT(walk(MACHINE_ATTEMPT, attempt_rows), 45);
	WANT_INT(walk(MACHINE_REFUND, refund_rows), 9);
	WANT_INT(walk(MACHINE_DISPUTE, dispute_rows), 10);
}

static bool
is_drawn(enum machine_name name, const char *word)
{
	char state[ROW];

	for (size_t i = 0; rows_of[name][i] != NULL; i++) {
		state_of(rows_of[name][i], state, sizeof state);
		if (strcmp(state, word) == 0)
			return true;
	}
	return false;
}

static void
every_edge_joins_states_that_are_drawn(void **state)
{
	(void)state;
	for (enum machine_name name = 0; name < MACHINES; name++) {
		const struct machine *machine = machine_get(name);

		for (size_t i = 0; i < machine->n; i++) {
			WANT(is_drawn(name, machine->edges[i].from));
			WANT(is_drawn(name, machine->edges[i].to));
			WANT(machine_allows(name, machine->edges[i].from,
					    machine->edges[i].to));
		}
	}
}

/* What happens to a state decides where it goes: never two ways at once. */
static void
an_event_leads_from_a_state_to_one_state(void **state)
{
	(void)state;
	for (enum machine_name name = 0; name < MACHINES; name++) {
		const struct machine *m = machine_get(name);

		for (size_t i = 0; i < m->n; i++)
			for (size_t k = i + 1; k < m->n; k++)
				WANT(strcmp(m->edges[i].from, m->edges[k].from) != 0 ||
				     strcmp(m->edges[i].event, m->edges[k].event) != 0);
	}
}

static void
a_word_that_is_no_state_goes_nowhere(void **state)
{
	(void)state;
	for (enum machine_name name = 0; name < MACHINES; name++) {
		WANT(!machine_allows(name, "nonsense", "nonsense"));
		WANT(!machine_allows(name, "new", "nonsense"));
		WANT(!machine_allows(name, "new", "new"));
	}
}

TESTS(TEST(each_state_goes_where_it_is_drawn_to_and_nowhere_else),
      TEST(every_edge_joins_states_that_are_drawn),
      TEST(an_event_leads_from_a_state_to_one_state),
      TEST(a_word_that_is_no_state_goes_nowhere))
