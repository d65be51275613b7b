/* cart_test.c - what a shopper puts aside: one cart, its lines, limits, versions, end.
 */
#include "domain/cart.h"

#include <stdio.h>

#include "support/kit.h"

static struct kit kit;
static struct cart cart;

static struct err *
add(int visitor, const char *sku, int64_t quantity)
{
	return IN_TX(kit.cx, cart_add_item(tx, kit.shop->terms, kit_visitor(visitor),
					   sku, quantity, NULL, &cart));
}

static struct err *
set(int visitor, const char *item, int64_t quantity)
{
	return IN_TX(kit.cx,
		     cart_set_quantity(tx, kit.shop->terms, kit_visitor(visitor), item,
				       quantity, &cart));
}

static struct err *
drop(int visitor, const char *item)
{
	return IN_TX(kit.cx, cart_drop_item(tx, kit.shop->terms, kit_visitor(visitor),
					    item, &cart));
}

static void
look(int visitor)
{
	WANT_OK(IN_READ(kit.cx,
			cart_read(tx, kit.shop->terms, kit_visitor(visitor), &cart)));
}

/* ---- one cart ---- */

static int
first_call(int child)
{
	struct ctx *cx = test_ctx();
	bool created;

	(void)child;
	WANT_OK(IN_TX(cx,
		      cart_open(tx, kit.shop->terms, kit_visitor(1), &cart, &created)));
	WANT(cart.id.n > 0);
	test_ctx_free(cx);
	return 0;
}

static void
a_hundred_first_calls_at_once_leave_one_active_cart(void **state)
{
	bool created;

	(void)state;
	kit = kit_new();
	test_processes(100, first_call);
	WANT_INT(test_number("SELECT COUNT(*) FROM cart WHERE status = 'active'"), 1);
	WANT_OK(IN_TX(kit.cx,
		      cart_open(tx, kit.shop->terms, kit_visitor(2), &cart, &created)));
	WANT(created);
	WANT_OK(IN_TX(kit.cx,
		      cart_open(tx, kit.shop->terms, kit_visitor(2), &cart, &created)));
	WANT(!created);
	test_ctx_free(kit.cx);
}

static void
a_visitor_may_have_many_past_carts_but_one_active(void **state)
{
	(void)state;
	kit = kit_new();
	for (int i = 0; i < 3; i++) {
		WANT_OK(add(3, "mug", 1));
		test_script("UPDATE cart SET status = 'merged' WHERE id = %" PRId64,
			    cart.id.n);
	}
	look(3);
	WANT_INT(cart.id.n, 0);
	WANT_INT(cart.n_items, 0);
	WANT_TEXT(cart.currency, "USD");
	WANT_OK(add(3, "mug", 1));
	WANT_INT(test_number("SELECT COUNT(*) FROM cart c JOIN cart x USING (visitor)"
			     " WHERE x.id = %" PRId64,
			     cart.id.n),
		 4);
	test_ctx_free(kit.cx);
}

/* ---- lines ---- */

static void
the_same_sku_twice_sums_up_and_every_change_raises_the_version(void **state)
{
	int64_t version, pieces;

	(void)state;
	kit = kit_new();
	WANT_OK(add(4, "mug", 2));
	version = cart.version;
	WANT_OK(add(4, "mug", 3));
	WANT_INT(cart.n_items, 1);
	WANT_INT(cart.items[0].quantity, 5);
	WANT_INT(cart.items[0].line_total.minor, 5 * 1800);
	WANT_INT(cart.pricing.subtotal.minor, 5 * 1800);
	WANT_INT(cart.version, version + 1);
	WANT_OK(IN_READ(kit.cx, cart_count_pieces(tx, kit_visitor(4), &pieces)));
	WANT_INT(pieces, 5);
	WANT_OK(IN_READ(kit.cx, cart_count_pieces(tx, kit_visitor(404), &pieces)));
	WANT_INT(pieces, 0);
	test_ctx_free(kit.cx);
}

static void
what_is_not_sold_is_refused_by_its_field(void **state)
{
	struct err *e;

	(void)state;
	kit = kit_new();
	kit_add_product(&kit, "gone", "ship", 100, 5);
	test_script("UPDATE product SET active = FALSE WHERE sku = 'gone'");
	for (int i = 0; i < 2; i++) {
		e = add(5, i == 0 ? "nothing" : "gone", 1);
		WANT_ERR(e, UNKNOWN_SKU);
		WANT_TEXT(e->problems.list[0].field, "sku");
	}
	look(5);
	WANT_INT(cart.n_items, 0);
	test_ctx_free(kit.cx);
}

