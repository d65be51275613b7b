/* checkout_test.c - starting a checkout: holds, clocks, versions, caps; then its
 * details. */
#include "domain/checkout.h"

#include <stdio.h>

#include "domain/stock.h"
#include "support/kit.h"

static struct kit kit;
static struct checkout checkout;

static struct err *
start(int visitor, int64_t version, struct origin origin)
{
	return IN_TX(kit.cx, checkout_start(tx, kit.shop->terms, kit_visitor(visitor),
					    version, origin, &checkout));
}

static struct err *
save(int visitor, struct details details)
{
	return IN_TX(kit.cx, checkout_save(tx, kit.shop->terms, kit_visitor(visitor),
					   &details, &checkout));
}

static struct err *
look(int visitor)
{
	return IN_READ(kit.cx, checkout_read(tx, kit.shop->terms, kit_visitor(visitor),
					     &checkout));
}

/* Minutes until the holds of a visitor's cart end. */
static int64_t
minutes_left(void)
{
	return instant_since(checkout.cart.hold_expires_at, clock_now()) / MINUTES(1);
}

static void
an_empty_cart_cannot_be_checked_out(void **state)
{
	struct cart cart;

	(void)state;
	kit = kit_new();
	WANT_ERR(kit_start(&kit, 1, &checkout), CART_EMPTY);
	kit_fill_cart(&kit, 1, "mug", 1);
	WANT_ERR(look(1), NOT_STARTED);
	WANT_ERR(save(1, kit_details(&kit)), NOT_STARTED);
	WANT_OK(IN_READ(kit.cx, cart_read(tx, kit.shop->terms, kit_visitor(1), &cart)));
	WANT_OK(IN_TX(kit.cx, cart_drop_item(tx, kit.shop->terms, kit_visitor(1),
					     cart.items[0].uid.text, &cart)));
	WANT_ERR(kit_start(&kit, 1, &checkout), CART_EMPTY);
	test_ctx_free(kit.cx);
}

static void
a_start_for_another_version_is_refused(void **state)
{
	(void)state;
	kit = kit_new();
	kit_fill_cart(&kit, 2, "mug", 1);
	WANT_OK(kit_start(&kit, 2, &checkout));
	WANT_ERR(start(2, checkout.cart.version + 1, (struct origin){.exempt = true}),
		 CART_CHANGED);
	WANT_OK(start(2, checkout.cart.version, (struct origin){.exempt = true}));
	test_ctx_free(kit.cx);
}

static void
starting_twice_extends_and_never_doubles(void **state)
{
	struct uuid id;

	(void)state;
	kit = kit_new();
	kit_add_product(&kit, "desk", "ship", 100, 5);
	kit_fill_cart(&kit, 3, "desk", 4);
	WANT_OK(kit_start(&kit, 3, &checkout));
	id = checkout.cart.checkout_uid;
	WANT_INT(kit_stock("reserved", "desk"), 4);
	test_turn_clock(20 * 60);
	WANT_OK(kit_start(&kit, 3, &checkout));
	WANT_TEXT(checkout.cart.checkout_uid.text, id.text);
	WANT_INT(kit_stock("reserved", "desk"), 4);
	WANT_INT(test_number("SELECT COUNT(*) FROM reservation WHERE sku = 'desk'"), 1);
	WANT(minutes_left() >= 29);
	WANT_INT(
		test_number("SELECT TIMESTAMPDIFF(MINUTE, UTC_TIMESTAMP(6), expires_at)"
			    " FROM reservation WHERE sku = 'desk'"),
		49); /* of the database's own clock */
	test_turn_clock(0);
	kit_books_balance();
	test_ctx_free(kit.cx);
}

static void
a_start_holds_what_is_there_of_each_line(void **state)
{
	(void)state;
	kit = kit_new();
	kit_add_product(&kit, "sofa", "ship", 100, 5);
	kit_add_product(&kit, "rug", "ship", 100, 5);
	kit_fill_cart(&kit, 4, "sofa", 5);
	kit_fill_cart(&kit, 4, "rug", 5);
	kit_fill_cart(&kit, 5, "sofa", 3);
	kit_fill_cart(&kit, 6, "sofa", 3);
	WANT_OK(kit_start(&kit, 5, &checkout));
	WANT_OK(kit_start(&kit, 4, &checkout));
	WANT_INT(checkout.cart.items[0].held, 2);
	WANT_INT(checkout.cart.items[0].available.n, 2);
	WANT_INT(checkout.cart.items[1].held, 5);
	WANT_INT(kit_stock("reserved", "sofa"), 5);
	WANT_ERR(checkout_check_stock(kit.cx->mem, &checkout.cart), SOLD_OUT);

	/* nothing at all is left for the next one */
	WANT_ERR(kit_start(&kit, 6, &checkout), SOLD_OUT);
	WANT_ERR(look(6), NOT_STARTED);
	kit_books_balance();
	test_ctx_free(kit.cx);
}

