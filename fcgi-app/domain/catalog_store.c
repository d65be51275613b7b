/* catalog_store.c - the only file that writes the product table. */
#include "domain/catalog_store.h"

#include "base/text.h"

#define PRODUCT_FIELDS                                                                 \
	(sku, slug, title, kind, price, tax_class, weight_g, per_order, picture,       \
	 summary, description, metadata_fields, position, on_hand, reserved,           \
	 available)
#define PRODUCT_COLUMNS                                                                \
	"SELECT p.sku, p.slug, p.title, p.kind, p.price AS price_minor,"               \
	"       p.currency AS price_currency, p.tax_class,"                            \
	"       CAST(p.weight_g AS SIGNED) AS weight_g,"                               \
	"       CAST(p.per_order AS SIGNED) AS per_order, p.picture, p.summary,"       \
	"       p.description, p.metadata_fields, CAST(p.position AS SIGNED) AS "      \
	"position,"                                                                    \
	"       s.on_hand, s.reserved, s.on_hand - s.reserved AS available"
#define WITH_STOCK     " LEFT JOIN stock s ON s.sku = p.sku AND s.loc = 'main'"
#define PRODUCT_SELECT PRODUCT_COLUMNS " FROM product p" WITH_STOCK

/* A comparison, so that the index gives the order as well and no more rows are read
 * than are shown. */
SQL_ROWS(list_shelf, struct product, PRODUCT_FIELDS,
	 PRODUCT_SELECT " WHERE p.active = TRUE ORDER BY p.position, p.id LIMIT ?");

struct shelf_place {
	int64_t position, id;
};

SQL_ROWS(find_place, struct shelf_place, (position, id),
	 "SELECT CAST(position AS SIGNED) AS position, CAST(id AS SIGNED) AS id"
	 "  FROM product WHERE slug = ?");
/* Left to itself MariaDB looks through the whole shelf for the place. */
SQL_ROWS(list_shelf_after, struct product, PRODUCT_FIELDS,
	 PRODUCT_COLUMNS " FROM product p FORCE INDEX (shelf)" WITH_STOCK
			 " WHERE p.active = TRUE AND (p.position > ? OR (p.position = ?"
			 " AND p.id > ?)) ORDER BY p.position, p.id LIMIT ?");

fallible
catalog_list(struct tx *tx, const char *after, int64_t most, struct product **list,
	     size_t *n)
{
	struct shelf_place place;
	bool found;

	*n = 0;
	if (text_is_empty(after))
		return db_all(tx, &list_shelf, ARGS(most), list, n);
	TRY(db_one(tx, &find_place, ARGS(after), &place, &found));
	if (!found)
		return NULL;
	return db_all(tx, &list_shelf_after,
		      ARGS(place.position, place.position, place.id, most), list, n);
}

SQL_ROWS(get_by_slug, struct product, PRODUCT_FIELDS,
	 PRODUCT_SELECT " WHERE p.slug = ? AND p.active");

fallible
catalog_get_by_slug(struct tx *tx, const char *slug, struct product *product)
{
	bool found;

	TRY(db_one(tx, &get_by_slug, ARGS(slug), product, &found));
	return found ? NULL : FAIL(NOT_FOUND, "slug=%s", slug);
}

SQL_ROWS(get_by_sku, struct product, PRODUCT_FIELDS,
	 PRODUCT_SELECT " WHERE p.sku = ? AND p.active");

fallible
catalog_get_by_sku(struct tx *tx, const char *sku, struct product *product)
{
	bool found;

	TRY(db_one(tx, &get_by_sku, ARGS(sku), product, &found));
	return found ? NULL : FAIL_FIELD("sku", UNKNOWN_SKU, "sku=%s", sku);
}

SQL_ROWS(list_by_sku, struct product, PRODUCT_FIELDS,
	 PRODUCT_SELECT " WHERE p.sku IN (" DB_IN_50 ") AND p.active");

fallible
catalog_list_by_sku(struct tx *tx, const char *const *skus, size_t n_skus,
		    struct product **list, size_t *n)
{
	*n = 0;
	if (n_skus == 0)
		return NULL;
	return db_all(tx, &list_by_sku, ARGS(((struct db_list){skus, n_skus})), list,
		      n);
}

SQL_ROWS(find_any, struct product, PRODUCT_FIELDS,
	 PRODUCT_SELECT " WHERE p.sku = ? FOR UPDATE");

fallible
catalog_find_any(struct tx *tx, const char *sku, struct product *product, bool *found)
{
	return db_one(tx, &find_any, ARGS(sku), product, found);
}

SQL_SAVE(insert_product, struct product,
	 (sku, slug, title, kind, price, tax_class, weight_g, per_order, picture,
	  summary, description, metadata_fields, position),
	 "INSERT INTO product (sku, slug, title, kind, price, currency, tax_class, "
	 "weight_g,"
	 " per_order, picture, summary, description, metadata_fields, position)"
	 " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");

fallible
catalog_insert(struct tx *tx, const struct product *product)
{
	return db_run_row(tx, &insert_product, product);
}

SQL(update_product,
    "UPDATE product SET slug = ?, title = ?, kind = ?, price = ?, currency = ?,"
    " tax_class = ?, weight_g = ?, per_order = ?, picture = ?, summary = ?,"
    " description = ?, metadata_fields = ?, position = ?, active = TRUE,"
    " version = version + 1, updated_at = UTC_TIMESTAMP(6) WHERE sku = ?");

fallible
catalog_update(struct tx *tx, const struct product *p, int64_t *changed)
{
	return db_run_changed(tx, &update_product,
			      ARGS(p->slug, p->title, p->kind, p->price.minor,
				   (const char *)p->price.currency, p->tax_class,
				   p->weight_g, p->per_order, p->picture, p->summary,
				   p->description, p->metadata_fields, p->position,
				   p->sku),
			      changed);
}