static void
more_than_the_limit_or_the_stock_is_refused_and_says_how_many(void **state)
{
	struct err *e;

	(void)state;
	kit = kit_new();
	e = add(6, "mug", 11); /* ten in one order */
	WANT_ERR(e, INVALID);
	WANT_TEXT(e->problems.list[0].field, "quantity");
	WANT_TEXT(e->text, "You can have at most 10 of this in one order.");
	e = add(6, "print", 4); /* three are there */
	WANT_ERR(e, SOLD_OUT);
	WANT_TEXT(e->problems.list[0].code, "sold_out");
	WANT_TEXT(e->text, "Only 3 of this are left.");
	WANT_OK(add(6, "print", 3));
	WANT_ERR(add(6, "print", 1), SOLD_OUT);
	look(6);
	WANT_INT(cart.items[0].quantity, 3);
	kit_add_product(&kit, "void", "ship", 100, 0);
	e = add(6, "void", 1);
	WANT_ERR(e, SOLD_OUT);
	WANT_TEXT(e->text, "This is sold out.");
	test_ctx_free(kit.cx);
}

static void
the_51st_line_is_refused_with_its_reason(void **state)
{
	struct err *e;
	char sku[20];

	(void)state;
	kit = kit_new();
	for (int i = 0; i <= 50; i++) {
		snprintf(sku, sizeof sku, "thing-%02d", i);
		kit_add_product(&kit, sku, "ship", 100, 5);
		if (i < 50)
			WANT_OK(add(7, sku, 1));
	}
	e = add(7, "thing-50", 1);
	WANT_ERR(e, INVALID);
	WANT_TEXT(e->text, "A cart holds at most 50 different products.");
	WANT_OK(add(7, "thing-49", 1)); /* more of what is there may be added */
	WANT_INT(cart.n_items, 50);
	WANT_OK(drop(7, cart.items[20].uid.text));
	WANT_OK(add(7, "thing-50", 1)); /* and the freed place may be taken */
	WANT_INT(cart.n_items, 50);
	test_ctx_free(kit.cx);
}

static void
a_quantity_is_set_0_removes_and_too_much_leaves_the_line(void **state)
{
	struct uuid item;

	(void)state;
	kit = kit_new();
	WANT_OK(add(8, "print", 2));
	item = cart.items[0].uid;
	WANT_OK(set(8, item.text, 3));
	WANT_INT(cart.items[0].quantity, 3);
	WANT_ERR(set(8, item.text, 4), INVALID); /* three are there */
	WANT_ERR(set(8, item.text, 11), INVALID);
	look(8);
	WANT_INT(cart.items[0].quantity, 3);
	WANT_ERR(set(9, item.text, 1), NOT_FOUND); /* not theirs: they have none */
	WANT_OK(add(9, "mug", 1));
	WANT_ERR(set(9, item.text, 1), NOT_FOUND);
	WANT_OK(set(8, item.text, 0));
	WANT_INT(cart.n_items, 0);
	WANT_INT(cart.pricing.total.minor, 0);
	test_ctx_free(kit.cx);
}

static void
less_may_be_wanted_even_when_that_is_still_too_much(void **state)
{
	struct uuid item;

	(void)state;
	kit = kit_new();
	kit_add_product(&kit, "rope", "ship", 100, 8);
	WANT_OK(add(10, "rope", 8));
	item = cart.items[0].uid;
	test_script("UPDATE product SET per_order = 3 WHERE sku = 'rope'");
	WANT_ERR(set(10, item.text, 7), INVALID);
	WANT_OK(set(10, item.text, 3));
	test_script("UPDATE stock SET on_hand = 1 WHERE sku = 'rope';"
		    "INSERT INTO stock_move (sku, loc, kind, qty)"
		    " VALUES ('rope', 'main', 'adjust', -7)");
	WANT_OK(set(10, item.text, 2));
	WANT_ERR(set(10, item.text, 3), INVALID);
	test_ctx_free(kit.cx);
}

static void
removing_a_line_again_changes_nothing(void **state)
{
	struct uuid item;
	int64_t version;

	(void)state;
	kit = kit_new();
	WANT_ERR(drop(11, "01234567-89ab-7cde-8f01-23456789abcd"), NOT_FOUND);
	WANT_OK(add(11, "mug", 1));
	WANT_OK(add(11, "print", 1));
	item = cart.items[0].uid;
	WANT_OK(drop(11, item.text));
	WANT_INT(cart.n_items, 1);
	WANT_INT(cart.pricing.subtotal.minor, 2450);
	version = cart.version;
	WANT_OK(drop(11, item.text));
	WANT_INT(cart.n_items, 1);
	WANT_INT(cart.version, version);
	test_ctx_free(kit.cx);
}

