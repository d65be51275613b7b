/* torture_shopper_test.c - whatever fails while a shopper waits, what they asked for
 * happens once, and they are never told that it failed when it may have happened. */
#include "base/text.h"
#include "db/idem.h"
#include "support/torture.h"

#include <stdio.h>

/* As the program does after an error: the key may be used again. */
static void
let_go(struct scene *scene, const char *scope)
{
	if (scene->claimed)
		WANT_OK(IN_TX(scene->kit.cx, idem_release(tx, scope, scene->key)));
}

/* ---- paying ---- */

static struct err *
pay(struct scene *scene)
{
	struct placing want = kit_placing(&scene->kit, scene->visitor, scene->key);
	struct err *e =
		kit_place_order(scene->kit.shop, scene->kit.cx, &want, &scene->placed);

	scene->claimed = scene->placed.claimed;
	return e;
}

static struct err *
pay_again(struct scene *scene)
{
	let_go(scene, PLACING_SCOPE);
	return pay(scene);
}

static void
fill(struct scene *scene)
{
	kit_checkout(&scene->kit, scene->visitor, "pen", 2);
	kit_fill_cart(&scene->kit, scene->visitor, "guide", 1);
}

/* Once the gateway answers again there is one order with one session. */
static void
check_placed(struct scene *scene)
{
	test_turn_clock(10);
	scene_settle(scene);
	WANT_INT(test_number("SELECT COUNT(*) FROM orders WHERE idem_key = '%s'",
			     scene->key),
		 1);
	WANT_INT(scene_count(scene, "payment_attempt",
			     "gw_id IS NOT NULL AND page_url IS NOT NULL"),
		 1);
	WANT_INT(bank_open_sessions(scene->placed.order.number), 1);
}

static void
a_payment_makes_one_order_with_one_session(void **state)
{
	(void)state;
	torture(&(struct torture){.prepare = fill,
				  .act = pay,
				  .again = pay_again,
				  .check = check_placed,
				  .finds = true});
}

/* Another order of this cart waits, for the cart as it was before. */
static void
place_and_change(struct scene *scene)
{
	scene_place(scene);
	scene->before = scene->placed.order.id.n;
	snprintf(scene->key, sizeof scene->key, "torture-%d-b", scene->visitor);
	kit_fill_cart(&scene->kit, scene->visitor, "guide", 1);
	kit_give_details(&scene->kit, scene->visitor);
}

static void
check_replaced(struct scene *scene)
{
	check_placed(scene);
	WANT_TEXT(test_text("SELECT state FROM orders WHERE id = %" PRId64,
			    scene->before),
		  "cancelled");
	WANT_INT(test_number("SELECT COUNT(*) FROM reservation WHERE state = 'held'"
			     " AND order_id = %" PRId64,
			     scene->before),
		 0);
}

static void
a_payment_for_a_changed_cart_ends_the_earlier_order(void **state)
{
	(void)state;
	torture(&(struct torture){.prepare = place_and_change,
				  .act = pay,
				  .again = pay_again,
				  .check = check_replaced,
				  .finds = true});
}

/* ---- the next attempt ---- */

static void
place_for_retry(struct scene *scene)
{
	scene_place(scene);
	snprintf(scene->key, sizeof scene->key, "torture-%d-r", scene->visitor);
}

static struct err *
retry(struct scene *scene)
{
	struct retry want = {.visitor = kit_visitor(scene->visitor),
			     .order = scene->placed.order.number,
			     .key = scene->key,
			     .key_hash = kit_visitor(scene->visitor),
			     .payment_method = "fake"};
	struct placement placed;
	struct err *e =
		kit_retry_payment(scene->kit.shop, scene->kit.cx, &want, &placed);

	scene->claimed = placed.claimed;
	return e;
}

static struct err *
retry_again(struct scene *scene)
{
	let_go(scene, RETRY_SCOPE);
	return retry(scene);
}

static void
check_retried(struct scene *scene)
{
	test_turn_clock(10);
	scene_settle(scene);
	WANT_INT(scene_count(scene, "payment_attempt", "TRUE"), 2);
	WANT_INT(scene_count(scene, "payment_attempt",
			     "n = 2 AND state = 'sent' AND gw_id IS NOT NULL"),
		 1);
	WANT_INT(bank_open_sessions(scene->placed.order.number), 1);
}

