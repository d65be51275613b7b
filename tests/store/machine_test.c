/* machine_test.c - the database's own wall around the state machines: for every state
 * and every other the step is tried as one who may do everything, with the code out of
 * the way. */
#include "domain/machine.h"

#include <stdio.h>
#include <string.h>

#include "support/database.h"

enum { STATES_MAX = 16, STEPS_MAX = 64 };

static int last_id;

/* ---- rows in a state, each reached by legal steps ---- */

static bool
runs(const char *sql)
{
	struct ctx *cx = test_owner();
	struct err *e = db_script(cx->db, sql);
	bool done = e == NULL;

	test_ctx_free(cx);
	return done;
}

/* An order as it begins, without its first event. */
static int
new_order(void)
{
	int n = ++last_id;

	test_script("INSERT INTO contact (id, uid, person_id) VALUES (%d, UUID(), 1);"
		    "INSERT INTO orders (id, uid, number, cart_id, cart_uid,"
		    " cart_version, visitor, contact_id, state, payment_status,"
		    " currency, subtotal, shipping, tax, tax_included, total, payable,"
		    " derivation, idem_key) VALUES (%d, UUID(), 'ORDER-%05d', %d,"
		    " UUID(), 1, REPEAT('v', 32), %d, 'pending', 'pending', 'USD',"
		    " 2000, 0, 0, TRUE, 2000, 2000, '{}', 'key-%d')",
		    n, n, n, n, n, n);
	return n;
}

static void
write_step(char *sql, size_t size, enum machine_name name, int id, int seq,
	   const char *from, const char *to)
{
	switch (name) {
	case MACHINE_ORDER:
		snprintf(sql, size,
			 "INSERT INTO order_event (order_id, seq, event, from_state,"
			 " to_state, actor, at) VALUES (%d, %d, 'test', '%s', '%s',"
			 " 'test', UTC_TIMESTAMP(6));"
			 "UPDATE orders SET state = '%s' WHERE id = %d",
			 id, seq, from, to, to, id);
		return;
	case MACHINE_PAYMENT:
		snprintf(sql, size,
			 "UPDATE orders SET payment_status = '%s' WHERE id = %d", to,
			 id);
		return;
	case MACHINE_FULFILMENT:
		snprintf(sql, size,
			 "UPDATE orders SET fulfilment_status = '%s' WHERE id = %d", to,
			 id);
		return;
	case MACHINE_ATTEMPT:
		snprintf(sql, size,
			 "UPDATE payment_attempt SET state = '%s' WHERE id = %d", to,
			 id);
		return;
	case MACHINE_REFUND:
		snprintf(sql, size, "UPDATE refund SET state = '%s' WHERE id = %d", to,
			 id);
		return;
	case MACHINE_DISPUTE:
		snprintf(sql, size, "UPDATE dispute SET state = '%s' WHERE id = %d", to,
			 id);
		return;
	case MACHINES:
		break;
	}
	fail_msg("no such machine");
}

static void
add_attempt(int id, const char *state)
{
	char sql[600];

	snprintf(sql, sizeof sql,
		 "INSERT INTO payment_attempt (id, uid, order_id, n, gateway, idem_key,"
		 " currency, amount, state, return_token, sent_at, expires_at) VALUES"
		 " (%d, UUID(), %d, 1, 'stripe', 'cs-%d', 'USD', 2000, '%s',"
		 " UNHEX(SHA2('%d', 256)), UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))",
		 id, id, id, state, id);
	WANT(runs(sql));
}

static void
add_refund(int id)
{
	add_attempt(id, "sent");
	test_script("INSERT INTO refund (id, uid, order_id, attempt_id, idem_key,"
		    " gateway, kind, currency, amount, actor) VALUES (%d, UUID(), %d,"
		    " %d, 'rf-%d', 'stripe', 'void', 'USD', 100, 'test')",
		    id, id, id, id);
}

