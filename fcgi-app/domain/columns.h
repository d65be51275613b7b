/* columns.h - what more than one store reads of a cart and of a customer. p goes before
 * the names of the columns, as "cart_" for the member cart of a struct. */
#ifndef DOMAIN_COLUMNS_H
#define DOMAIN_COLUMNS_H

/* clang-format off */
/* A cart c with its open checkout k, its contact t and the last order o made from it. */
#define CART_COLUMNS(p) \
	"c.id AS " p "id, c.uid AS " p "uid, c.status AS " p "status," \
	" c.stage AS " p "stage, c.version AS " p "version," \
	" c.currency AS " p "currency, c.order_id AS `" p "order`," \
	" o.uid AS " p "order_uid, o.state AS " p "order_state," \
	" COALESCE(o.cart_version, 0) AS " p "order_version," \
	" c.created_at AS " p "created_at, c.updated_at AS " p "updated_at," \
	" c.expires_at AS " p "expires_at, UTC_TIMESTAMP(6) AS " p "now," \
	" k.id AS " p "checkout, k.uid AS " p "checkout_uid," \
	" k.contact_id AS " p "contact, t.ship_country AS " p "ship_country," \
	" COALESCE(k.billing_same, TRUE) AS " p "billing_same," \
	" k.shipping_option AS " p "shipping_option," \
	" k.payment_method AS " p "payment_method," \
	" k.hold_expires_at AS " p "hold_expires_at"
#define CART_TABLES \
	"  FROM cart c LEFT JOIN checkout k ON k.open_cart = c.id" \
	"  LEFT JOIN contact t ON t.id = k.contact_id" \
	"  LEFT JOIN orders o ON o.id = c.order_id"

/* A contact t and its person's key x: for a struct customer, or for a member customer,
 * as which they are "customer_". */
#define CUSTOMER_COLUMNS(p) \
	"t.id AS " p "id, t.uid AS " p "uid, x.id AS " p "person_id," \
	" x.wrapped AS " p "person_wrapped, t.email AS " p "email," \
	" t.phone AS " p "phone, t.email_hash AS " p "email_hash," \
	" t.ship_full_name AS " p "ship_full_name, t.ship_line1 AS " p "ship_line1," \
	" t.ship_line2 AS " p "ship_line2, t.ship_city AS " p "ship_city," \
	" t.ship_region AS " p "ship_region," \
	" t.ship_postal_code AS " p "ship_postal_code," \
	" t.ship_country AS " p "ship_country, t.bill_full_name AS " p "bill_full_name," \
	" t.bill_line1 AS " p "bill_line1, t.bill_line2 AS " p "bill_line2," \
	" t.bill_city AS " p "bill_city, t.bill_region AS " p "bill_region," \
	" t.bill_postal_code AS " p "bill_postal_code," \
	" t.bill_country AS " p "bill_country," \
	" EXISTS (SELECT 1 FROM orders f WHERE f.contact_id = t.id) AS " p "frozen"
/* clang-format on */
#define CUSTOMER_MEMBERS                                                               \
	customer.id, customer.uid, customer.person, customer.email, customer.phone,    \
		customer.email_hash, customer.ship_full_name, customer.ship_line1,     \
		customer.ship_line2, customer.ship_city, customer.ship_region,         \
		customer.ship_postal_code, customer.ship_country,                      \
		customer.bill_full_name, customer.bill_line1, customer.bill_line2,     \
		customer.bill_city, customer.bill_region, customer.bill_postal_code,   \
		customer.bill_country, customer.frozen

#endif