static void
a_next_attempt_opens_one_session_and_closes_one(void **state)
{
	(void)state;
	torture(&(struct torture){.prepare = place_for_retry,
				  .act = retry,
				  .again = retry_again,
				  .check = check_retried,
				  .finds = true});
}

/* ---- cancelling ---- */

static struct err *
cancel_by(struct scene *scene, const char *key)
{
	struct cancel want = {.visitor = kit_visitor(scene->visitor),
			      .order = scene->placed.order.number,
			      .key = key,
			      .key_hash = kit_visitor(scene->visitor),
			      .reason = "shopper",
			      .actor = "shopper",
			      .trusted = key == NULL};
	struct order order;
	struct idem idem;

	return flow_cancel_order(scene->kit.shop, scene->kit.cx, &want, &idem, &order,
				 &scene->claimed);
}

static struct err *
cancel(struct scene *scene)
{
	return cancel_by(scene, scene->key);
}

static struct err *
cancel_again(struct scene *scene)
{
	let_go(scene, CANCEL_SCOPE);
	return cancel(scene);
}

static struct err *
cancel_from_the_shell(struct scene *scene)
{
	return cancel_by(scene, NULL);
}

static void
check_cancelled(struct scene *scene)
{
	WANT_TEXT(kit_state(&scene->placed), "cancelled");
	WANT_INT(scene_count(scene, "order_event", "event = 'cancelled'"), 1);
	WANT_INT(scene_count(scene, "reservation", "state = 'held'"), 0);
	WANT_INT(bank_open_sessions(scene->placed.order.number), 0);
	WANT_INT(scene_mails(scene, "cancelled"), 1);
	WANT_INT(scene_count(scene, "refund", "TRUE"), 0);
}

static void
a_waiting_order_is_cancelled_once_and_cannot_be_paid_then(void **state)
{
	(void)state;
	torture(&(struct torture){.prepare = scene_place,
				  .act = cancel,
				  .again = cancel_again,
				  .check = check_cancelled,
				  .finds = true});
}

static void
send_refunds(struct scene *scene)
{
	struct refund *due;
	size_t n;

	WANT_OK(IN_TX(scene->kit.cx, refund_claim_due(tx, "test", 60, 10, &due, &n)));
	for (size_t i = 0; i < n; i++)
		WANT_OK(flow_send_refund(scene->kit.shop, scene->kit.cx, &due[i]));
}

static void
check_paid_back(struct scene *scene)
{
	WANT_TEXT(kit_state(&scene->placed), "cancelled");
	WANT_INT(scene_count(scene, "order_event", "event = 'cancelled'"), 1);
	WANT_INT(scene_count(scene, "refund", "TRUE"), 1);
	WANT_INT(scene_count(scene, "stock_move", "kind = 'cancel_return'"), 1);
	WANT_INT(scene_mails(scene, "cancelled"), 1);
	send_refunds(scene);
	WANT_INT(bank_kept(scene->placed.order.number), 0);
}

static void
a_paid_order_is_cancelled_once_and_its_money_goes_back_once(void **state)
{
	(void)state;
	torture(&(struct torture){.prepare = scene_buy,
				  .act = cancel,
				  .again = cancel_again,
				  .check = check_paid_back,
				  .finds = true});
	torture(&(struct torture){.prepare = scene_buy,
				  .act = cancel_from_the_shell,
				  .check = check_paid_back});
}

/* ---- before the payment ---- */

static struct err *
add_item(struct scene *scene)
{
	struct cart *cart = arena_new_of(scene->kit.cx->mem, struct cart, 1);
	struct err *e = IN_TX(scene->kit.cx, cart_add_item(tx, scene->kit.shop->terms,
							   kit_visitor(scene->visitor),
							   "pen", 1, NULL, cart));

	scene->before += e == NULL || e->code == ERR_UNCERTAIN;
	return e;
}

static int64_t
in_cart(const struct scene *scene)
{
	struct cart *cart = arena_new_of(scene->kit.cx->mem, struct cart, 1);

	WANT_OK(IN_READ(scene->kit.cx, cart_read(tx, scene->kit.shop->terms,
						 kit_visitor(scene->visitor), cart)));
	return cart->n_pieces;
}