static void
add_dispute(int id)
{
	add_attempt(id, "sent");
	test_script(
		"INSERT INTO dispute (id, uid, order_id, attempt_id, gateway,"
		" gw_dispute_id, currency, amount, taken, reason) VALUES (%d,"
		" UUID(), %d, %d, 'stripe', 'dp_%d', 'USD', 100, TRUE, 'fraudulent')",
		id, id, id, id);
}

/* The first legal way from "new" to a state, as indexes of edges; its length. */
static size_t
way_to(const struct machine *m, const char *state, size_t way[STATES_MAX])
{
	size_t before[STEPS_MAX], reached[STEPS_MAX], n = 0;

	assert_true(m->n < STEPS_MAX);
	for (size_t i = 0; i < m->n; i++)
		if (strcmp(m->edges[i].from, "new") == 0) {
			before[n] = STEPS_MAX;
			reached[n++] = i;
		}
	for (size_t at = 0; at < n; at++) {
		const char *here = m->edges[reached[at]].to;
		size_t length = 0, back = at;

		if (strcmp(here, state) == 0) {
			for (; back != STEPS_MAX; back = before[back])
				length++;
			back = at;
			for (size_t i = length; i-- > 0; back = before[back])
				way[i] = reached[back];
			return length;
		}
		for (size_t i = 0; i < m->n; i++) {
			bool known = strcmp(m->edges[i].from, here) != 0;

			for (size_t k = 0; k < n && !known; k++)
				known = strcmp(m->edges[reached[k]].to,
					       m->edges[i].to) == 0;
			if (!known) {
				before[n] = at;
				reached[n++] = i;
			}
		}
	}
	fail_msg("%s: nothing leads to %s", m->name, state);
	return 0;
}

/* A row in that state; *seq: how many events its order has. */
static int
row_in(enum machine_name name, const char *state, int *seq)
{
	const struct machine *m = machine_get(name);
	size_t way[STATES_MAX], length = way_to(m, state, way);
	int id = new_order();
	char sql[1000];

	if (name == MACHINE_ATTEMPT)
		add_attempt(id, "sent");
	if (name == MACHINE_REFUND)
		add_refund(id);
	if (name == MACHINE_DISPUTE)
		add_dispute(id);
	*seq = 0;
	for (size_t i = name == MACHINE_ORDER ? 0 : 1; i < length; i++) {
		const struct machine_edge *e = &m->edges[way[i]];

		write_step(sql, sizeof sql, name, id, ++*seq, e->from, e->to);
		if (!runs(sql))
			check_fail(__FILE__, __LINE__, "%s: %s to %s was refused",
				   m->name, e->from, e->to);
	}
	return id;
}

/* ---- the matrix ---- */

static size_t
states_of(const struct machine *m, const char *states[STATES_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < m->n; i++) {
		bool known = false;

		for (size_t k = 0; k < n; k++)
			known |= strcmp(states[k], m->edges[i].to) == 0;
		if (!known)
			states[n++] = m->edges[i].to;
	}
	return n;
}

/* A step to the state where it is changes nothing, so it is tried for orders alone:
 * there it is an event. */
static void
try_all(enum machine_name name)
{
	const struct machine *m = machine_get(name);
	const char *states[STATES_MAX];
	size_t n = states_of(m, states);
	char sql[1000];

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n; k++) {
			bool taken, legal = machine_allows(name, states[i], states[k]);
			int seq, id;

			if (i == k && name != MACHINE_ORDER)
				continue;
			id = row_in(name, states[i], &seq);
			write_step(sql, sizeof sql, name, id, seq + 1, states[i],
				   states[k]);
			taken = runs(sql);
			if (taken != legal)
				check_fail(__FILE__, __LINE__, "%s: %s to %s was %s",
					   m->name, states[i], states[k],
					   taken ? "taken" : "refused");
		}
}

#define MATRIX(name, machine)                                                          \
	static void name(void **state)                                                 \
	{                                                                              \
		(void)state;                                                           \
		try_all(machine);                                                      \
	}

