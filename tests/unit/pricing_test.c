/* pricing_test.c - totals are exact, whatever the cart. */
#include "domain/pricing.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/json.h"
#include "support/check.h"

static struct arena *mem;

static struct pricing_line
line_of(const char *title, int64_t unit, const char *currency, int64_t quantity)
{
	return (struct pricing_line){.title = title,
				     .unit_price = money_of(unit, currency),
				     .quantity = quantity,
				     .tax_class = "standard"};
}

static struct tax_rates
rates_of(const char *text, bool included)
{
	struct tax_rates rates;

	WANT_OK(tax_rates_read(mem, text, included, &rates));
	return rates;
}

static struct pricing
priced(struct pricing_request request)
{
	struct pricing p;

	WANT_OK(pricing_total(mem, &request, &p));
	return p;
}

static void
prices_with_tax_keep_their_total(void **state)
{
	struct pricing_line lines[] = {line_of("Mug", 1800, "EUR", 2),
				       line_of("Print", 2450, "EUR", 1)};
	struct tax_rates rates = rates_of("DE standard 19", true);
	struct pricing p = priced((struct pricing_request){.currency = "EUR",
							   .country = "DE",
							   .rates = &rates,
							   .lines = lines,
							   .n_lines = 2,
							   .shipping_title = "Standard",
							   .shipping = {450, "EUR"}});

	(void)state;
	WANT_INT(p.subtotal.minor, 6050);
	WANT_INT(p.discount.minor, 0);
	WANT_INT(p.shipping.minor, 450);
	WANT_INT(p.lines[0].tax.minor, 575); /* 574.79 */
	WANT_INT(p.lines[1].tax.minor, 391); /* 391.18 */
	WANT_INT(p.shipping_tax.minor, 72);  /* 71.85 */
	WANT_INT(p.tax.minor, 1038);
	WANT_INT(p.total.minor, 6500);
	WANT_INT(p.due.minor, 6500);
	WANT_INT(p.lines[0].line_total.minor, 3600);
	WANT(p.tax_included);
}

static void
prices_without_tax_have_it_added(void **state)
{
	struct pricing_line lines[] = {line_of("Mug", 1799, "USD", 3)};
	struct tax_rates rates = rates_of("US standard 8.875; US shipping 0", false);
	struct pricing p = priced((struct pricing_request){.currency = "USD",
							   .country = "US",
							   .rates = &rates,
							   .lines = lines,
							   .n_lines = 1,
							   .shipping_title = "Standard",
							   .shipping = {450, "USD"}});

	(void)state;
	WANT_INT(p.subtotal.minor, 5397);
	WANT_INT(p.lines[0].tax.minor, 479); /* 478.98 */
	WANT_INT(p.lines[0].line_total.minor, 5876);
	WANT_INT(p.shipping_tax.minor, 0);
	WANT_INT(p.tax.minor, 479);
	WANT_INT(p.total.minor, 5397 + 450 + 479);
}

static void
a_discount_is_shared_and_lowers_the_tax(void **state)
{
	struct pricing_line lines[] = {line_of("A", 1000, "EUR", 1),
				       line_of("B", 1000, "EUR", 1),
				       line_of("C", 1000, "EUR", 1)};
	struct tax_rates rates = rates_of("DE standard 10", false);
	struct pricing p = priced((struct pricing_request){.currency = "EUR",
							   .country = "DE",
							   .rates = &rates,
							   .lines = lines,
							   .n_lines = 3,
							   .discount = {1000, "EUR"}});

	(void)state;
	WANT_INT(p.lines[0].discount.minor, 334);
	WANT_INT(p.lines[1].discount.minor, 333);
	WANT_INT(p.lines[2].discount.minor, 333);
	WANT_INT(p.lines[0].tax.minor, 67); /* 66.6 */
	WANT_INT(p.tax.minor, 201);
	WANT_INT(p.total.minor, 2201);
}

