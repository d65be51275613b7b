/* pricing.c - lines, discount, shipping and tax make the totals. */
#include "domain/pricing.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "base/arena.h"

static bool
is_amount(struct money amount, const char *currency)
{
	return amount.minor >= 0 && amount.minor <= MONEY_MAX &&
	       (strcmp(amount.currency, currency) == 0 ||
		(amount.minor == 0 && amount.currency[0] == '\0'));
}

static fallible
check_request(const struct pricing_request *request)
{
	const char *currency = request->currency;

	if (!currency_is_known(currency))
		return FAIL(INVALID, "currency=%s", currency);
	if (request->n_lines > PRICING_LINES_MAX)
		return FAIL(INVALID, "lines=%zu", request->n_lines);
	for (size_t i = 0; i < request->n_lines; i++) {
		const struct pricing_line *line = &request->lines[i];

		if (!is_amount(line->unit_price, currency) || line->quantity < 1)
			return FAIL(INVALID, "line=%zu quantity=%" PRId64, i,
				    line->quantity);
		if (line->unit_price.minor > 0 &&
		    line->quantity > MONEY_MAX / line->unit_price.minor)
			return FAIL_FIELD("quantity", INVALID, "line=%zu is too large",
					  i);
	}
	if (!is_amount(request->discount, currency) ||
	    !is_amount(request->shipping, currency))
		return FAIL(INVALID, "discount or shipping out of range");
	return NULL;
}

static fallible
add_up_lines(const struct pricing_request *request, struct pricing *p)
{
	p->subtotal = money_zero(request->currency);
	for (size_t i = 0; i < p->n_lines; i++) {
		struct pricing_line *line = &p->lines[i];

		line->subtotal =
			money_add(money_zero(request->currency),
				  money_times(line->unit_price, line->quantity));
		p->subtotal = money_add(p->subtotal, line->subtotal);
	}
	if (p->subtotal.minor > MONEY_MAX)
		return FAIL_FIELD("quantity", INVALID, "subtotal=%" PRId64,
				  p->subtotal.minor);
	return NULL;
}

/* Each line bears its share of the discount, in proportion to its price. */
static void
share_discount(const struct pricing_request *request, struct pricing *p)
{
	int64_t weights[PRICING_LINES_MAX];
	struct money parts[PRICING_LINES_MAX];

	p->discount = money_add(money_zero(request->currency), request->discount);
	if (money_compare(p->discount, p->subtotal) > 0)
		p->discount = p->subtotal;
	for (size_t i = 0; i < p->n_lines; i++) {
		weights[i] = p->lines[i].subtotal.minor;
		parts[i] = money_zero(request->currency);
	}
	if (!money_is_zero(p->discount))
		money_share(p->discount, weights, p->n_lines, parts);
	for (size_t i = 0; i < p->n_lines; i++)
		p->lines[i].discount = parts[i];
}

static void
tax_lines(const struct pricing_request *request, struct pricing *p)
{
	const struct tax_rates *rates = request->rates;

	p->tax = money_zero(request->currency);
	for (size_t i = 0; i < p->n_lines; i++) {
		struct pricing_line *line = &p->lines[i];
		struct money base = money_sub(line->subtotal, line->discount);

		line->tax_ppm = tax_find_rate(rates, request->country, line->tax_class);
		line->tax = tax_of(base, line->tax_ppm, rates->included);
		line->line_total = rates->included ? base : money_add(base, line->tax);
		p->tax = money_add(p->tax, line->tax);
	}
}

static void
tax_shipping(const struct pricing_request *request, struct pricing *p)
{
	p->shipping = money_zero(request->currency);
	if (request->shipping_title)
		p->shipping = money_add(p->shipping, request->shipping);
	p->shipping_tax_ppm = tax_find_shipping_rate(request->rates, request->country);
	p->shipping_tax = tax_of(p->shipping, p->shipping_tax_ppm, p->tax_included);
	p->tax = money_add(p->tax, p->shipping_tax);
}

