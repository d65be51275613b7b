/* stock_store.c - the only file that writes stock, reservation and stock_move. */
#include "domain/stock_store.h"

#include "base/fault_point.h"

struct number {
	int64_t n;
};

SQL_ROWS(list_stock, struct stock, (sku, loc, on_hand, reserved, available, updated_at),
	 "SELECT sku, loc, on_hand, reserved, on_hand - reserved AS available, "
	 "updated_at"
	 "  FROM stock WHERE sku IN (" DB_IN_50 ") ORDER BY sku, loc");

fallible
stock_list(struct tx *tx, const char *const *skus, size_t n_skus, struct stock **list,
	   size_t *n)
{
	*n = 0;
	if (n_skus == 0)
		return NULL;
	return db_all(tx, &list_stock, ARGS(((struct db_list){skus, n_skus})), list, n);
}

SQL_ROWS(find_stock, struct stock, (sku, loc, on_hand, reserved, available, updated_at),
	 "SELECT sku, loc, on_hand, reserved, on_hand - reserved AS available, "
	 "updated_at"
	 "  FROM stock WHERE sku = ? AND loc = 'main'");

fallible
stock_find(struct tx *tx, const char *sku, struct stock *stock, bool *found)
{
	return db_one(tx, &find_stock, ARGS(sku), stock, found);
}

SQL_ROWS(lock_stock, struct stock, (sku, loc, on_hand, reserved, available, updated_at),
	 "SELECT sku, loc, on_hand, reserved, on_hand - reserved AS available, "
	 "updated_at"
	 "  FROM stock WHERE sku = ? AND loc = 'main' FOR UPDATE");

fallible
stock_lock(struct tx *tx, const char *sku, struct stock *stock, bool *found)
{
	return db_one(tx, &lock_stock, ARGS(sku), stock, found);
}

SQL_SAVE(save_hold, struct hold_row, (cart, sku, qty, expires_at),
	 "INSERT INTO reservation (cart_id, sku, qty, expires_at) VALUES (?, ?, ?, ?)"
	 " ON DUPLICATE KEY UPDATE qty = VALUES(qty), expires_at = VALUES(expires_at)");

fallible
stock_save_holds(struct tx *tx, const struct hold_row *rows, size_t n)
{
	int64_t changed;

	return db_run_rows(tx, &save_hold, rows, n, &changed);
}

SQL(drop_holds,
    "UPDATE reservation SET state = 'released', reason = ?, ended_at = UTC_TIMESTAMP(6)"
    " WHERE cart_id = ? AND state = 'held' AND order_id IS NULL AND sku IN (" DB_IN_50
    ")");

fallible
stock_drop_holds(struct tx *tx, struct cart_id cart, struct db_list skus,
		 const char *reason)
{
	return db_run(tx, &drop_holds, ARGS(reason, cart, skus));
}

SQL_SAVE(reserve_units, struct reserve_row, (delta, sku, needs),
	 "UPDATE stock SET reserved = reserved + ?, updated_at = UTC_TIMESTAMP(6)"
	 " WHERE sku = ? AND loc = 'main' AND on_hand - reserved >= ?");

fallible
stock_reserve(struct tx *tx, const struct reserve_row *rows, size_t n, int64_t *changed)
{
	return db_run_rows(tx, &reserve_units, rows, n, changed);
}

SQL(extend_holds, "UPDATE reservation r JOIN checkout k ON k.open_cart = r.cart_id"
		  "   SET r.expires_at = ?, k.hold_expires_at = ?"
		  " WHERE r.cart_id = ? AND r.state = 'held' AND r.order_id IS NULL");

fallible
stock_extend(struct tx *tx, struct cart_id cart, struct instant until)
{
	return db_run(tx, &extend_holds, ARGS(until, until, cart));
}

