/* evidence_test.c - what clients, gateways and receivers saw is held against the books:
 * each of the six invariants from outside catches its own violation. */
#include "domain/evidence.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "support/books.h"

/* ---- evidence that agrees with the books ---- */

enum { ACKS = 5, CHARGES = 6, EFFECTS = 5 };

static struct ack acks[ACKS + 2];
static struct charge charges[CHARGES + 2];
static struct effect effects[EFFECTS + 2];
static struct evidence evidence;

static struct charge
charge_of(int attempt, int64_t captured, int64_t refunded)
{
	static char payments[CHARGES + 2][16], refs[CHARGES + 2][40];
	int i = attempt % (CHARGES + 2);

	snprintf(payments[i], sizeof payments[i], "pi_%d", attempt);
	snprintf(refs[i], sizeof refs[i], "%08d-0000-7000-8000-00000000000a", attempt);
	return (struct charge){.gateway = "stripe",
			       .payment = payments[i],
			       .attempt_ref = refs[i],
			       .captured = money_of(captured, "USD"),
			       .refunded = money_of(refunded, "USD"),
			       .at = {SECONDS(1000)}};
}

static void
gather(void)
{
	books_make();
	test_script(
		"UPDATE payment_attempt SET gw_payment = CONCAT('pi_', id)"
		" WHERE captured > 0;"
		"UPDATE payment_attempt SET updated_at ="
		" UTC_TIMESTAMP(6) - INTERVAL 1 HOUR;"
		"UPDATE outbox SET state = 'done' WHERE kind = 'mail.confirmation'");
	acks[0] = (struct ack){"ORDER-00001", 2500, "key-1", true};
	acks[1] = (struct ack){"ORDER-00002", 2500, "key-2", true};
	acks[2] = (struct ack){"ORDER-00002", 2500, "key-2", true}; /* sent again */
	acks[3] = (struct ack){"ORDER-00004", 2500, "key-4", false};
	acks[4] = (struct ack){"ORDER-00003", 2500, NULL, true}; /* cancelled since */
	charges[0] = charge_of(1, 2500, 300);
	charges[1] = charge_of(2, 2500, 0);
	charges[2] = charge_of(3, 2500, 0); /* its refund is asked for */
	charges[3] = charge_of(4, 2500, 2500);
	charges[4] = charge_of(5, 2500, 2500);
	charges[5] = charge_of(7, 2500, 2500); /* made, and not told to us yet */
	effects[0] = (struct effect){"mail.confirmation:1", "mail.confirmation"};
	effects[1] = (struct effect){"mail.confirmation.2", "mail.confirmation"};
	effects[2] = (struct effect){"mail.confirmation.3", "mail.confirmation"};
	effects[3] = (struct effect){"mail.confirmation.8", "mail.confirmation"};
	effects[4] = (struct effect){"mail.confirmation.9", "mail.confirmation"};
	evidence = (struct evidence){
		.has_acks = true,
		.has_charges = true,
		.has_effects = true,
		.acks = acks,
		.n_acks = ACKS,
		.charges = charges,
		.n_charges = CHARGES,
		.charges_at = clock_now(),
		.settling_s = 60,
		.effects = effects,
		.n_effects = EFFECTS,
	};
}

/* "I14: ORDER-00009: a client saw it, there is none"; every row that was found. */
static void
want_found(const char *wanted)
{
	struct ctx *cx = test_ctx();
	struct buf text = buf_new(cx->mem, 4096);
	struct invariants all;
	struct err *e;

	SNAPSHOT (tx, cx, &e)
		e = invariant_check_all(tx, &evidence, &all);
	WANT_OK(e);
	WANT_INT(all.checked, 36);
	for (size_t i = 0; i < all.n; i++)
		for (size_t k = 0; k < all.list[i].n_rows; k++)
			buf_printf(&text, "%s%s: %s", text.len ? "; " : "",
				   all.list[i].id, all.list[i].rows[k]);
	WANT_TEXT(buf_string(&text), wanted);
	test_ctx_free(cx);
}

/* The first row of one invariant, or NULL. */
static const char *
first_of(struct ctx *cx, const char *id)
{
	struct invariants all;
	struct err *e;

	SNAPSHOT (tx, cx, &e)
		e = invariant_check_all(tx, &evidence, &all);
	WANT_OK(e);
	for (size_t i = 0; i < all.n; i++)
		if (strcmp(all.list[i].id, id) == 0 && all.list[i].n_rows > 0)
			return all.list[i].rows[0];
	return NULL;
}

static void
true_evidence_breaks_nothing(void **state)
{
	(void)state;
	books_without_guards();
	gather();
	want_found("");
}

