/* looks_test.c - pages that wait for their shoppers are looked at together, and what is
 * learned of one of them is not lost in the crowd. */
#include <stdio.h>
#include <unistd.h>

#include "jobs/jobs.h"
#include "support/kit.h"

enum { MANY = 8, SLOW_US = 600000 };

static struct kit kit;
static struct work *work;
static struct placement placed[MANY];

/* So many pages that are due, in the order of their places. */
static void
begin(int visitor, int n)
{
	kit = kit_new();
	kit_script_begin(&kit);
	for (int i = 0; i < n; i++)
		placed[i] =
			kit_place(&kit, visitor + i, "pen", 1,
				  arena_printf(kit.cx->mem, "look-%d", visitor + i));
	test_script("UPDATE payment_attempt SET next_check_at = NULL");
	for (int i = 0; i < n; i++)
		test_script("UPDATE payment_attempt SET next_check_at ="
			    " UTC_TIMESTAMP(6) - INTERVAL %d SECOND"
			    " WHERE id = %" PRId64,
			    MANY - i, placed[i].attempt.id.n);
	work = work_new(kit.cx->mem, kit.shop, kit.cx, NULL);
}

static void
will_be_open(int n)
{
	for (int i = 0; i < n; i++)
		kit_will_say(&kit, "retrieve", PAY_OPEN, 0, NULL, NULL);
}

static int64_t
statements_of_a_look(int64_t wanted_done)
{
	int64_t before = db_statements(kit.cx->db), done = 0;

	WANT_OK(payment_poll_run(work, &done));
	WANT_INT(done, wanted_done);
	return db_statements(kit.cx->db) - before;
}

/* Of this test's. */
static int64_t
count(const char *where)
{
	return test_number("SELECT COUNT(*) FROM payment_attempt WHERE id >= %" PRId64
			   " AND %s",
			   placed[0].attempt.id.n, where);
}

#define NOTED                                                                          \
	"checks = 1 AND state = 'sent' AND lease_owner IS NULL AND lease_until IS"     \
	" NULL AND next_check_at = updated_at + INTERVAL 2 SECOND"

static void
a_page_that_still_waits_costs_three_statements(void **state)
{
	(void)state;
	begin(100, 1);
	will_be_open(1);
	WANT_INT(statements_of_a_look(1), 3); /* look, claim, note */
	WANT_INT(count(NOTED), 1);
	WANT_INT(statements_of_a_look(0), 1);
	test_ctx_free(kit.cx);
}

static void
eight_pages_that_still_wait_cost_eight_statements_and_two_commits(void **state)
{
	(void)state;
	begin(110, MANY);
	will_be_open(MANY);
	WANT_INT(statements_of_a_look(MANY), 8);
	WANT_INT(count(NOTED), MANY);
	WANT_INT(statements_of_a_look(0), 1);
	test_ctx_free(kit.cx);
}

static void
the_one_that_was_paid_is_confirmed_among_those_that_wait(void **state)
{
	const struct attempt *paid = &placed[1].attempt;

	(void)state;
	begin(120, 3);
	will_be_open(1);
	kit_will_say(&kit, "retrieve", PAY_PAID, paid->amount.minor, paid->uid.text,
		     placed[1].order.number);
	will_be_open(1);
	statements_of_a_look(3);
	WANT_TEXT(kit_state(&placed[1]), "confirmed");
	WANT_INT(count(NOTED), 2);
	kit_books_balance();
	test_ctx_free(kit.cx);
}

#define DECLINED                                                                       \
	{                                                                              \
		.call = "retrieve", .answer = {.outcome = PAY_DONE},                   \
		.state = {                                                             \
			.status = PAY_OPEN,                                            \
			.declined_once = true,                                         \
			.shopper_code = "declined",                                    \
		},                                                                     \
	}

static void
a_card_that_was_declined_at_an_open_page_is_told_once(void **state)
{
	static const struct pay_step twice[] = {DECLINED, DECLINED};

	(void)state;
	begin(130, 1);
	pay_fake_script(kit.pay, twice, 2);
	WANT(statements_of_a_look(1) > 3);
	test_script("UPDATE payment_attempt SET next_check_at = UTC_TIMESTAMP(6)"
		    " WHERE next_check_at IS NOT NULL");
	WANT_INT(statements_of_a_look(1), 3);
	WANT_INT(count("checks = 2 AND shopper_code = 'declined'"), 1);
	WANT_INT(test_number("SELECT COUNT(*) FROM order_event"
			     " WHERE event = 'declined' AND order_id = %" PRId64,
			     placed[0].order.id.n),
		 1);
	test_ctx_free(kit.cx);
}

