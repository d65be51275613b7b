/* claim_test.c - workers claim what is due, by its index, while others change the same
 * rows, by their keys: nobody becomes the victim of a deadlock. TILL_ROUNDS says how
 * often. */
#include "domain/inbox.h"
#include "domain/outbox.h"
#include "domain/refund.h"
#include "support/kit.h"

/* What somebody changed is due in a few seconds: at once, for a worker whose clock is
 * ahead; and its leases are over at once. */
enum { ROUNDS = 200, CLAIMERS = 2, ROWS = 3, AHEAD_S = 600, LEASE_S = 0 };

struct contest {
	fallible (*claim)(struct tx *);
	fallible (*change)(struct tx *, int64_t id);
};

static const struct contest *contest;
static int64_t ids[ROWS];
static size_t claimed; /* by this child */

static fallible
claim_payment(struct tx *tx)
{
	struct attempt *list;
	size_t n;

	TRY(payment_claim_due(tx, "claimer", LEASE_S, 1, &list, &n));
	claimed += n;
	return NULL;
}

static fallible
change_payment(struct tx *tx, int64_t id)
{
	return payment_note_session(tx, (struct attempt_id){id}, NULL, NULL, "x");
}

static fallible
claim_refund(struct tx *tx)
{
	struct refund *list;
	size_t n;

	TRY(refund_claim_due(tx, "claimer", LEASE_S, 1, &list, &n));
	claimed += n;
	return NULL;
}

static fallible
change_refund(struct tx *tx, int64_t id)
{
	return refund_wait(tx, &(struct refund){.id = {id}}, NULL);
}

static fallible
claim_webhook(struct tx *tx)
{
	struct webhook *list;
	size_t n;

	TRY(inbox_claim(tx, "claimer", LEASE_S, 1, &list, &n));
	claimed += n;
	return NULL;
}

static fallible
change_webhook(struct tx *tx, int64_t id)
{
	return inbox_postpone(tx, &(struct webhook){.id = {id}}, id % 2 == 0, "later");
}

static fallible
claim_mail(struct tx *tx)
{
	struct outbox_row *list;
	size_t n;

	TRY(outbox_claim(tx, "mail.%", "claimer", LEASE_S, 1, &list, &n));
	claimed += n;
	return NULL;
}

static fallible
change_mail(struct tx *tx, int64_t id)
{
	return outbox_failed(tx, &(struct outbox_row){.id = {id}}, false, "later");
}

/* A victim's call is run again. */
static fallible
act(struct tx *tx, int child, int round)
{
	WANT(!tx_is_rerun(tx));
	return child < CLAIMERS ? contest->claim(tx)
				: contest->change(tx, ids[round % ROWS]);
}

static int
take_part(int child)
{
	struct ctx *cx = test_ctx();
	int rounds = test_rounds(ROUNDS);

	test_turn_clock(child < CLAIMERS ? AHEAD_S : 0);
	for (int round = 0; round < rounds; round++) {
		struct arena_mark mark = arena_mark(cx->mem);

		WANT_OK(IN_TX(cx, act(tx, child, round)));
		arena_rewind(cx->mem, mark);
	}
	WANT(child >= CLAIMERS || claimed > 0);
	test_ctx_free(cx);
	return 0;
}

static void
compete(const struct contest *what, const char *table)
{
	WANT_INT(test_number("SELECT COUNT(*) FROM %s", table), ROWS);
	for (int i = 0; i < ROWS; i++)
		ids[i] = test_number("SELECT id FROM %s ORDER BY id LIMIT 1 OFFSET %d",
				     table, i);
	contest = what;
	test_processes(CLAIMERS + 1, take_part);
	WANT_INT(test_number("SELECT COUNT(*) FROM %s WHERE lease_owner = 'claimer'"
			     " OR lease_owner IS NULL",
			     table),
		 ROWS);
}

static void
payments_are_claimed_and_changed_without_a_deadlock(void **state)
{
	static const struct contest payments = {claim_payment, change_payment};
	struct kit kit = kit_new();

	(void)state;
	for (int i = 0; i < ROWS; i++)
		kit_place(&kit, 800 + i, "pen", 1,
			  arena_printf(kit.cx->mem, "claim-%d", i));
	compete(&payments, "payment_attempt");
	test_ctx_free(kit.cx);
}

