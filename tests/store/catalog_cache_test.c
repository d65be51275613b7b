/* catalog_cache_test.c - what a process remembers of the catalogue is soon forgotten,
 * and never sold by (F-025). */
#include "domain/catalog_cache.h"

#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "base/shared.h"
#include "support/kit.h"

enum { MANY = 700, BLURB = 2000 };

static struct product
look(struct kit *kit, struct catalog_cache *cache, const char *sku)
{
	struct product product = {0};
	const char *slug = test_text("SELECT slug FROM product WHERE sku = '%s'", sku);

	WANT_OK(IN_READ(kit->cx, catalog_cache_get_by_slug(cache, tx, slug, &product)));
	return product;
}

static void
what_is_known_costs_no_statement(void **state)
{
	struct kit kit = kit_new();
	struct shared *shared = shared_private();
	struct catalog_cache *cache = catalog_cache_new(kit.cx->mem, shared);
	struct product *list = NULL;
	struct product mug = {0};
	size_t n = 0;
	int64_t before = db_statements(kit.cx->db);

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct arena_mark mark = arena_mark(kit.cx->mem);

		mug = look(&kit, cache, "mug");
		WANT_OK(IN_READ(kit.cx,
				catalog_cache_list(cache, tx, "", 2, &list, &n)));
		arena_rewind(kit.cx->mem, mark);
	}
	WANT_INT(db_statements(kit.cx->db) - before, 2);
	WANT_INT(shared->catalog.asked, 6);
	WANT_INT(shared->catalog.known, 4);
	WANT_TEXT(mug.sku, "mug");
	WANT_TEXT(mug.kind, "ship");
	WANT_INT(mug.available.n, 20);
	WANT_INT(n, 2);
	WANT(list[0].sku[0] != '\0' && list[1].sku[0] != '\0');
	catalog_cache_free(cache);
	test_ctx_free(kit.cx);
}

/* What was put into the cart meanwhile had today's price. */
static void
a_new_price_is_sold_at_once_and_seen_within_two_seconds(void **state)
{
	struct kit kit = kit_new();
	struct catalog_cache *cache = catalog_cache_new(kit.cx->mem, NULL);
	struct cart cart;
	int64_t changed_us;

	(void)state;
	WANT_INT(look(&kit, cache, "mug").price.minor, 1800);
	test_script("UPDATE product SET price = 1900 WHERE sku = 'mug'");
	changed_us = clock_steady_us();
	WANT_INT(look(&kit, cache, "mug").price.minor, 1800);
	WANT_OK(IN_TX(kit.cx, cart_add_item(tx, kit.shop->terms, kit_visitor(1), "mug",
					    1, NULL, &cart)));
	WANT_INT(cart.items[0].unit_price.minor, 1900);
	while (look(&kit, cache, "mug").price.minor != 1900) {
		WANT(clock_steady_us() - changed_us < SECONDS(2));
		nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
	}
	catalog_cache_free(cache);
	test_ctx_free(kit.cx);
}

/* More than it has places and room for: it forgets, and all it says is true. */
static void
it_keeps_no_more_than_it_has_room_for(void **state)
{
	struct kit kit = kit_new();
	struct catalog_cache *cache = catalog_cache_new(kit.cx->mem, NULL);
	struct product *list = NULL;
	size_t n = 0;

	(void)state;
	test_script("INSERT INTO product (sku, slug, title, kind, price, currency,"
		    " description) SELECT CONCAT('c', seq), CONCAT('c', seq),"
		    " CONCAT('Thing ', seq), 'ship', seq, 'USD', REPEAT('x', %d)"
		    " FROM seq_1_to_%d",
		    BLURB, MANY);
	for (int i = 1; i <= MANY; i++) {
		struct arena_mark mark = arena_mark(kit.cx->mem);
		char sku[20], title[30];
		struct product product;

		snprintf(sku, sizeof sku, "c%d", i);
		snprintf(title, sizeof title, "Thing %d", i);
		product = look(&kit, cache, sku);
		WANT_TEXT(product.title, title);
		WANT_INT(strlen(product.description), BLURB);
		arena_rewind(kit.cx->mem, mark);
	}
	WANT_OK(IN_READ(kit.cx, catalog_cache_list(cache, tx, "", MANY, &list, &n)));
	WANT_INT(n, MANY);
	catalog_cache_free(cache);
	test_ctx_free(kit.cx);
}

static void
what_is_not_there_is_not_remembered(void **state)
{
	struct kit kit = kit_new();
	struct catalog_cache *cache = catalog_cache_new(kit.cx->mem, NULL);
	struct product product;

	(void)state;
	WANT_ERR(IN_READ(kit.cx,
			 catalog_cache_get_by_slug(cache, tx, "new-thing", &product)),
		 NOT_FOUND);
	test_script("UPDATE product SET slug = 'new-thing' WHERE sku = 'mug'");
	WANT_OK(IN_READ(kit.cx,
			catalog_cache_get_by_slug(cache, tx, "new-thing", &product)));
	WANT_TEXT(product.sku, "mug");
	catalog_cache_free(cache);
	test_ctx_free(kit.cx);
}

TESTS(TEST(what_is_known_costs_no_statement),
      TEST(a_new_price_is_sold_at_once_and_seen_within_two_seconds),
      TEST(it_keeps_no_more_than_it_has_room_for),
      TEST(what_is_not_there_is_not_remembered))
