/* order_read_store.c - the tables of orders: reading. */
#include "base/seal.h"
#include "base/text.h"
#include "base/token.h"
#include "domain/columns.h"
#include "domain/order.h"

#define ORDER_MEMBERS                                                                  \
	id, uid, number, cart, cart_uid, cart_version, visitor, contact, state,        \
		payment_status, fulfilment_status, currency, subtotal, discount,       \
		shipping, tax, total, payable, tax_included, rounding, derivation,     \
		shipping_option, shipping_title, delivery_earliest, delivery_latest,   \
		payment_method, idem_key, metadata, carrier, tracking, tracking_url,   \
		expires_at, confirmed_at, created_at, updated_at, now
#define ORDER_FIELDS (ORDER_MEMBERS)
#define ORDER_VALUES                                                                   \
	"o.id, o.uid, o.number, o.cart_id AS cart, o.cart_uid, o.cart_version,"        \
	"       o.visitor, o.contact_id AS contact, o.state, o.payment_status,"        \
	"       o.fulfilment_status, o.currency,"                                      \
	"       o.subtotal AS subtotal_minor, o.currency AS subtotal_currency,"        \
	"       o.discount AS discount_minor, o.currency AS discount_currency,"        \
	"       o.shipping AS shipping_minor, o.currency AS shipping_currency,"        \
	"       o.tax AS tax_minor, o.currency AS tax_currency,"                       \
	"       o.total AS total_minor, o.currency AS total_currency,"                 \
	"       o.payable AS payable_minor, o.currency AS payable_currency,"           \
	"       o.tax_included, o.rounding, o.derivation, o.shipping_option,"          \
	"       o.shipping_title, CAST(o.delivery_earliest AS CHAR) AS "               \
	"delivery_earliest,"                                                           \
	"       CAST(o.delivery_latest AS CHAR) AS delivery_latest, o.payment_method," \
	"       o.idem_key, o.metadata, o.carrier, o.tracking, o.tracking_url,"        \
	"       o.expires_at, o.confirmed_at, o.created_at, o.updated_at,"             \
	"       UTC_TIMESTAMP(6) AS now"
#define ORDER_SELECT "SELECT " ORDER_VALUES "  FROM orders o"

SQL_ROWS(get_by_number, struct order, ORDER_FIELDS, ORDER_SELECT " WHERE o.number = ?");
SQL_ROWS(get_by_uid, struct order, ORDER_FIELDS, ORDER_SELECT " WHERE o.uid = ?");

fallible
order_get(struct tx *tx, const char *name, struct order *order)
{
	bool found = false;

	if (text_length(name) == 11)
		TRY(db_one(tx, &get_by_number, ARGS(text_upper(tx->mem, name)), order,
			   &found));
	else if (uuid_is_valid(name))
		TRY(db_one(tx, &get_by_uid, ARGS(name), order, &found));
	return found ? NULL : FAIL(NOT_FOUND, "order=%s", name);
}

SQL_ROWS(get_by_id, struct order, ORDER_FIELDS, ORDER_SELECT " WHERE o.id = ?");

fallible
order_get_by_id(struct tx *tx, struct order_id id, struct order *order)
{
	bool found;

	TRY(db_one(tx, &get_by_id, ARGS(id), order, &found));
	return found ? NULL : FAIL(NOT_FOUND, "order=%" PRId64, id.n);
}

#define WITH_CUSTOMER_FIELDS (ORDER_MEMBERS, CUSTOMER_MEMBERS)
/* clang-format off */
#define WITH_CUSTOMER_SELECT \
	"SELECT " ORDER_VALUES ", " CUSTOMER_COLUMNS("customer_") \
	"  FROM orders o LEFT JOIN contact t ON t.id = o.contact_id" \
	"  LEFT JOIN person_key x ON x.id = t.person_id"
/* clang-format on */

/* Of a person who was forgotten nobody can read anything. */
static void
forget(struct order *order)
{
	if (order->customer.person.id.n == 0)
		order->customer = (struct customer){0};
}

SQL_ROWS(get_known_by_number, struct order, WITH_CUSTOMER_FIELDS,
	 WITH_CUSTOMER_SELECT " WHERE o.number = ?");
SQL_ROWS(get_known_by_uid, struct order, WITH_CUSTOMER_FIELDS,
	 WITH_CUSTOMER_SELECT " WHERE o.uid = ?");

fallible
order_get_with_customer(struct tx *tx, const char *name, struct order *order)
{
	bool found = false;

	if (text_length(name) == 11)
		TRY(db_one(tx, &get_known_by_number, ARGS(text_upper(tx->mem, name)),
			   order, &found));
	else if (uuid_is_valid(name))
		TRY(db_one(tx, &get_known_by_uid, ARGS(name), order, &found));
	forget(order);
	return found ? NULL : FAIL(NOT_FOUND, "order=%s", name);
}

SQL_ROWS(get_known_by_id, struct order, WITH_CUSTOMER_FIELDS,
	 WITH_CUSTOMER_SELECT " WHERE o.id = ?");

fallible
order_get_by_id_with_customer(struct tx *tx, struct order_id id, struct order *order)
{
	bool found;

	TRY(db_one(tx, &get_known_by_id, ARGS(id), order, &found));
	forget(order);
	return found ? NULL : FAIL(NOT_FOUND, "order=%" PRId64, id.n);
}

