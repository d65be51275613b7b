/* catalog_test.c - what can be sold: saving, finding, what may be said of a line. */
#include "domain/catalog.h"

#include <stdio.h>

#include "domain/catalog_bulk.h"
#include "support/kit.h"

static struct product
plate(void)
{
	return (struct product){.sku = "plate",
				.slug = "a-plate",
				.title = "Plate",
				.kind = "ship",
				.price = money_of(1200, "USD"),
				.tax_class = "standard",
				.per_order = 5,
				.weight_g = 300,
				.picture = "",
				.summary = "",
				.description = ""};
}

static enum catalog_change
save(struct ctx *cx, const struct product *product)
{
	enum catalog_change change;

	WANT_OK(IN_TX(cx, catalog_save(tx, product, &change)));
	return change;
}

static int64_t
version_of(const char *sku)
{
	return test_number("SELECT version FROM product WHERE sku = '%s'", sku);
}

static void
a_products_version_rises_only_when_it_changes(void **state)
{
	struct ctx *cx = test_ctx();
	struct product product = plate(), read;

	(void)state;
	WANT_INT(save(cx, &product), CATALOG_ADDED);
	WANT_INT(version_of("plate"), 1);
	WANT_INT(save(cx, &product), CATALOG_SAME);
	WANT_INT(version_of("plate"), 1);
	product.price = money_of(1300, "USD");
	product.metadata_fields = "[{\"name\":\"engraving\",\"max\":5}]";
	WANT_INT(save(cx, &product), CATALOG_CHANGED);
	WANT_INT(version_of("plate"), 2);
	WANT_OK(IN_READ(cx, catalog_get_by_slug(tx, "a-plate", &read)));
	WANT_TEXT(read.sku, "plate");
	WANT_INT(read.price.minor, 1300);
	WANT_TEXT(read.metadata_fields, product.metadata_fields);
	test_ctx_free(cx);
}

static void
unknown_and_inactive_products_cannot_be_had(void **state)
{
	struct ctx *cx = test_ctx();
	struct product product = plate(), *list;
	const char *skus[] = {"plate", "nothing"};
	struct err *e;
	size_t n;

	(void)state;
	save(cx, &product);
	e = IN_READ(cx, catalog_get_by_sku(tx, "nothing", &product));
	WANT_ERR(e, UNKNOWN_SKU);
	WANT_TEXT(e->problems.list[0].field, "sku");
	WANT_ERR(IN_READ(cx, catalog_get_by_slug(tx, "nothing", &product)), NOT_FOUND);
	WANT_OK(IN_READ(cx, catalog_list_by_sku(tx, skus, 2, &list, &n)));
	WANT_INT(n, 1);
	WANT_OK(IN_READ(cx, catalog_list_by_sku(tx, skus, 0, &list, &n)));
	WANT_INT(n, 0);
	test_script("UPDATE product SET active = FALSE WHERE sku = 'plate'");
	WANT_ERR(IN_READ(cx, catalog_get_by_sku(tx, "plate", &product)), UNKNOWN_SKU);
	WANT_ERR(IN_READ(cx, catalog_get_by_slug(tx, "a-plate", &product)), NOT_FOUND);
	test_ctx_free(cx);
}

static void
the_shelf_shows_active_products_by_position(void **state)
{
	struct kit kit = kit_new();
	struct product *list;
	size_t n;

	(void)state;
	test_script("UPDATE product SET position = 100;"
		    "UPDATE product SET position = 1 WHERE sku = 'print';"
		    "UPDATE product SET position = 2 WHERE sku = 'guide';"
		    "UPDATE product SET active = FALSE WHERE sku = 'mug'");
	WANT_OK(IN_READ(kit.cx, catalog_list(tx, "", 500, &list, &n)));
	WANT_TEXT(list[0].sku, "print");
	WANT_INT(list[0].available.n, 3);
	WANT_TEXT(list[1].sku, "guide");
	WANT(!list[1].available.there); /* it never runs out */
	for (size_t i = 0; i < n; i++)
		WANT(strcmp(list[i].sku, "mug") != 0);
	test_ctx_free(kit.cx);
}

