/* cart_store.c - the only file that knows the cart tables. */
#include "domain/cart_store.h"

#include "base/token.h"
#include "domain/columns.h"

#define CART_FIELDS                                                                    \
	(id, uid, status, stage, version, currency, order, order_uid, order_state,     \
	 order_version, created_at, updated_at, expires_at, now, checkout,             \
	 checkout_uid, contact, ship_country, billing_same, shipping_option,           \
	 payment_method, hold_expires_at)
#define CART_SELECT "SELECT " CART_COLUMNS("") CART_TABLES " WHERE c.active_visitor = ?"

SQL_ROWS(find_cart, struct cart, CART_FIELDS, CART_SELECT);

fallible
cart_find(struct tx *tx, struct digest visitor, struct cart *cart, bool *found)
{
	return db_one(tx, &find_cart, ARGS(visitor), cart, found);
}

/* The cart's row is locked first, then what is joined to it, in the shop's lock order.
 */
SQL_ROWS(lock_cart, struct cart, CART_FIELDS, CART_SELECT " FOR UPDATE");

fallible
cart_lock(struct tx *tx, struct digest visitor, struct cart *cart, bool *found)
{
	return db_one(tx, &lock_cart, ARGS(visitor), cart, found);
}

/* A line with what is sold today; nothing is held for it. */
#define ITEM_FIELDS                                                                    \
	line, slot, uid, sku, slug, title, kind, tax_class, picture, metadata,         \
		metadata_fields, quantity, per_order, weight_g, unit_price,            \
		seen_price, sold, free
/* clang-format off */
#define ITEM_COLUMNS \
	"SELECT l.id AS line, CAST(l.slot AS SIGNED) AS slot, l.uid, l.sku," \
	"       COALESCE(p.slug, '') AS slug," \
	"       COALESCE(p.title, l.title) AS title, COALESCE(p.kind, 'ship') AS kind," \
	"       COALESCE(p.tax_class, 'standard') AS tax_class," \
	"       COALESCE(p.picture, '') AS picture, l.metadata, p.metadata_fields," \
	"       CAST(l.quantity AS SIGNED) AS quantity," \
	"       CAST(COALESCE(p.per_order, 0) AS SIGNED) AS per_order," \
	"       CAST(COALESCE(p.weight_g, 0) AS SIGNED) AS weight_g," \
	"       COALESCE(p.price, l.unit_price) AS unit_price_minor," \
	"       COALESCE(p.currency, l.currency) AS unit_price_currency," \
	"       l.unit_price AS seen_price_minor, l.currency AS seen_price_currency," \
	"       p.id IS NOT NULL AS sold, s.on_hand - s.reserved AS free"
#define ITEM_TABLES \
	"  FROM cart_line l USE INDEX (at_most_fifty)" \
	"  LEFT JOIN product p USE INDEX (sku) ON p.sku = l.sku AND p.active" \
	"  LEFT JOIN stock s ON s.sku = l.sku AND s.loc = 'main'"
/* clang-format on */

/* 34 us of MariaDB's CPU for three lines; the holds cost 11 more, an ORDER BY 7 more.
 * An index that is not named is tried out each time: 3 us for a table. */
SQL_ROWS(list_items, struct cart_item, (ITEM_FIELDS),
	 ITEM_COLUMNS ITEM_TABLES " WHERE l.cart_id = ?");
SQL_ROWS(list_items_held, struct cart_item, (ITEM_FIELDS, held, held_for),
	 ITEM_COLUMNS ", COALESCE(r.qty, 0) AS held, r.order_id AS held_for" ITEM_TABLES
		      "  LEFT JOIN reservation r USE INDEX (one_hold_a_line)"
		      "    ON r.cart_id = l.cart_id"
		      "   AND r.held_sku = l.sku AND r.loc = 'main'"
		      " WHERE l.cart_id = ?");

/* Oldest first. They come in the order of their places, which is that of their age
 * until a place is taken again: hardly any moves. */
static void
sort_by_age(struct cart_item *items, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct cart_item item = items[i];
		size_t to = i;

		for (; to > 0 && items[to - 1].line.n > item.line.n; to--)
			items[to] = items[to - 1];
		items[to] = item;
	}
}

fallible
cart_list_items(struct tx *tx, struct cart *cart)
{
	bool may_hold = cart->checkout.n != 0 || cart->order.n != 0;

	TRY(db_all(tx, may_hold ? &list_items_held : &list_items, ARGS(cart->id),
		   &cart->items, &cart->n_items));
	sort_by_age(cart->items, cart->n_items);
	return NULL;
}

struct pieces {
	int64_t n;
};