static void
trace_goods(struct arena *mem, const struct pricing_request *request, struct pricing *p)
{
	for (size_t i = 0; i < p->n_lines; i++) {
		const struct pricing_line *line = &p->lines[i];

		derivation_add(&p->derivation, "line",
			       arena_printf(mem, "%" PRId64 " × %s at %s",
					    line->quantity, line->title,
					    money_format(mem, line->unit_price)),
			       line->subtotal);
	}
	derivation_add(&p->derivation, "subtotal", "Items together", p->subtotal);
	if (!money_is_zero(p->discount))
		derivation_add(&p->derivation, "discount",
			       request->discount_title ? request->discount_title
						       : "Discount",
			       money_sub(money_zero(request->currency), p->discount));
	if (request->shipping_title)
		derivation_add(&p->derivation, "shipping", request->shipping_title,
			       p->shipping);
}

/* One step for each rate: what it was taken of and what it came to. */
static void
trace_rate(struct arena *mem, struct pricing *p, int64_t ppm)
{
	struct money base = money_zero(p->total.currency), tax = base;

	for (size_t i = 0; i < p->n_lines; i++) {
		const struct pricing_line *line = &p->lines[i];

		if (line->tax_ppm != ppm)
			continue;
		base = money_add(base, money_sub(line->subtotal, line->discount));
		tax = money_add(tax, line->tax);
	}
	if (p->shipping_tax_ppm == ppm) {
		base = money_add(base, p->shipping);
		tax = money_add(tax, p->shipping_tax);
	}
	if (money_is_zero(base))
		return;
	derivation_add(&p->derivation, "tax",
		       arena_printf(mem,
				    p->tax_included ? "Tax of %s contained in %s"
						    : "Tax of %s on %s",
				    tax_percent(mem, ppm), money_format(mem, base)),
		       tax);
}

/* Whether a rate was seen on an earlier line. */
static bool
seen_before(const struct pricing *p, size_t line)
{
	for (size_t i = 0; i < line; i++)
		if (p->lines[i].tax_ppm == p->lines[line].tax_ppm)
			return true;
	return false;
}

static void
trace_tax(struct arena *mem, struct pricing *p)
{
	bool shipping_seen = p->shipping_tax_ppm == 0;

	for (size_t i = 0; i < p->n_lines; i++) {
		int64_t ppm = p->lines[i].tax_ppm;

		shipping_seen = shipping_seen || ppm == p->shipping_tax_ppm;
		if (ppm > 0 && !seen_before(p, i))
			trace_rate(mem, p, ppm);
	}
	if (!shipping_seen)
		trace_rate(mem, p, p->shipping_tax_ppm);
	if (money_is_zero(p->tax))
		derivation_add(&p->derivation, "tax", "No tax", p->tax);
}

/* Invariants I09 and I10 of the books. */
static bool
sums_hold(const struct pricing *p)
{
	struct money discount = money_zero(p->total.currency), sum = p->shipping;
	struct money tax = p->shipping_tax;

	for (size_t i = 0; i < p->n_lines; i++) {
		const struct pricing_line *line = &p->lines[i];

		if (line->discount.minor < 0 || line->tax.minor < 0 ||
		    line->line_total.minor < 0)
			return false;
		discount = money_add(discount, line->discount);
		tax = money_add(tax, line->tax);
		sum = money_add(sum, line->line_total);
	}
	if (!p->tax_included)
		sum = money_add(sum, p->shipping_tax);
	return money_same(discount, p->discount) && money_same(tax, p->tax) &&
	       money_same(sum, p->total) && p->total.minor >= 0;
}

fallible
pricing_total(struct arena *mem, const struct pricing_request *request,
	      struct pricing *p)
{
	TRY(check_request(request));
	*p = (struct pricing){
		.lines = arena_new_of(mem, struct pricing_line, request->n_lines),
		.n_lines = request->n_lines,
		.tax_included = request->rates->included,
		.derivation = {.currency = arena_text(mem, request->currency),
			       .rounding = TAX_ROUNDING,
			       .tax_included = request->rates->included},
	};
	for (size_t i = 0; i < p->n_lines; i++)
		p->lines[i] = request->lines[i];
	TRY(add_up_lines(request, p));
	share_discount(request, p);
	tax_lines(request, p);
	tax_shipping(request, p);
	p->total = money_add(money_sub(p->subtotal, p->discount), p->shipping);
	if (!p->tax_included)
		p->total = money_add(p->total, p->tax);
	if (p->total.minor > MONEY_MAX)
		return FAIL(INVALID, "total=%" PRId64, p->total.minor);
	p->due = p->total;
	assert(sums_hold(p));
	trace_goods(mem, request, p);
	trace_tax(mem, p);
	derivation_add(&p->derivation, "total", "Total", p->total);
	return NULL;
}
