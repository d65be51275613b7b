/* order_test.c - orders: their numbers, who may see them, and their life. */
#include "domain/order.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/token.h"
#include "db/fault.h"
#include "domain/order_write.h"
#include "support/kit.h"

enum { DUPLICATE_KEY = 1062 };

static struct kit kit;
static struct order order;

static struct err *
ship(struct order_id id)
{
	return IN_TX(kit.cx, order_ship(tx, id, "Gull Post", "GP-1",
					"https://gull.example/1", "shell:ada", &order));
}

static struct err *
deliver(struct order_id id)
{
	return IN_TX(kit.cx, order_deliver(tx, id, "shell:ada", &order));
}

static struct err *
cancel(struct order_id id, const char *reason)
{
	return IN_TX(kit.cx, order_cancel(tx, id, reason, "shell:ada", &order));
}

static int64_t
mails(const char *kind, const struct placement *placed)
{
	return test_number("SELECT COUNT(*) FROM outbox WHERE kind = 'mail.%s'"
			   " AND agg_id = %" PRId64,
			   kind, placed->order.id.n);
}

/* ---- numbers ---- */

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
order_numbers_are_short_unlike_and_easily_typed(void **state)
{
	enum { MANY = 20000 };
	struct ctx *cx = test_ctx();
	char **numbers = arena_new_of(cx->mem, char *, MANY);

	(void)state;
	for (size_t i = 0; i < MANY; i++) {
		numbers[i] = token_order_number(cx->mem);
		WANT_INT(strlen(numbers[i]), 11);
		WANT(numbers[i][5] == '-');
		WANT_INT(strspn(numbers[i], "ABCDEFGHJKLMNPQRSTUVWXYZ23456789-"), 11);
	}
	qsort(numbers, MANY, sizeof *numbers, by_text);
	for (size_t i = 1; i < MANY; i++)
		WANT(strcmp(numbers[i - 1], numbers[i]) != 0);
	test_ctx_free(cx);
}

/* A copy of an order that keys do not tell from a new one; nothing of it stays. */
static fallible
insert_copy(struct tx *tx, const struct order *of,
	    void (*break_it)(struct db *, int, unsigned), struct order *copy)
{
	struct err *e;

	*copy = *of;
	copy->uid = uuid_new();
	copy->idem_key = "order-number-copy";
	copy->state = copy->payment_status = "pending";
	break_it(tx->db, 1, DUPLICATE_KEY);
	e = order_insert(tx, copy);
	db_fail_statement(tx->db, 0, 0);
	return e != NULL ? e : FAIL(REFUSED, "no more of it");
}

static void
a_number_that_is_taken_is_drawn_again(void **state)
{
	struct placement placed;
	struct order copy;

	(void)state;
	kit = kit_new();
	kit_script_begin(&kit);
	placed = kit_buy(&kit, 30, "pen", 1, "order-number");
	WANT_OK(IN_READ(kit.cx, order_get_by_id(tx, placed.order.id, &order)));
	WANT_ERR(IN_TX(kit.cx, insert_copy(tx, &order, db_fail_statement, &copy)),
		 REFUSED);
	WANT(copy.id.n > order.id.n);
	WANT(strcmp(copy.number, order.number) != 0);
	/* another key than the number's is told of, and not tried for ever */
	WANT_ERR(IN_TX(kit.cx, insert_copy(tx, &order, db_fail_from, &copy)), INTERNAL);
	test_ctx_free(kit.cx);
}

