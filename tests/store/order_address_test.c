/* order_address_test.c - another delivery address before an order is shipped (F-169).
 */
#include "domain/order.h"
#include "support/kit.h"

static struct kit kit;
static struct order order;

static struct address
elsewhere(void)
{
	return (struct address){.full_name = "Grace Example",
				.line1 = "7 Compiler Lane",
				.city = "Seattle",
				.region = "WA",
				.postal_code = "98101",
				.country = "US"};
}

static struct err *
send_to(const struct placement *placed, struct address address)
{
	return IN_TX(kit.cx, order_set_address(tx, kit.shop->terms, placed->order.id,
					       &address, "shell:ada", &order));
}

static struct placement
bought(int visitor, const char *sku, const char *key)
{
	kit = kit_new();
	kit_script_begin(&kit);
	return kit_buy(&kit, visitor, sku, 1, key);
}

static const char *
city_of(const struct placement *placed)
{
	WANT_OK(IN_READ(kit.cx, order_get_by_id(tx, placed->order.id, &order)));
	WANT_OK(IN_READ(kit.cx, order_load(tx, &order)));
	return order.customer.ship_city.plain;
}

static void
a_new_address_is_an_amendment_that_keeps_the_old_one(void **state)
{
	struct placement placed = bought(1, "mug", "address-1");

	(void)state;
	WANT_OK(send_to(&placed, elsewhere()));
	WANT_TEXT(order.customer.ship_city.plain, "Seattle");
	WANT_TEXT(city_of(&placed), "Seattle");
	WANT_TEXT(order.customer.email.plain, "Ada@example.com");
	WANT_INT(test_number("SELECT COUNT(*) FROM order_amendment a JOIN contact o"
			     " ON o.id = a.old_contact_id JOIN contact n"
			     " ON n.id = a.new_contact_id AND n.person_id = o.person_id"
			     " WHERE a.order_id = %" PRId64,
			     placed.order.id.n),
		 1);
	WANT_TEXT(order.steps[order.n_steps - 1].event, "address");
	WANT_INT(test_number("SELECT COUNT(*) FROM audit WHERE action = 'order.address'"
			     " AND order_id = %" PRId64,
			     placed.order.id.n),
		 1);
	test_ctx_free(kit.cx);
}

static void
a_wrong_address_is_refused_with_every_problem(void **state)
{
	struct placement placed = bought(2, "mug", "address-2");
	struct address wrong = elsewhere();
	struct err *e;

	(void)state;
	wrong.postal_code = "1";
	wrong.line1 = NULL;
	e = send_to(&placed, wrong);
	WANT_ERR(e, INVALID);
	WANT_INT(e->problems.n, 2);
	WANT_TEXT(city_of(&placed), "Portland");
	test_ctx_free(kit.cx);
}

static void
an_address_that_would_cost_more_is_refused(void **state)
{
	struct placement placed = bought(3, "mug", "address-3");

	(void)state;
	for (size_t i = 0; i < kit.shop->terms->n_options; i++)
		kit.shop->terms->options[i].price.minor += 1;
	WANT_ERR(send_to(&placed, elsewhere()), REFUSED);
	for (size_t i = 0; i < kit.shop->terms->n_options; i++)
		kit.shop->terms->options[i].price.minor -= 2;
	WANT_OK(send_to(&placed, elsewhere())); /* less stays as it was paid */
	WANT_INT(order.total.minor, placed.order.total.minor);
	test_ctx_free(kit.cx);
}

static void
a_country_with_a_higher_tax_or_no_delivery_is_refused(void **state)
{
	struct placement placed = bought(4, "mug", "address-4");
	struct address abroad = {.full_name = "Ada Example",
				 .line1 = "Unter den Linden 1",
				 .city = "Berlin",
				 .postal_code = "10117",
				 .country = "DE"};

	(void)state;
	WANT_OK(tax_rates_read(kit.cx->mem, "DE standard 19", false,
			       &kit.shop->terms->tax));
	WANT_ERR(send_to(&placed, abroad), REFUSED);
	for (size_t i = 0; i < kit.shop->terms->n_options; i++)
		kit.shop->terms->options[i].countries = "US";
	WANT_ERR(send_to(&placed, abroad), REFUSED);
	WANT_TEXT(city_of(&placed), "Portland");
	test_ctx_free(kit.cx);
}

static void
only_a_confirmed_order_that_is_not_shipped_may_go_elsewhere(void **state)
{
	struct placement placed = bought(5, "mug", "address-5"), unpaid, digital;

	(void)state;
	WANT_OK(IN_TX(kit.cx, order_ship(tx, placed.order.id, NULL, NULL, NULL,
					 "shell:ada", &order)));
	WANT_ERR(send_to(&placed, elsewhere()), ORDER_STATE);
	unpaid = kit_place(&kit, 6, "mug", 1, "address-6");
	WANT_ERR(send_to(&unpaid, elsewhere()), ORDER_STATE);
	digital = kit_buy(&kit, 7, "guide", 1, "address-7");
	WANT_ERR(send_to(&digital, elsewhere()), REFUSED); /* nothing is delivered */
	test_ctx_free(kit.cx);
}

TESTS(TEST(a_new_address_is_an_amendment_that_keeps_the_old_one),
      TEST(a_wrong_address_is_refused_with_every_problem),
      TEST(an_address_that_would_cost_more_is_refused),
      TEST(a_country_with_a_higher_tax_or_no_delivery_is_refused),
      TEST(only_a_confirmed_order_that_is_not_shipped_may_go_elsewhere))
