/* ledger_test.c - double entries: they sum to zero and are made once. */
#include "domain/ledger.h"

#include "base/token.h"
#include "support/kit.h"

static int64_t
balance(const char *account, struct uuid of)
{
	return test_number("SELECT COALESCE(SUM(amount), 0) FROM ledger"
			   " WHERE account = '%s' AND ref LIKE '%%:%s'",
			   account, of.text);
}

static void
a_sale_is_gateway_against_sales_and_tax(void **state)
{
	struct ctx *cx = test_ctx();
	struct uuid attempt = uuid_new();

	(void)state;
	WANT_OK(IN_TX(cx,
		      ledger_book_sale(tx, (struct order_id){1}, attempt,
				       money_of(1190, "EUR"), money_of(190, "EUR"))));
	WANT_INT(balance("gateway", attempt), 1190);
	WANT_INT(balance("sales", attempt), -1000);
	WANT_INT(balance("tax", attempt), -190);
	attempt = uuid_new(); /* empty legs are left out */
	WANT_OK(IN_TX(cx, ledger_book_sale(tx, (struct order_id){1}, attempt,
					   money_of(500, "USD"), money_zero("USD"))));
	WANT_INT(test_number("SELECT COUNT(*) FROM ledger WHERE ref = 'capture:%s'",
			     attempt.text),
		 2);
	test_ctx_free(cx);
}

static void
the_same_movement_is_never_booked_twice(void **state)
{
	struct ctx *cx = test_ctx();
	struct uuid attempt = uuid_new();
	struct err *e;

	(void)state;
	for (int i = 0; i < 2; i++) {
		e = IN_TX(cx, ledger_book_owed(tx, (struct order_id){2}, attempt,
					       money_of(700, "USD")));
		WANT_INT(e == NULL, i == 0);
	}
	WANT_INT(balance("gateway", attempt), 700);
	WANT_INT(balance("owed", attempt), -700);
	test_ctx_free(cx);
}

static void
a_refund_takes_back_from_the_account_it_was_booked_to(void **state)
{
	struct ctx *cx = test_ctx();
	struct uuid sold = uuid_new(), owed = uuid_new();

	(void)state;
	WANT_OK(IN_TX(cx, ledger_book_refund(tx, (struct order_id){3}, sold,
					     money_of(300, "USD"), "refunds")));
	WANT_OK(IN_TX(cx, ledger_book_refund(tx, (struct order_id){3}, owed,
					     money_of(200, "USD"), "owed")));
	WANT_INT(balance("refunds", sold), 300);
	WANT_INT(balance("gateway", sold), -300);
	WANT_INT(balance("owed", owed), 200);
	WANT_INT(test_number(
			 "SELECT COUNT(*) FROM (SELECT 1 FROM ledger GROUP BY txn_id,"
			 " currency HAVING SUM(amount) <> 0) x"),
		 0);
	test_ctx_free(cx);
}

TESTS(TEST(a_sale_is_gateway_against_sales_and_tax),
      TEST(the_same_movement_is_never_booked_twice),
      TEST(a_refund_takes_back_from_the_account_it_was_booked_to))
