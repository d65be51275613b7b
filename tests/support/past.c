/* past.c - a shop with a past. Nothing of it adds up; only how many rows of each kind
 * there are, and how old they are, is as it would be. */
#include "support/past.h"

/* The row's age: two years for the first one, moments for the last. */
#define AT       "UTC_TIMESTAMP(6) - INTERVAL (10000 - seq) * 100 MINUTE"
#define UID      "CONCAT(LPAD(seq, 8, '0'), '-0000-7000-8000-000000000000')"
#define HASH     "UNHEX(SHA2(seq, 256))"
#define EACH_ROW " FROM seq_1_to_10000 "

static const char *const small_tables[] = {
	"machine_edge", "transition_ok",    "invoice_series",
	"caught_up",    "schema_migration", "audit_unsealed",
};

bool
past_is_small(const char *table)
{
	for (size_t i = 0; i < DB_COUNT(small_tables); i++) {
		if (strcmp(small_tables[i], table) == 0)
			return true;
	}
	return false;
}

static void
without_triggers(void)
{
	const char *trigger;

	while ((trigger = test_text("SELECT trigger_name FROM"
				    " information_schema.triggers"
				    " WHERE trigger_schema = '%s' LIMIT 1",
				    test_schema())) != NULL)
		test_script("DROP TRIGGER %s", trigger);
}

static void
add_goods(void)
{
	test_script(
		"INSERT INTO product (sku, slug, title, kind, price, currency, "
		"position)"
		" SELECT CONCAT('S', seq), CONCAT('s', seq), 'Thing', 'ship', 1000,"
		" 'USD', seq" EACH_ROW ";"
		"INSERT INTO stock (sku, on_hand) SELECT CONCAT('S', seq), 10" EACH_ROW
		";"
		"INSERT INTO stock_move (sku, loc, kind, qty, order_id, line_no, at)"
		" SELECT CONCAT('S', seq), 'main', 'sale', -1, seq, 1, " AT EACH_ROW ";"
		"INSERT INTO reservation (cart_id, order_id, sku, qty, state,"
		" expires_at, created_at) SELECT seq, IF(seq > 9990, NULL, seq),"
		" CONCAT('S', seq), 1, IF(seq > 9980, 'held', 'committed'),"
		" " AT " + INTERVAL 30 MINUTE, " AT EACH_ROW);
}

/* Carts are swept a day after they were last touched. */
static void
add_carts(void)
{
	test_script(
		"INSERT INTO cart (id, uid, visitor, currency, stage, order_id,"
		" abandoned_at, updated_at, expires_at) SELECT seq, " UID ", " HASH
		", 'USD', IF(seq MOD 3 = 0, 'ordered', 'cart'),"
		" IF(seq MOD 3 = 0, seq, NULL),"
		" IF(seq MOD 3 <> 0 AND seq < 9700, UTC_TIMESTAMP(6), NULL),"
		" UTC_TIMESTAMP(6) - INTERVAL (10000 - seq) * 8 SECOND,"
		" UTC_TIMESTAMP(6) + INTERVAL seq * 8 SECOND" EACH_ROW ";"
		"INSERT INTO cart_line (uid, cart_id, slot, sku, title, unit_price,"
		" currency, quantity) SELECT " UID
		", seq, 1, CONCAT('S', seq), 'Thing', 1000, 'USD', 1" EACH_ROW ";"
		"INSERT INTO checkout (uid, cart_id, status, contact_id,"
		" hold_expires_at, address_hash) SELECT " UID
		", seq, IF(seq MOD 3 = 0, 'completed', 'open'), seq,"
		" UTC_TIMESTAMP(6) - INTERVAL (10000 - seq) * 8 SECOND, " HASH EACH_ROW
		";"
		"INSERT INTO event (kind, subject, at) SELECT 'CartExpired', " UID
		", " AT EACH_ROW);
}