static void
a_discount_never_exceeds_the_goods(void **state)
{
	struct pricing_line lines[] = {line_of("A", 1000, "EUR", 1)};
	struct tax_rates rates = rates_of("DE standard 19", true);
	struct pricing p = priced((struct pricing_request){.currency = "EUR",
							   .country = "DE",
							   .rates = &rates,
							   .lines = lines,
							   .n_lines = 1,
							   .discount = {5000, "EUR"},
							   .shipping_title = "Standard",
							   .shipping = {450, "EUR"}});

	(void)state;
	WANT_INT(p.discount.minor, 1000);
	WANT_INT(p.lines[0].line_total.minor, 0);
	WANT_INT(p.total.minor, 450);
}

static void
an_empty_cart_costs_nothing(void **state)
{
	struct tax_rates rates = rates_of("", true);
	struct pricing p =
		priced((struct pricing_request){.currency = "USD", .rates = &rates});

	(void)state;
	WANT_INT(p.total.minor, 0);
	WANT_TEXT(p.total.currency, "USD");
	WANT_TEXT(p.tax.currency, "USD");
}

static void
shipping_counts_only_once_it_is_chosen(void **state)
{
	struct pricing_line lines[] = {line_of("A", 1000, "USD", 1)};
	struct tax_rates rates = rates_of("", true);
	struct pricing p = priced((struct pricing_request){.currency = "USD",
							   .rates = &rates,
							   .lines = lines,
							   .n_lines = 1,
							   .shipping = {450, "USD"}});

	(void)state;
	WANT_INT(p.shipping.minor, 0);
	WANT_INT(p.total.minor, 1000);
}

static void
impossible_carts_are_refused(void **state)
{
	static struct pricing_line lines[PRICING_LINES_MAX + 1];
	struct tax_rates rates = rates_of("US * 100", false);
	struct pricing_request request = {.currency = "USD",
					  .country = "US",
					  .rates = &rates,
					  .lines = lines,
					  .n_lines = 1};
	struct pricing p;

	(void)state;
	for (size_t i = 0; i <= PRICING_LINES_MAX; i++)
		lines[i] = line_of("A", 1, "USD", 1);
	WANT_OK(pricing_total(mem, &request, &p));
	request.n_lines = PRICING_LINES_MAX + 1;
	WANT_ERR(pricing_total(mem, &request, &p), INVALID);
	request.n_lines = 1;
	lines[0].quantity = 0;
	WANT_ERR(pricing_total(mem, &request, &p), INVALID);
	lines[0] = line_of("A", -1, "USD", 1);
	WANT_ERR(pricing_total(mem, &request, &p), INVALID);
	lines[0] = line_of("A", 1, "EUR", 1);
	WANT_ERR(pricing_total(mem, &request, &p), INVALID);
	lines[0] = line_of("A", MONEY_MAX, "USD", 2);
	WANT_ERR(pricing_total(mem, &request, &p), INVALID);
	lines[0] = line_of("A", 3, "USD", INT64_MAX);
	WANT_ERR(pricing_total(mem, &request, &p), INVALID);
	lines[0] = line_of("A", MONEY_MAX, "USD", 1); /* doubled by its tax */
	WANT_ERR(pricing_total(mem, &request, &p), INVALID);
	lines[0] = line_of("A", 1, "USD", 1);
	request.discount = money_of(-1, "USD");
	WANT_ERR(pricing_total(mem, &request, &p), INVALID);
	request.discount = money_zero("USD");
	request.currency = "XXX";
	WANT_ERR(pricing_total(mem, &request, &p), INVALID);
}

