/* cart_price_test.c - what a cart costs now, and what its shopper is told of changes.
 */
#include <stdio.h>

#include "domain/cart.h"
#include "domain/catalog.h"
#include "domain/stock.h"
#include "support/kit.h"

static struct kit kit;
static struct cart cart;

static void
look(int visitor)
{
	WANT_OK(IN_READ(kit.cx,
			cart_read(tx, kit.shop->terms, kit_visitor(visitor), &cart)));
}

static const struct notice *
only_notice(void)
{
	WANT_INT(cart.n_notices, 1);
	return &cart.notices[0];
}

static void
a_new_price_is_shown_beside_the_old_one_until_it_was_seen(void **state)
{
	(void)state;
	kit = kit_new();
	kit_fill_cart(&kit, 1, "mug", 2);
	look(1);
	WANT_INT(cart.n_notices, 0);
	test_script("UPDATE product SET price = 2000 WHERE sku = 'mug'");
	look(1);
	WANT_TEXT(only_notice()->code, "price_changed");
	WANT_TEXT(only_notice()->field,
		  arena_printf(kit.cx->mem, "items.%s", cart.items[0].uid.text));
	WANT_TEXT(only_notice()->message,
		  "The price of mug is now $20.00; it was $18.00.");
	WANT_INT(cart.pricing.subtotal.minor, 4000);
	kit_fill_cart(&kit, 1, "mug", 1); /* touching the line accepts it */
	look(1);
	WANT_INT(cart.n_notices, 0);
	test_ctx_free(kit.cx);
}

static void
less_stock_than_wanted_is_told(void **state)
{
	struct stock row;

	(void)state;
	kit = kit_new();
	kit_add_product(&kit, "lamp", "ship", 500, 5);
	kit_fill_cart(&kit, 2, "lamp", 5);
	WANT_OK(IN_TX(kit.cx, stock_set(tx, "lamp", 2, "test", &row)));
	look(2);
	WANT_TEXT(only_notice()->code, "sold_out");
	WANT_TEXT(only_notice()->message, "Only 2 of lamp are left.");
	WANT_INT(cart.items[0].available.n, 2);
	WANT_OK(IN_TX(kit.cx, stock_set(tx, "lamp", 0, "test", &row)));
	look(2);
	WANT_TEXT(only_notice()->message, "lamp is sold out. Please remove it.");
	test_script("UPDATE product SET active = FALSE WHERE sku = 'lamp'");
	look(2);
	WANT_TEXT(only_notice()->code, "unknown_sku");
	WANT_TEXT(only_notice()->message,
		  "lamp is not sold any more. Please remove it.");
	WANT(cart.items[0].available.there);
	WANT_INT(cart.items[0].available.n, 0);
	test_ctx_free(kit.cx);
}

static void
only_goods_have_to_be_delivered(void **state)
{
	(void)state;
	kit = kit_new();
	kit_fill_cart(&kit, 3, "guide", 1);
	look(3);
	WANT(!cart.needs_shipping);
	WANT_INT(cart.pricing.shipping.minor, 0);
	WANT_INT(cart.pricing.total.minor, 900);
	WANT(!cart.items[0].available.there); /* as many as one likes */
	kit_fill_cart(&kit, 3, "mug", 1);
	look(3);
	WANT(cart.needs_shipping);
	WANT_INT(cart.pricing.shipping.minor, 450);
	WANT_INT(cart.pricing.total.minor, 900 + 1800 + 450);
	kit_fill_cart(&kit, 3, "mug", 5); /* free from $100 */
	look(3);
	WANT_INT(cart.pricing.shipping.minor, 0);
	test_ctx_free(kit.cx);
}

/* Random carts, with random rates: line figures add up to the header's. */
static void
lines_add_up_to_the_header(void **state)
{
	uint64_t seed = 42;
	char sku[20];

	(void)state;
	kit = kit_new();
	WANT_OK(tax_rates_read(kit.cx->mem, "US standard 8.875", false,
			       &kit.shop->terms->tax));
	for (int i = 0; i < 8; i++) {
		snprintf(sku, sizeof sku, "odd-%d", i);
		kit_add_product(&kit, sku, "ship",
				1 + (int64_t)check_random_below(&seed, 9999), 100);
	}
	for (int visitor = 100; visitor < 120; visitor++) {
		struct money sum = money_zero("USD"), tax = money_zero("USD");

		for (uint64_t n = check_random_below(&seed, 8) + 1; n > 0; n--) {
			snprintf(sku, sizeof sku, "odd-%d", (int)n - 1);
			kit_fill_cart(&kit, visitor, sku,
				      1 + (int64_t)check_random_below(&seed, 9));
		}
		look(visitor);
		for (size_t i = 0; i < cart.n_items; i++) {
			sum = money_add(sum, cart.items[i].line_total);
			tax = money_add(tax, cart.pricing.lines[i].tax);
		}
		WANT_INT(cart.pricing.subtotal.minor, sum.minor);
		WANT_INT(cart.pricing.total.minor,
			 cart.pricing.subtotal.minor - cart.pricing.discount.minor +
				 cart.pricing.shipping.minor + cart.pricing.tax.minor);
		WANT(tax.minor <= cart.pricing.tax.minor); /* the rest is shipping's */
	}
	test_ctx_free(kit.cx);
}

