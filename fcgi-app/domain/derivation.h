/* derivation.h - how a price came about, step by step: shown as "Why this price?" and
 * kept with the order. Pure. */
#ifndef DOMAIN_DERIVATION_H
#define DOMAIN_DERIVATION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/money.h"

struct arena;
struct json_out;

enum { DERIVATION_MAX = 160 };

struct derivation_step {
	const char *rule; /* line, subtotal, discount, shipping, tax, total */
	const char *text; /* "2 × Enamel mug at $18.00" */
	struct money
		amount; /* what the step adds; the sum so far for subtotal and total */
};

struct derivation {
	const char *currency;
	const char *rounding; /* tax.h: TAX_ROUNDING */
	bool tax_included;
	size_t n;
	struct derivation_step steps[DERIVATION_MAX];
};

/* Appends a step; the texts must outlive the derivation. */
void derivation_add(struct derivation *, const char *rule, const char *text,
		    struct money amount);

/* {"version":1,"currency":"USD","tax_included":true,"rounding":"line_half_up",
 * "steps":[{"rule":"line","text":"2 × Enamel mug at $18.00","amount":3600}, ...]} */
void derivation_write(struct json_out *, const struct derivation *);
/* The same as text, for the order's row. */
const char *derivation_json(struct arena *, const struct derivation *);

/* Back from an order's row; an empty one when it cannot be read. */
void derivation_parse(struct arena *, const char *json, struct derivation *);

/* For the shopper: "2 × Enamel mug at $18.00: $36.00. Standard delivery: $4.50. ..." */
const char *derivation_story(struct arena *, const struct derivation *);

#endif
