/* catalog_bulk.c - what an import adds, changes and leaves. */
#include "domain/catalog_bulk.h"

#include <assert.h>

#include "base/text.h"
#include "domain/catalog_bulk_store.h"

enum { CHUNK = 50 }; /* a list argument of a statement */

static bool
same_text(const char *a, const char *b)
{
	return text_equal(a == NULL ? "" : a, b == NULL ? "" : b);
}

static bool
same_product(const struct product *a, const struct product *b)
{
	return same_text(a->slug, b->slug) && same_text(a->title, b->title) &&
	       same_text(a->kind, b->kind) && money_same(a->price, b->price) &&
	       same_text(a->tax_class, b->tax_class) && a->weight_g == b->weight_g &&
	       a->per_order == b->per_order && same_text(a->picture, b->picture) &&
	       same_text(a->summary, b->summary) &&
	       same_text(a->description, b->description) && a->position == b->position;
}

/* What the import does not say stays as it is. */
static void
keep_parts(struct product *product, const struct product *old, unsigned kept)
{
	product->metadata_fields = old->metadata_fields;
	if (kept & CATALOG_TAX_CLASS)
		product->tax_class = old->tax_class;
	if (kept & CATALOG_WEIGHT)
		product->weight_g = old->weight_g;
	if (kept & CATALOG_PER_ORDER)
		product->per_order = old->per_order;
	if (kept & CATALOG_PICTURE)
		product->picture = old->picture;
	if (kept & CATALOG_SUMMARY)
		product->summary = old->summary;
	if (kept & CATALOG_DESCRIPTION)
		product->description = old->description;
	if (kept & CATALOG_POSITION)
		product->position = old->position;
}

static void
compare(struct catalog_import *row, const struct product *old)
{
	row->change = CATALOG_ADDED;
	row->opens_stock = row->stock.there;
	if (old == NULL)
		return;
	keep_parts(&row->product, old, row->kept);
	row->change = same_product(&row->product, old) ? CATALOG_SAME : CATALOG_CHANGED;
	row->opens_stock = row->stock.there && !old->on_hand.there;
}

static const struct product *
find_product(const struct product *list, size_t n, const char *sku)
{
	for (size_t i = 0; i < n; i++) {
		if (text_equal(list[i].sku, sku))
			return &list[i];
	}
	return NULL;
}

static void
compare_slug(struct catalog_import *row, const struct slug_row *list, size_t n)
{
	row->slug_taken_by = NULL;
	for (size_t i = 0; i < n; i++) {
		if (text_equal(list[i].slug, row->product.slug) &&
		    !text_equal(list[i].sku, row->product.sku))
			row->slug_taken_by = list[i].sku;
	}
}

static fallible
look_at_chunk(struct tx *tx, struct catalog_import *rows, size_t n)
{
	const char *skus[CHUNK], *slugs[CHUNK];
	struct product *products;
	struct slug_row *taken;
	size_t n_products, n_taken;

	for (size_t i = 0; i < n; i++) {
		skus[i] = rows[i].product.sku;
		slugs[i] = rows[i].product.slug;
	}
	TRY(catalog_bulk_list(tx, (struct db_list){skus, n}, &products, &n_products));
	TRY(catalog_bulk_list_slugs(tx, (struct db_list){slugs, n}, &taken, &n_taken));
	for (size_t i = 0; i < n; i++) {
		compare(&rows[i], find_product(products, n_products, skus[i]));
		compare_slug(&rows[i], taken, n_taken);
	}
	return NULL;
}

fallible
catalog_bulk_look(struct tx *tx, struct catalog_import *rows, size_t n)
{
	assert(n <= CATALOG_BULK_MAX);
	for (size_t i = 0; i < n; i += CHUNK)
		TRY(look_at_chunk(tx, rows + i, n - i < CHUNK ? n - i : CHUNK));
	return NULL;
}

/* What is to be written, sorted by where it goes. */
struct writes {
	struct product *added, *changed;
	struct first_stock *stock;
	size_t n_added, n_changed, n_stock;
};

static void
sort_out(struct writes *w, const struct catalog_import *row, const char *actor)
{
	if (row->change == CATALOG_ADDED)
		w->added[w->n_added++] = row->product;
	else if (row->change == CATALOG_CHANGED)
		w->changed[w->n_changed++] = row->product;
	if (row->opens_stock)
		w->stock[w->n_stock++] =
			(struct first_stock){row->product.sku, row->stock.n, actor};
}

fallible
catalog_bulk_save(struct tx *tx, struct catalog_import *rows, size_t n,
		  const char *actor)
{
	struct writes w = {
		.added = arena_new_of(tx->mem, struct product, n + 1),
		.changed = arena_new_of(tx->mem, struct product, n + 1),
		.stock = arena_new_of(tx->mem, struct first_stock, n + 1),
	};

	TRY(catalog_bulk_look(tx, rows, n));
	for (size_t i = 0; i < n; i++) {
		if (rows[i].slug_taken_by != NULL)
			return FAIL(REFUSED, "slug %s of %s belongs to %s",
				    rows[i].product.slug, rows[i].product.sku,
				    rows[i].slug_taken_by);
		sort_out(&w, &rows[i], actor);
	}
	TRY(catalog_bulk_insert(tx, w.added, w.n_added));
	TRY(catalog_bulk_update(tx, w.changed, w.n_changed));
	return catalog_bulk_open_stock(tx, w.stock, w.n_stock);
}