/* The anchor takes the place that the mug had. */
static void
lines_stand_in_the_order_in_which_they_were_put_in(void **state)
{
	(void)state;
	kit = kit_new();
	kit_add_product(&kit, "rope", "ship", 100, 10);
	kit_add_product(&kit, "anchor", "ship", 100, 10);
	WANT_OK(add(16, "mug", 1));
	WANT_OK(add(16, "rope", 1));
	WANT_OK(add(16, "print", 1));
	WANT_OK(drop(16, cart.items[0].uid.text));
	WANT_OK(add(16, "anchor", 1));
	WANT_INT(cart.n_items, 3);
	WANT_INT(cart.items[2].slot, 1);
	WANT_TEXT(cart.items[0].sku, "rope");
	WANT_TEXT(cart.items[1].sku, "print");
	WANT_TEXT(cart.items[2].sku, "anchor");
	test_ctx_free(kit.cx);
}

static void
what_is_said_of_a_line_comes_back_on_the_line_of_the_order(void **state)
{
	static const char *const said = "{\"engraving\":\"Ada\"}";
	struct placement placed;
	struct placing want = kit_placing(&kit, 12, "cart-metadata");
	struct checkout checkout;

	(void)state;
	kit = kit_new();
	WANT_ERR(IN_TX(kit.cx, cart_add_item(tx, kit.shop->terms, kit_visitor(12),
					     "mug", 1, "[]", &cart)),
		 INVALID);
	WANT_OK(IN_TX(kit.cx, cart_add_item(tx, kit.shop->terms, kit_visitor(12), "mug",
					    1, said, &cart)));
	WANT_OK(add(12, "mug", 1)); /* says nothing: what was said stays */
	WANT_TEXT(cart.items[0].metadata, said);
	WANT_OK(kit_start(&kit, 12, &checkout));
	kit_give_details(&kit, 12);
	kit_script_begin(&kit);
	kit_will_create(&kit, PAY_DONE);
	WANT_OK(kit_place_order(kit.shop, kit.cx, &want, &placed));
	WANT_TEXT(placed.order.items[0].metadata, said);
	WANT_TEXT(test_text("SELECT metadata FROM order_line WHERE order_id = %" PRId64,
			    placed.order.id.n),
		  said);
	test_ctx_free(kit.cx);
}

static void
less_of_a_held_line_gives_the_difference_back_at_once(void **state)
{
	struct checkout checkout;
	struct uuid item;

	(void)state;
	kit = kit_new();
	kit_add_product(&kit, "oar", "ship", 100, 10);
	WANT_OK(add(13, "oar", 6));
	item = cart.items[0].uid;
	WANT_OK(kit_start(&kit, 13, &checkout));
	WANT_INT(kit_stock("reserved", "oar"), 6);
	WANT_OK(set(13, item.text, 2));
	WANT_INT(kit_stock("reserved", "oar"), 2);
	WANT_INT(cart.items[0].available.n, 10); /* its own hold blocks nobody */
	WANT_OK(set(13, item.text, 8));          /* held by the next start, not now */
	WANT_INT(kit_stock("reserved", "oar"), 2);
	WANT_OK(drop(13, item.text));
	WANT_INT(kit_stock("reserved", "oar"), 0);
	kit_books_balance();
	test_ctx_free(kit.cx);
}

static void
a_waiting_orders_units_stay_held_when_the_cart_is_emptied(void **state)
{
	struct placement placed;

	(void)state;
	kit = kit_new();
	kit_add_product(&kit, "sail", "ship", 100, 10);
	kit_script_begin(&kit);
	placed = kit_place(&kit, 14, "sail", 4, "cart-sail");
	look(14);
	WANT_OK(drop(14, cart.items[0].uid.text));
	WANT_INT(kit_stock("reserved", "sail"), 4);
	WANT_TEXT(kit_state(&placed), "pending");
	kit_books_balance();
	test_ctx_free(kit.cx);
}

/* ---- its stages and its end ---- */

static void
a_cart_never_goes_back_a_stage(void **state)
{
	(void)state;
	kit = kit_new();
	WANT_OK(add(15, "mug", 1));
	WANT_TEXT(cart.stage, "cart");
	WANT_OK(IN_TX(kit.cx, cart_reach(tx, cart.id, "shipping")));
	WANT_OK(IN_TX(kit.cx, cart_reach(tx, cart.id, "address")));
	look(15);
	WANT_TEXT(cart.stage, "shipping");
	test_ctx_free(kit.cx);
}

static int64_t
events(const char *kind, const struct cart *of)
{
	return test_number("SELECT COUNT(*) FROM event WHERE kind = '%s'"
			   " AND subject = '%s'",
			   kind, of->uid.text);
}