/* One statement moves both tables, so that reserved and the holds can never disagree.
 * The holds come first, then their stock, by an index that leads to these holds alone:
 * left to itself, in a shop of few goods, the optimizer begins with the stock, or reads
 * all holds, and locks those of others. A cart's are met in the order of their skus;
 * a range of them would lock the first hold of the next cart as well. */
#define STOCK_OF_HOLDS "STRAIGHT_JOIN stock s ON s.sku = r.sku AND s.loc = r.loc"
#define UPDATE_HOLDS_OF_CART                                                           \
	"UPDATE reservation r FORCE INDEX (one_hold_a_line) " STOCK_OF_HOLDS
#define UPDATE_HOLDS_OF_ORDER                                                          \
	"UPDATE reservation r FORCE INDEX (by_order) " STOCK_OF_HOLDS

SQL(release_cart, UPDATE_HOLDS_OF_CART
    " SET r.state = 'released', r.reason = ?, r.ended_at = UTC_TIMESTAMP(6),"
    "     s.reserved = s.reserved - r.qty, s.updated_at = UTC_TIMESTAMP(6)"
    " WHERE r.cart_id = ? AND r.state = 'held' AND r.order_id IS NULL");

fallible
stock_release_cart(struct tx *tx, struct cart_id cart, const char *reason)
{
	return db_run(tx, &release_cart, ARGS(reason, cart));
}

SQL(release_order, UPDATE_HOLDS_OF_ORDER
    " SET r.state = ?, r.reason = ?, r.ended_at = UTC_TIMESTAMP(6),"
    "     s.reserved = s.reserved - r.qty, s.updated_at = UTC_TIMESTAMP(6)"
    " WHERE r.order_id = ? AND r.state = 'held'");

fallible
stock_release_order(struct tx *tx, struct order_id order, const char *state,
		    const char *reason, int64_t *changed)
{
	return db_run_changed(tx, &release_order, ARGS(state, reason, order), changed);
}

SQL(commit_holds, UPDATE_HOLDS_OF_ORDER
    " SET r.state = 'committed', r.ended_at = UTC_TIMESTAMP(6),"
    "     s.on_hand = s.on_hand - r.qty, s.reserved = s.reserved - r.qty,"
    "     s.updated_at = UTC_TIMESTAMP(6)"
    " WHERE r.order_id = ? AND r.state = 'held'");

/* A digital line without a hold was ordered while its product had no stock book: a book
 * that was opened since does not bind it. */
SQL(note_sales, "INSERT INTO stock_move (sku, loc, kind, qty, order_id, line_no)"
		" SELECT l.sku, 'main', 'sale', -l.qty, l.order_id, l.line_no"
		"   FROM order_line l JOIN stock s ON s.sku = l.sku AND s.loc = 'main'"
		"  WHERE l.order_id = ? AND (l.kind <> 'digital' OR EXISTS"
		"        (SELECT 1 FROM reservation r WHERE r.order_id = l.order_id"
		"            AND r.sku = l.sku AND r.state = 'held'))");

fallible
stock_commit(struct tx *tx, struct order_id order)
{
	int64_t sold, moved;

	TRY(db_run_changed(tx, &note_sales, ARGS(order), &sold));
	TRY(db_run_changed(tx, &commit_holds, ARGS(order), &moved));
	/* each line changes its hold and its stock row */
	return moved == 2 * sold ? NULL : tx_again(tx, "an order's holds are missing");
}

SQL_ROWS(count_unheld, struct number, (n),
	 "SELECT COUNT(*) AS n"
	 "  FROM order_line l JOIN stock s ON s.sku = l.sku AND s.loc = 'main'"
	 "  LEFT JOIN reservation r ON r.order_id = l.order_id AND r.sku = l.sku"
	 "   AND r.state = 'held'"
	 " WHERE l.order_id = ? AND l.kind <> 'digital' AND NOT (r.qty <=> l.qty)");

fallible
stock_holds_all(struct tx *tx, struct order_id order, bool *all)
{
	struct number unheld = {0};
	bool found;

	TRY(db_one(tx, &count_unheld, ARGS(order), &unheld, &found));
	*all = unheld.n == 0;
	return NULL;
}

