/* order_state_test.c - the life of an order: every edge, and no others. */
#include "domain/order_state.h"
#include "domain/settling.h"
#include "support/check.h"

static const char *const states[] = {"new",       "pending", "review",
				     "confirmed", "shipped", "delivered",
				     "failed",    "expired", "cancelled"};
enum { STATES = sizeof states / sizeof *states };

static void
every_listed_edge_is_taken(void **state)
{
	const struct machine *machine = machine_get(MACHINE_ORDER);
	const struct machine_edge *edges = machine->edges;
	size_t n = machine->n;

	(void)state;
	WANT(n > 20);
	for (size_t i = 0; i < n; i++)
		WANT_TEXT(order_state_after(edges[i].from, edges[i].event),
			  edges[i].to);
}

static bool
is_listed(const char *from, const char *event)
{
	const struct machine *machine = machine_get(MACHINE_ORDER);
	const struct machine_edge *edges = machine->edges;
	size_t n = machine->n;

	for (size_t i = 0; i < n; i++)
		if (strcmp(edges[i].from, from) == 0 &&
		    strcmp(edges[i].event, event) == 0)
			return true;
	return false;
}

static void
every_other_step_is_refused(void **state)
{
	const struct machine *machine = machine_get(MACHINE_ORDER);
	const struct machine_edge *edges = machine->edges;
	size_t n = machine->n, refused = 0;

	(void)state;
	for (size_t s = 0; s < STATES; s++)
		for (size_t i = 0; i < n; i++) {
			if (is_listed(states[s], edges[i].event))
				continue;
			WANT(order_state_after(states[s], edges[i].event) == NULL);
			refused++;
		}
	WANT(refused > 100);
}

static void
a_shipped_order_cannot_be_cancelled_and_a_dead_one_not_shipped(void **state)
{
	(void)state;
	WANT(order_state_after("shipped", "cancelled") == NULL);
	WANT(order_state_after("cancelled", "shipped") == NULL);
	WANT(order_state_after("expired", "paid") == NULL);
	WANT(order_state_after("confirmed", "expired") == NULL);
	WANT(order_state_after("confirmed", "failed") == NULL);
}

static void
the_state_follows_from_both_axes(void **state)
{
	struct order_facts f = {.payment = "pending", .fulfilment = "unfulfilled"};

	(void)state;
	WANT_TEXT(order_state_of(f), "pending");
	f.payment = "unknown";
	WANT_TEXT(order_state_of(f), "pending");
	f.review = true;
	WANT_TEXT(order_state_of(f), "review");
	f.review = false;
	f.payment = "paid";
	WANT_TEXT(order_state_of(f), "confirmed");
	f.fulfilment = "shipped";
	WANT_TEXT(order_state_of(f), "shipped");
	f.fulfilment = "delivered";
	WANT_TEXT(order_state_of(f), "delivered");
	f = (struct order_facts){
		.payment = "refunded", .fulfilment = "unfulfilled", .cancelled = true};
	WANT_TEXT(order_state_of(f), "cancelled");
	f = (struct order_facts){
		.payment = "pending", .fulfilment = "unfulfilled", .nothing_due = true};
	WANT_TEXT(order_state_of(f), "confirmed");
	f = (struct order_facts){.payment = "expired", .fulfilment = "unfulfilled"};
	WANT_TEXT(order_state_of(f), "expired");
	f.payment = "failed";
	WANT_TEXT(order_state_of(f), "failed");
}

static void
review_is_shown_as_pending(void **state)
{
	(void)state;
	WANT_TEXT(order_public_state("review"), "pending");
	WANT_TEXT(order_public_state("confirmed"), "confirmed");
}

static struct settle_question
without_session(const char *attempt, enum payment_truth truth)
{
	return (struct settle_question){
		.order_state = "pending", .attempt_state = attempt, .truth = truth};
}

static enum settle_verdict
decide(const char *order, const char *attempt, enum payment_truth truth, bool captured,
       bool fits)
{
	return settle_decide((struct settle_question){.order_state = order,
						      .attempt_state = attempt,
						      .truth = truth,
						      .captured_before = captured,
						      .fits = fits,
						      .has_session = true});
}