static void
the_derivation_tells_every_step(void **state)
{
	struct pricing_line lines[] = {line_of("Enamel mug", 1800, "USD", 2),
				       line_of("Harbour \"print\"", 2450, "USD", 1)};
	struct tax_rates rates = rates_of("US * 10", false);
	struct pricing p = priced((struct pricing_request){.currency = "USD",
							   .country = "US",
							   .rates = &rates,
							   .lines = lines,
							   .n_lines = 2,
							   .discount = {50, "USD"},
							   .shipping_title = "Standard",
							   .shipping = {450, "USD"}});

	(void)state;
	WANT_TEXT(derivation_story(mem, &p.derivation),
		  "2 × Enamel mug at $18.00: $36.00. 1 × Harbour \"print\" at $24.50: "
		  "$24.50. Items together: $60.50. Discount: -$0.50. Standard: $4.50. "
		  "Tax of "
		  "10% on $64.50: $6.45. Total: $70.95.");
	lines[0].title = lines[1].title;
	WANT_TEXT(derivation_json(mem, &p.derivation),
		  "{\"version\":1,\"currency\":\"USD\",\"tax_included\":false,"
		  "\"rounding\":\"line_half_up\",\"steps\":["
		  "{\"rule\":\"line\",\"text\":\"2 × Enamel mug at "
		  "$18.00\",\"amount\":3600},"
		  "{\"rule\":\"line\",\"text\":\"1 × Harbour \\\"print\\\" at $24.50\","
		  "\"amount\":2450},"
		  "{\"rule\":\"subtotal\",\"text\":\"Items together\",\"amount\":6050},"
		  "{\"rule\":\"discount\",\"text\":\"Discount\",\"amount\":-50},"
		  "{\"rule\":\"shipping\",\"text\":\"Standard\",\"amount\":450},"
		  "{\"rule\":\"tax\",\"text\":\"Tax of 10% on $64.50\",\"amount\":645},"
		  "{\"rule\":\"total\",\"text\":\"Total\",\"amount\":7095}]}");
}

static void
a_cart_without_tax_says_so(void **state)
{
	struct pricing_line lines[] = {line_of("A", 1000, "JPY", 1)};
	struct tax_rates rates = rates_of("", true);
	struct pricing p = priced((struct pricing_request){
		.currency = "JPY", .rates = &rates, .lines = lines, .n_lines = 1});

	(void)state;
	WANT_TEXT(derivation_story(mem, &p.derivation),
		  "1 × A at ¥1,000: ¥1,000. Items together: ¥1,000. No tax: ¥0. Total: "
		  "¥1,000.");
}

static struct pricing_line
random_line(const char *currency)
{
	static const char *const classes[] = {"standard", "reduced", "zero", "odd"};
	int64_t unit = random() % 5 == 0   ? random() % 10
		       : random() % 5 == 0 ? random() % 1000000000
					   : random() % 20000;
	struct pricing_line line = line_of("Thing", unit, currency, 1 + random() % 99);

	line.tax_class = classes[random() % 4];
	return line;
}

/* The books' own formulas, in plain integers. */
static void
want_exact(const struct pricing_request *request, const struct pricing *p)
{
	int64_t subtotal = 0, discount = 0, tax = p->shipping_tax.minor, sum = 0;
	int64_t added = p->tax_included ? 0 : 1;

	for (size_t i = 0; i < p->n_lines; i++) {
		const struct pricing_line *l = &p->lines[i];

		WANT(l->discount.minor >= 0 && l->discount.minor <= l->subtotal.minor);
		WANT(l->tax.minor >= 0 && l->line_total.minor >= 0);
		WANT_INT(l->line_total.minor, l->quantity * l->unit_price.minor -
						      l->discount.minor +
						      added * l->tax.minor);
		subtotal += l->quantity * l->unit_price.minor;
		discount += l->discount.minor;
		tax += l->tax.minor;
		sum += l->line_total.minor;
	}
	WANT_INT(p->subtotal.minor, subtotal);
	WANT_INT(p->discount.minor, discount);
	WANT_INT(p->discount.minor, request->discount.minor < subtotal
					    ? request->discount.minor
					    : subtotal);
	WANT_INT(p->tax.minor, tax);
	WANT_INT(p->total.minor,
		 subtotal - discount + p->shipping.minor + added * p->tax.minor);
	WANT_INT(p->total.minor,
		 sum + p->shipping.minor + added * p->shipping_tax.minor);
	WANT_INT(p->due.minor, p->total.minor);
	WANT(p->shipping_tax.minor >= 0 && p->total.minor >= 0);
}