SQL(note_returns,
    "INSERT INTO stock_move (sku, loc, kind, qty, order_id, line_no, actor)"
    " SELECT sku, loc, 'cancel_return', -qty, order_id, line_no, ?"
    "   FROM stock_move WHERE order_id = ? AND kind = 'sale'");

SQL(put_back, "UPDATE stock s JOIN stock_move m ON m.sku = s.sku AND m.loc = s.loc"
	      "   SET s.on_hand = s.on_hand + m.qty, s.updated_at = UTC_TIMESTAMP(6)"
	      " WHERE m.order_id = ? AND m.kind = 'cancel_return'");

fallible
stock_return(struct tx *tx, struct order_id order, const char *actor)
{
	TRY(db_run(tx, &note_returns, ARGS(actor, order)));
	return db_run(tx, &put_back, ARGS(order));
}

SQL(insert_stock, "INSERT INTO stock (sku, loc, on_hand) VALUES (?, 'main', ?)");

fallible
stock_insert(struct tx *tx, const char *sku, int64_t on_hand)
{
	return db_run(tx, &insert_stock, ARGS(sku, on_hand));
}

SQL(move_stock, "UPDATE stock SET on_hand = on_hand + ?, updated_at = UTC_TIMESTAMP(6)"
		" WHERE sku = ? AND loc = 'main' AND on_hand + ? >= reserved");

fallible
stock_move(struct tx *tx, const char *sku, int64_t delta, int64_t *changed)
{
	return db_run_changed(tx, &move_stock, ARGS(delta, sku, delta), changed);
}

SQL(note_move, "INSERT INTO stock_move (sku, loc, kind, qty, actor)"
	       " VALUES (?, 'main', ?, ?, ?)");

fallible
stock_note(struct tx *tx, const char *sku, const char *kind, int64_t qty,
	   const char *actor)
{
	return db_run(tx, &note_move, ARGS(sku, kind, qty, actor));
}

SQL_ROWS(
	count_holders, struct number, (n),
	"SELECT COUNT(*) AS n FROM checkout WHERE address_hash = ?"
	" AND hold_expires_at > UTC_TIMESTAMP(6) AND status = 'open' AND cart_id <> ?");

fallible
stock_count_holders(struct tx *tx, struct digest address, struct cart_id besides,
		    int64_t *n)
{
	struct number count = {0};
	bool found;

	TRY(db_one(tx, &count_holders, ARGS(address, besides), &count, &found));
	*n = count.n;
	return NULL;
}

struct old_hold {
	struct cart_id cart;
};

SQL_ROWS(list_old, struct old_hold, (cart),
	 "SELECT DISTINCT cart_id AS cart FROM reservation"
	 " WHERE state = 'held' AND order_id IS NULL AND expires_at < UTC_TIMESTAMP(6)"
	 " LIMIT ?");

SQL(expire_cart, UPDATE_HOLDS_OF_CART
    " SET r.state = 'expired', r.reason = 'idle', r.ended_at = UTC_TIMESTAMP(6),"
    "     s.reserved = s.reserved - r.qty, s.updated_at = UTC_TIMESTAMP(6)"
    " WHERE r.cart_id = ? AND r.state = 'held' AND r.order_id IS NULL"
    "   AND r.expires_at < UTC_TIMESTAMP(6)");

fallible
stock_expire(struct tx *tx, int64_t limit, int64_t *freed)
{
	struct old_hold *old;
	int64_t rows;
	size_t n;

	*freed = 0;
	TRY(db_all(tx, &list_old, ARGS(limit), &old, &n));
	for (size_t i = 0; i < n; i++) {
		TRY(db_run_changed(tx, &expire_cart, ARGS(old[i].cart), &rows));
		*freed += rows / 2;
		FAULT_POINT_ERR(stock_expire_half, INTERNAL);
	}
	return NULL;
}