static void
what_was_never_made_ends_and_what_was_made_does_not_vanish(void **state)
{
	static const char *const live[] = {"sent", "requires_action", "unknown"};
	static const char *const ended[] = {"captured", "failed", "expired",
					    "cancelled", "authorized"};

	(void)state;
	for (size_t i = 0; i < sizeof live / sizeof *live; i++) {
		WANT_INT(settle_decide(without_session(live[i], TRUTH_NOT_FOUND)),
			 SETTLE_END);
		WANT_INT(settle_decide(without_session(live[i], TRUTH_UNANSWERED)),
			 SETTLE_NOTE);
		WANT_INT(decide("review", live[i], TRUTH_NOT_FOUND, false, true),
			 SETTLE_NOTE);
	}
	for (size_t i = 0; i < sizeof ended / sizeof *ended; i++)
		WANT_INT(settle_decide(without_session(ended[i], TRUTH_NOT_FOUND)),
			 SETTLE_NOTHING);
}

static void
money_is_never_overlooked(void **state)
{
	(void)state;
	WANT_INT(decide("pending", "sent", TRUTH_PAID, false, true), SETTLE_CONFIRM);
	WANT_INT(decide("review", "unknown", TRUTH_PAID, false, true), SETTLE_CONFIRM);
	WANT_INT(decide("pending", "expired", TRUTH_PAID, false, true), SETTLE_CONFIRM);
	WANT_INT(decide("expired", "expired", TRUTH_PAID, false, true), SETTLE_REVIVE);
	WANT_INT(decide("failed", "failed", TRUTH_PAID, false, true), SETTLE_REVIVE);
	WANT_INT(decide("cancelled", "cancelled", TRUTH_PAID, false, true),
		 SETTLE_GIVE_BACK);
	WANT_INT(decide("confirmed", "sent", TRUTH_PAID, false, true),
		 SETTLE_GIVE_BACK);
	WANT_INT(decide("shipped", "expired", TRUTH_PAID, false, true),
		 SETTLE_GIVE_BACK);
}

static void
a_payment_that_does_not_fit_is_never_confirmed(void **state)
{
	(void)state;
	for (size_t s = 1; s < STATES; s++)
		WANT_INT(decide(states[s], "sent", TRUTH_PAID, false, false),
			 SETTLE_PARK);
}

static void
what_is_captured_is_settled_once(void **state)
{
	(void)state;
	for (size_t s = 1; s < STATES; s++)
		for (int truth = TRUTH_OPEN; truth <= TRUTH_UNANSWERED; truth++)
			WANT_INT(decide(states[s], "captured",
					(enum payment_truth)truth, true, true),
				 SETTLE_NOTHING);
}

static void
a_late_failure_never_undoes_anything(void **state)
{
	(void)state;
	WANT_INT(decide("confirmed", "captured", TRUTH_FAILED, true, true),
		 SETTLE_NOTHING);
	WANT_INT(decide("pending", "sent", TRUTH_FAILED, false, true), SETTLE_END);
	WANT_INT(decide("pending", "failed", TRUTH_EXPIRED, false, true),
		 SETTLE_NOTHING);
	WANT_INT(decide("pending", "sent", TRUTH_UNANSWERED, false, true), SETTLE_NOTE);
}

TESTS(TEST(every_listed_edge_is_taken), TEST(every_other_step_is_refused),
      TEST(a_shipped_order_cannot_be_cancelled_and_a_dead_one_not_shipped),
      TEST(the_state_follows_from_both_axes), TEST(review_is_shown_as_pending),
      TEST(money_is_never_overlooked),
      TEST(a_payment_that_does_not_fit_is_never_confirmed),
      TEST(what_is_captured_is_settled_once),
      TEST(what_was_never_made_ends_and_what_was_made_does_not_vanish),
      TEST(a_late_failure_never_undoes_anything))
