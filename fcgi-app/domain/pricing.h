/* pricing.h - lines, discount, shipping and tax make the totals. Pure and exact: sums
 * hold to the minor unit, nothing is negative, and no unit is lost in sharing.
 *
 *   total = subtotal - discount + shipping + (tax_included ? 0 : tax)
 *   tax   = taxes of the lines + shipping tax
 *   line_total = quantity * unit_price - discount + (tax_included ? 0 : tax)
 */
#ifndef DOMAIN_PRICING_H
#define DOMAIN_PRICING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/money.h"
#include "domain/derivation.h"
#include "domain/tax.h"

struct arena;

enum { PRICING_LINES_MAX = 50 };

/* What is asked and, below, what is answered for one line. */
struct pricing_line {
	const char *title;
	struct money unit_price;
	int64_t quantity;
	const char *tax_class;

	struct money subtotal; /* quantity * unit_price */
	struct money discount; /* its share of the discount */
	struct money tax;      /* on, or contained in, subtotal - discount */
	struct money line_total;
	int64_t tax_ppm;
};

struct pricing_request {
	const char *currency;
	const char *country; /* destination; NULL when it is not known yet */
	const struct tax_rates *rates;
	const struct pricing_line *lines; /* the upper half of each */
	size_t n_lines;
	struct money
		discount; /* off the goods, 0 or more; never more than their subtotal */
	const char *discount_title; /* or NULL */
	const char *shipping_title; /* NULL while no option is chosen */
	struct money shipping;
};

struct pricing {
	struct pricing_line *lines;
	size_t n_lines;
	struct money subtotal, discount, shipping, shipping_tax, tax, total, due;
	int64_t shipping_tax_ppm;
	bool tax_included;
	struct derivation derivation;
};

/* Works out everything that is owed. INVALID when there are more than PRICING_LINES_MAX
 * lines, a quantity below 1, a negative price, another currency, or a sum beyond
 * MONEY_MAX. The result lives in the arena. */
fallible pricing_total(struct arena *, const struct pricing_request *,
		       struct pricing *);

#endif