SQL_ROWS(find_by_key, struct order, ORDER_FIELDS, ORDER_SELECT " WHERE o.idem_key = ?");

fallible
order_find_by_key(struct tx *tx, const char *key, struct order *order, bool *found)
{
	return db_one(tx, &find_by_key, ARGS(key), order, found);
}

SQL_ROWS(find_waiting, struct order, ORDER_FIELDS,
	 ORDER_SELECT " WHERE o.waiting_cart = ?");

fallible
order_find_waiting(struct tx *tx, struct cart_id cart, struct order *order, bool *found)
{
	return db_one(tx, &find_waiting, ARGS(cart), order, found);
}

/* The subquery reads without a lock, so that the cart's row is locked before the
 * order's. */
SQL(lock_cart_of, "SELECT id FROM cart"
		  " WHERE id = (SELECT cart_id FROM orders WHERE id = ?) FOR UPDATE");
SQL_ROWS(lock_order, struct order, ORDER_FIELDS,
	 ORDER_SELECT " WHERE o.id = ? FOR UPDATE");

fallible
order_lock(struct tx *tx, struct order_id id, struct order *order)
{
	bool found;

	TRY(db_run(tx, &lock_cart_of, ARGS(id)));
	TRY(db_one(tx, &lock_order, ARGS(id), order, &found));
	return found ? NULL : FAIL(NOT_FOUND, "order=%" PRId64, id.n);
}

SQL_ROWS(
	list_items, struct order_item,
	(order, line_no, uid, sku, title, kind, tax_class, picture, metadata, quantity,
	 weight_g, tax_rate_ppm, unit_price, discount, tax, line_total),
	"SELECT l.order_id AS `order`, CAST(l.line_no AS SIGNED) AS line_no, l.uid, "
	"l.sku,"
	"       l.title, l.kind, l.tax_class, l.picture, l.metadata, l.qty AS quantity,"
	"       CAST(l.weight_g AS SIGNED) AS weight_g, l.tax_rate_ppm,"
	"       l.unit_price AS unit_price_minor, o.currency AS unit_price_currency,"
	"       l.discount AS discount_minor, o.currency AS discount_currency,"
	"       l.tax AS tax_minor, o.currency AS tax_currency,"
	"       l.line_total AS line_total_minor, o.currency AS line_total_currency"
	"  FROM order_line l JOIN orders o ON o.id = l.order_id"
	" WHERE l.order_id = ? ORDER BY l.line_no");

fallible
order_list_items(struct tx *tx, struct order *order)
{
	return db_all(tx, &list_items, ARGS(order->id), &order->items, &order->n_items);
}

SQL_ROWS(list_steps, struct order_step, (event, from, to, reason, actor, at),
	 "SELECT event, from_state AS `from`, to_state AS `to`, reason, actor, at"
	 "  FROM order_event WHERE order_id = ? ORDER BY seq");

fallible
order_list_steps(struct tx *tx, struct order *order)
{
	return db_all(tx, &list_steps, ARGS(order->id), &order->steps, &order->n_steps);
}

fallible
order_load(struct tx *tx, struct order *order)
{
	bool found;

	TRY(order_list_items(tx, order));
	TRY(order_list_steps(tx, order));
	if (order->customer.id.n != 0)
		return NULL;
	return customer_find(tx, order->contact, &order->customer, &found);
}

SQL_ROWS(list_due, struct order, ORDER_FIELDS,
	 ORDER_SELECT " WHERE o.expires_at < UTC_TIMESTAMP(6) AND (o.state = 'pending'"
		      "    OR o.state = 'review' AND NOT EXISTS (SELECT 1"
		      "       FROM payment_attempt a WHERE a.live_order = o.id))"
		      " ORDER BY o.expires_at LIMIT ?");

fallible
order_list_due(struct tx *tx, int64_t limit, struct order **list, size_t *n)
{
	return db_all(tx, &list_due, ARGS(limit), list, n);
}

SQL_ROWS(list_all, struct order, ORDER_FIELDS,
	 ORDER_SELECT " ORDER BY o.created_at DESC, o.id DESC LIMIT ?");
SQL_ROWS(list_in_state, struct order, ORDER_FIELDS,
	 ORDER_SELECT
	 " WHERE o.state = ? ORDER BY o.created_at DESC, o.id DESC LIMIT ?");

fallible
order_list(struct tx *tx, const char *state, int64_t limit, struct order **list,
	   size_t *n)
{
	if (state == NULL)
		return db_all(tx, &list_all, ARGS(limit), list, n);
	return db_all(tx, &list_in_state, ARGS(state, limit), list, n);
}

SQL_ROWS(find_for_email, struct order, ORDER_FIELDS,
	 ORDER_SELECT " JOIN contact t ON t.id = o.contact_id"
		      " WHERE o.number = ? AND t.email_hash = ?");

fallible
order_find_for_email(struct tx *tx, const char *number, const char *email,
		     struct order *order, bool *found)
{
	struct digest hash = seal_lookup(tx->cx->keys, text_lower(tx->mem, email));

	return db_one(tx, &find_for_email, ARGS(text_upper(tx->mem, number), hash),
		      order, found);
}
