/* settling_store.c - the statements of T3. */
#include "domain/settling_store.h"

struct locked_cart {
	struct order_id order;
};

/* The subqueries read without a lock: the cart's row is locked before the order's. */
SQL_ROWS(lock_cart_of_attempt, struct locked_cart, (order),
	 "SELECT (SELECT order_id FROM payment_attempt WHERE id = ?) AS `order`"
	 "  FROM cart WHERE id = (SELECT o.cart_id FROM payment_attempt a"
	 "    JOIN orders o ON o.id = a.order_id WHERE a.id = ?) FOR UPDATE");

/* Nothing here is read without a lock: who then waits for one, since the shopper came
 * back or a worker took the payment up at this moment, would be told to begin anew. */
SQL_ROWS(lock_settling, struct settling,
	 (order, order_uid, number, cart, order_state, payment_status,
	  fulfilment_status, payable, tax, attempt, attempt_uid, attempt_state, gateway,
	  gw_id, gw_payment, shopper_code, amount, captured, checks, expires_at, now),
	 "SELECT o.id AS `order`, o.uid AS order_uid, o.number, o.cart_id AS cart,"
	 "       o.state AS order_state, o.payment_status, o.fulfilment_status,"
	 "       o.payable AS payable_minor, o.currency AS payable_currency,"
	 "       o.tax AS tax_minor, o.currency AS tax_currency, a.id AS attempt,"
	 "       a.uid AS attempt_uid, a.state AS attempt_state, a.gateway, a.gw_id,"
	 "       a.gw_payment, a.shopper_code, a.amount AS amount_minor,"
	 "       a.currency AS amount_currency, a.captured,"
	 "       CAST(a.checks AS SIGNED) AS checks, o.expires_at, UTC_TIMESTAMP(6) AS "
	 "now"
	 "  FROM orders o STRAIGHT_JOIN payment_attempt a ON a.order_id = o.id"
	 " WHERE a.id = ? AND o.id = ? FOR UPDATE");

fallible
settle_lock(struct tx *tx, struct attempt_id id, struct settling *s)
{
	struct locked_cart cart = {0};
	bool found;

	TRY(db_one(tx, &lock_cart_of_attempt, ARGS(id, id), &cart, &found));
	TRY(db_one(tx, &lock_settling, ARGS(id, cart.order), s, &found));
	return found ? NULL : FAIL(NOT_FOUND, "attempt=%" PRId64, id.n);
}

/* A fee that was not told is NULL, which is not nothing. */
static struct maybe_int
fee_minor(const struct payment_facts *f)
{
	return (struct maybe_int){f->fee.currency[0] != '\0', f->fee.minor};
}

static const char *
fee_currency(const struct payment_facts *f)
{
	return f->fee.currency[0] == '\0' ? NULL : f->fee.currency;
}

/* The hash is that of invariant I11. */
#define LINES_HASH                                                                     \
	"(SELECT UNHEX(SHA2(GROUP_CONCAT(l.line_no, ':', l.sku, ':', l.qty, ':',"      \
	" l.unit_price, ':', l.discount, ':', l.tax ORDER BY l.line_no SEPARATOR "     \
	"';'), 256))"                                                                  \
	" FROM order_line l WHERE l.order_id = o.id)"

/* Another session that could still be paid is due at once: the poll job closes it. */
SQL(write_confirmed,
    "UPDATE orders o JOIN payment_attempt a ON a.order_id = o.id AND a.id = ?"
    "  LEFT JOIN payment_attempt other ON other.live_order = o.id AND other.id <> a.id"
    "   SET o.lines_hash = " LINES_HASH ", o.state = 'confirmed',"
    "       o.payment_status = 'paid', o.confirmed_at = UTC_TIMESTAMP(6),"
    "       o.updated_at = UTC_TIMESTAMP(6), a.state = 'captured', a.captured = ?,"
    "       a.gw_id = COALESCE(a.gw_id, ?), a.gw_payment = COALESCE(?, a.gw_payment),"
    "       a.method = ?, a.fee_minor = ?, a.fee_currency = ?, a.page_url = NULL,"
    "       a.next_check_at = NULL,"
    "       a.lease_owner = NULL, a.lease_until = NULL, a.updated_at = "
    "UTC_TIMESTAMP(6),"
    "       other.next_check_at = UTC_TIMESTAMP(6)"
    " WHERE o.id = ? AND o.state = ? AND o.confirmed_at IS NULL AND a.captured = 0");

