/* verify_test.c - each invariant catches its own violation, and nothing else does. */
#include <stdio.h>

#include "base/buf.h"
#include "domain/invariant.h"
#include "support/database.h"

/* ---- books that are true ---- */

static const char *const tables[] = {
	"stock_move", "reservation", "stock",      "ledger", "refund",
	"invoice",    "outbox",      "webhook_in", "idem",   "payment_attempt",
	"order_line", "order_event", "audit",      "orders", "contact",
	"cart",       "product",
};

/* The database's own guards would not let the books become untrue. */
static void
take_guards_away(void)
{
	const char *trigger;

	while ((trigger = test_text("SELECT trigger_name FROM"
				    " information_schema.triggers"
				    " WHERE trigger_schema = '%s' LIMIT 1",
				    test_schema())) != NULL)
		test_script("DROP TRIGGER %s", trigger);
	test_script("ALTER TABLE stock DROP CONSTRAINT stock_not_negative,"
		    " DROP CONSTRAINT stock_not_oversold;"
		    "ALTER TABLE orders DROP CONSTRAINT order_sums,"
		    " DROP INDEX idem_key, DROP INDEX one_waiting_a_cart;"
		    "ALTER TABLE payment_attempt DROP CONSTRAINT attempt_sums,"
		    " DROP INDEX one_live_an_order");
}

/* Order n, ten minutes old: two mugs at 10.00, delivery 5.00, tax within. */
static void
add_order(int n, const char *state, const char *payment, const char *confirmed_at)
{
	test_script(
		"INSERT INTO cart (id, uid, visitor, currency, expires_at) VALUES"
		" (%d, UUID(), RANDOM_BYTES(32), 'USD', UTC_TIMESTAMP(6) + INTERVAL 1 "
		"DAY);"
		"INSERT INTO contact (id, uid, person_id) VALUES (%d, UUID(), 1);"
		"INSERT INTO orders (id, uid, number, cart_id, cart_uid, cart_version,"
		" visitor, contact_id, state, payment_status, currency, subtotal,"
		" shipping, tax, tax_included, total, payable, derivation, idem_key,"
		" expires_at, confirmed_at, created_at) VALUES"
		" (%d, UUID(), 'ORDER-%05d', %d, UUID(), 1, RANDOM_BYTES(32), %d, '%s',"
		" '%s', 'USD', 2000, 500, 399, TRUE, 2500, 2500, '{}', 'key-%d',"
		" UTC_TIMESTAMP(6) + INTERVAL 25 MINUTE, %s,"
		" UTC_TIMESTAMP(6) - INTERVAL 10 MINUTE);"
		"INSERT INTO order_line (order_id, line_no, uid, sku, title, kind, qty,"
		" unit_price, tax, tax_class, line_total) VALUES"
		" (%d, 1, UUID(), 'MUG', 'Mug', 'ship', 2, 1000, 319, 'standard', "
		"2000);",
		n, n, n, n, n, n, state, payment, n, confirmed_at, n);
}

static void
add_step(int order, int seq, const char *event, const char *from, const char *to)
{
	test_script("INSERT INTO order_event (order_id, seq, event, from_state,"
		    " to_state, actor, at) VALUES (%d, %d, '%s', '%s', '%s', 'test',"
		    " UTC_TIMESTAMP(6) - INTERVAL %d SECOND);",
		    order, seq, event, from, to, 600 - seq);
}

static void
add_attempt(int id, int order, int n, const char *state, int captured, int refunded)
{
	test_script(
		"INSERT INTO payment_attempt (id, uid, order_id, n, gateway,"
		" idem_key, currency, amount, captured, refunded, state,"
		" return_token, sent_at, next_check_at, expires_at) VALUES"
		" (%d, UUID(), %d, %d, 'stripe', 'cs-%d', 'USD', 2500, %d, %d, '%s',"
		" RANDOM_BYTES(32), UTC_TIMESTAMP(6) - INTERVAL 9 MINUTE,"
		" UTC_TIMESTAMP(6), UTC_TIMESTAMP(6) + INTERVAL 20 MINUTE);",
		id, order, n, id, captured, refunded, state);
	if (captured > 0)
		test_script(
			"INSERT INTO ledger (txn_id, account, currency, amount, ref)"
			" VALUES ('%08d-0000-7000-8000-000000000001', 'gateway',"
			" 'USD', %d, 'capture:%d'),"
			" ('%08d-0000-7000-8000-000000000001', 'sales', 'USD', -%d,"
			" 'capture:%d')",
			id, captured, id, id, captured, id);
}

