/* invoice_test.c - invoice numbers: gapless and unique, whatever is rolled back. */
#include "domain/invoice.h"

#include <stdio.h>

#include "support/kit.h"

enum { ORDERS = 24 };

static struct kit kit;

static struct placement
buy(int visitor)
{
	char key[30];

	snprintf(key, sizeof key, "invoice-%d", visitor);
	kit_script_begin(&kit);
	return kit_buy(&kit, visitor, "pen", 1, key);
}

static int64_t
number_within(enum invoice_reach reach, int64_t limit)
{
	int64_t numbered;

	WANT_OK(IN_TX(kit.cx, invoice_number_some(tx, reach, limit, &numbered)));
	return numbered;
}

static int64_t
number_some(int64_t limit)
{
	return number_within(INVOICE_NEAR, limit);
}

static int64_t
gaps(void)
{
	return test_number("SELECT MAX(no) - COUNT(*) FROM invoice");
}

static void
numbers_follow_the_order_of_confirmation(void **state)
{
	struct placement first, second, unpaid;
	const char *number;

	(void)state;
	kit = kit_new();
	WANT_INT(number_some(10), 0);
	first = buy(1);
	second = buy(2);
	unpaid = kit_place(&kit, 3, "pen", 1, "invoice-unpaid");
	WANT_OK(IN_READ(kit.cx, invoice_find(tx, first.order.id, &number)));
	WANT_TEXT(number, NULL);
	WANT_INT(number_some(1), 1);
	WANT_INT(number_some(10), 1);
	WANT_INT(number_some(10), 0);
	WANT_OK(IN_READ(kit.cx, invoice_find(tx, first.order.id, &number)));
	WANT_TEXT(number, "A-000001");
	WANT_OK(IN_READ(kit.cx, invoice_find(tx, second.order.id, &number)));
	WANT_TEXT(number, "A-000002");
	WANT_OK(IN_READ(kit.cx, invoice_find(tx, unpaid.order.id, &number)));
	WANT_TEXT(number, NULL);
	test_ctx_free(kit.cx);
}

/* Numbers some, then loses half of its transactions. */
static fallible
number_and_fail(struct tx *tx)
{
	int64_t numbered;

	TRY(invoice_number_some(tx, INVOICE_NEAR, 2, &numbered));
	return FAIL(REFUSED, "as if the worker had died");
}

static int
run_with_failures(int child)
{
	int64_t numbered = 1;

	kit = kit_open();
	for (int i = 0; numbered > 0; i++) {
		if ((i + child) % 2 == 0)
			WANT_ERR(IN_TX(kit.cx, number_and_fail(tx)), REFUSED);
		else
			numbered = number_some(2);
	}
	test_ctx_free(kit.cx);
	return 0;
}

static void
runs_at_once_with_rollbacks_leave_no_gap(void **state)
{
	(void)state;
	kit = kit_new();
	for (int i = 0; i < ORDERS; i++)
		buy(100 + i);
	test_processes(4, run_with_failures);
	WANT_INT(test_number("SELECT COUNT(*) FROM orders o LEFT JOIN invoice i"
			     " ON i.order_id = o.id WHERE o.confirmed_at IS NOT NULL"
			     " AND i.no IS NULL"),
		 0);
	WANT_INT(gaps(), 0);
	WANT_INT(test_number("SELECT next_no FROM invoice_series") - 1,
		 test_number("SELECT MAX(no) FROM invoice"));
	test_ctx_free(kit.cx);
}

/* An order on every second day, numbered a few at a time. */
static void
a_backlog_of_weeks_is_numbered_to_the_last(void **state)
{
	(void)state;
	kit = kit_new();
	for (int day = 0; day < 12; day++) {
		test_turn_clock((int64_t)day * 2 * 86400);
		buy(200 + day);
	}
	while (number_some(3) > 0)
		;
	test_turn_clock(0);
	WANT_INT(test_number("SELECT COUNT(*) FROM orders o LEFT JOIN invoice i"
			     " ON i.order_id = o.id WHERE o.confirmed_at IS NOT NULL"
			     " AND i.no IS NULL"),
		 0);
	WANT_INT(gaps(), 0);
	test_ctx_free(kit.cx);
}

/* Confirmed by a clock that was set back, after others had their numbers. */
static void
who_was_left_out_by_a_clock_set_back_is_found_by_the_far_look(void **state)
{
	const int64_t now = 30 * 86400; /* after all of the tests before */
	bool waiting;

	(void)state;
	kit = kit_new();
	test_turn_clock(now + 3600);
	buy(301);
	WANT_INT(number_some(10), 1);
	test_turn_clock(now + 3600 - 240);
	buy(302); /* minutes are looked through each time */
	WANT_INT(number_some(10), 1);
	test_turn_clock(now);
	buy(303);
	WANT_INT(number_some(10), 0);
	WANT_OK(IN_READ(kit.cx, invoice_look(tx, INVOICE_NEAR, &waiting)));
	assert_false(waiting);
	WANT_OK(IN_READ(kit.cx, invoice_look(tx, INVOICE_FAR, &waiting)));
	assert_true(waiting);
	WANT_INT(number_within(INVOICE_FAR, 10), 1);
	test_turn_clock(0);
	WANT_INT(gaps(), 0);
	test_ctx_free(kit.cx);
}

TESTS(TEST(numbers_follow_the_order_of_confirmation),
      TEST(runs_at_once_with_rollbacks_leave_no_gap),
      TEST(a_backlog_of_weeks_is_numbered_to_the_last),
      TEST(who_was_left_out_by_a_clock_set_back_is_found_by_the_far_look))
