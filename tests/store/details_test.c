/* details_test.c - what a shopper tells: every problem at once, missing apart from
 * wrong, nothing asked for that the cart does not need. */
#include "domain/details.h"

#include <stdio.h>

#include "support/kit.h"

static struct kit kit;
static struct checkout checkout;
static struct problems wrong;

/* What a checkout of one sku says to these details. */
static void
tell(int visitor, const char *sku, struct details details)
{
	struct err *e;

	kit_fill_cart(&kit, visitor, sku, 1);
	WANT_OK(kit_start(&kit, visitor, &checkout));
	WANT_OK(IN_READ(kit.cx, checkout_tell(tx, kit.shop->terms, &checkout)));
	e = checkout_apply(kit.cx->mem, kit.shop->terms, &checkout, &details);
	wrong = (struct problems){0};
	if (e != NULL) {
		WANT_ERR(e, INVALID);
		wrong = e->problems;
	}
}

static bool
has(const struct problems *problems, const char *field)
{
	for (size_t i = 0; i < problems->n; i++)
		if (strcmp(problems->list[i].field, field) == 0)
			return true;
	return false;
}

static void
who_tells_nothing_is_told_everything_that_is_missing(void **state)
{
	static const char *const fields[] = {
		"contact.email",          "shipping_address.full_name",
		"shipping_address.line1", "shipping_address.country",
		"shipping_option",        "payment_method"};

	(void)state;
	kit = kit_new();
	tell(1, "mug", (struct details){0});
	WANT_INT(wrong.n, 0);
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		WANT(has(&checkout.missing, fields[i]));
	WANT(!has(&checkout.missing, "contact.phone"));
	WANT(!has(&checkout.missing, "billing_address.line1"));
	test_ctx_free(kit.cx);
}

static void
everything_that_is_wrong_is_named_at_once(void **state)
{
	static const char *const fields[] = {"contact.email",
					     "contact.phone",
					     "shipping_address.postal_code",
					     "shipping_address.region",
					     "shipping_option",
					     "payment_method"};
	struct details d = {.has_contact = true,
			    .email = "ada at example",
			    .phone = "call me",
			    .has_shipping = true,
			    .shipping = {.full_name = "Ada",
					 .city = "Portland",
					 .region = "Oregano",
					 .postal_code = "9720",
					 .country = "US"},
			    .billing_same = true,
			    .shipping_option = "balloon",
			    .payment_method = "shells"};

	(void)state;
	kit = kit_new();
	tell(2, "mug", d);
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		WANT(has(&wrong, fields[i]));
	WANT(!has(&wrong, "shipping_address.line1"));
	WANT(has(&checkout.missing, "shipping_address.line1"));
	test_ctx_free(kit.cx);
}

static void
a_digital_cart_needs_no_address_and_ignores_one(void **state)
{
	struct details d = {.has_contact = true,
			    .email = "ada@example.com",
			    .has_shipping = true,
			    .shipping = {.country = "ZZ", .city = "Nowhere"},
			    .billing_same = true,
			    .shipping_option = "balloon"};

	(void)state;
	kit = kit_new();
	tell(3, "guide", d);
	WANT_INT(wrong.n, 0);
	WANT_INT(checkout.missing.n, 1);
	WANT_TEXT(checkout.missing.list[0].field, "payment_method");
	test_ctx_free(kit.cx);
}

static void
a_country_that_is_not_delivered_to_is_refused_by_name(void **state)
{
	struct details d;

	(void)state;
	kit = kit_new();
	for (size_t i = 0; i < kit.shop->terms->n_options; i++)
		kit.shop->terms->options[i].countries = "US CA";
	d = kit_details(&kit);
	d.shipping.country = "DE";
	d.shipping.region = NULL;
	d.shipping.postal_code = "10115";
	d.shipping.city = "Berlin";
	tell(4, "mug", d);
	WANT_INT(wrong.n, 1);
	WANT_TEXT(wrong.list[0].field, "shipping_address.country");
	WANT_TEXT(wrong.list[0].text, "We do not deliver to Germany.");
	test_ctx_free(kit.cx);
}