MATRIX(an_order_takes_every_legal_step_and_no_other, MACHINE_ORDER)
MATRIX(the_payment_axis_takes_every_legal_step_and_no_other, MACHINE_PAYMENT)
MATRIX(the_fulfilment_axis_takes_every_legal_step_and_no_other, MACHINE_FULFILMENT)
MATRIX(an_attempt_takes_every_legal_step_and_no_other, MACHINE_ATTEMPT)
MATRIX(a_refund_takes_every_legal_step_and_no_other, MACHINE_REFUND)
MATRIX(a_dispute_takes_every_legal_step_and_no_other, MACHINE_DISPUTE)

/* ---- what the matrix does not show ---- */

static void
program_and_database_list_the_same_steps(void **state)
{
	(void)state;
	for (enum machine_name name = MACHINE_PAYMENT; name < MACHINES; name++) {
		const struct machine *m = machine_get(name);

		for (size_t i = 0; i < m->n; i++)
			WANT_INT(test_number("SELECT COUNT(*) FROM machine_edge WHERE"
					     " machine = '%s' AND from_state = '%s'"
					     " AND to_state = '%s'",
					     m->name, m->edges[i].from, m->edges[i].to),
				 1);
		for (size_t i = 0; i < m->n; i++)
			test_script("DELETE FROM machine_edge WHERE machine = '%s'"
				    " AND from_state = '%s' AND to_state = '%s'",
				    m->name, m->edges[i].from, m->edges[i].to);
	}
	WANT_INT(test_number("SELECT COUNT(*) FROM machine_edge"), 0);
	for (enum machine_name name = MACHINE_PAYMENT; name < MACHINES; name++) {
		const struct machine *m = machine_get(name);

		for (size_t i = 0; i < m->n; i++)
			test_script("INSERT IGNORE INTO machine_edge VALUES"
				    " ('%s', '%s', '%s')",
				    m->name, m->edges[i].from, m->edges[i].to);
	}
}

static void
an_order_moves_only_where_its_last_event_led(void **state)
{
	char sql[200];
	int seq, id = row_in(MACHINE_ORDER, "pending", &seq);

	(void)state;
	snprintf(sql, sizeof sql, "UPDATE orders SET state = 'expired' WHERE id = %d",
		 id);
	WANT(!runs(sql));
	snprintf(sql, sizeof sql,
		 "INSERT INTO order_event (order_id, seq, event, from_state, to_state,"
		 " actor, at) VALUES (%d, 2, 'expired', 'pending', 'expired', 'test',"
		 " UTC_TIMESTAMP(6))",
		 id);
	WANT(runs(sql));
	snprintf(sql, sizeof sql, "UPDATE orders SET state = 'failed' WHERE id = %d",
		 id);
	WANT(!runs(sql));
	snprintf(sql, sizeof sql, "UPDATE orders SET state = 'expired' WHERE id = %d",
		 id);
	WANT(runs(sql));
}

static void
an_event_leaves_no_gap_and_begins_where_the_last_one_ended(void **state)
{
	static const char *const wrong[] = {
		"2, 'x', 'review', 'confirmed'",  /* it is not in review */
		"3, 'x', 'pending', 'confirmed'", /* the second one is missing */
		"1, 'x', 'pending', 'confirmed'",
	};
	char sql[300];
	int seq, id = row_in(MACHINE_ORDER, "pending", &seq);

	(void)state;
	for (size_t i = 0; i < DB_COUNT(wrong); i++) {
		snprintf(sql, sizeof sql,
			 "INSERT INTO order_event (order_id, seq, event, from_state,"
			 " to_state, actor, at) VALUES (%d, %s, 'test',"
			 " UTC_TIMESTAMP(6))",
			 id, wrong[i]);
		WANT(!runs(sql));
	}
}