fallible
settle_write_confirmed(struct tx *tx, const struct settling *s, const char *state,
		       const struct payment_facts *f, int64_t *changed)
{
	return db_run_changed(tx, &write_confirmed,
			      ARGS(s->attempt, f->captured.minor, f->gw_id,
				   f->gw_payment, f->method, fee_minor(f),
				   fee_currency(f), s->order, state),
			      changed);
}

SQL(write_free,
    "UPDATE orders o SET o.lines_hash = " LINES_HASH ", o.state = 'confirmed',"
    "       o.payment_status = 'paid', o.confirmed_at = UTC_TIMESTAMP(6),"
    "       o.updated_at = UTC_TIMESTAMP(6)"
    " WHERE o.id = ? AND o.state = 'pending' AND o.payable = 0");

fallible
settle_write_free(struct tx *tx, struct order_id order, int64_t *changed)
{
	return db_run_changed(tx, &write_free, ARGS(order), changed);
}

SQL(write_captured,
    "UPDATE payment_attempt SET state = 'captured', captured = ?,"
    " gw_id = COALESCE(gw_id, ?), gw_payment = COALESCE(?, gw_payment), method = ?,"
    " fee_minor = ?, fee_currency = ?,"
    " page_url = NULL, next_check_at = NULL, lease_owner = NULL, lease_until = NULL,"
    " updated_at = UTC_TIMESTAMP(6) WHERE id = ? AND captured = 0");

fallible
settle_write_captured(struct tx *tx, const struct settling *s,
		      const struct payment_facts *f, int64_t *changed)
{
	return db_run_changed(tx, &write_captured,
			      ARGS(f->captured.minor, f->gw_id, f->gw_payment,
				   f->method, fee_minor(f), fee_currency(f),
				   s->attempt),
			      changed);
}

SQL(write_axis, "UPDATE orders SET state = ?, payment_status = ?,"
		" updated_at = UTC_TIMESTAMP(6) WHERE id = ?");

fallible
settle_write_axis(struct tx *tx, struct order_id order, const char *state,
		  const char *payment_status)
{
	return db_run(tx, &write_axis, ARGS(state, payment_status, order));
}

SQL(drop_sold, "DELETE c FROM cart_line c JOIN order_line l ON l.sku = c.sku"
	       " WHERE l.order_id = ? AND c.cart_id = ? AND c.quantity <= l.qty");
SQL(complete_cart,
    "UPDATE cart c LEFT JOIN checkout k ON k.open_cart = c.id"
    "  LEFT JOIN (cart_line i JOIN order_line l ON l.sku = i.sku AND l.order_id = ?)"
    "    ON i.cart_id = c.id AND i.quantity > l.qty"
    "   SET c.version = c.version + 1, c.stage = 'ordered',"
    "       c.updated_at = UTC_TIMESTAMP(6), k.status = 'completed',"
    "       i.quantity = i.quantity - l.qty"
    " WHERE c.id = ?");

fallible
settle_clear_cart(struct tx *tx, struct order_id order, struct cart_id cart)
{
	TRY(db_run(tx, &drop_sold, ARGS(order, cart)));
	return db_run(tx, &complete_cart, ARGS(order, cart));
}

struct short_row {
	int64_t n;
};

SQL_ROWS(count_short, struct short_row, (n),
	 "SELECT CAST(COALESCE(SUM(s.on_hand - s.reserved < l.qty), 0) AS SIGNED) AS n"
	 "  FROM order_line l JOIN stock s ON s.sku = l.sku AND s.loc = 'main'"
	 " WHERE l.order_id = ? FOR UPDATE");
SQL(note_sales, "INSERT INTO stock_move (sku, loc, kind, qty, order_id, line_no)"
		" SELECT l.sku, 'main', 'sale', -l.qty, l.order_id, l.line_no"
		"   FROM order_line l JOIN stock s ON s.sku = l.sku AND s.loc = 'main'"
		"  WHERE l.order_id = ?");
SQL(take_free, "UPDATE stock s JOIN order_line l ON l.sku = s.sku AND s.loc = 'main'"
	       "   SET s.on_hand = s.on_hand - l.qty, s.updated_at = UTC_TIMESTAMP(6)"
	       " WHERE l.order_id = ? AND s.on_hand - s.reserved >= l.qty");

fallible
settle_take_free_stock(struct tx *tx, struct order_id order, bool *enough)
{
	struct short_row row = {0};
	bool found;

	TRY(db_one(tx, &count_short, ARGS(order), &row, &found));
	*enough = row.n == 0;
	if (!*enough)
		return NULL;
	TRY(db_run(tx, &note_sales, ARGS(order)));
	return db_run(tx, &take_free, ARGS(order));
}