static void
add_people(void)
{
	test_script(
		"INSERT INTO person_key (id, wrapped) SELECT seq, 'k'" EACH_ROW ";"
		"INSERT INTO contact (id, uid, person_id, email_hash) SELECT seq, " UID
		", seq, " HASH EACH_ROW);
}

static void
add_orders(void)
{
	test_script(
		"INSERT INTO orders (id, uid, number, cart_id, cart_uid, cart_version,"
		" visitor, contact_id, state, payment_status, currency, subtotal,"
		" shipping, tax, tax_included, total, payable, derivation, idem_key,"
		" expires_at, confirmed_at, created_at, updated_at) SELECT seq, " UID
		", CONCAT('O', LPAD(seq, 10, '0')), seq, " UID ", 1, " HASH ", seq,"
		" CASE WHEN seq > 9990 THEN 'pending' WHEN seq > 9980 THEN 'review'"
		"  WHEN seq > 9900 THEN 'confirmed' WHEN seq MOD 20 = 0 THEN 'expired'"
		"  ELSE 'delivered' END,"
		" 'paid', 'USD', 4000, 500, 0, TRUE, 4500, 4500, '{}',"
		" CONCAT('key-', seq), " AT " + INTERVAL 35 MINUTE,"
		" IF(seq > 9980 OR seq MOD 20 = 0, NULL, " AT "), " AT ", " AT EACH_ROW
		";"
		"INSERT INTO order_line (order_id, line_no, uid, sku, title, kind, qty,"
		" unit_price, tax_class, line_total) SELECT seq, 1, " UID
		", CONCAT('S', seq), 'Thing', 'ship', 2, 1000, 'standard', "
		"2000" EACH_ROW ";"
		"INSERT INTO order_event (order_id, seq, event, from_state, to_state,"
		" actor, at) SELECT seq, 1, 'placed', 'new', 'pending', 'shopper', " AT
			EACH_ROW ";"
		"INSERT INTO order_amendment (order_id, kind, old_contact_id,"
		" new_contact_id, actor, at)"
		" SELECT seq, 'address', seq, seq, 'shell:ada', " AT EACH_ROW);
}

static void
add_money(void)
{
	test_script(
		"INSERT INTO payment_attempt (id, uid, order_id, n, gateway, idem_key,"
		" gw_id, gw_payment, currency, amount, captured, state, return_token,"
		" sent_at, next_check_at, expires_at, created_at, updated_at)"
		" SELECT seq, " UID ", seq, 1, 'stripe', CONCAT('cs-', seq),"
		" CONCAT('cs_', seq), CONCAT('pi_', seq), 'USD', 4500,"
		" IF(seq > 9980, 0, 4500), IF(seq > 9980, 'sent', 'captured'), " HASH
		", " AT ","
		" IF(seq > 9980, UTC_TIMESTAMP(6), NULL), " AT ", " AT ", " AT EACH_ROW
		";"
		"INSERT INTO refund (id, uid, order_id, attempt_id, idem_key,"
		" gw_refund_id, gateway, kind, currency, amount, state, actor,"
		" next_check_at, created_at) SELECT seq, " UID
		", seq, seq, CONCAT('rf-', seq), CONCAT('re_', seq), 'stripe',"
		" 'goodwill', 'USD', 100, IF(seq > 9980, 'pending', 'done'),"
		" 'shell:ada', IF(seq > 9980, UTC_TIMESTAMP(6), NULL), " AT EACH_ROW ";"
		"INSERT INTO dispute (id, uid, order_id, attempt_id, gateway,"
		" gw_dispute_id, currency, amount, state, reason, opened_at)"
		" SELECT seq, " UID ", seq, seq, 'stripe', CONCAT('dp_', seq), 'USD',"
		" 100, IF(seq > 9980, 'open', 'won'), 'fraudulent', " AT EACH_ROW ";"
		"INSERT INTO ledger (txn_id, account, currency, amount, ref, order_id,"
		" at) SELECT " UID ", 'gateway', 'USD', 4500, CONCAT('capture:', " UID
		"), seq, " AT EACH_ROW ";"
		"INSERT INTO invoice (series, no, order_id, currency, total, issued_at)"
		" SELECT 'A', 1 + (seq + 20) MOD 10000, seq, 'USD', 4500, " AT
			EACH_ROW);
}