static void
refunds_are_claimed_and_changed_without_a_deadlock(void **state)
{
	static const struct contest refunds = {claim_refund, change_refund};
	struct kit kit = kit_new();
	struct refund asked;

	(void)state;
	for (int i = 0; i < ROWS; i++) {
		struct placement placed =
			kit_buy(&kit, 900 + i, "pen", 1,
				arena_printf(kit.cx->mem, "claim-refund-%d", i));

		WANT_OK(IN_TX(kit.cx, refund_request_for_order(tx, placed.order.id, 100,
							       "goodwill", "", "test",
							       &asked)));
	}
	compete(&refunds, "refund");
	test_ctx_free(kit.cx);
}

static void
webhooks_are_claimed_and_changed_without_a_deadlock(void **state)
{
	static const struct contest webhooks = {claim_webhook, change_webhook};
	struct ctx *cx = test_ctx();
	bool taken;

	(void)state;
	for (int i = 0; i < ROWS; i++)
		WANT_OK(IN_TX(cx, inbox_accept(tx, "test",
					       arena_printf(cx->mem, "evt_%d", i), "a",
					       "{}", 2, &taken)));
	compete(&webhooks, "webhook_in");
	test_ctx_free(cx);
}

static void
mails_are_claimed_and_changed_without_a_deadlock(void **state)
{
	static const struct contest mails = {claim_mail, change_mail};
	struct ctx *cx = test_ctx();

	(void)state;
	test_script("DELETE FROM outbox");
	for (int i = 0; i < ROWS; i++)
		WANT_OK(IN_TX(cx, outbox_add(tx, "mail.test", i, 0,
					     arena_printf(cx->mem, "claim:%d", i))));
	compete(&mails, "outbox");
	test_ctx_free(cx);
}

/* ---- what is not due ---- */

static void
change_third(struct ctx *cx, fallible (*change)(struct tx *, int64_t id))
{
	WANT_OK(IN_TX(cx, change(tx, ids[2])));
}

/* Two of the three are due, and claimed; the third can be changed meanwhile. */
static fallible
claim_beside(struct tx *tx, fallible (*claim)(struct tx *),
	     fallible (*change)(struct tx *, int64_t id), struct ctx *other)
{
	claimed = 0;
	TRY(claim(tx));
	WANT_INT(claimed, 2);
	change_third(other, change);
	return NULL;
}

static fallible
claim_two_payments(struct tx *tx)
{
	struct attempt *list;

	return payment_claim_due(tx, "claimer", 60, 2, &list, &claimed);
}

static fallible
claim_two_mails(struct tx *tx)
{
	struct outbox_row *list;

	return outbox_claim(tx, "mail.%", "claimer", 60, 2, &list, &claimed);
}

static void
who_claims_all_that_is_due_keeps_nobody_from_the_next(void **state)
{
	struct ctx *cx = test_ctx(), *other = test_ctx();

	(void)state;
	test_turn_clock(0);
	for (int i = 0; i < ROWS; i++)
		ids[i] = test_number("SELECT id FROM payment_attempt ORDER BY id"
				     " LIMIT 1 OFFSET %d",
				     i);
	test_script("UPDATE payment_attempt SET lease_until = NULL, next_check_at ="
		    " UTC_TIMESTAMP() + INTERVAL IF(id = %" PRId64 ", 1, -1) MINUTE",
		    ids[2]);
	WANT_OK(IN_TX(cx, claim_beside(tx, claim_two_payments, change_payment, other)));
	for (int i = 0; i < ROWS; i++)
		ids[i] = test_number("SELECT id FROM outbox ORDER BY id"
				     " LIMIT 1 OFFSET %d",
				     i);
	test_script("UPDATE outbox SET state = 'ready', lease_until = NULL, next_try_at"
		    " = UTC_TIMESTAMP() + INTERVAL IF(id = %" PRId64 ", 1, -1) MINUTE",
		    ids[2]);
	WANT_OK(IN_TX(cx, claim_beside(tx, claim_two_mails, change_mail, other)));
	test_ctx_free(other);
	test_ctx_free(cx);
}

TESTS(TEST(payments_are_claimed_and_changed_without_a_deadlock),
      TEST(refunds_are_claimed_and_changed_without_a_deadlock),
      TEST(webhooks_are_claimed_and_changed_without_a_deadlock),
      TEST(mails_are_claimed_and_changed_without_a_deadlock),
      TEST(who_claims_all_that_is_due_keeps_nobody_from_the_next))
