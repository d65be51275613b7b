/* catalog_bulk_store.c - products and their first stock, many at a time. */
#include "domain/catalog_bulk_store.h"

SQL_ROWS(each_product, struct product,
	 (sku, slug, title, kind, price, tax_class, per_order, position, on_hand,
	  reserved, available),
	 "SELECT p.sku, p.slug, p.title, p.kind, p.price AS price_minor,"
	 "       p.currency AS price_currency, p.tax_class,"
	 "       CAST(p.per_order AS SIGNED) AS per_order,"
	 "       CAST(p.position AS SIGNED) AS position, s.on_hand, s.reserved,"
	 "       s.on_hand - s.reserved AS available"
	 "  FROM product p LEFT JOIN stock s ON s.sku = p.sku AND s.loc = 'main'"
	 " WHERE p.active = TRUE ORDER BY p.position, p.id");

fallible
catalog_bulk_each(struct tx *tx, fallible (*row)(void *to, const void *product),
		  void *to)
{
	return db_each_(tx, &each_product, NO_ARGS, row, to, sizeof(struct product));
}

SQL_ROWS(list_products, struct product,
	 (sku, slug, title, kind, price, tax_class, weight_g, per_order, picture,
	  summary, description, metadata_fields, position, on_hand, reserved,
	  available),
	 "SELECT p.sku, p.slug, p.title, p.kind, p.price AS price_minor,"
	 "       p.currency AS price_currency, p.tax_class,"
	 "       CAST(p.weight_g AS SIGNED) AS weight_g,"
	 "       CAST(p.per_order AS SIGNED) AS per_order, p.picture, p.summary,"
	 "       p.description, p.metadata_fields,"
	 "       CAST(p.position AS SIGNED) AS position, s.on_hand, s.reserved,"
	 "       s.on_hand - s.reserved AS available"
	 "  FROM product p LEFT JOIN stock s ON s.sku = p.sku AND s.loc = 'main'"
	 " WHERE p.sku IN (" DB_IN_50 ")");

fallible
catalog_bulk_list(struct tx *tx, struct db_list skus, struct product **list, size_t *n)
{
	return db_all(tx, &list_products, ARGS(skus), list, n);
}

SQL_ROWS(list_slugs, struct slug_row, (sku, slug),
	 "SELECT sku, slug FROM product WHERE slug IN (" DB_IN_50 ")");

fallible
catalog_bulk_list_slugs(struct tx *tx, struct db_list slugs, struct slug_row **list,
			size_t *n)
{
	return db_all(tx, &list_slugs, ARGS(slugs), list, n);
}

SQL_SAVE(insert_products, struct product,
	 (sku, slug, title, kind, price, tax_class, weight_g, per_order, picture,
	  summary, description, metadata_fields, position),
	 "INSERT INTO product (sku, slug, title, kind, price, currency, tax_class,"
	 " weight_g, per_order, picture, summary, description, metadata_fields,"
	 " position) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");

fallible
catalog_bulk_insert(struct tx *tx, const struct product *products, size_t n)
{
	int64_t changed;

	return db_run_rows(tx, &insert_products, products, n, &changed);
}

SQL_SAVE(update_products, struct product,
	 (slug, title, kind, price, tax_class, weight_g, per_order, picture, summary,
	  description, metadata_fields, position, sku),
	 "UPDATE product SET slug = ?, title = ?, kind = ?, price = ?, currency = ?,"
	 " tax_class = ?, weight_g = ?, per_order = ?, picture = ?, summary = ?,"
	 " description = ?, metadata_fields = ?, position = ?, active = TRUE,"
	 " version = version + 1, updated_at = UTC_TIMESTAMP(6) WHERE sku = ?");

fallible
catalog_bulk_update(struct tx *tx, const struct product *products, size_t n)
{
	int64_t changed;

	return db_run_rows(tx, &update_products, products, n, &changed);
}

SQL_SAVE(note_first_stock, struct first_stock, (sku, on_hand, actor),
	 "INSERT INTO stock_move (sku, loc, kind, qty, actor, reason)"
	 " VALUES (?, 'main', 'receive', ?, ?, 'import')");
SQL_SAVE(insert_first_stock, struct first_stock, (sku, on_hand),
	 "INSERT INTO stock (sku, loc, on_hand) VALUES (?, 'main', ?)");

fallible
catalog_bulk_open_stock(struct tx *tx, const struct first_stock *rows, size_t n)
{
	struct first_stock *units = arena_new_of(tx->mem, struct first_stock, n + 1);
	size_t n_units = 0;
	int64_t changed;

	for (size_t i = 0; i < n; i++) {
		if (rows[i].on_hand > 0)
			units[n_units++] = rows[i];
	}
	TRY(db_run_rows(tx, &note_first_stock, units, n_units, &changed));
	return db_run_rows(tx, &insert_first_stock, rows, n, &changed);
}
