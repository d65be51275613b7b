/* email_test.c - an e-mail address that the gateway refuses leads back to its field. */
#include "support/kit.h"

static const struct pay_step refused[] = {
	{.call = "create",
	 .answer = {.outcome = PAY_PERMANENT, .bad_email = true, .http_status = 400}},
};

static void
a_refused_address_leads_back_to_its_field(void **state)
{
	struct kit kit = kit_new();
	struct details other = kit_details(&kit);
	struct placement first = {0}, placed;
	struct placing want;
	struct err *e;

	(void)state;
	kit_checkout(&kit, 1, "mug", 1);
	want = kit_placing(&kit, 1, "email-1");
	pay_fake_script(kit.pay, refused, 1);
	e = kit_place_order(kit.shop, kit.cx, &want, &first);
	WANT(e != NULL);
	WANT_INT(e->code, ERR_INVALID);
	WANT_INT(e->problems.n, 1);
	WANT_TEXT(e->problems.list[0].field, "contact.email");
	WANT(first.claimed); /* the answer is kept for the key */
	WANT_TEXT(kit_attempt(&kit, first.attempt.id).state, "failed");
	WANT_INT(test_number("SELECT COUNT(*) FROM outbox"), 0);

	/* another address under another key: another order, in the first one's place */
	other.email = "ada@lovelace.example";
	want = kit_placing(&kit, 1, "email-2");
	want.details = other;
	kit_script_begin(&kit);
	kit_will_create(&kit, PAY_DONE);
	WANT_OK(kit_place_order(kit.shop, kit.cx, &want, &placed));
	WANT_INT(placed.kind, PLACEMENT_GO);
	WANT_TEXT(kit_state(&first), "cancelled");
	kit_books_balance();
	test_ctx_free(kit.cx);
}

/* The next attempt of an order has no such field: its address is frozen. */
static void
an_order_whose_address_is_refused_is_kept(void **state)
{
	struct kit kit = kit_new();
	struct placement placed, again;
	struct retry want;

	(void)state;
	kit_script_begin(&kit);
	placed = kit_place(&kit, 2, "mug", 1, "email-3");
	kit_will_say(&kit, "retrieve", PAY_FAILED, 0, placed.attempt.uid.text,
		     placed.order.number);
	WANT_OK(flow_ask_attempt(kit.shop, kit.cx, &placed.attempt,
				 arena_new_of(kit.cx->mem, struct settled, 1)));
	want = (struct retry){.visitor = kit_visitor(2),
			      .order = placed.order.number,
			      .key = "email-3-again",
			      .key_hash = kit_visitor(2),
			      .payment_method = kit.pay->name};
	pay_fake_script(kit.pay, refused, 1);
	WANT_ERR(kit_retry_payment(kit.shop, kit.cx, &want, &again),
		 GATEWAY_UNAVAILABLE);
	WANT_TEXT(kit_state(&placed), "pending");
	test_ctx_free(kit.cx);
}

TESTS(TEST(a_refused_address_leads_back_to_its_field),
      TEST(an_order_whose_address_is_refused_is_kept))