static void
an_order_is_got_by_number_and_by_uuid(void **state)
{
	struct placement placed;
	const char *number;
	bool found;

	(void)state;
	kit = kit_new();
	kit_script_begin(&kit);
	placed = kit_place(&kit, 1, "mug", 2, "order-got");
	number = placed.order.number;
	WANT_OK(IN_READ(kit.cx, order_get(tx, number, &order)));
	WANT_TEXT(order.uid.text, placed.order.uid.text);
	WANT_OK(IN_READ(kit.cx, order_get(tx, placed.order.uid.text, &order)));
	WANT_TEXT(order.number, number);
	WANT_ERR(IN_READ(kit.cx, order_get(tx, "AAAAA-AAAAA", &order)), NOT_FOUND);
	WANT_ERR(IN_READ(kit.cx, order_get(tx, "' OR 1=1 --", &order)), NOT_FOUND);
	WANT_ERR(IN_READ(kit.cx, order_get(tx, "", &order)), NOT_FOUND);
	WANT_OK(IN_READ(kit.cx,
			order_find_waiting(tx, placed.order.cart, &order, &found)));
	WANT(found);
	WANT_ERR(IN_READ(kit.cx, order_get_by_id(tx, (struct order_id){99999}, &order)),
		 NOT_FOUND);
	WANT_ERR(ship((struct order_id){99999}), NOT_FOUND);
	test_ctx_free(kit.cx);
}

static void
the_buyers_address_finds_the_order_however_it_is_typed(void **state)
{
	struct placement placed;
	char *number;
	bool found;

	(void)state;
	kit = kit_new();
	kit_script_begin(&kit);
	placed = kit_place(&kit, 2, "mug", 1, "order-mail");
	number = arena_text(kit.cx->mem, placed.order.number);
	for (char *c = number; *c != '\0'; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c + 'a' - 'A');
	WANT_OK(IN_READ(kit.cx, order_find_for_email(tx, number, "ADA@example.com",
						     &order, &found)));
	WANT(found);
	WANT_OK(IN_READ(kit.cx, order_find_for_email(tx, number, "eve@example.com",
						     &order, &found)));
	WANT(!found);
	test_ctx_free(kit.cx);
}

/* ---- who may see it ---- */

static void
only_its_visitor_and_the_bearer_of_its_link_may_see_it(void **state)
{
	const struct digest nobody = {0};
	struct placement placed, other;
	const char *token;

	(void)state;
	kit = kit_new();
	kit_script_begin(&kit);
	placed = kit_place(&kit, 3, "mug", 1, "order-access");
	other = kit_place(&kit, 4, "mug", 1, "order-other");
	token = order_link_token(kit.cx, placed.order.uid);
	WANT_INT(strlen(token), 22); /* 128 bits */
	WANT_OK(order_check_access(kit.cx, &placed.order, kit_visitor(3), NULL));
	WANT_OK(order_check_access(kit.cx, &placed.order, nobody, token));
	WANT_ERR(order_check_access(kit.cx, &placed.order, kit_visitor(4), NULL),
		 NOT_FOUND);
	WANT_ERR(order_check_access(kit.cx, &other.order, nobody, token), NOT_FOUND);
	WANT_ERR(order_check_access(kit.cx, &placed.order, nobody, ""), NOT_FOUND);
	placed.order.visitor = nobody;
	WANT_ERR(order_check_access(kit.cx, &placed.order, nobody, NULL), NOT_FOUND);
	test_ctx_free(kit.cx);
}

/* ---- what it keeps ---- */

static void
an_order_keeps_its_goods_its_prices_and_its_buyer(void **state)
{
	struct placement placed;

	(void)state;
	kit = kit_new();
	kit_add_product(&kit, "chart", "ship", 3300, 9);
	kit_script_begin(&kit);
	placed = kit_buy(&kit, 5, "chart", 2, "order-frozen");
	test_script("UPDATE product SET title = 'Other', price = 1, active = FALSE"
		    " WHERE sku = 'chart'");
	WANT_OK(IN_READ(kit.cx, order_get_by_id(tx, placed.order.id, &order)));
	WANT_OK(IN_READ(kit.cx, order_load(tx, &order)));
	WANT_INT(order.n_items, 1);
	WANT_TEXT(order.items[0].title, "chart");
	WANT_INT(order.items[0].unit_price.minor, 3300);
	WANT_INT(order.items[0].line_total.minor, 6600);
	WANT_INT(order.total.minor, order.subtotal.minor - order.discount.minor +
					    order.shipping.minor +
					    (order.tax_included ? 0 : order.tax.minor));
	WANT_TEXT(order.idem_key, "order-frozen");
	WANT_TEXT(order.customer.email.plain, "Ada@example.com");
	WANT_TEXT(order.customer.ship_city.plain, "Portland");
	WANT_INT(order.n_steps, 2);
	WANT_TEXT(order.steps[0].event, "placed");
	WANT_TEXT(order.steps[1].event, "paid");
	WANT_TEXT(order.payment_status, "paid");
	test_ctx_free(kit.cx);
}