/* Told that it is not known, a shopper looks into the cart before adding more. */
static struct err *
add_what_lacks(struct scene *scene)
{
	scene->before = in_cart(scene);
	return scene->before == 1 ? NULL : add_item(scene);
}

static void
check_one_piece(struct scene *scene)
{
	WANT_INT(in_cart(scene), 1);
	WANT_INT(scene->before, 1);
}

static void
goods_are_put_into_the_cart_once(void **state)
{
	(void)state;
	torture(&(struct torture){
		.act = add_item, .again = add_what_lacks, .check = check_one_piece});
}

static void
fill_cart(struct scene *scene)
{
	kit_fill_cart(&scene->kit, scene->visitor, "pen", 2);
	kit_fill_cart(&scene->kit, scene->visitor, "guide", 1);
}

static struct err *
start(struct scene *scene)
{
	return kit_start(&scene->kit, scene->visitor,
			 arena_new_of(scene->kit.cx->mem, struct checkout, 1));
}

static struct checkout *
checkout_of(const struct scene *scene)
{
	struct checkout *checkout =
		arena_new_of(scene->kit.cx->mem, struct checkout, 1);

	WANT_OK(IN_READ(scene->kit.cx,
			checkout_read(tx, scene->kit.shop->terms,
				      kit_visitor(scene->visitor), checkout)));
	return checkout;
}

static void
check_held(struct scene *scene)
{
	const struct cart *cart = &checkout_of(scene)->cart;

	WANT_INT(test_number("SELECT SUM(qty) FROM reservation WHERE state = 'held'"
			     " AND cart_id = %" PRId64,
			     cart->id.n),
		 2);
	WANT_INT(test_number("SELECT COUNT(*) FROM checkout WHERE open_cart = %" PRId64,
			     cart->id.n),
		 1);
}

static void
a_checkout_holds_its_goods_once(void **state)
{
	(void)state;
	torture(&(struct torture){
		.prepare = fill_cart, .act = start, .check = check_held});
}

static void
start_checkout(struct scene *scene)
{
	fill_cart(scene);
	WANT_OK(start(scene));
}

static struct err *
tell_details(struct scene *scene)
{
	struct checkout *checkout =
		arena_new_of(scene->kit.cx->mem, struct checkout, 1);
	struct details details = kit_details(&scene->kit);

	return IN_TX(scene->kit.cx,
		     checkout_save(tx, scene->kit.shop->terms,
				   kit_visitor(scene->visitor), &details, checkout));
}

static void
check_told(struct scene *scene)
{
	WANT_INT(checkout_of(scene)->missing.n, 0);
	check_held(scene);
}

static void
details_are_kept_whole(void **state)
{
	(void)state;
	torture(&(struct torture){
		.prepare = start_checkout, .act = tell_details, .check = check_told});
}

/* ---- coming back ---- */

static struct err *
come_back(struct scene *scene)
{
	struct order order;

	return flow_return(
		scene->kit.shop, scene->kit.cx,
		payment_return_token(scene->kit.cx, scene->placed.attempt.uid), &order);
}

static void
check_asked_now(struct scene *scene)
{
	WANT_INT(scene_count(scene, "payment_attempt",
			     "next_check_at <= UTC_TIMESTAMP(6)"),
		 1);
}

static void
coming_back_has_the_gateway_asked(void **state)
{
	(void)state;
	torture(&(struct torture){.prepare = scene_place,
				  .act = come_back,
				  .check = check_asked_now,
				  .finds = true});
}

TESTS(TEST(a_payment_makes_one_order_with_one_session),
      TEST(a_payment_for_a_changed_cart_ends_the_earlier_order),
      TEST(a_next_attempt_opens_one_session_and_closes_one),
      TEST(a_waiting_order_is_cancelled_once_and_cannot_be_paid_then),
      TEST(a_paid_order_is_cancelled_once_and_its_money_goes_back_once),
      TEST(goods_are_put_into_the_cart_once), TEST(a_checkout_holds_its_goods_once),
      TEST(details_are_kept_whole), TEST(coming_back_has_the_gateway_asked))