static void
add_refund(int id, int order, int attempt, const char *kind, int amount,
	   const char *state)
{
	test_script("INSERT INTO refund (id, uid, order_id, attempt_id, idem_key,"
		    " gateway, kind, currency, amount, state, actor) VALUES"
		    " (%d, UUID(), %d, %d, 'rf-%d', 'stripe', '%s', 'USD', %d, '%s',"
		    " 'test')",
		    id, order, attempt, id, kind, amount, state);
	if (strcmp(state, "done") == 0)
		test_script(
			"INSERT INTO ledger (txn_id, account, currency, amount, ref)"
			" VALUES ('%08d-0000-7000-8000-000000000002', 'refunds',"
			" 'USD', %d, 'refund:%d'),"
			" ('%08d-0000-7000-8000-000000000002', 'gateway', 'USD', -%d,"
			" 'refund:%d')",
			id, amount, id, id, amount, id);
}

/* What follows from a confirmation. */
static void
add_sale(int order, int invoice)
{
	test_script("INSERT INTO stock_move (sku, loc, kind, qty, order_id, line_no)"
		    " VALUES ('MUG', 'main', 'sale', -2, %d, 1);"
		    "INSERT INTO outbox (kind, agg_id, dedup, state) VALUES"
		    " ('mail.confirmation', %d, 'mail.confirmation:%d', 'done')",
		    order, order, order);
	if (invoice > 0)
		test_script(
			"INSERT INTO invoice (series, no, order_id, currency, total)"
			" SELECT 'A', %d, id, currency, total FROM orders"
			"  WHERE id = %d",
			invoice, order);
}

static void
add_hold(int cart, int order, const char *state)
{
	test_script("INSERT INTO reservation (cart_id, order_id, line_no, sku, qty,"
		    " state, expires_at) VALUES (%d, NULLIF(%d, 0), 1, 'MUG', 2, '%s',"
		    " UTC_TIMESTAMP(6) + INTERVAL 25 MINUTE)",
		    cart, order, state);
}

#define FIVE_MINUTES_AGO "UTC_TIMESTAMP(6) - INTERVAL 5 MINUTE"

/* 1: delivered, a part of it refunded out of goodwill. It has a digital line as well.
 */
static void
add_delivered(void)
{
	add_order(1, "delivered", "partially_refunded", FIVE_MINUTES_AGO);
	test_script("INSERT INTO order_line (order_id, line_no, uid, sku, title, kind,"
		    " qty, unit_price, tax_class, line_total) VALUES"
		    " (1, 2, UUID(), 'BOOK', 'Book', 'digital', 1, 0, 'standard', 0)");
	add_step(1, 1, "placed", "new", "pending");
	add_step(1, 2, "paid", "pending", "confirmed");
	add_step(1, 3, "shipped", "confirmed", "shipped");
	add_step(1, 4, "delivered", "shipped", "delivered");
	add_attempt(1, 1, 1, "captured", 2500, 300);
	add_refund(1, 1, 1, "goodwill", 300, "done");
	add_sale(1, 1);
}

/* 2: confirmed; the second payment is on its way back, a third one has gone back. */
static void
add_paid_thrice(void)
{
	add_order(2, "confirmed", "paid", FIVE_MINUTES_AGO);
	add_step(2, 1, "placed", "new", "pending");
	add_step(2, 2, "paid", "pending", "confirmed");
	add_attempt(2, 2, 1, "captured", 2500, 0);
	add_attempt(3, 2, 2, "captured", 2500, 0);
	add_attempt(4, 2, 3, "captured", 2500, 2500);
	add_refund(2, 2, 3, "void", 2500, "pending");
	add_refund(3, 2, 4, "void", 2500, "done");
	add_sale(2, 2);
}