/* ---- who learns something between the claim and the note ---- */

static void
claim_all(struct payment_unchanged *unchanged, struct attempt **list, size_t wanted)
{
	size_t n;

	WANT_OK(IN_TX(kit.cx, payment_claim_due(tx, "me", 60, MANY, list, &n)));
	WANT_INT(n, wanted);
	for (size_t i = 0; i < n; i++)
		unchanged[i] = (struct payment_unchanged){&(*list)[i], 50};
}

static void
what_others_learned_meanwhile_is_not_written_over(void **state)
{
	struct payment_unchanged unchanged[MANY];
	struct settled settled;
	struct attempt *list;

	(void)state;
	begin(140, 3);
	claim_all(unchanged, &list, 3);
	will_be_open(1);
	WANT_OK(flow_ask_attempt(kit.shop, kit.cx, &list[0], &settled));
	kit_pay(&kit, &placed[1], &settled);
	WANT_OK(IN_TX(kit.cx, payment_note_all_unchanged(tx, unchanged, 3)));
	WANT_INT(count(NOTED), 1); /* by who asked: in 2 s, not in 50 */
	WANT_INT(count("state = 'captured' AND next_check_at IS NULL AND checks = 0"),
		 1);
	WANT_INT(count("state = 'sent' AND lease_owner IS NULL"
		       " AND next_check_at = updated_at + INTERVAL 50 SECOND"),
		 1);
	test_ctx_free(kit.cx);
}

static void
what_was_made_due_meanwhile_stays_due_and_is_free(void **state)
{
	struct payment_unchanged unchanged[MANY];
	struct attempt *list;

	(void)state;
	begin(150, 1);
	claim_all(unchanged, &list, 1);
	test_script("UPDATE payment_attempt SET next_check_at = UTC_TIMESTAMP(6)"
		    " WHERE next_check_at IS NOT NULL");
	WANT_OK(IN_TX(kit.cx, payment_note_unchanged(tx, unchanged)));
	WANT_INT(count("checks = 1 AND lease_owner IS NULL"
		       " AND next_check_at <= UTC_TIMESTAMP(6)"),
		 1);
	test_ctx_free(kit.cx);
}

/* ---- a slow gateway ---- */

static void (*retrieve)(const struct pay *, struct ctx *, const char *,
			struct pay_state *, struct pay_answer *);

static void
retrieve_slowly(const struct pay *pay, struct ctx *cx, const char *session,
		struct pay_state *out, struct pay_answer *answer)
{
	usleep(SLOW_US);
	retrieve(pay, cx, session, out, answer);
}

static void
what_a_slow_gateway_keeps_from_being_asked_is_free_for_others(void **state)
{
	struct pay *slow;

	(void)state;
	begin(160, 4);
	will_be_open(4);
	slow = kit.pay;
	retrieve = slow->retrieve;
	slow->retrieve = retrieve_slowly;
	statements_of_a_look(1);
	WANT_INT(count(NOTED), 1);
	WANT_INT(count("next_check_at < UTC_TIMESTAMP(6) AND lease_owner IS NULL"
		       " AND lease_until IS NULL AND checks = 0"),
		 3);
	slow->retrieve = retrieve;
	statements_of_a_look(3);
	WANT_INT(count(NOTED), 4);
	test_ctx_free(kit.cx);
}

TESTS(TEST(a_page_that_still_waits_costs_three_statements),
      TEST(eight_pages_that_still_wait_cost_eight_statements_and_two_commits),
      TEST(the_one_that_was_paid_is_confirmed_among_those_that_wait),
      TEST(a_card_that_was_declined_at_an_open_page_is_told_once),
      TEST(what_others_learned_meanwhile_is_not_written_over),
      TEST(what_was_made_due_meanwhile_stays_due_and_is_free),
      TEST(what_a_slow_gateway_keeps_from_being_asked_is_free_for_others))