static void
nothing_begins_further_on(void **state)
{
	char sql[600];
	int id = new_order();

	(void)state;
	snprintf(sql, sizeof sql,
		 "INSERT INTO payment_attempt (uid, order_id, n, gateway, idem_key,"
		 " currency, amount, captured, state, return_token, sent_at,"
		 " expires_at) VALUES (UUID(), %d, 1, 'stripe', 'x', 'USD', 2000, 2000,"
		 " 'captured', REPEAT('x', 32), UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))",
		 id);
	WANT(!runs(sql));
	add_attempt(id, "sent");
	snprintf(sql, sizeof sql,
		 "INSERT INTO refund (uid, order_id, attempt_id, idem_key, gateway,"
		 " kind, currency, amount, state, actor) VALUES (UUID(), %d, %d, 'x',"
		 " 'stripe', 'void', 'USD', 100, 'done', 'test')",
		 id, id);
	WANT(!runs(sql));
	snprintf(sql, sizeof sql,
		 "INSERT INTO dispute (uid, order_id, attempt_id, gateway,"
		 " gw_dispute_id, currency, amount, state, reason) VALUES (UUID(), %d,"
		 " %d, 'stripe', 'dp_x', 'USD', 100, 'won', 'x')",
		 id, id);
	WANT(!runs(sql));
	snprintf(sql, sizeof sql,
		 "INSERT INTO orders (uid, number, cart_id, cart_uid, cart_version,"
		 " visitor, contact_id, state, payment_status, currency, subtotal,"
		 " shipping, tax, tax_included, total, payable, derivation, idem_key)"
		 " SELECT UUID(), 'ORDER-OTHER', 99999, UUID(), 1, visitor, contact_id,"
		 " 'confirmed', 'paid', currency, subtotal, shipping, tax,"
		 " tax_included, total, payable, derivation, 'other' FROM orders"
		 " WHERE id = %d",
		 id);
	WANT(!runs(sql));
}

static void
what_was_asked_for_or_taken_never_changes(void **state)
{
	static const char *const wrong[] = {
		"UPDATE payment_attempt SET amount = amount + 1",
		"UPDATE payment_attempt SET currency = 'EUR'",
		"UPDATE payment_attempt SET idem_key = CONCAT(idem_key, 'x')",
		"UPDATE payment_attempt SET captured = captured - 1",
		"UPDATE refund SET amount = amount + 1",
		"UPDATE refund SET kind = 'goodwill'",
		"DELETE FROM refund",
		"UPDATE dispute SET amount = amount + 1",
		"UPDATE dispute SET currency = 'EUR'",
		"UPDATE dispute SET gw_dispute_id = 'dp_other'",
		"UPDATE dispute SET taken = FALSE",
		"DELETE FROM dispute",
		"DELETE FROM payment_attempt",
	};
	int id = new_order();
	char sql[200];

	(void)state;
	add_refund(id);
	test_script("INSERT INTO dispute (id, uid, order_id, attempt_id, gateway,"
		    " gw_dispute_id, currency, amount, taken, reason) VALUES (%d,"
		    " UUID(), %d, %d, 'stripe', 'dp_kept', 'USD', 100, TRUE, 'x')",
		    id, id, id);
	test_script("UPDATE payment_attempt SET state = 'captured', captured = 2000"
		    " WHERE id = %d",
		    id);
	for (size_t i = 0; i < DB_COUNT(wrong); i++) {
		snprintf(sql, sizeof sql, "%s WHERE id = %d", wrong[i], id);
		WANT(!runs(sql));
	}
}

TESTS(TEST(an_order_takes_every_legal_step_and_no_other),
      TEST(the_payment_axis_takes_every_legal_step_and_no_other),
      TEST(the_fulfilment_axis_takes_every_legal_step_and_no_other),
      TEST(an_attempt_takes_every_legal_step_and_no_other),
      TEST(a_refund_takes_every_legal_step_and_no_other),
      TEST(a_dispute_takes_every_legal_step_and_no_other),
      TEST(program_and_database_list_the_same_steps),
      TEST(an_order_moves_only_where_its_last_event_led),
      TEST(an_event_leaves_no_gap_and_begins_where_the_last_one_ended),
      TEST(nothing_begins_further_on), TEST(what_was_asked_for_or_taken_never_changes))