/* 3: cancelled after it was paid. */
static void
add_cancelled(void)
{
	add_order(3, "cancelled", "refunded", FIVE_MINUTES_AGO);
	add_step(3, 1, "placed", "new", "pending");
	add_step(3, 2, "paid", "pending", "confirmed");
	add_step(3, 3, "cancelled", "confirmed", "cancelled");
	add_attempt(5, 3, 1, "captured", 2500, 2500);
	add_refund(4, 3, 5, "cancel", 2500, "done");
	add_sale(3, 3);
	test_script("INSERT INTO stock_move (sku, loc, kind, qty, order_id, line_no)"
		    " VALUES ('MUG', 'main', 'cancel_return', 2, 3, 1)");
}

/* 4: pending. 5: expired, then paid, with no stock left. 6: in review. 7: failed. */
static void
add_unpaid(void)
{
	add_order(4, "pending", "pending", "NULL");
	add_step(4, 1, "placed", "new", "pending");
	add_attempt(6, 4, 1, "sent", 0, 0);
	add_hold(4, 4, "held");

	add_order(5, "expired", "expired", "NULL");
	add_step(5, 1, "placed", "new", "pending");
	add_step(5, 2, "expired", "pending", "expired");
	add_step(5, 3, "refund", "expired", "expired");
	add_attempt(7, 5, 1, "captured", 2500, 0);
	add_refund(5, 5, 7, "void", 2500, "pending");
	add_hold(5, 5, "expired");

	add_order(6, "review", "unknown", "NULL");
	add_step(6, 1, "placed", "new", "pending");
	add_step(6, 2, "unanswered", "pending", "review");
	add_attempt(8, 6, 1, "unknown", 0, 0);
	add_hold(6, 6, "held");

	add_order(7, "failed", "failed", "NULL");
	add_step(7, 1, "placed", "new", "pending");
	add_step(7, 2, "declined", "pending", "pending");
	add_step(7, 3, "failed", "pending", "failed");
	add_attempt(9, 7, 1, "failed", 0, 0);
}

/* 8: nothing was due, and it waits for its invoice. 9: authorized. */
static void
add_young(void)
{
	add_order(8, "confirmed", "paid", "UTC_TIMESTAMP(6)");
	add_step(8, 1, "placed", "new", "pending");
	add_step(8, 2, "nothing_due", "pending", "confirmed");
	test_script("UPDATE order_line SET unit_price = 0, tax = 0, line_total = 0"
		    " WHERE order_id = 8;"
		    "UPDATE orders SET subtotal = 0, shipping = 0, tax = 0, total = 0,"
		    " payable = 0 WHERE id = 8");
	add_sale(8, 0);

	add_order(9, "confirmed", "authorized", FIVE_MINUTES_AGO);
	add_step(9, 1, "placed", "new", "pending");
	add_step(9, 2, "paid", "pending", "confirmed");
	add_attempt(10, 9, 1, "authorized", 0, 0);
	add_sale(9, 4);
}

/* Queues with work that waits in good order, and what follows from the rest. */
static void
add_rest(void)
{
	add_hold(1, 0, "held");
	test_script(
		"INSERT INTO outbox (kind, agg_id, dedup, state, attempts, lease_until,"
		" created_at, next_try_at) VALUES"
		" ('mail.shipped', 1, 'a', 'ready', 3, NULL, '2020-01-01', "
		"'2020-01-01'),"
		" ('mail.shipped', 1, 'b', 'ready', 0, NULL, '2020-01-01',"
		"  UTC_TIMESTAMP(6)),"
		" ('mail.shipped', 1, 'c', 'leased', 0, UTC_TIMESTAMP(6), '2020-01-01',"
		"  '2020-01-01');"
		"INSERT INTO webhook_in (gateway, event_id, type, sig_ok, state, body,"
		" received_at, applied_at) VALUES"
		" ('stripe', 'evt_1', 't', 1, 'applied', '', '2020-01-01', "
		"'2020-01-01'),"
		" ('stripe', 'evt_2', 't', 1, 'parked', '', '2020-01-01', NULL),"
		" ('stripe', 'evt_3', 't', 1, 'dead', '', '2020-01-01', NULL),"
		" ('stripe', 'evt_4', 't', 1, 'received', '', UTC_TIMESTAMP(6), NULL);"
		"INSERT INTO idem (scope, idem_key, req_hash, state, resource_kind,"
		" resource_id, resp_code, locked_at, expires_at) VALUES"
		" ('payment', 'key-2', REPEAT('h', 32), 'done', 'order', 2, 201,"
		"  '2020-01-01', '2099-01-01'),"
		" ('payment', 'other', REPEAT('h', 32), 'done', 'order_again', 2, 200,"
		"  '2020-01-01', '2099-01-01'),"
		" ('order', 'next', REPEAT('h', 32), 'done', 'attempt', 3, 201,"
		"  '2020-01-01', '2099-01-01'),"
		" ('payment', 'now', REPEAT('h', 32), 'running', NULL, NULL, NULL,"
		"  UTC_TIMESTAMP(6), '2099-01-01');"
		"UPDATE orders o SET lines_hash = (SELECT UNHEX(SHA2(GROUP_CONCAT("
		" line_no, ':', sku, ':', qty, ':', unit_price, ':', discount, ':', tax"
		" ORDER BY line_no SEPARATOR ';'), 256)) FROM order_line l"
		" WHERE l.order_id = o.id) WHERE confirmed_at IS NOT NULL;"
		"INSERT INTO stock (sku, on_hand, reserved) SELECT 'MUG', SUM(qty),"
		" (SELECT SUM(qty) FROM reservation WHERE state = 'held')"
		" FROM stock_move");
}