/* A slip of the shop, 10,000 times too dear, and a limit per order that fell with it.
 */
static void
a_price_beyond_all_bounds_closes_no_cart(void **state)
{
	struct checkout *checkout;
	struct placed *placed;
	struct placing want;

	(void)state;
	kit = kit_new();
	placed = arena_new_of(kit.cx->mem, struct placed, 1);
	checkout = arena_new_of(kit.cx->mem, struct checkout, 1);
	kit_fill_cart(&kit, 4, "mug", 2);
	kit_fill_cart(&kit, 4, "pen", 1);
	test_script("UPDATE product SET price = 900000000000 WHERE sku = 'mug'");
	look(4);
	WANT_TEXT(only_notice()->code, "unknown_sku");
	WANT_INT(cart.items[0].line_total.minor, 3600);
	WANT_INT(cart.pricing.subtotal.minor, 3600 + 250);
	WANT_INT(cart.items[0].available.n, 0);
	WANT_OK(kit_start(&kit, 4, checkout)); /* what can be had is held */
	kit_give_details(&kit, 4);
	want = kit_placing(&kit, 4, "beyond");
	WANT_ERR(IN_TX(kit.cx, placing_place(tx, kit.shop->terms, &want, placed)),
		 SOLD_OUT);
	WANT_INT(test_number("SELECT COUNT(*) FROM orders"), 0);
	WANT_ERR(IN_TX(kit.cx, cart_add_item(tx, kit.shop->terms, kit_visitor(4), "mug",
					     1, NULL, &cart)),
		 INVALID);
	look(4);
	WANT_OK(IN_TX(kit.cx, cart_drop_item(tx, kit.shop->terms, kit_visitor(4),
					     cart.items[0].uid.text, &cart)));
	WANT_INT(cart.n_items, 1);
	WANT_INT(cart.n_notices, 0);
	WANT_INT(cart.pricing.subtotal.minor, 250);
	test_ctx_free(kit.cx);
}

/* The fullest cart there can be has a total. */
static void
the_dearest_cart_can_be_priced(void **state)
{
	struct product product = {.price = money_of(CATALOG_LINE_MAX / 9, "USD"),
				  .sku = "dear",
				  .slug = "dear",
				  .title = "dear",
				  .kind = "ship",
				  .per_order = 9};
	struct problems problems = {0};
	char sku[20];

	(void)state;
	catalog_check(NULL, &product, &problems);
	WANT_INT(problems.n, 0);
	product.price.minor++;
	catalog_check(NULL, &product, &problems);
	WANT_INT(problems.n, 1);
	WANT_TEXT(problems.list[0].field, "price");

	kit = kit_new();
	WANT_OK(tax_rates_read(kit.cx->mem, "US standard 25", false,
			       &kit.shop->terms->tax));
	for (int i = 0; i < kit.shop->terms->max_lines; i++) {
		snprintf(sku, sizeof sku, "dear-%d", i);
		kit_add_product(&kit, sku, "ship", CATALOG_LINE_MAX / 9, 9);
		kit_fill_cart(&kit, 5, sku, 9);
	}
	look(5);
	WANT_INT(cart.n_items, 50);
	WANT(cart.pricing.total.minor > 50 * (CATALOG_LINE_MAX - 9));
	test_ctx_free(kit.cx);
}

TESTS(TEST(a_price_beyond_all_bounds_closes_no_cart),
      TEST(the_dearest_cart_can_be_priced),
      TEST(a_new_price_is_shown_beside_the_old_one_until_it_was_seen),
      TEST(less_stock_than_wanted_is_told), TEST(only_goods_have_to_be_delivered),
      TEST(lines_add_up_to_the_header))