static void
the_shelf_in_pieces_is_the_whole_shelf(void **state)
{
	struct kit kit = kit_new();
	struct product *whole, *piece;
	const char *after = "";
	size_t n, n_piece, at = 0;

	(void)state;
	test_script("UPDATE product SET position = 100, active = TRUE;"
		    "UPDATE product SET position = 1 WHERE sku = 'print'");
	WANT_OK(IN_READ(kit.cx, catalog_list(tx, NULL, 500, &whole, &n)));
	WANT(n > 4);
	do {
		WANT_OK(IN_READ(kit.cx, catalog_list(tx, after, 2, &piece, &n_piece)));
		WANT(n_piece <= 2);
		for (size_t i = 0; i < n_piece; i++)
			WANT_TEXT(piece[i].sku, whole[at++].sku);
		after = n_piece == 0 ? "" : piece[n_piece - 1].slug;
	} while (n_piece > 0);
	WANT_INT(at, n);
	WANT_OK(IN_READ(kit.cx, catalog_list(tx, "no-such-slug", 2, &piece, &n_piece)));
	WANT_INT(n_piece, 0);
	test_ctx_free(kit.cx);
}

static bool
names(const struct problems *problems, const char *field)
{
	for (size_t i = 0; i < problems->n; i++)
		if (strcmp(problems->list[i].field, field) == 0)
			return true;
	return false;
}

static void
a_spoiled_row_names_each_of_its_columns(void **state)
{
	static const char *const fields[] = {"sku",       "slug",     "title",
					     "kind",      "currency", "price",
					     "per_order", "weight_g"};
	struct product spoiled = {.sku = "a b",
				  .slug = "",
				  .kind = "cloud",
				  .price = {.minor = -1, .currency = "XXY"},
				  .weight_g = -5};
	struct product good = plate();
	struct problems problems = {0};
	char long_title[300];

	(void)state;
	catalog_check(NULL, &spoiled, &problems);
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		WANT(names(&problems, fields[i]));
	problems = (struct problems){0};
	catalog_check(NULL, &good, &problems);
	WANT_INT(problems.n, 0);
	memset(long_title, 'x', sizeof long_title - 1);
	long_title[sizeof long_title - 1] = '\0';
	good.title = long_title;
	catalog_check(NULL, &good, &problems);
	WANT_INT(problems.n, 1);
	WANT_TEXT(problems.list[0].code, "too_long");
}

/* The code of the problem with metadata, or NULL. */
static const char *
verdict(const char *declared, const char *json)
{
	struct ctx *cx = test_ctx();
	struct product product = plate();
	struct problems problems = {0};

	product.metadata_fields = declared;
	catalog_check_metadata(cx->mem, &product, json, &problems);
	test_ctx_free(cx);
	return problems.n == 0 ? NULL : problems.list[0].code;
}

static void
metadata_is_a_flat_object_of_at_most_4_kb(void **state)
{
	char json[4200];

	(void)state;
	WANT_TEXT(verdict(NULL, NULL), NULL);
	WANT_TEXT(verdict(NULL, "{\"gift\":true,\"for\":\"Ada\",\"n\":3}"), NULL);
	WANT_TEXT(verdict(NULL, "[1]"), "invalid");
	WANT_TEXT(verdict(NULL, "\"text\""), "invalid");
	WANT_TEXT(verdict(NULL, "{broken"), "invalid");
	WANT_TEXT(verdict(NULL, "{\"a\":{\"b\":1}}"), "invalid");
	WANT_TEXT(verdict(NULL, "{\"a\":[1]}"), "invalid");
	snprintf(json, sizeof json, "{\"a\":\"%0*d\"}", 4096 - 8, 0);
	WANT_INT(strlen(json), 4096);
	WANT_TEXT(verdict(NULL, json), NULL);
	snprintf(json, sizeof json, "{\"a\":\"%0*d\"}", 4096 - 7, 0);
	WANT_TEXT(verdict(NULL, json), "too_long");
}

static void
metadata_says_only_what_the_product_declares(void **state)
{
	static const char fields[] = "[{\"name\":\"engraving\",\"max\":5},"
				     "{\"name\":\"gift\"}]";

	(void)state;
	WANT_TEXT(verdict(fields, "{\"engraving\":\"Ada\",\"gift\":true}"), NULL);
	WANT_TEXT(verdict(fields, "{\"engraving\":\"Äöüß!\"}"), NULL); /* characters */
	WANT_TEXT(verdict(fields, "{\"engraving\":\"Lovelace\"}"), "invalid");
	WANT_TEXT(verdict(fields, "{\"engraving\":7}"), "invalid");
	WANT_TEXT(verdict(fields, "{\"colour\":\"red\"}"), "invalid");
	WANT_TEXT(verdict("broken", "{\"colour\":\"red\"}"), NULL);
}

/* The field of the first problem with metadata, or NULL. */
static const char *
field_at_fault(const char *declared, const char *json)
{
	static char field[80];
	struct ctx *cx = test_ctx();
	struct product product = plate();
	struct problems problems = {0};

	product.metadata_fields = declared;
	catalog_check_metadata(cx->mem, &product, json, &problems);
	if (problems.n > 0)
		snprintf(field, sizeof field, "%s %s", problems.list[0].field,
			 problems.list[0].code);
	test_ctx_free(cx);
	return problems.n == 0 ? NULL : field;
}