/* ---- its life ---- */

static void
a_confirmed_order_is_shipped_and_delivered_with_one_notice_each(void **state)
{
	struct placement placed;

	(void)state;
	kit = kit_new();
	kit_script_begin(&kit);
	placed = kit_buy(&kit, 6, "mug", 1, "order-ship");
	WANT_ERR(deliver(placed.order.id), ORDER_STATE);
	WANT_OK(ship(placed.order.id));
	WANT_TEXT(order.fulfilment_status, "shipped");
	WANT_ERR(ship(placed.order.id), ORDER_STATE);
	WANT_ERR(cancel(placed.order.id, "shopper"), ORDER_STATE);
	WANT_OK(deliver(placed.order.id));
	WANT_ERR(deliver(placed.order.id), ORDER_STATE);
	WANT_TEXT(kit_state(&placed), "delivered");
	WANT_INT(mails("confirmation", &placed), 1);
	WANT_INT(mails("shipped", &placed), 1);
	WANT_INT(mails("delivered", &placed), 1);
	WANT_INT(mails("cancelled", &placed), 0);
	WANT_OK(IN_READ(kit.cx, order_get_by_id(tx, placed.order.id, &order)));
	WANT_TEXT(order.tracking_url, "https://gull.example/1");
	WANT_INT(test_number("SELECT COUNT(*) FROM audit WHERE order_id = %" PRId64
			     " AND actor = 'shell:ada'",
			     placed.order.id.n),
		 2);
	kit_books_balance();
	test_ctx_free(kit.cx);
}

static void
an_unpaid_order_is_not_shipped_and_its_open_session_keeps_it_alive(void **state)
{
	struct placement placed;

	(void)state;
	kit = kit_new();
	kit_script_begin(&kit);
	placed = kit_place(&kit, 7, "mug", 1, "order-open");
	WANT_ERR(ship(placed.order.id), ORDER_STATE);
	WANT_ERR(cancel(placed.order.id, "shopper"), ORDER_STATE);
	WANT_ERR(IN_TX(kit.cx, order_expire(tx, placed.order.id, false, &order)),
		 ORDER_STATE);
	WANT_TEXT(kit_state(&placed), "pending");
	WANT_INT(mails("cancelled", &placed), 0);
	kit_books_balance();
	test_ctx_free(kit.cx);
}

static void
cancelling_returns_units_once_and_money_by_a_refund(void **state)
{
	struct placement placed;

	(void)state;
	kit = kit_new();
	kit_add_product(&kit, "bell", "ship", 900, 6);
	kit_script_begin(&kit);
	placed = kit_buy(&kit, 8, "bell", 4, "order-cancel");
	WANT_INT(kit_stock("on_hand", "bell"), 2);
	WANT_OK(cancel(placed.order.id, "shopper"));
	WANT_INT(kit_stock("on_hand", "bell"), 6);
	WANT_ERR(cancel(placed.order.id, "shopper"), ORDER_STATE);
	WANT_INT(kit_stock("on_hand", "bell"), 6);
	WANT_INT(test_number("SELECT SUM(amount) FROM refund WHERE kind = 'cancel'"
			     " AND order_id = %" PRId64,
			     placed.order.id.n),
		 placed.order.payable.minor);
	WANT_INT(mails("cancelled", &placed), 1);
	WANT_ERR(ship(placed.order.id), ORDER_STATE);
	kit_books_balance();
	test_ctx_free(kit.cx);
}

/* ---- cancel against ship ---- */

enum { RACES = 12 };

static int64_t racing[RACES];

static int
ship_or_cancel(int child)
{
	kit = kit_open();
	for (int i = 0; i < RACES; i++) {
		struct order_id id = {racing[i]};
		struct err *e = child == 0 ? ship(id) : cancel(id, "shopper");

		if (e != NULL)
			WANT_ERR(e, ORDER_STATE);
	}
	test_ctx_free(kit.cx);
	return 0;
}

