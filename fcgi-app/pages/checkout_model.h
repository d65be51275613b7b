/* checkout_model.h - a checkout as it is shown: what JSON says of it, and what the page
 * adds (checkout_page.c). */
#ifndef PAGES_CHECKOUT_MODEL_H
#define PAGES_CHECKOUT_MODEL_H

#include "domain/checkout.h"
#include "domain/order_summary.h"
#include "web/endpoint.h"

struct checkout_line_model {
	struct uuid item_id;
	const char *sku;
	int64_t requested, held;
	struct maybe_int available; /* not there: it never runs out */

	/* the page alone */
	const char *title, *picture;
	int64_t quantity, can_have;
	struct money unit_price, line_total;
	bool lacks; /* fewer can be had than are wanted */
	struct url reduce_url;
};

struct checkout_option_model {
	const char *id, *title;
	struct money price;
	const char *earliest, *latest; /* "2026-11-25" */

	/* the page alone */
	const char *dates, *note;
	bool chosen;
};

struct checkout_method_model {
	const char *id, *title, *gateway;

	/* the page alone */
	const char *note;
	bool chosen;
};

struct checkout_quote_model {
	struct money subtotal, discount_amount, shipping, tax, total, due;
};

/* The lists of one address form. */
struct checkout_places_model {
	const char *shown; /* the country that the form is made for */
	struct selection countries, regions;
	bool region_is_list, region_is_text; /* neither: the country has none */
};

/* A stop of the list that shows how far the shopper is. */
struct checkout_stop_model {
	struct word step;
	bool done, current;
};

struct checkout_model {
	struct uuid id, cart_id;
	int64_t cart_version;
	const char *status; /* "open", "expired" when nothing is held any more */
	struct instant hold_expires_at;
	const char **missing;
	size_t n_missing;
	struct checkout_line_model *lines;
	size_t n_lines;
	struct checkout_option_model *shipping_options;
	size_t n_options;
	struct checkout_method_model *payment_methods;
	size_t n_methods;
	struct checkout_quote_model quote;

	/* the page alone */
	bool started, needs_shipping, tax_included, billing_same;
	struct checkout_places_model shipping, billing;
	const char *idempotency_key, *pay_label, *price_story;
	struct money accept_total;
	struct instant hold_until;
	int64_t hold_minutes;

	/* checkout_step.c: the parts that are shown */
	bool shows_contact, shows_delivery, shows_payment;
	struct url form_url;
	/* one step at a time; all of it is empty where the shop has one page */
	struct word step, next_step, step_before; /* NULL: the last, the first */
	struct checkout_stop_model *steps;
	size_t n_steps;
	int64_t step_number, step_count;
	const char *told_email, *told_phone;
	const struct order_place *told_shipping, *told_billing; /* NULL: none */
};

struct terms;

/* The model of a priced checkout, in the arena. */
struct checkout_model *checkout_model_new(struct arena *, const struct terms *,
					  const struct checkout *);

/* What the page adds: lists to choose from, labels of fields, notices. */
void checkout_page_fill(struct request *, struct reply *, const struct checkout *,
			struct checkout_model *);

#endif