static void
each_kind_of_evidence_is_looked_at_alone(void **state)
{
	struct ctx *cx = test_ctx();
	struct invariants all;
	struct err *e;

	(void)state;
	gather();
	evidence.has_charges = evidence.has_effects = false;
	SNAPSHOT (tx, cx, &e)
		e = invariant_check_all(tx, &evidence, &all);
	WANT_OK(e);
	for (size_t i = 0; i < all.n; i++) {
		const char *id = all.list[i].id;

		WANT_INT(all.list[i].needs != NULL,
			 strstr("I22 I23 I24 I31", id) != NULL);
	}
	WANT_INT(all.checked, 32);
	test_ctx_free(cx);
}

static void
no_evidence_of_anything_is_evidence_too(void **state)
{
	(void)state;
	books_empty();
	evidence = (struct evidence){
		.has_acks = true, .has_charges = true, .has_effects = true};
	want_found("");
}

/* ---- clients ---- */

static void
an_order_that_is_not_there_breaks_I14(void **state)
{
	(void)state;
	gather();
	acks[evidence.n_acks++] = (struct ack){"ORDER-00099", 2500, "key-99", true};
	want_found("I14: ORDER-00099: a client saw it, there is none");
}

static void
an_order_is_found_by_its_uuid_as_well(void **state)
{
	static char uid[40];

	(void)state;
	gather();
	snprintf(uid, sizeof uid, "%s",
		 test_text("SELECT uid FROM orders WHERE id = 1"));
	acks[0].order = uid;
	want_found("");
}

static void
an_order_that_is_not_confirmed_breaks_I14(void **state)
{
	(void)state;
	gather();
	acks[3].confirmed = true;
	want_found("I14: ORDER-00004: a client saw it confirmed, it is not");
}

static void
another_total_breaks_I14(void **state)
{
	(void)state;
	gather();
	acks[0].total = 2400;
	want_found("I14: ORDER-00001: a client saw 2400, the books have 2500");
}

static void
two_orders_of_one_key_break_I14(void **state)
{
	(void)state;
	gather();
	acks[0].key = "key-2";
	want_found("I14: key key-2: ORDER-00001 and ORDER-00002");
}

static void
more_confirmed_than_received_breaks_I08(void **state)
{
	struct ctx *cx = test_ctx();

	(void)state;
	gather(); /* 1 and 2 are two mugs each; what was cancelled came back */
	test_script("UPDATE stock_move SET qty = 4 WHERE kind = 'receive'");
	WANT(first_of(cx, "I08") == NULL);
	test_script("UPDATE stock_move SET qty = 3 WHERE kind = 'receive'");
	WANT_TEXT(first_of(cx, "I08"), "MUG: 4 confirmed to clients, 3 received");
	test_ctx_free(cx);
}

/* ---- gateways ---- */

static void
a_charge_that_nobody_asked_for_breaks_I22(void **state)
{
	(void)state;
	gather();
	charges[evidence.n_charges] = charge_of(78, 900, 0);
	charges[evidence.n_charges++].attempt_ref = NULL;
	want_found("I22: pi_78 of stripe: 900 - 0 USD for no attempt of ours");
}

static void
a_charge_of_a_stranger_that_went_back_breaks_nothing(void **state)
{
	(void)state;
	gather();
	charges[evidence.n_charges] = charge_of(78, 900, 900);
	charges[evidence.n_charges++].attempt_ref = NULL;
	want_found("");
}

static void
another_amount_at_the_gateway_breaks_I22(void **state)
{
	(void)state;
	gather();
	charges[1].captured = money_of(2600, "USD");
	want_found("I22: ORDER-00002 attempt 1 is captured: 2500 - 0 USD in the books,"
		   " 2600 - 0 USD at stripe (pi_2)");
}

static void
another_currency_at_the_gateway_breaks_I22(void **state)
{
	(void)state;
	gather();
	charges[1].captured = money_of(2500, "EUR");
	want_found("I22: ORDER-00002 attempt 1 is captured: 2500 - 0 USD in the books,"
		   " 2500 - 0 EUR at stripe (pi_2)");
}

static void
a_refund_that_only_one_side_knows_breaks_I22(void **state)
{
	(void)state;
	gather();
	charges[0].refunded = money_of(0, "USD");
	want_found(
		"I22: ORDER-00001 attempt 1 is captured: 2500 - 300 USD in the books,"
		" 2500 - 0 USD at stripe (pi_1)");
	gather();
	charges[0].refunded = money_of(400, "USD");
	want_found(
		"I22: ORDER-00001 attempt 1 is captured: 2500 - 300 USD in the books,"
		" 2500 - 400 USD at stripe (pi_1)");
}