static void
make_books(void)
{
	test_script("SET FOREIGN_KEY_CHECKS = 0");
	for (size_t i = 0; i < DB_COUNT(tables); i++)
		test_script("DELETE FROM %s", tables[i]);
	test_script("INSERT INTO product (sku, slug, title, kind, price, currency)"
		    " VALUES ('MUG', 'mug', 'Mug', 'ship', 1000, 'USD'),"
		    " ('BOOK', 'book', 'Book', 'digital', 0, 'USD');"
		    "INSERT INTO stock_move (sku, loc, kind, qty, at) VALUES"
		    " ('MUG', 'main', 'receive', 100,"
		    "  UTC_TIMESTAMP(6) - INTERVAL 1 DAY)");
	add_delivered();
	add_paid_thrice();
	add_cancelled();
	add_unpaid();
	add_young();
	add_rest();
}

/* ---- looking ---- */

/* The ids of the invariants that are broken, "I01 I02". */
static const char *
broken(struct ctx *cx, struct invariants *all)
{
	struct buf ids = buf_new(cx->mem, 1024);
	struct err *e;

	SNAPSHOT (tx, cx, &e)
		e = invariant_check_all(tx, all);
	WANT_OK(e);
	for (size_t i = 0; i < all->n; i++) {
		if (all->list[i].n_rows > 0)
			buf_printf(&ids, "%s%s", ids.len ? " " : "", all->list[i].id);
	}
	return buf_string(&ids);
}

static void
want_broken(const char *ids)
{
	struct ctx *cx = test_ctx();
	struct invariants all;

	WANT_TEXT(broken(cx, &all), ids);
	WANT_INT(all.broken, *ids ? 1 : 0);
	test_ctx_free(cx);
}

