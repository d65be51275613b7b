/* verify_test.c - each invariant catches its own violation, and nothing else does. */
#include "domain/invariant.h"
#include "support/books.h"

/* Both looks: at everything, and at what changed since the books were begun. */
static void
want_broken(const char *ids)
{
	static struct ctx *cx; /* its statements are prepared once for all tests */
	const struct invariant_point beginning = {.at = {SECONDS(1)}};
	struct arena_mark mark;
	struct invariants all;

	if (cx == NULL)
		cx = test_ctx();
	mark = arena_mark(cx->mem);
	WANT_TEXT(books_broken(cx, &all), ids);
	WANT_INT(all.broken, *ids ? 1 : 0);
	WANT_TEXT(books_broken_since(cx, &beginning), ids);
	arena_rewind(cx->mem, mark);
}

#define CAUGHT(name, id, sql)                                                          \
	static void name(void **state)                                                 \
	{                                                                              \
		(void)state;                                                           \
		books_make();                                                          \
		test_script("%s", sql);                                                \
		want_broken(#id);                                                      \
	}

/* ---- tests ---- */

static void
true_books_break_nothing(void **state)
{
	(void)state;
	books_without_guards();
	books_make();
	want_broken("");
}

static void
an_empty_shop_breaks_nothing(void **state)
{
	(void)state;
	books_empty();
	want_broken("");
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
       "UPDATE payment_attempt SET refunded = refunded + 1 WHERE id = 1;"
       "UPDATE payment_attempt SET refunded = refunded - 1 WHERE id = 4")
CAUGHT(an_open_attempt_that_nobody_asks_for_breaks_I25, I25,
       "UPDATE payment_attempt SET next_check_at ="
       " UTC_TIMESTAMP(6) - INTERVAL 301 SECOND WHERE order_id = 4")
CAUGHT(an_open_attempt_without_a_next_look_breaks_I25, I25,
       "UPDATE payment_attempt SET next_check_at = NULL WHERE order_id = 6")
CAUGHT(half_a_booking_breaks_I26, I26,
       "INSERT INTO ledger (txn_id, account, currency, amount, ref, order_id) VALUES"
       " (UUID(), 'sales', 'USD', 1, 'x', 1)")
CAUGHT(a_booking_without_a_payment_breaks_I27, I27,
       "INSERT INTO ledger (txn_id, account, currency, amount, ref, order_id) VALUES"
       " ('00000000-0000-7000-8000-00000000000a', 'gateway', 'USD', 1, 'x', 1),"
       " ('00000000-0000-7000-8000-00000000000a', 'sales', 'USD', -1, 'x', 1)")
/* Both sums of the account stay what they were. */
CAUGHT(two_wrong_bookings_that_make_up_for_each_other_break_I27, I27,
       "UPDATE ledger l JOIN payment_attempt p ON l.ref = CONCAT('capture:', p.uid)"
       "   SET l.amount = l.amount + SIGN(l.amount) * IF(p.id = 2, 1, -1)"
       " WHERE p.id IN (2, 3)")
CAUGHT(a_refund_that_was_never_booked_breaks_I27, I27,
       "UPDATE ledger SET ref = REPLACE(ref, 'refund:', 'x:') WHERE order_id = 1")
CAUGHT(a_refund_that_came_back_and_was_never_booked_back_breaks_I27, I27,
       "UPDATE refund r JOIN payment_attempt p ON p.id = r.attempt_id"
       "   SET r.state = 'failed', p.refunded = p.refunded - r.amount"
       " WHERE r.order_id = 1 AND r.state = 'done'")
/* A dispute of order 2's first payment. */
#define DISPUTE(taken, state)                                                          \
	"INSERT INTO dispute (id, uid, order_id, attempt_id, gateway, gw_dispute_id,"  \
	" currency, amount, taken, state, reason) VALUES"                              \
	" (1, '00000001-0000-7000-8000-00000000000c', 2, 2, 'stripe', 'dp_1', 'USD',"  \
	" 2500, " taken ", '" state "', 'fraudulent');"
#define BOOKED(ref, from, to)                                                          \
	"INSERT INTO ledger (txn_id, account, currency, amount, ref, order_id) SELECT" \
	" CONCAT('00000000-0000-7000-8000-', LEFT(MD5('" ref                           \
	"'), 12)), account, 'USD', leg,"                                               \
	" CONCAT('" ref ":', (SELECT uid FROM dispute)), 2"                            \
	" FROM (SELECT '" to "' AS account, 2500 AS leg"                               \
	"       UNION ALL SELECT '" from "', -2500) legs;"
#define TAKEN BOOKED("dispute", "gateway", "disputed")
#define WON   BOOKED("dispute_won", "disputed", "gateway")
#define LOST  BOOKED("dispute_lost", "disputed", "chargebacks")

CAUGHT(a_dispute_that_was_never_booked_breaks_I27, I27, DISPUTE("TRUE", "open"))
CAUGHT(an_inquiry_that_was_booked_breaks_I27, I27, DISPUTE("FALSE", "open") TAKEN)
CAUGHT(a_won_dispute_whose_money_was_not_booked_back_breaks_I27, I27,
       DISPUTE("TRUE", "won") TAKEN)
/* The gateway's account is right all the same. */
CAUGHT(a_lost_dispute_whose_loss_was_not_booked_breaks_I27, I27,
       DISPUTE("TRUE", "lost") TAKEN)
CAUGHT(a_dispute_booked_as_won_that_is_open_breaks_I27, I27,
       DISPUTE("TRUE", "open") TAKEN WON)
CAUGHT(money_of_a_dead_order_that_was_won_back_breaks_I19, I19,
       "UPDATE refund SET state = 'failed' WHERE order_id = 5;" DISPUTE("TRUE", "won")
	       TAKEN WON "UPDATE dispute SET order_id = 5, attempt_id = 7;"
			 "UPDATE ledger SET order_id = 5 WHERE ref LIKE 'dispute%'")

#define SECOND_PAYMENT                                                                 \
	"UPDATE dispute SET attempt_id = 3;"                                           \
	"UPDATE refund SET state = 'failed' WHERE attempt_id = 3"

CAUGHT(a_second_payment_that_was_won_back_breaks_I18, I18,
       DISPUTE("TRUE", "won") TAKEN WON SECOND_PAYMENT)

static void
disputes_that_are_booked_break_nothing(void **state)
{
	static const char *const booked[] = {
		DISPUTE("TRUE", "open") TAKEN, DISPUTE("TRUE", "won") TAKEN WON,
		DISPUTE("TRUE", "lost") TAKEN LOST, DISPUTE("FALSE", "open"),
		DISPUTE("FALSE", "won"),
		/* of a second payment whose refund the gateway did not make then */
		DISPUTE("TRUE", "open") TAKEN SECOND_PAYMENT,
		DISPUTE("TRUE", "lost") TAKEN LOST SECOND_PAYMENT,
		/* and of a dead order whose refund the gateway did not make then */
		DISPUTE("TRUE", "open") TAKEN
		"UPDATE refund SET state = 'failed' WHERE order_id = 5;"
		"UPDATE dispute SET order_id = 5, attempt_id = 7;"
		"UPDATE ledger SET order_id = 5 WHERE ref LIKE 'dispute%'"};

	(void)state;
	for (size_t i = 0; i < DB_COUNT(booked); i++) {
		books_make();
		test_script("%s", booked[i]);
		want_broken("");
	}
}

CAUGHT(an_altered_entry_breaks_I28, I28,
       "UPDATE audit SET actor = 'shell:eve' ORDER BY id LIMIT 1")
CAUGHT(a_removed_entry_breaks_I28, I28, "DELETE FROM audit WHERE body = 'b'")
CAUGHT(an_entry_and_its_seal_removed_together_break_I28, I28,
       "DELETE s FROM audit_seal s JOIN audit a ON a.id = s.audit_id"
       " WHERE a.body = 'b';"
       "DELETE FROM audit WHERE body = 'b'")
CAUGHT(an_altered_seal_breaks_I28, I28,
       "UPDATE audit_seal SET hash = REPEAT('x', 32) ORDER BY audit_id DESC LIMIT 1")
CAUGHT(an_entry_that_stays_unsealed_breaks_I28, I28,
       "UPDATE audit SET at = UTC_TIMESTAMP(6) - INTERVAL 61 SECOND"
       " WHERE body = 'new'")
CAUGHT(a_confirmation_without_money_breaks_I29, I29,
       "DELETE FROM refund WHERE order_id = 3;"
       "UPDATE payment_attempt SET captured = 0, refunded = 0 WHERE order_id = 3;"
       "DELETE FROM ledger WHERE order_id = 3")
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
CAUGHT(a_line_of_a_waiting_order_without_its_hold_breaks_I41, I41,
       "UPDATE reservation SET state = 'released' WHERE order_id = 4;"
       "UPDATE stock SET reserved = reserved - 2")
CAUGHT(a_hold_of_fewer_units_than_were_ordered_breaks_I41, I41,
       "UPDATE reservation SET qty = 1 WHERE order_id = 6;"
       "UPDATE stock SET reserved = reserved - 1")

TESTS(TEST(true_books_break_nothing), TEST(an_empty_shop_breaks_nothing),
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
      TEST(two_wrong_bookings_that_make_up_for_each_other_break_I27),
      TEST(a_refund_that_was_never_booked_breaks_I27),
      TEST(a_refund_that_came_back_and_was_never_booked_back_breaks_I27),
      TEST(a_dispute_that_was_never_booked_breaks_I27),
      TEST(an_inquiry_that_was_booked_breaks_I27),
      TEST(a_won_dispute_whose_money_was_not_booked_back_breaks_I27),
      TEST(a_lost_dispute_whose_loss_was_not_booked_breaks_I27),
      TEST(a_dispute_booked_as_won_that_is_open_breaks_I27),
      TEST(money_of_a_dead_order_that_was_won_back_breaks_I19),
      TEST(a_second_payment_that_was_won_back_breaks_I18),
      TEST(disputes_that_are_booked_break_nothing), TEST(an_altered_entry_breaks_I28),
      TEST(a_removed_entry_breaks_I28),
      TEST(an_entry_and_its_seal_removed_together_break_I28),
      TEST(an_altered_seal_breaks_I28), TEST(an_entry_that_stays_unsealed_breaks_I28),
      TEST(a_confirmation_without_money_breaks_I29),
      TEST(a_confirmation_without_its_mail_breaks_I30),
      TEST(two_mails_of_one_confirmation_break_I30),
      TEST(an_entry_that_nobody_touched_breaks_I32),
      TEST(a_lease_that_nobody_holds_breaks_I32), TEST(a_dead_entry_breaks_I32),
      TEST(a_webhook_that_waits_breaks_I33), TEST(a_key_of_another_order_breaks_I34),
      TEST(a_key_that_stays_locked_breaks_I34), TEST(a_gap_in_the_invoices_breaks_I40),
      TEST(an_invoice_of_another_total_breaks_I40),
      TEST(an_order_without_its_invoice_breaks_I40),
      TEST(a_line_of_a_waiting_order_without_its_hold_breaks_I41),
      TEST(a_hold_of_fewer_units_than_were_ordered_breaks_I41))