static void
a_line_that_is_not_sold_any_more_is_let_go(void **state)
{
	struct err *e;

	(void)state;
	kit = kit_new();
	kit_add_product(&kit, "harp", "ship", 100, 5);
	kit_fill_cart(&kit, 7, "harp", 2);
	kit_fill_cart(&kit, 7, "guide", 1);
	WANT_OK(kit_start(&kit, 7, &checkout));
	test_script("UPDATE product SET active = FALSE WHERE sku = 'harp'");
	WANT_OK(kit_start(&kit, 7, &checkout));
	WANT_INT(kit_stock("reserved", "harp"), 0);
	WANT_INT(checkout.cart.items[1].held, 1); /* endless: as many as wanted */
	e = checkout_check_stock(kit.cx->mem, &checkout.cart);
	WANT_ERR(e, SOLD_OUT);
	WANT_INT(e->problems.n, 1);
	WANT_TEXT(e->problems.list[0].code, "unknown_sku");
	WANT_TEXT(
		e->problems.list[0].field,
		arena_printf(kit.cx->mem, "items.%s", checkout.cart.items[0].uid.text));
	test_ctx_free(kit.cx);
}

static void
one_address_holds_for_so_many_unpaid_checkouts(void **state)
{
	struct origin home = {.address = kit_visitor(1000)};
	struct origin other = {.address = kit_visitor(1001)};

	(void)state;
	kit = kit_new();
	kit.shop->terms->hold_cap = 3;
	for (int visitor = 10; visitor < 15; visitor++)
		kit_fill_cart(&kit, visitor, "pen", 1);
	for (int visitor = 10; visitor < 13; visitor++)
		WANT_OK(start(visitor, 0, home));
	WANT_ERR(start(13, 0, home), LIMITED);
	WANT_OK(start(12, 0, home)); /* its own one may go on */
	WANT_OK(start(13, 0, other));
	home.exempt = true;
	WANT_OK(start(14, 0, home));
	home.exempt = false;
	test_turn_clock(31 * 60); /* their holds are over */
	WANT_OK(start(13, 0, home));
	test_turn_clock(0);
	test_ctx_free(kit.cx);
}

static void
holding_at_payment_holds_nothing_before(void **state)
{
	struct placement placed;
	struct placing want;

	(void)state;
	kit = kit_new();
	kit.shop->terms->hold_at_start = false;
	kit_add_product(&kit, "kite", "ship", 100, 5);
	kit_checkout(&kit, 15, "kite", 2);
	WANT_INT(kit_stock("reserved", "kite"), 0);
	want = kit_placing(&kit, 15, "hold-at-payment");
	kit_script_begin(&kit);
	kit_will_create(&kit, PAY_DONE);
	WANT_OK(kit_place_order(kit.shop, kit.cx, &want, &placed));
	WANT_INT(kit_stock("reserved", "kite"), 2);
	kit_books_balance();
	test_ctx_free(kit.cx);
}

static void
the_idle_clock_is_wound_up_only_under_25_minutes(void **state)
{
	struct instant until;

	(void)state;
	kit = kit_new();
	kit_add_product(&kit, "vase", "ship", 100, 5);
	kit_fill_cart(&kit, 16, "vase", 1);
	WANT_OK(kit_start(&kit, 16, &checkout));
	until = checkout.cart.hold_expires_at;
	test_turn_clock(4 * 60);
	WANT_OK(save(16, kit_details(&kit)));
	WANT_INT(instant_since(checkout.cart.hold_expires_at, until), 0);
	test_turn_clock(6 * 60);
	WANT_OK(look(16)); /* looking winds nothing */
	WANT_INT(instant_since(checkout.cart.hold_expires_at, until), 0);
	WANT_OK(save(16, kit_details(&kit)));
	WANT(instant_since(checkout.cart.hold_expires_at, until) >= MINUTES(6));
	WANT_OK(look(16));
	WANT_INT(minutes_left(), 29);
	WANT_INT(test_number("SELECT COUNT(*) FROM reservation r JOIN checkout k USING"
			     " (cart_id) WHERE r.sku = 'vase'"
			     " AND r.expires_at = k.hold_expires_at"),
		 1);
	until = checkout.cart.hold_expires_at;
	test_turn_clock(6 * 60 +
			31 * 60); /* it ran out: only a new start holds again */
	WANT_OK(save(16, kit_details(&kit)));
	WANT_INT(instant_since(checkout.cart.hold_expires_at, until), 0);
	test_turn_clock(0);
	test_ctx_free(kit.cx);
}