static void
cancel_against_ship_has_one_winner(void **state)
{
	char key[40];

	(void)state;
	kit = kit_new();
	for (int i = 0; i < RACES; i++) {
		snprintf(key, sizeof key, "order-race-%d", i);
		kit_script_begin(&kit);
		racing[i] = kit_buy(&kit, 100 + i, "pen", 1, key).order.id.n;
	}
	test_processes(2, ship_or_cancel);
	for (int i = 0; i < RACES; i++)
		WANT_INT(test_number("SELECT COUNT(*) FROM order_event WHERE order_id ="
				     " %" PRId64
				     " AND event IN ('shipped', 'cancelled')",
				     racing[i]),
			 1);
	kit_books_balance();
	test_ctx_free(kit.cx);
}

/* ---- lists ---- */

static void
orders_are_listed_newest_first_and_by_state(void **state)
{
	struct placement older, newer;
	struct order *list;
	size_t n;

	(void)state;
	kit = kit_new();
	kit_script_begin(&kit);
	older = kit_buy(&kit, 9, "mug", 1, "order-list-1");
	newer = kit_place(&kit, 10, "mug", 1, "order-list-2");
	WANT_OK(IN_READ(kit.cx, order_list(tx, NULL, 2, &list, &n)));
	WANT_INT(n, 2);
	WANT_TEXT(list[0].number, newer.order.number);
	WANT_TEXT(list[1].number, older.order.number);
	WANT_OK(IN_READ(kit.cx, order_list(tx, "confirmed", 1, &list, &n)));
	WANT_TEXT(list[0].number, older.order.number);
	WANT_OK(IN_READ(kit.cx, order_list_due(tx, 100, &list, &n)));
	WANT_INT(n, 0);
	test_turn_clock(36 * 60);
	WANT_OK(IN_READ(kit.cx, order_list_due(tx, 100, &list, &n)));
	test_turn_clock(0);
	WANT(n >= 1);
	for (size_t i = 0; i < n; i++)
		WANT_TEXT(list[i].state, "pending");
	test_ctx_free(kit.cx);
}

static void
a_step_that_no_edge_allows_is_refused_by_code_and_database(void **state)
{
	struct order_change change = {.event = "paid", .actor = "test"};
	struct placement placed;

	(void)state;
	kit = kit_new();
	kit_script_begin(&kit);
	placed = kit_buy(&kit, 11, "mug", 1, "order-edge");
	WANT_OK(IN_READ(kit.cx, order_get_by_id(tx, placed.order.id, &order)));
	WANT_ERR(IN_TX(kit.cx, order_move(tx, &order, &change)), ORDER_STATE);
	WANT_TEXT(kit_state(&placed), "confirmed");
	WANT_OK(IN_TX(kit.cx, order_hold_for_review(tx, placed.order.id, "test")));
	WANT_TEXT(kit_state(&placed), "confirmed");
	WANT_OK(IN_TX(kit.cx, order_expire(tx, placed.order.id, true, &order)));
	WANT_TEXT(kit_state(&placed), "confirmed");
	test_ctx_free(kit.cx);
}

TESTS(TEST(order_numbers_are_short_unlike_and_easily_typed),
      TEST(a_number_that_is_taken_is_drawn_again),
      TEST(an_order_is_got_by_number_and_by_uuid),
      TEST(the_buyers_address_finds_the_order_however_it_is_typed),
      TEST(only_its_visitor_and_the_bearer_of_its_link_may_see_it),
      TEST(an_order_keeps_its_goods_its_prices_and_its_buyer),
      TEST(a_confirmed_order_is_shipped_and_delivered_with_one_notice_each),
      TEST(an_unpaid_order_is_not_shipped_and_its_open_session_keeps_it_alive),
      TEST(cancelling_returns_units_once_and_money_by_a_refund),
      TEST(cancel_against_ship_has_one_winner),
      TEST(orders_are_listed_newest_first_and_by_state),
      TEST(a_step_that_no_edge_allows_is_refused_by_code_and_database))