static void
the_bill_goes_where_the_goods_go_unless_told_otherwise(void **state)
{
	struct details d, again = {0};

	(void)state;
	kit = kit_new();
	d = kit_details(&kit);
	tell(5, "mug", d);
	WANT_INT(checkout.missing.n, 0);
	d.has_billing = true;
	d.billing = (struct address){.full_name = "Count", .country = "US"};
	tell(5, "mug", d);
	WANT(has(&checkout.missing, "billing_address.line1"));
	d.billing = d.shipping;
	d.billing.postal_code = "abc";
	tell(5, "mug", d);
	WANT_INT(wrong.n, 1);
	WANT_TEXT(wrong.list[0].field, "billing_address.postal_code");

	/* what is not sent again stays; the tick-box takes it back */
	d.billing.postal_code = "97202";
	d.billing_same = false;
	WANT_OK(IN_TX(kit.cx, checkout_save(tx, kit.shop->terms, kit_visitor(5), &d,
					    &checkout)));
	WANT_OK(IN_TX(kit.cx, checkout_save(tx, kit.shop->terms, kit_visitor(5), &again,
					    &checkout)));
	WANT(!checkout.details.billing_same);
	WANT_TEXT(checkout.details.billing.postal_code, "97202");
	again.billing_same = true;
	WANT_OK(IN_TX(kit.cx, checkout_save(tx, kit.shop->terms, kit_visitor(5), &again,
					    &checkout)));
	WANT_TEXT(checkout.details.billing.postal_code, NULL);
	test_ctx_free(kit.cx);
}

static void
what_was_told_is_read_back_as_it_is_written_on_an_envelope(void **state)
{
	struct details d;

	(void)state;
	kit = kit_new();
	d = kit_details(&kit);
	d.email = "  Ada@Example.COM ";
	d.phone = "+1 (503) 555-0100";
	d.shipping.full_name = "  Ada   Example ";
	d.shipping.country = "us";
	kit_fill_cart(&kit, 6, "mug", 1);
	WANT_OK(kit_start(&kit, 6, &checkout));
	WANT_OK(IN_TX(kit.cx, checkout_save(tx, kit.shop->terms, kit_visitor(6), &d,
					    &checkout)));
	WANT_OK(IN_READ(kit.cx,
			checkout_read(tx, kit.shop->terms, kit_visitor(6), &checkout)));
	WANT_TEXT(checkout.details.email, "Ada@example.com");
	WANT_TEXT(checkout.details.shipping.full_name, "Ada Example");
	WANT_TEXT(checkout.details.shipping.country, "US");
	WANT_TEXT(checkout.details.payment_method, "fake");
	WANT_INT(checkout.missing.n, 0);
	test_ctx_free(kit.cx);
}

static void
an_option_that_another_country_does_not_have_is_to_be_chosen_anew(void **state)
{
	struct details d, moved;

	(void)state;
	kit = kit_new();
	for (size_t i = 0; i < kit.shop->terms->n_options; i++)
		if (strcmp(kit.shop->terms->options[i].id, "pickup") == 0)
			kit.shop->terms->options[i].countries = "US";
	d = kit_details(&kit);
	d.shipping_option = "pickup";
	kit_fill_cart(&kit, 7, "mug", 1);
	WANT_OK(kit_start(&kit, 7, &checkout));
	WANT_OK(IN_TX(kit.cx, checkout_save(tx, kit.shop->terms, kit_visitor(7), &d,
					    &checkout)));
	moved = (struct details){.has_shipping = true,
				 .shipping = {.full_name = "Ada Example",
					      .line1 = "Unter den Linden 1",
					      .city = "Berlin",
					      .postal_code = "10117",
					      .country = "DE"}};
	WANT_OK(IN_TX(kit.cx, checkout_save(tx, kit.shop->terms, kit_visitor(7), &moved,
					    &checkout)));
	WANT_INT(checkout.missing.n, 1);
	WANT_TEXT(checkout.missing.list[0].field, "shipping_option");
	moved.shipping_option = "pickup"; /* said now, it is wrong */
	WANT_ERR(IN_TX(kit.cx, checkout_save(tx, kit.shop->terms, kit_visitor(7),
					     &moved, &checkout)),
		 INVALID);
	test_ctx_free(kit.cx);
}

TESTS(TEST(who_tells_nothing_is_told_everything_that_is_missing),
      TEST(everything_that_is_wrong_is_named_at_once),
      TEST(a_digital_cart_needs_no_address_and_ignores_one),
      TEST(a_country_that_is_not_delivered_to_is_refused_by_name),
      TEST(the_bill_goes_where_the_goods_go_unless_told_otherwise),
      TEST(what_was_told_is_read_back_as_it_is_written_on_an_envelope),
      TEST(an_option_that_another_country_does_not_have_is_to_be_chosen_anew))
