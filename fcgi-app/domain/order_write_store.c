/* order_write_store.c - the tables of orders: writing. */
#include "domain/order_write.h"

#include "base/token.h"

SQL_SAVE(
	insert_order, struct order,
	(uid, number, cart, cart_uid, cart_version, visitor, contact, state,
	 payment_status, currency, subtotal.minor, discount.minor, shipping.minor,
	 tax.minor, tax_included, total.minor, payable.minor, rounding, derivation,
	 shipping_option, shipping_title, delivery_earliest, delivery_latest,
	 payment_method, idem_key, metadata, expires_at),
	"INSERT INTO orders (uid, number, cart_id, cart_uid, cart_version, visitor,"
	" contact_id, state, payment_status, currency, subtotal, discount, shipping, "
	"tax,"
	" tax_included, total, payable, rounding, derivation, shipping_option,"
	" shipping_title, delivery_earliest, delivery_latest, payment_method, idem_key,"
	" metadata, expires_at)"
	" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
	"?, ?,"
	" ?, ?)");

/* Which of its keys was there already, the server does not say: if it was another one,
 * the last try tells. */
enum { MORE_NUMBERS = 2 };

fallible
order_insert(struct tx *tx, struct order *order)
{
	bool taken = true;

	for (int tries = 0; taken && tries < MORE_NUMBERS; tries++) {
		order->number = token_order_number(tx->mem);
		TRY(db_run_row_new(tx, &insert_order, order, &order->id.n, &taken));
	}
	if (!taken)
		return NULL;
	order->number = token_order_number(tx->mem);
	return db_run_row_id(tx, &insert_order, order, &order->id.n);
}

SQL_SAVE(insert_item, struct order_item,
	 (order, line_no, uid, sku, title, kind, quantity, unit_price.minor,
	  discount.minor, tax.minor, tax_class, tax_rate_ppm, line_total.minor,
	  weight_g, picture, metadata),
	 "INSERT INTO order_line (order_id, line_no, uid, sku, title, kind, qty, "
	 "unit_price,"
	 " discount, tax, tax_class, tax_rate_ppm, line_total, weight_g, picture, "
	 "metadata)"
	 " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");

fallible
order_insert_items(struct tx *tx, struct order_item *items, size_t n)
{
	int64_t changed;

	return db_run_rows(tx, &insert_item, items, n, &changed);
}

SQL(insert_event,
    "INSERT INTO order_event (order_id, seq, event, from_state, to_state, reason, "
    "actor, at)"
    " SELECT ?, last.seq + 1, ?, ?, ?, ?, ?, GREATEST(UTC_TIMESTAMP(6), last.at)"
    "   FROM (SELECT COALESCE(MAX(seq), 0) AS seq,"
    "                COALESCE(MAX(at), UTC_TIMESTAMP(6)) AS at"
    "           FROM order_event WHERE order_id = ?) last");

fallible
order_insert_event(struct tx *tx, struct order_id order, const char *event,
		   const char *from, const char *to, const char *reason,
		   const char *actor)
{
	return db_run(tx, &insert_event,
		      ARGS(order, event, from, to, reason, actor, order));
}

SQL(insert_placed,
    "INSERT INTO order_event (order_id, seq, event, from_state, to_state,"
    " actor, at) VALUES (?, 1, ?, ?, ?, ?, ?)");

fallible
order_insert_placed(struct tx *tx, struct order *order)
{
	struct order_step *placed = arena_new_of(tx->mem, struct order_step, 1);

	*placed = (struct order_step){.event = "placed",
				      .from = "new",
				      .to = order->state,
				      .actor = "shopper",
				      .at = order->created_at};
	order->steps = placed;
	order->n_steps = 1;
	return db_run(tx, &insert_placed,
		      ARGS(order->id, placed->event, placed->from, placed->to,
			   placed->actor, placed->at));
}

SQL(set_state, "UPDATE orders SET state = ?, payment_status = ?, fulfilment_status = ?,"
	       " updated_at = UTC_TIMESTAMP(6) WHERE id = ?");

fallible
order_set_state(struct tx *tx, const struct order *order)
{
	return db_run(tx, &set_state,
		      ARGS(order->state, order->payment_status,
			   order->fulfilment_status, order->id));
}

/* Cart, checkout and holds follow the order in one statement (T1 has a budget). The
 * index keeps it from reading, and locking, the holds of other carts while few exist;
 * it is asked for the cart alone, since the end of a range is the first hold of the
 * next cart, which would stay locked until the commit: then those who pay at once wait
 * for each other. */
SQL(claim_cart,
    "UPDATE cart c JOIN checkout k ON k.open_cart = c.id"
    "  LEFT JOIN reservation r FORCE INDEX (one_hold_a_line)"
    "    ON r.cart_id = c.id AND r.state = 'held'"
    "   SET c.order_id = ?, c.stage = 'payment', c.updated_at = UTC_TIMESTAMP(6),"
    "       k.contact_id = ?, k.shipping_option = ?, k.payment_method = ?,"
    "       k.hold_expires_at = ?, r.order_id = ?, r.expires_at = ?"
    " WHERE c.id = ?");

fallible
order_claim_cart(struct tx *tx, const struct order *o, int64_t *claimed)
{
	int64_t changed;

	TRY(db_run_changed(tx, &claim_cart,
			   ARGS(o->id, o->contact, o->shipping_option,
				o->payment_method, o->expires_at, o->id, o->expires_at,
				o->cart),
			   &changed));
	*claimed = changed - 2; /* the cart and its checkout change as well */
	return NULL;
}

SQL(set_tracking,
    "UPDATE orders SET carrier = ?, tracking = ?, tracking_url = ? WHERE id = ?");

fallible
order_set_tracking(struct tx *tx, struct order_id id, const char *carrier,
		   const char *tracking, const char *url)
{
	return db_run(tx, &set_tracking, ARGS(carrier, tracking, url, id));
}

SQL(insert_amendment, "INSERT INTO order_amendment (order_id, kind, old_contact_id,"
		      " new_contact_id, actor) VALUES (?, 'address', ?, ?, ?)");
SQL(set_contact, "UPDATE orders SET contact_id = ?, updated_at = UTC_TIMESTAMP(6)"
		 " WHERE id = ?");

fallible
order_amend_address(struct tx *tx, const struct order *order, struct contact_id contact,
		    const char *actor)
{
	TRY(db_run(tx, &insert_amendment,
		   ARGS(order->id, order->contact, contact, actor)));
	return db_run(tx, &set_contact, ARGS(contact, order->id));
}

SQL(extend_order,
    "UPDATE orders o LEFT JOIN reservation r ON r.order_id = o.id AND r.state = 'held'"
    "   SET o.expires_at = ?, o.payment_method = ?, r.expires_at = ?"
    " WHERE o.id = ?");

fallible
order_extend(struct tx *tx, const struct order *o)
{
	return db_run(tx, &extend_order,
		      ARGS(o->expires_at, o->payment_method, o->expires_at, o->id));
}
