/* verify_look_test.c - how invariants are looked at: all of them, each in a view of its
 * own, those of what changed; and what is told of what was found. */
#include <string.h>

#include "base/buf.h"
#include "domain/invariant.h"
#include "support/books.h"

/* ---- all of them ---- */

static void
what_needs_eyes_outside_is_named_and_not_counted(void **state)
{
	struct ctx *cx = test_ctx();
	struct invariants all;
	struct buf ids = buf_new(cx->mem, 1024);

	(void)state;
	books_without_guards(); /* once, for all that follow */
	books_make();
	books_broken(cx, &all);
	for (size_t i = 0; i < all.n; i++) {
		if (all.list[i].needs != NULL)
			buf_printf(&ids, "%s ", all.list[i].id);
	}
	WANT_TEXT(buf_string(&ids), "I08 I14 I22 I23 I24 I31 ");
	WANT_INT(all.checked, 30);
	test_ctx_free(cx);
}

static void
webhooks_that_wait_for_eyes_are_listed(void **state)
{
	struct ctx *cx = test_ctx();
	struct invariants all;

	(void)state;
	books_make();
	books_broken(cx, &all);
	WANT_INT(all.n_parked, 2);
	WANT_TEXT(all.parked[0], "stripe evt_2 is parked");
	WANT_TEXT(all.parked[1], "stripe evt_3 is dead");
	test_ctx_free(cx);
}

static void
twenty_rows_are_told_and_that_there_are_more(void **state)
{
	struct ctx *cx = test_ctx();
	struct invariants all;

	(void)state;
	books_make();
	for (int i = 0; i < 21; i++)
		test_script("INSERT INTO outbox (kind, agg_id, dedup, state) VALUES"
			    " ('event.x', 1, 'dead-%d', 'dead')",
			    i);
	WANT_TEXT(books_broken(cx, &all), "I32");
	for (size_t i = 0; i < all.n; i++) {
		WANT_INT(all.list[i].more, strcmp(all.list[i].id, "I32") == 0);
		if (all.list[i].more)
			WANT_INT(all.list[i].n_rows, INVARIANT_ROWS);
	}
	test_ctx_free(cx);
}

static void
the_first_wrong_row_is_told_first(void **state)
{
	struct ctx *cx = test_ctx();
	struct invariants all;

	(void)state;
	books_make();
	test_script("UPDATE orders SET total = total + 1, payable = payable + 1"
		    " WHERE id IN (7, 4, 6)");
	books_broken(cx, &all);
	for (size_t i = 0; i < all.n; i++) {
		if (strcmp(all.list[i].id, "I09") == 0)
			WANT_TEXT(all.list[i].rows[0], "ORDER-00004");
	}
	test_ctx_free(cx);
}

/* ---- each in a view of its own ---- */

struct begun_row {
	int64_t n;
};

SQL_ROWS(count_begun, struct begun_row, (n),
	 "SELECT CAST(variable_value AS SIGNED) AS n"
	 "  FROM information_schema.session_status WHERE variable_name = 'Com_begin'");

static int64_t
begun(struct ctx *cx)
{
	struct begun_row row = {0};
	struct err *e;
	bool found;

	READING (tx, cx, &e)
		e = db_one(tx, &count_begun, NO_ARGS, &row, &found);
	WANT_OK(e);
	return row.n;
}

/* A view that is held for minutes keeps every row that was deleted meanwhile. */
static void
no_view_is_held_for_longer_than_one_invariant_takes(void **state)
{
	struct ctx *cx = test_ctx();
	struct invariants all;
	int64_t before;

	(void)state;
	books_make();
	before = begun(cx);
	WANT_OK(invariant_check_each(cx, NULL, &all));
	WANT_INT(begun(cx) - before, (int64_t)all.n);
	WANT_TEXT(books_ids(cx->mem, &all), "");
	test_script("UPDATE orders SET total = total + 1, payable = payable + 1"
		    " WHERE id = 4");
	WANT_OK(invariant_check_each(cx, NULL, &all));
	WANT_TEXT(books_ids(cx->mem, &all), books_broken(cx, &all));
	WANT_INT(all.broken, 1);
	test_ctx_free(cx);
}

/* ---- those of what changed ---- */

static void
only_orders_that_changed_are_looked_at_again(void **state)
{
	struct ctx *cx = test_ctx();
	struct invariant_point now;
	struct err *e;

	(void)state;
	books_make();
	test_script("UPDATE orders SET updated_at = UTC_TIMESTAMP(6) - INTERVAL 1 HOUR;"
		    "UPDATE payment_attempt SET updated_at ="
		    " UTC_TIMESTAMP(6) - INTERVAL 1 HOUR");
	SNAPSHOT (tx, cx, &e)
		e = invariant_point(tx, NULL, &now);
	WANT_OK(e);
	WANT(now.outbox < 0); /* those that were numbered and not seen yet */
	now.outbox = test_number("SELECT MAX(id) FROM outbox");
	test_script("UPDATE orders SET total = total + 1, payable = payable + 1"
		    " WHERE id = 4");
	WANT_TEXT(books_broken_since(cx, &now), "");
	test_script("UPDATE payment_attempt SET updated_at = UTC_TIMESTAMP(6)"
		    " WHERE order_id = 4");
	WANT_TEXT(books_broken_since(cx, &now), "I09");
	SNAPSHOT (tx, cx, &e)
		e = invariant_point(tx, &now, &now);
	WANT_OK(e);
	WANT_INT(now.changed, 1);
	test_ctx_free(cx);
}

static void
a_second_mail_of_an_old_order_is_seen_by_its_entry(void **state)
{
	struct ctx *cx = test_ctx();
	struct invariant_point now = {.at = {INT64_C(4000000000) * 1000000}};

	(void)state;
	books_make();
	now.outbox = test_number("SELECT MAX(id) FROM outbox");
	test_script("INSERT INTO outbox (kind, agg_id, dedup, state) VALUES"
		    " ('mail.confirmation', 1, 'again', 'done')");
	WANT_TEXT(books_broken_since(cx, &now), "I30");
	test_ctx_free(cx);
}

static void
what_was_sold_is_added_up_even_when_no_order_changed(void **state)
{
	struct ctx *cx = test_ctx();
	struct invariant_point now = {.at = {INT64_C(4000000000) * 1000000},
				      .outbox = INT64_MAX};

	(void)state;
	books_make();
	WANT_TEXT(books_broken_since(cx, &now), "");
	test_script("UPDATE stock SET on_hand = on_hand + 1, reserved = reserved + 1");
	WANT_TEXT(books_broken_since(cx, &now), "I01 I02");
	test_ctx_free(cx);
}

TESTS(TEST(what_needs_eyes_outside_is_named_and_not_counted),
      TEST(webhooks_that_wait_for_eyes_are_listed),
      TEST(twenty_rows_are_told_and_that_there_are_more),
      TEST(the_first_wrong_row_is_told_first),
      TEST(no_view_is_held_for_longer_than_one_invariant_takes),
      TEST(only_orders_that_changed_are_looked_at_again),
      TEST(a_second_mail_of_an_old_order_is_seen_by_its_entry),
      TEST(what_was_sold_is_added_up_even_when_no_order_changed))
