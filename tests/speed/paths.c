/* paths.c - the pure paths whose instructions are counted (instructions.py). Each runs
 * some rounds inside measure(), which callgrind is told to collect and to report by
 * itself; what they do depends on no clock and no chance.
 *
 *   till_speed_paths SOURCE ROUNDS     prints name and bytes of arena, in the order of
 * the reports
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/text.h"
#include "domain/address.h"
#include "domain/order_state.h"
#include "stage.h"
#include "webhook.h"

enum { ARENA_CAP = 64 * 1024 * 1024, WARM = 2 };

#define FORM "application/x-www-form-urlencoded"

static struct {
	struct stage *stage;
	struct cart few, many;
	const struct webhook *hook;
	const char *add_form, *details_form;
} with;

static const char payment[] =
	"{\"contact\":{\"email\":\"ada@example.com\",\"phone\":\"+1 503 555 0100\"},"
	"\"shipping_address\":{\"full_name\":\"Ada Example\",\"line1\":\"1 Dock "
	"Street\","
	"\"city\":\"Portland\",\"region\":\"OR\",\"postal_code\":\"97201\",\"country\":"
	"\"US\"},\"billing_address\":null,\"shipping_option\":\"standard\","
	"\"payment_method\":\"stripe\",\"accept_total\":{\"amount\":6199,\"currency\":"
	"\"USD\"}}";

/* ---- the paths: each answers whether it did what it is counted for ---- */

static bool
answers(struct arena *mem, struct stage_ask ask, int status)
{
	return stage_ask(with.stage, mem, &ask) == status;
}

static bool
product_page(struct arena *mem)
{
	return answers(mem, (struct stage_ask){"GET", "/products/enamel-mug", 0, 0, 3},
		       200);
}

static bool
cart_page_3(struct arena *mem)
{
	return answers(mem, (struct stage_ask){"GET", "/cart", 0, 0, 3}, 200);
}

static bool
cart_page_50(struct arena *mem)
{
	return answers(mem, (struct stage_ask){"GET", "/cart", 0, 0, 50}, 200);
}

static bool
cart_json_3(struct arena *mem)
{
	return answers(mem, (struct stage_ask){"GET", "/api/v1/cart", 0, 0, 3}, 200);
}

static bool
cart_json_50(struct arena *mem)
{
	return answers(mem, (struct stage_ask){"GET", "/api/v1/cart", 0, 0, 50}, 200);
}

static bool
checkout_page_3(struct arena *mem)
{
	return answers(mem, (struct stage_ask){"GET", "/checkout", 0, 0, 3}, 200);
}

static bool
checkout_page_50(struct arena *mem)
{
	return answers(mem, (struct stage_ask){"GET", "/checkout", 0, 0, 50}, 200);
}

static bool
no_such_page(struct arena *mem)
{
	return answers(mem, (struct stage_ask){"GET", "/nothing/here", 0, 0, 3}, 404);
}

static bool
add_form(struct arena *mem)
{
	return answers(
		mem, (struct stage_ask){"POST", "/cart/items", FORM, with.add_form, 3},
		303);
}

static bool
details_form(struct arena *mem)
{
	return answers(mem,
		       (struct stage_ask){"POST", "/checkout/details", FORM,
					  with.details_form, 3},
		       303);
}

static bool
payment_json(struct arena *mem)
{
	return answers(mem,
		       (struct stage_ask){"POST", "/api/v1/checkout/payment",
					  "application/json", payment, 3},
		       200);
}

static bool
price_cart_3(struct arena *mem)
{
	return cart_price(mem, stage_terms(with.stage), &with.few) == NULL &&
	       with.few.pricing.due.minor > 0;
}

static bool
price_cart_50(struct arena *mem)
{
	return cart_price(mem, stage_terms(with.stage), &with.many) == NULL &&
	       with.many.pricing.due.minor > 0;
}

static bool
address(struct arena *mem)
{
	struct details details = stage_details();
	struct problems problems = {0};

	address_normalise(mem, &details.shipping);
	address_check(mem, "shipping_address", &details.shipping, &problems);
	return problems.n == 0 && text_equal(details.shipping.region, "OR");
}

static bool
webhook(struct arena *mem)
{
	return webhook_is_genuine(with.hook, mem);
}

