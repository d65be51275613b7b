/* books.c - the books of a small shop, written by hand, in which everything is true. */
#include "support/books.h"

#include <string.h>

#include "base/buf.h"
#include "domain/audit.h"

static const char *const tables[] = {
	"dispute",         "stock_move", "reservation", "stock",      "ledger",
	"refund",          "invoice",    "outbox",      "webhook_in", "idem",
	"payment_attempt", "order_line", "order_event", "audit_seal", "audit",
	"audit_unsealed",  "orders",     "contact",     "cart",       "product",
};

/* The database's own guards would not let the books become untrue. */
void
books_without_guards(void)
{
	const char *trigger;

	while ((trigger = test_text("SELECT trigger_name FROM"
				    " information_schema.triggers"
				    " WHERE trigger_schema = '%s'"
				    "   AND action_statement LIKE '%%SIGNAL%%' LIMIT 1",
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
		" (%d, '%08d-0000-7000-8000-00000000000a', %d, %d, 'stripe', 'cs-%d',"
		" 'USD', 2500, %d, %d, '%s',"
		" RANDOM_BYTES(32), UTC_TIMESTAMP(6) - INTERVAL 9 MINUTE,"
		" UTC_TIMESTAMP(6), UTC_TIMESTAMP(6) + INTERVAL 20 MINUTE);",
		id, id, order, n, id, captured, refunded, state);
	if (captured > 0)
		test_script(
			"INSERT INTO ledger (txn_id, account, currency, amount, ref,"
			" order_id) SELECT '%08d-0000-7000-8000-000000000001',"
			" account, 'USD', leg, CONCAT('capture:', uid), order_id"
			" FROM payment_attempt, (SELECT 'gateway' AS account,"
			" %d AS leg UNION ALL SELECT 'sales', -%d) legs"
			" WHERE id = %d",
			id, captured, captured, id);
}

static void
add_refund(int id, int order, int attempt, const char *kind, int amount,
	   const char *state)
{
	test_script(
		"INSERT INTO refund (id, uid, order_id, attempt_id, idem_key,"
		" gateway, kind, currency, amount, state, actor) VALUES"
		" (%d, '%08d-0000-7000-8000-00000000000b', %d, %d, 'rf-%d', 'stripe',"
		" '%s', 'USD', %d, '%s', 'test')",
		id, id, order, attempt, id, kind, amount, state);
	if (strcmp(state, "done") == 0)
		test_script(
			"INSERT INTO ledger (txn_id, account, currency, amount, ref,"
			" order_id) SELECT '%08d-0000-7000-8000-000000000002',"
			" account, 'USD', leg, CONCAT('refund:', uid), order_id"
			" FROM refund, (SELECT 'refunds' AS account,"
			" %d AS leg UNION ALL SELECT 'gateway', -%d) legs"
			" WHERE id = %d",
			id, amount, amount, id);
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

/* Three entries in the chain, the last one not sealed yet. */
static void
add_audit(void)
{
	struct ctx *cx = test_ctx();
	struct err *e;
	int64_t sealed;

	test_script(
		"INSERT INTO audit (at, actor, action, body) VALUES"
		" (UTC_TIMESTAMP(6) - INTERVAL 9 MINUTE, 'shell:ada', 'test', 'a'),"
		" (UTC_TIMESTAMP(6) - INTERVAL 8 MINUTE, 'shell:ada', 'test', 'b'),"
		" (UTC_TIMESTAMP(6) - INTERVAL 7 MINUTE, 'shell:ada', 'test', 'c')");
	TRANSACTION (tx, cx, &e)
		e = audit_seal(tx, 100, &sealed);
	WANT_OK(e);
	WANT_INT(sealed, 3);
	test_script("INSERT INTO audit (actor, action, body) VALUES"
		    " ('shell:ada', 'test', 'new')");
	test_ctx_free(cx);
}

void
books_empty(void)
{
	test_script("SET FOREIGN_KEY_CHECKS = 0");
	for (size_t i = 0; i < DB_COUNT(tables); i++)
		test_script("DELETE FROM %s", tables[i]);
}

void
books_make(void)
{
	books_empty();
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
	add_audit();
}

/* ---- looking ---- */

const char *
books_ids(struct arena *mem, const struct invariants *all)
{
	struct buf ids = buf_new(mem, 1024);

	for (size_t i = 0; i < all->n; i++) {
		if (all->list[i].n_rows > 0)
			buf_printf(&ids, "%s%s", ids.len ? " " : "", all->list[i].id);
	}
	return buf_string(&ids);
}

const char *
books_broken(struct ctx *cx, struct invariants *all)
{
	struct err *e;

	SNAPSHOT (tx, cx, &e)
		e = invariant_check_all(tx, NULL, all);
	WANT_OK(e);
	return books_ids(cx->mem, all);
}

const char *
books_broken_since(struct ctx *cx, const struct invariant_point *since)
{
	struct invariants some;
	struct err *e;

	SNAPSHOT (tx, cx, &e)
		e = invariant_check_changed(tx, since, &some);
	WANT_OK(e);
	return books_ids(cx->mem, &some);
}
