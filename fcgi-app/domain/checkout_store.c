/* checkout_store.c - the only file that knows the checkout table. */
#include "domain/checkout.h"

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