/* What one payment asks of the tables. */
static bool
machines(struct arena *mem)
{
	struct order_facts facts = {.payment = "paid", .fulfilment = "unfulfilled"};

	(void)mem;
	return machine_allows(MACHINE_ORDER, "pending", "confirmed") &&
	       machine_allows(MACHINE_PAYMENT, "pending", "paid") &&
	       machine_allows(MACHINE_ATTEMPT, "sent", "captured") &&
	       !machine_allows(MACHINE_ORDER, "pending", "shipped") &&
	       text_equal(order_state_of(facts), "confirmed") &&
	       text_equal(order_state_after("pending", "paid"), "confirmed") &&
	       order_state_after("pending", "shipped") == NULL;
}

static bool
money(struct arena *mem)
{
	return text_equal(money_format(mem, money_of(123456789, "USD")),
			  "$1,234,567.89") &&
	       text_equal(money_format(mem, money_of(500, "JPY")), "\xC2\xA5"
								   "500");
}

static const struct path {
	const char *name;
	bool (*run)(struct arena *);
} paths[] = {
	{"product_page", product_page},
	{"cart_page_3", cart_page_3},
	{"cart_page_50", cart_page_50},
	{"cart_json_3", cart_json_3},
	{"cart_json_50", cart_json_50},
	{"checkout_page_3", checkout_page_3},
	{"checkout_page_50", checkout_page_50},
	{"no_such_page", no_such_page},
	{"add_form", add_form},
	{"details_form", details_form},
	{"payment_json", payment_json},
	{"price_cart_3", price_cart_3},
	{"price_cart_50", price_cart_50},
	{"address", address},
	{"webhook", webhook},
	{"machines", machines},
	{"money", money},
};

/* ---- counting ---- */

static _Noreturn void
die(const char *why)
{
	fprintf(stderr, "till_speed_paths: %s\n", why);
	exit(1);
}

/* *used: bytes that one round takes of its arena. */
static bool
repeat(const struct path *path, struct arena *mem, int64_t rounds, size_t *used)
{
	bool good = true;

	for (int64_t i = 0; i < rounds; i++) {
		struct arena_mark mark = arena_mark(mem);

		good &= path->run(mem);
		*used = arena_used(mem);
		arena_rewind(mem, mark);
	}
	return good;
}

bool measure(const struct path *, struct arena *, int64_t rounds, size_t *used);

/* callgrind knows it by its name. */
__attribute__((noinline)) bool
measure(const struct path *path, struct arena *mem, int64_t rounds, size_t *used)
{
	return repeat(path, mem, rounds, used);
}

/* ---- what the paths are run with ---- */

static void
prepare(struct arena *mem, const char *source)
{
	const char *csrf;

	with.stage = stage_new(mem, source);
	if (with.stage == NULL)
		die("no stage can be made");
	with.few = stage_cart(mem, 3);
	with.many = stage_cart(mem, 50);
	with.hook = webhook_new(mem);
	csrf = stage_csrf(with.stage, mem);
	with.add_form = arena_printf(mem, "csrf=%s&sku=HG-MUG&quantity=2", csrf);
	with.details_form = arena_printf(
		mem,
		"csrf=%s&contact.email=ada%%40example.com&contact.phone="
		"&shipping_address.full_name=Ada+Example"
		"&shipping_address.line1=1+Dock+Street&shipping_address.line2="
		"&shipping_address.city=Portland&shipping_address.region=OR"
		"&shipping_address.postal_code=97201&shipping_address.country=US"
		"&shown_country=US&billing_same=1&shipping_option=standard"
		"&payment_method=stripe",
		csrf);
}

int
main(int argc, char **argv)
{
	struct arena *house = arena_new(ARENA_CAP), *mem = arena_new(ARENA_CAP);
	int64_t rounds;

	if (argc != 3 || !text_to_int(argv[2], 1, 1000000, &rounds))
		die("SOURCE ROUNDS");
	prepare(house, argv[1]);
	log_to(open("/dev/null", O_WRONLY | O_CLOEXEC));
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		size_t used;

		if (!repeat(&paths[i], mem, WARM, &used) ||
		    !measure(&paths[i], mem, rounds, &used)) {
			fprintf(stderr, "%s did not do its work\n", paths[i].name);
			return 1;
		}
		printf("%s %zu\n", paths[i].name, used);
	}
	arena_free(mem);
	arena_free(house);
	return 0;
}