static void
money_of_an_attempt_that_we_hold_for_open_breaks_I22(void **state)
{
	(void)state;
	gather();
	charges[evidence.n_charges++] = charge_of(6, 2500, 0); /* known by its ref */
	want_found("I22: ORDER-00004 attempt 1 is sent: 0 - 0 USD in the books,"
		   " 2500 - 0 USD at stripe (pi_6)");
}

static void
what_moved_a_moment_ago_is_still_settling(void **state)
{
	(void)state;
	gather();
	charges[evidence.n_charges] = charge_of(6, 2500, 0);
	charges[evidence.n_charges++].at = evidence.charges_at;
	want_found("");
}

static void
a_capture_of_a_moment_ago_may_be_newer_than_the_reports(void **state)
{
	(void)state;
	gather();
	charges[0] = charges[--evidence.n_charges];
	test_script("UPDATE payment_attempt SET updated_at = UTC_TIMESTAMP(6)"
		    " WHERE id = 1");
	want_found("");
}

static void
a_second_charge_of_one_attempt_breaks_I22_and_I24(void **state)
{
	(void)state;
	gather();
	charges[evidence.n_charges] = charge_of(2, 2500, 0);
	charges[evidence.n_charges++].payment = "pi_twin";
	want_found("I22: ORDER-00002 attempt 1: another charge, pi_twin, of 2500 USD;"
		   " I24: ORDER-00002: more than one live charge");
}

static void
a_capture_that_the_gateway_does_not_know_breaks_I23(void **state)
{
	(void)state;
	gather();
	charges[0] = charges[--evidence.n_charges];
	want_found("I23: ORDER-00001 attempt 1: 2500 USD captured, stripe knows nothing"
		   " of pi_1");
}

static void
a_capture_before_the_reports_begin_is_not_asked_for(void **state)
{
	(void)state;
	gather();
	charges[0] = charges[--evidence.n_charges];
	evidence.charges_from = clock_now();
	want_found("");
}

/* Both are in our books, and nothing was asked back: I18 sees it from within as well.
 */
static void
two_live_charges_of_one_order_break_I24(void **state)
{
	(void)state;
	gather();
	test_script("UPDATE refund SET state = 'failed' WHERE attempt_id = 3");
	want_found("I18: ORDER-00002: 5000 paid of 2500;"
		   " I24: ORDER-00002: more than one live charge");
}

/* ---- receivers ---- */

static void
a_mail_that_came_twice_breaks_I31(void **state)
{
	(void)state;
	gather();
	effects[evidence.n_effects++] = effects[1];
	want_found("I31: mail.confirmation.2: 2 effects");
}

static void
a_mail_that_never_came_breaks_I31(void **state)
{
	(void)state;
	gather();
	effects[0] = effects[--evidence.n_effects];
	want_found("I31: mail.confirmation.1 is done and had no effect");
}

static void
a_mail_that_nothing_asked_for_breaks_I31(void **state)
{
	(void)state;
	gather();
	effects[evidence.n_effects++] = (struct effect){"mail.shipped.77", "mail"};
	want_found("I31: mail.shipped.77: an effect without an entry");
}

TESTS(TEST(true_evidence_breaks_nothing),
      TEST(each_kind_of_evidence_is_looked_at_alone),
      TEST(no_evidence_of_anything_is_evidence_too),
      TEST(an_order_that_is_not_there_breaks_I14),
      TEST(an_order_is_found_by_its_uuid_as_well),
      TEST(an_order_that_is_not_confirmed_breaks_I14), TEST(another_total_breaks_I14),
      TEST(two_orders_of_one_key_break_I14),
      TEST(more_confirmed_than_received_breaks_I08),
      TEST(a_charge_that_nobody_asked_for_breaks_I22),
      TEST(a_charge_of_a_stranger_that_went_back_breaks_nothing),
      TEST(another_amount_at_the_gateway_breaks_I22),
      TEST(another_currency_at_the_gateway_breaks_I22),
      TEST(a_refund_that_only_one_side_knows_breaks_I22),
      TEST(money_of_an_attempt_that_we_hold_for_open_breaks_I22),
      TEST(what_moved_a_moment_ago_is_still_settling),
      TEST(a_capture_of_a_moment_ago_may_be_newer_than_the_reports),
      TEST(a_second_charge_of_one_attempt_breaks_I22_and_I24),
      TEST(a_capture_that_the_gateway_does_not_know_breaks_I23),
      TEST(a_capture_before_the_reports_begin_is_not_asked_for),
      TEST(two_live_charges_of_one_order_break_I24),
      TEST(a_mail_that_came_twice_breaks_I31), TEST(a_mail_that_never_came_breaks_I31),
      TEST(a_mail_that_nothing_asked_for_breaks_I31))
