/* verify_speed_test.c - the books of 10,000 orders are looked at in seconds, with all
 * the evidence that there can be. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "domain/audit.h"
#include "domain/evidence.h"
#include "support/books.h"

enum { ORDERS = 10000, LOOK_MS_MOST = 10000, ROUND_MS_MOST = 2000 };

#define EACH_ORDER  " FROM seq_1_to_10000 s"
#define UID(letter) "CONCAT(LPAD(seq, 8, '0'), '-0000-7000-8000-00000000000" letter "')"

static void
add_orders(void)
{
	test_script(
		"INSERT INTO contact (id, uid, person_id)"
		" SELECT seq, UUID(), 1" EACH_ORDER ";"
		"INSERT INTO orders (id, uid, number, cart_id, cart_uid, cart_version,"
		" visitor, contact_id, state, payment_status, currency, subtotal,"
		" shipping, tax, tax_included, total, payable, derivation, idem_key,"
		" confirmed_at, created_at, updated_at) SELECT seq, " UID(
			"0") ","
			     " CONCAT('O', LPAD(seq, 10, '0')), seq, UUID(), 1, "
			     "REPEAT('v', 32), seq,"
			     " 'confirmed', 'paid', 'USD', 4000, 500, 0, TRUE, 4500, "
			     "4500, '{}',"
			     " CONCAT('key-', seq), UTC_TIMESTAMP(6) - INTERVAL 1 HOUR,"
			     " UTC_TIMESTAMP(6) - INTERVAL 1 HOUR,"
			     " UTC_TIMESTAMP(6) - INTERVAL 1 HOUR" EACH_ORDER ";"
			     "INSERT INTO order_line (order_id, line_no, uid, sku, "
			     "title, kind, qty,"
			     " unit_price, tax_class, line_total) SELECT seq, n, "
			     "UUID(), sku, sku,"
			     " 'ship', 2, 1000, 'standard', 2000" EACH_ORDER ","
			     " (SELECT 1 AS n, 'MUG' AS sku UNION ALL SELECT 2, 'PEN') "
			     "l;"
			     "INSERT INTO order_event (order_id, seq, event, "
			     "from_state, to_state,"
			     " actor, at) SELECT s.seq, n, event, before_it, after_it, "
			     "'test',"
			     " UTC_TIMESTAMP(6) - INTERVAL 70 - n MINUTE" EACH_ORDER ","
			     " (SELECT 1 AS n, 'placed' AS event, 'new' AS before_it,"
			     "  'pending' AS after_it UNION ALL"
			     "  SELECT 2, 'paid', 'pending', 'confirmed') e;"
			     "UPDATE orders o SET lines_hash = (SELECT "
			     "UNHEX(SHA2(GROUP_CONCAT("
			     " line_no, ':', sku, ':', qty, ':', unit_price, ':', "
			     "discount, ':', tax"
			     " ORDER BY line_no SEPARATOR ';'), 256)) FROM order_line l"
			     " WHERE l.order_id = o.id)");
}

static void
add_money(void)
{
	test_script(
		"INSERT INTO payment_attempt (id, uid, order_id, n, gateway, idem_key,"
		" gw_payment, currency, amount, captured, state, return_token, sent_at,"
		" expires_at, updated_at) SELECT seq, " UID(
			"a") ", seq, 1, 'stripe',"
			     " CONCAT('cs-', seq), CONCAT('pi_', LPAD(seq, 8, '0')), "
			     "'USD', 4500,"
			     " 4500, 'captured', UNHEX(SHA2(seq, 256)),"
			     " UTC_TIMESTAMP(6) - INTERVAL 1 HOUR, UTC_TIMESTAMP(6),"
			     " UTC_TIMESTAMP(6) - INTERVAL 1 HOUR" EACH_ORDER ";"
			     "INSERT INTO ledger (txn_id, account, currency, amount, "
			     "ref, order_id)"
			     " SELECT " UID("b") ", account, 'USD', leg, "
						 "CONCAT('capture:', " UID(
							 "a") "), seq" EACH_ORDER ","
							      " (SELECT 'gateway' AS "
							      "account, 4500 AS leg "
							      "UNION ALL"
							      "  SELECT 'sales', "
							      "-4500) l;"
							      "INSERT INTO invoice "
							      "(series, no, order_id, "
							      "currency, "
							      "total)"
							      " SELECT 'A', seq, seq, "
							      "'USD', 4500" EACH_ORDER
							      ";"
							      "INSERT INTO outbox "
							      "(kind, agg_id, dedup, "
							      "state)"
							      " SELECT "
							      "'mail.confirmation', "
							      "seq,"
							      " CONCAT('mail."
							      "confirmation:', seq), "
							      "'done'" EACH_ORDER ";"
							      "INSERT INTO idem "
							      "(scope, idem_key, "
							      "req_hash, state,"
							      " resource_kind, "
							      "resource_id, resp_code, "
							      "expires_at)"
							      " SELECT 'payment', "
							      "CONCAT('key-', seq), "
							      "REPEAT('h', 32),"
							      " 'done', 'order', seq, "
							      "201, "
							      "'2099-01-"
							      "01'" EACH_ORDER);
}

static void
add_units(void)
{
	test_script(
		"INSERT INTO product (sku, slug, title, kind, price, currency) VALUES"
		" ('MUG', 'mug', 'Mug', 'ship', 1000, 'USD'),"
		" ('PEN', 'pen', 'Pen', 'ship', 1000, 'USD');"
		"INSERT INTO stock_move (sku, loc, kind, qty, at)"
		" SELECT sku, 'main', 'receive', 30000, '2020-01-01' FROM product;"
		"INSERT INTO stock_move (sku, loc, kind, qty, order_id, line_no)"
		" SELECT sku, 'main', 'sale', -qty, order_id, line_no FROM order_line;"
		"INSERT INTO reservation (cart_id, order_id, line_no, sku, qty, state,"
		" expires_at) SELECT order_id, order_id, line_no, sku, qty, "
		"'committed',"
		" UTC_TIMESTAMP(6) FROM order_line;"
		"INSERT INTO stock (sku, on_hand) SELECT sku, 10000 FROM product");
}

static void
add_audit(void)
{
	struct ctx *cx = test_ctx();
	int64_t sealed;
	struct err *e;

	test_script("INSERT INTO audit (at, actor, action, order_id, body)"
		    " SELECT UTC_TIMESTAMP(6) - INTERVAL 1 HOUR, 'shell:ada', 'test',"
		    " seq, 'x'" EACH_ORDER);
	do {
		TRANSACTION (tx, cx, &e)
			e = audit_seal(tx, 500, &sealed);
		WANT_OK(e);
	} while (sealed > 0);
	test_ctx_free(cx);
}

static struct evidence
gather(struct arena *mem)
{
	struct evidence all = {
		.has_acks = true,
		.has_charges = true,
		.has_effects = true,
		.acks = arena_new_of(mem, struct ack, ORDERS),
		.n_acks = ORDERS,
		.charges = arena_new_of(mem, struct charge, ORDERS),
		.n_charges = ORDERS,
		.effects = arena_new_of(mem, struct effect, ORDERS),
		.n_effects = ORDERS,
		.charges_at = clock_now(),
		.settling_s = 60,
	};

	for (int i = 0; i < ORDERS; i++) {
		all.acks[i] = (struct ack){arena_printf(mem, "O%010d", i + 1), 4500,
					   arena_printf(mem, "key-%d", i + 1), true};
		all.charges[i] = (struct charge){
			.gateway = "stripe",
			.payment = arena_printf(mem, "pi_%08d", i + 1),
			.attempt_ref = arena_printf(
				mem, "%08d-0000-7000-8000-00000000000a", i + 1),
			.captured = money_of(4500, "USD"),
			.refunded = money_of(0, "USD"),
			.at = {SECONDS(1000)}};
		all.effects[i] = (struct effect){
			arena_printf(mem, "mail.confirmation:%d", i + 1), "mail"};
	}
	return all;
}

static void
want_true(const struct invariants *all, size_t checked)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->list[i].n_rows > 0)
			check_fail(__FILE__, __LINE__, "%s: %s", all->list[i].id,
				   all->list[i].rows[0]);
	WANT_INT(all->checked, checked);
}

static void
ten_thousand_orders_are_looked_at_in_seconds(void **state)
{
	struct ctx *cx = test_ctx();
	struct db *patient = db_patient(cx->mem, cx->db);
	struct evidence evidence = gather(cx->mem);
	int64_t began_us, took_ms;
	struct invariants all;
	struct err *e;

	(void)state;
	cx->db = patient;
	books_without_guards();
	books_empty();
	add_orders();
	add_money();
	add_units();
	add_audit();
	test_script("ANALYZE TABLE orders, order_line, order_event, ledger");
	began_us = clock_steady_us();
	SNAPSHOT (tx, cx, &e)
		e = invariant_check_all(tx, &evidence, &all);
	WANT_OK(e);
	took_ms = (clock_steady_us() - began_us) / 1000;
	print_message("all: %" PRId64 " ms\n", took_ms);
	want_true(&all, 36);
	WANT(took_ms < LOOK_MS_MOST);
	test_ctx_free(cx);
}

static void
a_round_over_few_changes_is_quick(void **state)
{
	struct ctx *cx = test_ctx();
	struct invariant_point since;
	int64_t began_us, took_ms;
	struct invariants all;
	struct err *e;

	(void)state;
	SNAPSHOT (tx, cx, &e)
		e = invariant_point(tx, NULL, &since);
	WANT_OK(e);
	test_script("UPDATE orders SET updated_at = UTC_TIMESTAMP(6) WHERE id <= 100");
	began_us = clock_steady_us();
	SNAPSHOT (tx, cx, &e)
		e = invariant_check_changed(tx, &since, &all);
	WANT_OK(e);
	took_ms = (clock_steady_us() - began_us) / 1000;
	print_message("changed: %" PRId64 " ms\n", took_ms);
	want_true(&all, 30);
	WANT(took_ms < ROUND_MS_MOST);
	test_ctx_free(cx);
}

TESTS(TEST(ten_thousand_orders_are_looked_at_in_seconds),
      TEST(a_round_over_few_changes_is_quick))