#define CAUGHT(name, id, sql)                                                          \
	static void name(void **state)                                                 \
	{                                                                              \
		(void)state;                                                           \
		make_books();                                                          \
		test_script("%s", sql);                                                \
		want_broken(#id);                                                      \
	}

/* ---- tests ---- */

static void
true_books_break_nothing(void **state)
{
	(void)state;
	take_guards_away();
	make_books();
	want_broken("");
}

static void
an_empty_shop_breaks_nothing(void **state)
{
	(void)state;
	test_script("SET FOREIGN_KEY_CHECKS = 0");
	for (size_t i = 0; i < DB_COUNT(tables); i++)
		test_script("DELETE FROM %s", tables[i]);
	want_broken("");
}

static void
what_needs_eyes_outside_is_named_and_not_counted(void **state)
{
	struct ctx *cx = test_ctx();
	struct invariants all;
	struct buf ids = buf_new(cx->mem, 1024);

	(void)state;
	make_books();
	broken(cx, &all);
	for (size_t i = 0; i < all.n; i++) {
		if (all.list[i].needs != NULL)
			buf_printf(&ids, "%s ", all.list[i].id);
	}
	WANT_TEXT(buf_string(&ids), "I08 I14 I22 I23 I24 I28 I31 ");
	WANT_INT(all.checked, 28);
	test_ctx_free(cx);
}

static void
webhooks_that_wait_for_eyes_are_listed(void **state)
{
	struct ctx *cx = test_ctx();
	struct invariants all;

	(void)state;
	make_books();
	broken(cx, &all);
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
	make_books();
	for (int i = 0; i < 21; i++)
		test_script("INSERT INTO outbox (kind, agg_id, dedup, state) VALUES"
			    " ('event.x', 1, 'dead-%d', 'dead')",
			    i);
	WANT_TEXT(broken(cx, &all), "I32");
	for (size_t i = 0; i < all.n; i++) {
		WANT_INT(all.list[i].more, strcmp(all.list[i].id, "I32") == 0);
		if (all.list[i].more)
			WANT_INT(all.list[i].n_rows, INVARIANT_ROWS);
	}
	test_ctx_free(cx);
}

CAUGHT(units_without_a_move_break_I01, I01, "UPDATE stock SET on_hand = on_hand + 1")
CAUGHT(a_reservation_without_a_hold_breaks_I02, I02,
       "UPDATE stock SET reserved = reserved + 1")
CAUGHT(negative_stock_breaks_I03, I03,
       "INSERT INTO stock (sku, on_hand) VALUES ('BOOK', -1);"
       "INSERT INTO stock_move (sku, loc, kind, qty) VALUES"
       " ('BOOK', 'main', 'adjust', -1)")
CAUGHT(a_line_without_its_sale_breaks_I04, I04,
       "UPDATE stock_move SET kind = 'adjust', order_id = NULL WHERE order_id = 1")
CAUGHT(a_sale_of_another_quantity_breaks_I04, I04,
       "UPDATE stock_move SET qty = -1 WHERE order_id = 1;"
       "UPDATE stock SET on_hand = on_hand + 1")
CAUGHT(a_digital_line_with_a_stock_book_needs_its_sale_I04, I04,
       "INSERT INTO stock (sku, on_hand) VALUES ('BOOK', 5);"
       "INSERT INTO stock_move (sku, loc, kind, qty, at) VALUES"
       " ('BOOK', 'main', 'receive', 5, '2020-01-01')")
CAUGHT(a_sale_for_an_unpaid_order_breaks_I05, I05,
       "UPDATE stock SET on_hand = on_hand - 2;"
       "INSERT INTO stock_move (sku, loc, kind, qty, order_id, line_no) VALUES"
       " ('MUG', 'main', 'sale', -2, 7, 1)")
CAUGHT(units_that_never_came_back_break_I06, I06,
       "UPDATE stock_move SET kind = 'adjust', order_id = NULL"
       " WHERE kind = 'cancel_return'")
CAUGHT(a_hold_of_a_dead_order_breaks_I07, I07,
       "UPDATE reservation SET state = 'held' WHERE order_id = 5;"
       "UPDATE stock SET reserved = reserved + 2")
CAUGHT(a_hold_past_its_time_breaks_I07, I07,
       "UPDATE reservation SET expires_at = UTC_TIMESTAMP(6) - INTERVAL 61 SECOND"
       " WHERE order_id IS NULL")
CAUGHT(a_wrong_total_breaks_I09, I09,
       "UPDATE orders SET total = total + 1, payable = payable + 1 WHERE id = 4")
CAUGHT(a_line_of_another_price_breaks_I10, I10,
       "UPDATE order_line SET unit_price = unit_price + 1 WHERE order_id = 4")
CAUGHT(an_order_without_lines_breaks_I10, I10,
       "DELETE FROM order_line WHERE order_id = 4")
CAUGHT(a_changed_line_breaks_I11, I11,
       "UPDATE order_line SET tax = tax - 1 WHERE order_id = 2")
CAUGHT(a_step_that_there_is_not_breaks_I12, I12,
       "INSERT INTO order_event (order_id, seq, event, from_state, to_state, actor,"
       " at) VALUES (5, 4, 'x', 'expired', 'failed', 'test', UTC_TIMESTAMP(6));"
       "UPDATE orders SET state = 'failed' WHERE id = 5")
CAUGHT(a_gap_in_the_steps_breaks_I13, I13,
       "UPDATE order_event SET seq = 9 WHERE order_id = 1 AND seq = 4")
CAUGHT(a_state_that_no_step_led_to_breaks_I13, I13,
       "UPDATE orders SET state = 'shipped' WHERE id = 2")
CAUGHT(an_order_without_steps_breaks_I13, I13,
       "DELETE FROM order_event WHERE order_id = 4")
CAUGHT(two_orders_of_one_key_break_I15, I15,
       "UPDATE orders SET idem_key = 'key-4' WHERE id = 6")
CAUGHT(an_order_that_should_have_expired_breaks_I16, I16,
       "UPDATE orders SET expires_at = UTC_TIMESTAMP(6) - INTERVAL 121 SECOND"
       " WHERE id = 4")
CAUGHT(a_long_review_breaks_I16, I16,
       "UPDATE order_event SET at = at - INTERVAL 6 DAY WHERE order_id = 6")
CAUGHT(a_step_back_in_time_breaks_I17, I17,
       "UPDATE order_event SET at = at - INTERVAL 1 HOUR"
       " WHERE order_id = 1 AND seq = 3")
CAUGHT(a_second_charge_that_stays_breaks_I18, I18,
       "UPDATE refund SET state = 'failed' WHERE kind = 'void' AND order_id = 2"
       " AND state = 'pending'")
CAUGHT(a_charge_that_went_back_breaks_I18, I18,
       "INSERT INTO refund (uid, order_id, attempt_id, idem_key, gateway, kind,"
       " currency, amount, actor) VALUES (UUID(), 2, 2, 'rf', 'stripe', 'cancel',"
       " 'USD', 100, 'test')")
CAUGHT(money_of_a_dead_order_breaks_I19, I19,
       "UPDATE refund SET state = 'failed' WHERE order_id = 5")
CAUGHT(an_attempt_beyond_what_is_due_breaks_I20, I20,
       "UPDATE payment_attempt SET amount = 2501 WHERE order_id = 4")
CAUGHT(another_currency_breaks_I20, I20,
       "UPDATE payment_attempt SET currency = 'EUR' WHERE order_id = 4")
CAUGHT(a_refund_of_another_amount_breaks_I21, I21,
       "UPDATE refund SET amount = amount - 1 WHERE order_id = 3")
CAUGHT(an_open_attempt_that_nobody_asks_for_breaks_I25, I25,
       "UPDATE payment_attempt SET next_check_at ="
       " UTC_TIMESTAMP(6) - INTERVAL 301 SECOND WHERE order_id = 4")
CAUGHT(an_open_attempt_without_a_next_look_breaks_I25, I25,
       "UPDATE payment_attempt SET next_check_at = NULL WHERE order_id = 6")
CAUGHT(half_a_booking_breaks_I26, I26,
       "INSERT INTO ledger (txn_id, account, currency, amount, ref) VALUES"
       " (UUID(), 'sales', 'USD', 1, 'x')")
CAUGHT(a_booking_without_a_payment_breaks_I27, I27,
       "INSERT INTO ledger (txn_id, account, currency, amount, ref) VALUES"
       " ('00000000-0000-7000-8000-00000000000a', 'gateway', 'USD', 1, 'x'),"
       " ('00000000-0000-7000-8000-00000000000a', 'sales', 'USD', -1, 'x')")
CAUGHT(a_confirmation_without_money_breaks_I29, I29,
       "DELETE FROM refund WHERE order_id = 3;"
       "UPDATE payment_attempt SET captured = 0, refunded = 0 WHERE order_id = 3;"
       "DELETE FROM ledger WHERE ref IN ('capture:5', 'refund:4')")
CAUGHT(a_confirmation_without_its_mail_breaks_I30, I30,
       "DELETE FROM outbox WHERE dedup = 'mail.confirmation:1'")
CAUGHT(two_mails_of_one_confirmation_break_I30, I30,
       "INSERT INTO outbox (kind, agg_id, dedup, state) VALUES"
       " ('mail.confirmation', 1, 'again', 'done')")
CAUGHT(an_entry_that_nobody_touched_breaks_I32, I32,
       "UPDATE outbox SET next_try_at = UTC_TIMESTAMP(6) - INTERVAL 61 SECOND"
       " WHERE dedup = 'b'")
CAUGHT(a_lease_that_nobody_holds_breaks_I32, I32,
       "UPDATE outbox SET lease_until = UTC_TIMESTAMP(6) - INTERVAL 61 SECOND"
       " WHERE dedup = 'c'")
CAUGHT(a_dead_entry_breaks_I32, I32,
       "UPDATE outbox SET state = 'dead' WHERE dedup = 'a'")
CAUGHT(a_webhook_that_waits_breaks_I33, I33,
       "UPDATE webhook_in SET received_at = UTC_TIMESTAMP(6) - INTERVAL 61 SECOND"
       " WHERE event_id = 'evt_4'")
CAUGHT(a_key_of_another_order_breaks_I34, I34,
       "UPDATE idem SET resource_id = 1 WHERE idem_key = 'key-2'")
CAUGHT(a_key_that_stays_locked_breaks_I34, I34,
       "UPDATE idem SET locked_at = UTC_TIMESTAMP(6) - INTERVAL 301 SECOND"
       " WHERE idem_key = 'now'")
CAUGHT(a_gap_in_the_invoices_breaks_I40, I40, "UPDATE invoice SET no = 9 WHERE no = 4")
CAUGHT(an_invoice_of_another_total_breaks_I40, I40,
       "UPDATE invoice SET total = total - 1 WHERE no = 2")
CAUGHT(an_order_without_its_invoice_breaks_I40, I40, "DELETE FROM invoice WHERE no = 4")

TESTS(TEST(true_books_break_nothing), TEST(an_empty_shop_breaks_nothing),
      TEST(what_needs_eyes_outside_is_named_and_not_counted),
      TEST(webhooks_that_wait_for_eyes_are_listed),
      TEST(twenty_rows_are_told_and_that_there_are_more),
      TEST(units_without_a_move_break_I01),
      TEST(a_reservation_without_a_hold_breaks_I02), TEST(negative_stock_breaks_I03),
      TEST(a_line_without_its_sale_breaks_I04),
      TEST(a_sale_of_another_quantity_breaks_I04),
      TEST(a_digital_line_with_a_stock_book_needs_its_sale_I04),
      TEST(a_sale_for_an_unpaid_order_breaks_I05),
      TEST(units_that_never_came_back_break_I06),
      TEST(a_hold_of_a_dead_order_breaks_I07), TEST(a_hold_past_its_time_breaks_I07),
      TEST(a_wrong_total_breaks_I09), TEST(a_line_of_another_price_breaks_I10),
      TEST(an_order_without_lines_breaks_I10), TEST(a_changed_line_breaks_I11),
      TEST(a_step_that_there_is_not_breaks_I12), TEST(a_gap_in_the_steps_breaks_I13),
      TEST(a_state_that_no_step_led_to_breaks_I13),
      TEST(an_order_without_steps_breaks_I13), TEST(two_orders_of_one_key_break_I15),
      TEST(an_order_that_should_have_expired_breaks_I16),
      TEST(a_long_review_breaks_I16), TEST(a_step_back_in_time_breaks_I17),
      TEST(a_second_charge_that_stays_breaks_I18),
      TEST(a_charge_that_went_back_breaks_I18), TEST(money_of_a_dead_order_breaks_I19),
      TEST(an_attempt_beyond_what_is_due_breaks_I20), TEST(another_currency_breaks_I20),
      TEST(a_refund_of_another_amount_breaks_I21),
      TEST(an_open_attempt_that_nobody_asks_for_breaks_I25),
      TEST(an_open_attempt_without_a_next_look_breaks_I25),
      TEST(half_a_booking_breaks_I26), TEST(a_booking_without_a_payment_breaks_I27),
      TEST(a_confirmation_without_money_breaks_I29),
      TEST(a_confirmation_without_its_mail_breaks_I30),
      TEST(two_mails_of_one_confirmation_break_I30),
      TEST(an_entry_that_nobody_touched_breaks_I32),
      TEST(a_lease_that_nobody_holds_breaks_I32), TEST(a_dead_entry_breaks_I32),
      TEST(a_webhook_that_waits_breaks_I33), TEST(a_key_of_another_order_breaks_I34),
      TEST(a_key_that_stays_locked_breaks_I34), TEST(a_gap_in_the_invoices_breaks_I40),
      TEST(an_invoice_of_another_total_breaks_I40),
      TEST(an_order_without_its_invoice_breaks_I40))