SQL_ROWS(count_pieces, struct pieces, (n),
	 "SELECT CAST(COALESCE(SUM(l.quantity), 0) AS SIGNED) AS n"
	 "  FROM cart c JOIN cart_line l USE INDEX (at_most_fifty) ON l.cart_id = c.id"
	 " WHERE c.active_visitor = ?");

fallible
cart_count_pieces(struct tx *tx, struct digest visitor, int64_t *n)
{
	struct pieces pieces = {0};
	bool found;

	TRY(db_one(tx, &count_pieces, ARGS(visitor), &pieces, &found));
	*n = pieces.n;
	return NULL;
}

SQL(insert_cart, "INSERT INTO cart (uid, visitor, version, currency, expires_at)"
		 " VALUES (?, ?, ?, ?, UTC_TIMESTAMP(6) + INTERVAL ? HOUR)");

fallible
cart_insert(struct tx *tx, struct digest visitor, struct uuid uid, int64_t version,
	    const char *currency, int64_t keep_hours, struct cart_id *id, bool *taken)
{
	return db_run_new(tx, &insert_cart,
			  ARGS(uid, visitor, version, currency, keep_hours), &id->n,
			  taken);
}

#define TOUCH                                                                          \
	"version = version + 1, updated_at = UTC_TIMESTAMP(6), abandoned_at = NULL,"   \
	" expires_at = UTC_TIMESTAMP(6) + INTERVAL ? HOUR WHERE "

SQL(touch_cart, "UPDATE cart SET " TOUCH "id = ?");

fallible
cart_touch(struct tx *tx, struct cart_id id, int64_t keep_hours)
{
	return db_run(tx, &touch_cart, ARGS(keep_hours, id));
}

/* The id that was met comes back as the one of a new row does. */
SQL(touch_active,
    "UPDATE cart SET id = LAST_INSERT_ID(id), " TOUCH "active_visitor = ?");

fallible
cart_touch_active(struct tx *tx, struct digest visitor, int64_t keep_hours,
		  struct cart_id *id)
{
	return db_run_id(tx, &touch_active, ARGS(keep_hours, visitor), &id->n);
}

SQL_ROWS(find_wanted, struct cart_wanted,
	 (sku, title, metadata_fields, price, per_order, available, held, line,
	  quantity, metadata, slots),
	 "SELECT p.sku, p.title, p.metadata_fields, p.price AS price_minor,"
	 "       p.currency AS price_currency,"
	 "       CAST(p.per_order AS SIGNED) AS per_order,"
	 "       s.on_hand - s.reserved AS available, COALESCE(r.qty, 0) AS held,"
	 "       l.id AS line, CAST(COALESCE(l.quantity, 0) AS SIGNED) AS quantity,"
	 "       l.metadata, CAST(COALESCE((SELECT BIT_OR(1 << t.slot) FROM cart_line t"
	 "          WHERE t.cart_id = ?), 0) AS SIGNED) AS slots"
	 "  FROM product p LEFT JOIN stock s ON s.sku = p.sku AND s.loc = 'main'"
	 "  LEFT JOIN cart_line l ON l.cart_id = ? AND l.sku = p.sku"
	 "  LEFT JOIN reservation r ON r.cart_id = ? AND r.held_sku = p.sku"
	 "                         AND r.loc = 'main'"
	 " WHERE p.sku = ? AND p.active");

fallible
cart_get_wanted(struct tx *tx, struct cart_id id, const char *sku,
		struct cart_wanted *wanted)
{
	bool found;

	TRY(db_one(tx, &find_wanted, ARGS(id, id, id, sku), wanted, &found));
	return found ? NULL : FAIL_FIELD("sku", UNKNOWN_SKU, "sku=%s", sku);
}

SQL(insert_line,
    "INSERT INTO cart_line (uid, cart_id, slot, sku, title, unit_price, currency,"
    " quantity, metadata) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");

fallible
cart_insert_line(struct tx *tx, struct cart_id cart, int64_t slot,
		 const struct cart_item *item)
{
	return db_run(tx, &insert_line,
		      ARGS(uuid_new(), cart, slot, item->sku, item->title,
			   item->unit_price.minor,
			   (const char *)item->unit_price.currency, item->quantity,
			   item->metadata));
}

SQL(update_line, "UPDATE cart_line SET quantity = ?, title = ?, unit_price = ?,"
		 " currency = ?, metadata = ? WHERE id = ?");

fallible
cart_update_line(struct tx *tx, struct line_id line, const struct cart_item *item)
{
	return db_run(tx, &update_line,
		      ARGS(item->quantity, item->title, item->unit_price.minor,
			   (const char *)item->unit_price.currency, item->metadata,
			   line));
}