static void
what_a_product_requires_has_to_be_said(void **state)
{
	static const char fields[] =
		"[{\"name\":\"engraving\",\"max\":5,\"required\":true},"
		"{\"name\":\"gift\",\"required\":false}]";
	static const char missing[] = "metadata.engraving required";

	(void)state;
	WANT_TEXT(field_at_fault(fields, "{\"engraving\":\"Ada\"}"), NULL);
	WANT_TEXT(field_at_fault(fields, NULL), missing);
	WANT_TEXT(field_at_fault(fields, "{}"), missing);
	WANT_TEXT(field_at_fault(fields, "{\"gift\":true}"), missing);
	WANT_TEXT(field_at_fault(fields, "{\"engraving\":\"\"}"), missing);
	WANT_TEXT(field_at_fault(fields, "{\"engraving\":null}"), "metadata invalid");
	WANT_TEXT(field_at_fault("[{\"name\":\"gift\"}]", NULL), NULL);
}

/* ---- many at once ---- */

static struct catalog_import
row(const char *sku, int64_t price, int64_t stock)
{
	struct catalog_import import = {.product = plate(),
					.stock = {.there = true, .n = stock}};

	import.product.sku = import.product.slug = sku;
	import.product.price = money_of(price, "USD");
	return import;
}

static fallible
count(void *to, const void *product)
{
	(void)product;
	++*(int64_t *)to;
	return NULL;
}

static void
an_import_adds_changes_and_leaves(void **state)
{
	struct ctx *cx = test_ctx();
	struct catalog_import rows[] = {row("cup", 500, 7), row("bowl", 700, 0)};
	int64_t seen = 0;

	(void)state;
	WANT_OK(IN_READ(cx, catalog_bulk_look(tx, rows, 2)));
	WANT_INT(rows[0].change, CATALOG_ADDED);
	WANT_INT(test_number("SELECT COUNT(*) FROM product WHERE sku = 'cup'"), 0);
	WANT_OK(IN_TX(cx, catalog_bulk_save(tx, rows, 2, "import")));
	WANT_INT(kit_stock("on_hand", "cup"), 7);
	WANT_INT(test_number("SELECT SUM(qty) FROM stock_move WHERE sku = 'cup'"), 7);

	rows[0] = row("cup", 550, 99); /* stock is opened once, never set */
	rows[1] = row("bowl", 700, 0);
	rows[1].kept = CATALOG_WEIGHT | CATALOG_TAX_CLASS | CATALOG_PER_ORDER |
		       CATALOG_PICTURE | CATALOG_SUMMARY | CATALOG_DESCRIPTION |
		       CATALOG_POSITION;
	rows[1].product.weight_g = 999;
	WANT_OK(IN_TX(cx, catalog_bulk_save(tx, rows, 2, "import")));
	WANT_INT(rows[0].change, CATALOG_CHANGED);
	WANT_INT(rows[1].change, CATALOG_SAME);
	WANT_INT(kit_stock("on_hand", "cup"), 7);
	WANT_INT(test_number("SELECT price FROM product WHERE sku = 'cup'"), 550);
	WANT_OK(IN_READ(cx, catalog_bulk_each(tx, count, &seen)));
	WANT_INT(seen, test_number("SELECT COUNT(*) FROM product WHERE active"));
	test_ctx_free(cx);
}

static void
an_import_refuses_a_slug_that_is_taken(void **state)
{
	struct ctx *cx = test_ctx();
	struct catalog_import import = row("saucer", 300, 1);
	struct product product = plate();

	(void)state;
	save(cx, &product);
	import.product.slug = "a-plate";
	WANT_ERR(IN_TX(cx, catalog_bulk_save(tx, &import, 1, "import")), REFUSED);
	WANT_TEXT(import.slug_taken_by, "plate");
	WANT_INT(test_number("SELECT COUNT(*) FROM product WHERE sku = 'saucer'"), 0);
	test_ctx_free(cx);
}

TESTS(TEST(a_products_version_rises_only_when_it_changes),
      TEST(unknown_and_inactive_products_cannot_be_had),
      TEST(the_shelf_shows_active_products_by_position),
      TEST(the_shelf_in_pieces_is_the_whole_shelf),
      TEST(a_spoiled_row_names_each_of_its_columns),
      TEST(metadata_is_a_flat_object_of_at_most_4_kb),
      TEST(metadata_says_only_what_the_product_declares),
      TEST(what_a_product_requires_has_to_be_said),
      TEST(an_import_adds_changes_and_leaves),
      TEST(an_import_refuses_a_slug_that_is_taken))