static void
an_untouched_cart_is_gone_after_a_day_and_one_touched_stays(void **state)
{
	struct cart old, touched, waiting;
	int64_t n;

	(void)state;
	kit = kit_new();
	kit_script_begin(&kit);
	kit_place(&kit, 18, "mug", 1, "cart-waits");
	look(18);
	waiting = cart;
	WANT_OK(add(16, "mug", 1));
	old = cart;
	WANT_OK(add(17, "mug", 1));
	touched = cart;
	test_turn_clock(23 * 3600 + 59 * 60);
	WANT_OK(set(17, touched.items[0].uid.text, 2));
	test_turn_clock(24 * 3600 + 60);
	WANT_OK(IN_TX(kit.cx, cart_expire(tx, 100, &n)));
	WANT(n >= 1);
	look(16);
	WANT_INT(cart.id.n, 0);
	WANT_INT(events("CartExpired", &old), 1);
	look(17);
	WANT_INT(cart.n_pieces, 2);
	WANT_INT(events("CartExpired", &touched), 0);
	look(18); /* somebody may still pay for it */
	WANT_INT(cart.id.n, waiting.id.n);
	test_turn_clock(0);
	test_ctx_free(kit.cx);
}

static void
an_idle_cart_is_marked_once_with_the_stage_it_reached(void **state)
{
	struct checkout checkout;
	struct cart left;
	int64_t n;

	(void)state;
	kit = kit_new();
	WANT_OK(add(19, "mug", 1));
	WANT_OK(add(20, "mug", 1));
	WANT_OK(kit_start(&kit, 20, &checkout));
	kit_give_details(&kit, 20);
	look(19);
	left = cart;
	test_turn_clock(29 * 60);
	WANT_OK(IN_TX(kit.cx, cart_mark_abandoned(tx, 100, &n)));
	WANT_INT(events("CartAbandoned", &left), 0);
	test_turn_clock(31 * 60);
	for (int i = 0; i < 2; i++)
		WANT_OK(IN_TX(kit.cx, cart_mark_abandoned(tx, 100, &n)));
	WANT_INT(n, 0);
	WANT_INT(events("CartAbandoned", &left), 1);
	WANT_TEXT(test_text("SELECT detail FROM event WHERE kind = 'CartAbandoned'"
			    " AND subject = '%s'",
			    left.uid.text),
		  "cart");
	WANT_TEXT(test_text("SELECT detail FROM event WHERE kind = 'CartAbandoned'"
			    " AND subject = '%s'",
			    checkout.cart.uid.text),
		  "payment");
	/* the funnel is what a direct count finds */
	WANT_INT(test_number("SELECT COUNT(*) FROM event WHERE kind = 'CartAbandoned'"),
		 test_number("SELECT COUNT(*) FROM cart"
			     " WHERE abandoned_at IS NOT NULL"));
	test_turn_clock(0);
	test_ctx_free(kit.cx);
}

SQL(lock_all, "SELECT id FROM cart FOR UPDATE");

static struct err *
sweep(struct ctx *other)
{
	int64_t n;

	TRY(IN_TX(other, cart_expire(tx, 100, &n)));
	return IN_TX(other, cart_mark_abandoned(tx, 100, &n));
}

static struct err *
sweep_while_all_are_used(struct tx *tx, struct ctx *other)
{
	TRY(db_run(tx, &lock_all, NO_ARGS));
	return sweep(other);
}

static void
a_sweep_that_finds_nothing_waits_for_nobody(void **state)
{
	struct ctx *other = test_ctx();

	(void)state;
	kit = kit_new();
	WANT_OK(add(23, "mug", 1));
	WANT_OK(sweep(kit.cx));
	WANT_OK(IN_TX(kit.cx, sweep_while_all_are_used(tx, other)));
	test_ctx_free(other);
	test_ctx_free(kit.cx);
}

TESTS(TEST(a_hundred_first_calls_at_once_leave_one_active_cart),
      TEST(a_visitor_may_have_many_past_carts_but_one_active),
      TEST(the_same_sku_twice_sums_up_and_every_change_raises_the_version),
      TEST(what_is_not_sold_is_refused_by_its_field),
      TEST(more_than_the_limit_or_the_stock_is_refused_and_says_how_many),
      TEST(the_51st_line_is_refused_with_its_reason),
      TEST(a_quantity_is_set_0_removes_and_too_much_leaves_the_line),
      TEST(less_may_be_wanted_even_when_that_is_still_too_much),
      TEST(removing_a_line_again_changes_nothing),
      TEST(lines_stand_in_the_order_in_which_they_were_put_in),
      TEST(what_is_said_of_a_line_comes_back_on_the_line_of_the_order),
      TEST(less_of_a_held_line_gives_the_difference_back_at_once),
      TEST(a_waiting_orders_units_stay_held_when_the_cart_is_emptied),
      TEST(a_cart_never_goes_back_a_stage),
      TEST(an_untouched_cart_is_gone_after_a_day_and_one_touched_stays),
      TEST(an_idle_cart_is_marked_once_with_the_stage_it_reached),
      TEST(a_sweep_that_finds_nothing_waits_for_nobody))