SQL(delete_line, "DELETE FROM cart_line WHERE id = ?");

fallible
cart_delete_line(struct tx *tx, struct line_id line)
{
	return db_run(tx, &delete_line, ARGS(line));
}

/* The words stand in the order in which a purchase reaches them. */
SQL(reach_stage,
    "UPDATE cart SET stage = ?, updated_at = UTC_TIMESTAMP(6) WHERE id = ?"
    " AND FIELD(stage, 'cart', 'address', 'shipping', 'payment', 'ordered')"
    "   < FIELD(?, 'cart', 'address', 'shipping', 'payment', 'ordered')");

fallible
cart_reach(struct tx *tx, struct cart_id id, const char *stage)
{
	return db_run(tx, &reach_stage, ARGS(stage, id, stage));
}

struct cart_ref {
	struct cart_id id;
	struct uuid uid;
	const char *stage;
};

/* The sweeps look without a lock and take each cart by its id, for what is found then:
 * the end of a range is a cart that somebody uses. */
#define EXPIRED                                                                        \
	"SELECT c.id, c.uid, c.stage FROM cart c"                                      \
	" WHERE c.status = 'active' AND c.expires_at < UTC_TIMESTAMP(6) AND "          \
	"c.user_id "                                                                   \
	"IS NULL"                                                                      \
	"   AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.waiting_cart = c.id)"       \
	"   AND NOT EXISTS (SELECT 1 FROM reservation r WHERE r.cart_id = c.id"        \
	"                      AND r.state = 'held')"

SQL_ROWS(list_expired, struct cart_ref, (id, uid, stage), EXPIRED " LIMIT ?");
SQL_ROWS(lock_expired, struct cart_ref, (id, uid, stage),
	 EXPIRED " AND c.id = ? FOR UPDATE");

SQL(add_event, "INSERT IGNORE INTO event (kind, subject, detail) VALUES (?, ?, ?)");
SQL(delete_checkouts, "DELETE FROM checkout WHERE cart_id = ?");
SQL(delete_cart, "DELETE FROM cart WHERE id = ?");

static fallible
expire(struct tx *tx, const struct cart_ref *cart)
{
	TRY(db_run(tx, &add_event, ARGS("CartExpired", cart->uid, cart->stage)));
	TRY(db_run(tx, &delete_checkouts, ARGS(cart->id)));
	return db_run(tx, &delete_cart, ARGS(cart->id));
}

fallible
cart_expire(struct tx *tx, int64_t limit, int64_t *dropped)
{
	struct cart_ref *old;
	bool found;
	size_t n;

	*dropped = 0;
	TRY(db_all(tx, &list_expired, ARGS(limit), &old, &n));
	for (size_t i = 0; i < n; i++) {
		TRY(db_one(tx, &lock_expired, ARGS(old[i].id), &old[i], &found));
		if (!found)
			continue;
		TRY(expire(tx, &old[i]));
		++*dropped;
	}
	return NULL;
}

/* The stages before the last one, by name: those of a day's orders are not read. */
SQL_ROWS(list_idle, struct cart_ref, (id, uid, stage),
	 "SELECT c.id, c.uid, c.stage FROM cart c"
	 " WHERE c.status = 'active' AND c.abandoned_at IS NULL"
	 "   AND c.stage IN ('cart', 'address', 'shipping', 'payment')"
	 "   AND c.updated_at < UTC_TIMESTAMP(6) - INTERVAL 30 MINUTE"
	 "   AND EXISTS (SELECT 1 FROM cart_line l WHERE l.cart_id = c.id)"
	 "   AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.waiting_cart = c.id)"
	 " LIMIT ?");

/* Whatever happens to a cart, an order of it included, is seen by its time. */
SQL(mark_abandoned, "UPDATE cart SET abandoned_at = UTC_TIMESTAMP(6) WHERE id = ?"
		    "   AND status = 'active' AND abandoned_at IS NULL"
		    "   AND updated_at < UTC_TIMESTAMP(6) - INTERVAL 30 MINUTE");

fallible
cart_mark_abandoned(struct tx *tx, int64_t limit, int64_t *marked)
{
	struct cart_ref *idle;
	int64_t changed;
	size_t n;

	*marked = 0;
	TRY(db_all(tx, &list_idle, ARGS(limit), &idle, &n));
	for (size_t i = 0; i < n; i++) {
		TRY(db_run_changed(tx, &mark_abandoned, ARGS(idle[i].id), &changed));
		*marked += changed;
		if (changed > 0)
			TRY(db_run(tx, &add_event,
				   ARGS("CartAbandoned", idle[i].uid, idle[i].stage)));
	}
	return NULL;
}
