/* tax.h - rates by destination and class of goods, and the tax of an amount. Pure.
 *
 * Rounding: half up to the minor unit, once for each order line and once for shipping
 * ("line_half_up"). An order keeps the name of its rule. */
#ifndef DOMAIN_TAX_H
#define DOMAIN_TAX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/money.h"

struct arena;

#define TAX_ROUNDING "line_half_up"
/* The class whose rate shipping takes; where a country has no such row, the standard
 * one. */
#define TAX_CLASS_SHIPPING "shipping"
#define TAX_CLASS_STANDARD "standard"

enum { TAX_PPM_MAX = 1000000 }; /* parts in a million: 190000 is 19 % */

struct tax_rate {
	const char *country;    /* ISO 3166-1 alpha-2, or "*" for all others */
	const char *class_name; /* "standard", "reduced" ..., or "*" for all others */
	int64_t ppm;
};

struct tax_rates {
	const struct tax_rate *list;
	size_t n;
	bool included; /* prices and shipping fees contain the tax */
};

/* Reads the setting tax.rates, "US * 0; DE standard 19; DE reduced 7": country, class,
 * percent with up to 4 decimals. INVALID, with the entry in its cause, for anything
 * else and for a pair that stands there twice. */
fallible tax_rates_read(struct arena *, const char *text, bool included,
			struct tax_rates *);

/* The rate in parts per million: the row of country and class, else of country and "*",
 * else of "*" and class, else of "*" and "*", else 0. */
int64_t tax_find_rate(const struct tax_rates *, const char *country,
		      const char *class_name);
int64_t tax_find_shipping_rate(const struct tax_rates *, const char *country);

/* The tax on an amount >= 0 (included false), or the tax that it contains (included
 * true: amount - amount / (1 + rate)), rounded half up. */
struct money tax_of(struct money amount, int64_t ppm, bool included);

/* "19%", "8.25%". */
char *tax_percent(struct arena *, int64_t ppm);

#endif
