/* checkout_store.c - the only file that knows the checkout table. */
#include "domain/checkout.h"

#include "domain/columns.h"

#define CHECKOUT_FIELDS                                                                \
	(cart.id, cart.uid, cart.status, cart.stage, cart.version, cart.currency,      \
	 cart.order, cart.order_uid, cart.order_state, cart.order_version,             \
	 cart.created_at, cart.updated_at, cart.expires_at, cart.now, cart.checkout,   \
	 cart.checkout_uid, cart.contact, cart.ship_country, cart.billing_same,        \
	 cart.shipping_option, cart.payment_method, cart.hold_expires_at,              \
	 CUSTOMER_MEMBERS)
#define CHECKOUT_SELECT                                                                \
	"SELECT " CART_COLUMNS("cart_") ", " CUSTOMER_COLUMNS("customer_") CART_TABLES \
		"  LEFT JOIN person_key x ON x.id = t.person_id WHERE "                \
		"c.active_visitor = ?"

/* A person who was forgotten leaves a contact that nobody can read. */
static void
forget(struct customer *customer)
{
	if (customer->person.id.n == 0)
		*customer = (struct customer){0};
}

SQL_ROWS(find_checkout, struct checkout, CHECKOUT_FIELDS, CHECKOUT_SELECT);

fallible
checkout_find(struct tx *tx, struct digest visitor, struct checkout *checkout,
	      bool *found)
{
	TRY(db_one(tx, &find_checkout, ARGS(visitor), checkout, found));
	forget(&checkout->customer);
	return NULL;
}

/* The cart's row is locked first, then what is joined to it, in the shop's lock order.
 */
SQL_ROWS(lock_checkout, struct checkout, CHECKOUT_FIELDS,
	 CHECKOUT_SELECT " FOR UPDATE");

fallible
checkout_lock(struct tx *tx, struct digest visitor, struct checkout *checkout,
	      bool *found)
{
	TRY(db_one(tx, &lock_checkout, ARGS(visitor), checkout, found));
	forget(&checkout->customer);
	return NULL;
}

SQL(upsert_checkout,
    "INSERT INTO checkout (uid, cart_id, hold_expires_at, address_hash)"
    " VALUES (?, ?, ?, ?)"
    " ON DUPLICATE KEY UPDATE hold_expires_at = VALUES(hold_expires_at),"
    " address_hash = VALUES(address_hash), updated_at = UTC_TIMESTAMP(6)");

fallible
checkout_upsert(struct tx *tx, const struct cart *cart, struct digest address)
{
	return db_run(
		tx, &upsert_checkout,
		ARGS(cart->checkout_uid, cart->id, cart->hold_expires_at, address));
}

SQL(update_checkout,
    "UPDATE checkout k JOIN cart c ON c.id = k.cart_id"
    "   SET k.contact_id = ?, k.billing_same = ?, k.shipping_option = ?,"
    "       k.payment_method = ?, k.updated_at = UTC_TIMESTAMP(6),"
    "       c.updated_at = UTC_TIMESTAMP(6), c.abandoned_at = NULL,"
    "       c.stage = CASE WHEN c.stage IN ('payment', 'ordered') THEN c.stage"
    "                      WHEN ? IS NOT NULL THEN 'payment'"
    "                      WHEN ? IS NOT NULL THEN 'shipping' ELSE 'address' END"
    " WHERE k.id = ?");

fallible
checkout_update(struct tx *tx, struct checkout_id id, struct contact_id contact,
		const struct details *d)
{
	return db_run(tx, &update_checkout,
		      ARGS(contact, d->billing_same, d->shipping_option,
			   d->payment_method, d->payment_method, d->shipping_option,
			   id));
}