/* The trace alone leads to the same sums. */
static void
want_replayed(const struct pricing *p)
{
	int64_t sum = 0, tax = 0;

	for (size_t i = 0; i < p->derivation.n; i++) {
		const struct derivation_step *step = &p->derivation.steps[i];

		if (strcmp(step->rule, "subtotal") == 0)
			WANT_INT(step->amount.minor, sum);
		else if (strcmp(step->rule, "tax") == 0)
			tax += step->amount.minor;
		else if (strcmp(step->rule, "total") != 0)
			sum += step->amount.minor;
	}
	WANT_INT(tax, p->tax.minor);
	WANT_INT(sum + (p->tax_included ? 0 : tax), p->total.minor);
	WANT_INT(p->derivation.steps[p->derivation.n - 1].amount.minor, p->total.minor);
}

static void
the_sums_of_100000_random_carts_are_exact(void **state)
{
	static const char *const currencies[] = {"USD", "JPY", "KWD", "EUR"};
	struct tax_rates with = rates_of("DE standard 19; DE reduced 7; DE zero 0; "
					 "DE odd 8.8751; * * 20; FR shipping 5.5; "
					 "FR standard 20; FR odd 100",
					 true);
	struct tax_rates without = with;
	static struct pricing_line lines[PRICING_LINES_MAX];
	static struct pricing p;

	(void)state;
	without.included = false;
	for (int round = 0; round < 100000; round++) {
		struct arena_mark mark = arena_mark(mem);
		const char *currency = currencies[random() % 4];
		struct pricing_request request = {
			.currency = currency,
			.country = random() % 2 ? "DE" : "FR",
			.rates = random() % 2 ? &with : &without,
			.lines = lines,
			.n_lines = (size_t)(random() % (random() % 8 == 0 ? 51 : 6)),
			.discount = money_of(random() % 3 ? random() % 100000 : 0,
					     currency),
			.shipping_title = random() % 4 ? "Standard" : NULL,
			.shipping = money_of(random() % 3000, currency),
		};

		for (size_t i = 0; i < request.n_lines; i++)
			lines[i] = random_line(currency);
		WANT_OK(pricing_total(mem, &request, &p));
		want_exact(&request, &p);
		want_replayed(&p);
		arena_rewind(mem, mark);
	}
}

static void
a_full_cart_of_different_rates_fits_its_derivation(void **state)
{
	static struct pricing_line lines[PRICING_LINES_MAX];
	static struct tax_rate list[PRICING_LINES_MAX + 1];
	struct tax_rates rates = {.list = list, .n = PRICING_LINES_MAX + 1};
	struct pricing p;

	(void)state;
	for (int i = 0; i < PRICING_LINES_MAX; i++) {
		lines[i] = line_of("A", 1000, "USD", 1);
		lines[i].tax_class = arena_printf(mem, "class%d", i);
		list[i] = (struct tax_rate){"US", lines[i].tax_class, 10000 * (i + 1)};
	}
	list[PRICING_LINES_MAX] = (struct tax_rate){"US", "shipping", 777};
	p = priced((struct pricing_request){.currency = "USD",
					    .country = "US",
					    .rates = &rates,
					    .lines = lines,
					    .n_lines = PRICING_LINES_MAX,
					    .discount = {1, "USD"},
					    .shipping_title = "Standard",
					    .shipping = {450, "USD"}});
	WANT_INT(p.derivation.n, 50 + 51 + 4);
	WANT(strlen(derivation_json(mem, &p.derivation)) < 16384);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(prices_with_tax_keep_their_total),
		TEST(prices_without_tax_have_it_added),
		TEST(a_discount_is_shared_and_lowers_the_tax),
		TEST(a_discount_never_exceeds_the_goods),
		TEST(an_empty_cart_costs_nothing),
		TEST(shipping_counts_only_once_it_is_chosen),
		TEST(impossible_carts_are_refused),
		TEST(the_derivation_tells_every_step),
		TEST(a_cart_without_tax_says_so),
		TEST(the_sums_of_100000_random_carts_are_exact),
		TEST(a_full_cart_of_different_rates_fits_its_derivation),
	};
	int failed;

	mem = arena_new(8 << 20);
	srandom(3);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(mem);
	return failed;
}
