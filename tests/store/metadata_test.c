/* metadata_test.c - what a product requires to be said of a line is required by the
 * cart. */
#include "support/kit.h"

static struct kit kit;
static struct cart cart;

static struct err *
add(const char *metadata)
{
	return IN_TX(kit.cx, cart_add_item(tx, kit.shop->terms, kit_visitor(1), "ring",
					   1, metadata, &cart));
}

static void
a_line_without_what_is_required_is_refused_by_its_name(void **state)
{
	static const char *const silent[] = {NULL, "{}", "{\"gift\":true}",
					     "{\"engraving\":\"\"}"};

	(void)state;
	kit = kit_new();
	kit_add_product(&kit, "ring", "ship", 5000, 9);
	test_script("UPDATE product SET metadata_fields = '[{\"name\":\"engraving\","
		    "\"max\":5,\"required\":true},{\"name\":\"gift\"}]'"
		    " WHERE sku = 'ring'");
	for (size_t i = 0; i < sizeof silent / sizeof *silent; i++) {
		struct err *e = add(silent[i]);

		WANT(e != NULL);
		WANT_INT(e->code, ERR_INVALID);
		WANT_INT(e->problems.n, 1);
		WANT_TEXT(e->problems.list[0].field, "metadata.engraving");
		WANT_TEXT(e->problems.list[0].code, "required");
	}
	WANT_INT(test_number("SELECT COUNT(*) FROM cart_line"), 0);
	WANT_OK(add("{\"engraving\":\"Ada\"}"));
	WANT_OK(add(NULL)); /* one more of what was said before */
	WANT_INT(cart.items[0].quantity, 2);
	WANT_TEXT(cart.items[0].metadata, "{\"engraving\":\"Ada\"}");
	test_ctx_free(kit.cx);
}

TESTS(TEST(a_line_without_what_is_required_is_refused_by_its_name))