static void
add_queues(void)
{
	test_script(
		"INSERT INTO outbox (id, kind, agg_id, dedup, state, attempts,"
		" next_try_at, lease_owner, lease_until, created_at) SELECT seq,"
		" 'mail.confirmation', seq, CONCAT('mail.confirmation:', seq),"
		" CASE WHEN seq > 9990 THEN 'ready' WHEN seq > 9980 THEN 'leased'"
		"  ELSE 'done' END, 1, " AT ","
		" IF(seq BETWEEN 9981 AND 9990, 'host:1', NULL),"
		" IF(seq BETWEEN 9981 AND 9990, UTC_TIMESTAMP(6), NULL), " AT EACH_ROW
		";"
		"INSERT INTO webhook_in (id, gateway, event_id, type, sig_ok, state,"
		" body, next_try_at, received_at, applied_at) SELECT seq, 'stripe',"
		" CONCAT('evt_', seq), 'checkout.session.completed', TRUE,"
		" CASE WHEN seq > 9990 THEN 'received' WHEN seq > 9980 THEN 'parked'"
		"  ELSE 'applied' END, 'x',"
		" IF(seq > 9980, UTC_TIMESTAMP(6), NULL), " AT ","
		" IF(seq > 9980, NULL, " AT ")" EACH_ROW ";"
		"INSERT INTO gateway_call (uid, attempt_id, gateway, operation, method,"
		" path, nth, outcome, status, took_ms, called_at, created_at)"
		" SELECT " UID ", seq, 'stripe', 'create', 'POST', '/v1', 1,"
		" 'answered', 200, 90, " AT ", " AT EACH_ROW ";"
		"INSERT INTO audit (id, at, actor, action, order_id, body)"
		" SELECT seq, " AT ", 'shell:ada', 'order.ship', seq, 'x'" EACH_ROW ";"
		"INSERT INTO audit_seal (audit_id, prev_hash, hash)"
		" SELECT seq, " HASH ", " HASH EACH_ROW);
}

static void
add_keys(void)
{
	test_script("INSERT INTO idem (scope, idem_key, req_hash, state, resource_kind,"
		    " resource_id, resp_code, locked_at, expires_at) SELECT 'payment',"
		    " CONCAT('key-', seq), " HASH ", IF(seq > 9990, 'running', 'done'),"
		    " 'order', seq, 201, UTC_TIMESTAMP(6),"
		    " UTC_TIMESTAMP(6) + INTERVAL seq MINUTE" EACH_ROW ";"
		    "INSERT INTO throttle (bucket, n, ends_at)"
		    " SELECT " HASH
		    ", 1, UTC_TIMESTAMP(6) + INTERVAL seq SECOND" EACH_ROW ";"
		    "INSERT INTO caught_up (gateway, until)"
		    " VALUES ('stripe', UTC_TIMESTAMP(6))");
}

void
past_make(void)
{
	test_script("SET unique_checks = 0, foreign_key_checks = 0");
	without_triggers();
	add_goods();
	add_carts();
	add_people();
	add_orders();
	add_money();
	add_queues();
	add_keys();
	test_script("SET unique_checks = 1, foreign_key_checks = 1");
	test_script(
		"ANALYZE TABLE product, stock, stock_move, reservation, cart, "
		"cart_line,"
		" checkout, event, person_key, contact, orders, order_line, "
		"order_event,"
		" order_amendment, payment_attempt, refund, dispute, ledger, invoice,"
		" outbox, webhook_in, gateway_call, audit, audit_seal, idem, throttle");
}