static void
an_idle_checkout_lets_go_and_tells_on_the_next_visit(void **state)
{
	struct cart cart;
	int64_t freed;

	(void)state;
	kit = kit_new();
	kit_add_product(&kit, "oven", "ship", 100, 2);
	kit_fill_cart(&kit, 17, "oven", 2);
	kit_fill_cart(&kit, 18, "oven", 1);
	WANT_OK(kit_start(&kit, 17, &checkout));
	test_turn_clock(31 * 60);
	WANT_OK(IN_TX(kit.cx, stock_expire(tx, 100, &freed)));
	WANT_OK(kit_start(&kit, 18, &checkout)); /* somebody else has one now */
	WANT_OK(IN_READ(kit.cx,
			cart_read(tx, kit.shop->terms, kit_visitor(17), &cart)));
	WANT_INT(cart.n_items, 1); /* the cart stays */
	WANT_TEXT(cart.notices[0].message, "Only 1 of oven are left.");
	test_turn_clock(0);
	kit_books_balance();
	test_ctx_free(kit.cx);
}

static void
looking_works_for_who_has_no_checkout(void **state)
{
	(void)state;
	kit = kit_new();
	WANT_OK(IN_READ(kit.cx, checkout_look(tx, kit.shop->terms, kit_visitor(19),
					      &checkout)));
	WANT_INT(checkout.cart.id.n, 0);
	kit_fill_cart(&kit, 19, "mug", 1);
	WANT_OK(IN_READ(kit.cx, checkout_look(tx, kit.shop->terms, kit_visitor(19),
					      &checkout)));
	WANT_INT(checkout.cart.n_items, 1);
	WANT_TEXT(checkout.cart.checkout_uid.text, "");
	test_ctx_free(kit.cx);
}

static void
validating_stores_nothing(void **state)
{
	struct details details;
	int64_t contacts = test_number("SELECT COUNT(*) FROM contact");

	(void)state;
	kit = kit_new();
	kit_fill_cart(&kit, 20, "mug", 1);
	WANT_OK(kit_start(&kit, 20, &checkout));
	details = kit_details(&kit);
	details.email = "nobody";
	WANT_ERR(checkout_apply(kit.cx->mem, kit.shop->terms, &checkout, &details),
		 INVALID);
	WANT_OK(look(20));
	WANT_TEXT(checkout.details.email, NULL);
	WANT_INT(test_number("SELECT COUNT(*) FROM contact"), contacts);
	test_ctx_free(kit.cx);
}

static void
what_is_offered_no_more_has_to_be_chosen_anew(void **state)
{
	(void)state;
	kit = kit_new();
	kit_checkout(&kit, 21, "mug", 1);
	kit.shop->terms->n_methods = 0;
	WANT_OK(look(21));
	WANT_INT(checkout.missing.n, 1);
	WANT_TEXT(checkout.missing.list[0].field, "payment_method");
	test_ctx_free(kit.cx);
}

TESTS(TEST(an_empty_cart_cannot_be_checked_out),
      TEST(a_start_for_another_version_is_refused),
      TEST(starting_twice_extends_and_never_doubles),
      TEST(a_start_holds_what_is_there_of_each_line),
      TEST(a_line_that_is_not_sold_any_more_is_let_go),
      TEST(one_address_holds_for_so_many_unpaid_checkouts),
      TEST(holding_at_payment_holds_nothing_before),
      TEST(the_idle_clock_is_wound_up_only_under_25_minutes),
      TEST(an_idle_checkout_lets_go_and_tells_on_the_next_visit),
      TEST(looking_works_for_who_has_no_checkout), TEST(validating_stores_nothing),
      TEST(what_is_offered_no_more_has_to_be_chosen_anew))
