/* checkout_page.c - what the page of a checkout shows besides the checkout itself. */
#include <string.h>

#include "base/text.h"
#include "base/token.h"
#include "flow/shop.h"
#include "pages/checkout_step.h"

/* Two of contact, two addresses, option and method. */
enum { HINTS = 2 + 2 * ADDRESS_FIELDS + 2 };

/* ---- places to choose from ---- */

static void
list_countries(const bool *offered, const char *chosen,
	       struct checkout_places_model *out)
{
	out->shown = chosen;
	out->countries = (struct selection){.chosen = chosen, .offered = offered};
	(void)country_list(&out->countries.n);
}

static void
list_regions(const char *country, const char *chosen, struct checkout_places_model *out)
{
	const struct country *rules = country_find(country);
	const struct region *list, *all;
	size_t n, n_all;

	if (rules != NULL && rules->region_need == FIELD_UNUSED)
		return;
	all = country_all_regions(&n_all);
	list = country_list_regions(country, &n);
	out->region_is_list = n > 0;
	out->region_is_text = n == 0;
	if (n > 0)
		out->regions = (struct selection){
			.chosen = chosen, .first = (size_t)(list - all), .n = n};
}

/* ---- fields ---- */

static const char *
value_of(const struct address *a, const char *field)
{
	const struct {
		const char *name, *value;
	} values[] = {
		{"country", a->country},
		{"full_name", a->full_name},
		{"line1", a->line1},
		{"line2", a->line2},
		{"city", a->city},
		{"region", a->region},
		{"postal_code", a->postal_code},
	};

	for (size_t i = 0; i < sizeof values / sizeof *values; i++)
		if (strcmp(values[i].name, field) == 0)
			return values[i].value;
	return NULL;
}

static size_t
put_address(struct arena *mem, const char *prefix, const char *section,
	    const char *country, const struct address *address, const char *group,
	    struct field_hint *hints)
{
	struct address_field fields[ADDRESS_FIELDS];

	address_list_fields(mem, country, fields);
	for (size_t i = 0; i < ADDRESS_FIELDS; i++) {
		const struct address_field *f = &fields[i];

		hints[i] = (struct field_hint){
			.name = arena_printf(mem, "%s.%s", prefix, f->name),
			.value = value_of(address, f->name),
			.label = f->label,
			.group = group,
			.autocomplete =
				arena_printf(mem, "%s %s", section, f->autocomplete),
			.inputmode = f->inputmode,
			.pattern = f->pattern,
			.example = f->example,
			.maxlength = f->max_length,
			.required = f->need == FIELD_REQUIRED,
		};
	}
	return ADDRESS_FIELDS;
}

static void
put_hints(struct arena *mem, const struct terms *terms, const struct details *d,
	  bool needs_shipping, struct reply *re)
{
	struct field_hint *hints = arena_new_of(mem, struct field_hint, HINTS);
	const char *home = terms->home, *to = d->shipping.country;
	const char *bill = d->billing.country;
	bool both = needs_shipping && d->has_billing; /* they ask for the same */
	size_t n = 0;

	hints[n++] = (struct field_hint){.name = "contact.email",
					 .label = "E-mail",
					 .value = d->email,
					 .autocomplete = "email",
					 .required = true};
	hints[n++] = (struct field_hint){.name = "contact.phone",
					 .label = "Phone",
					 .value = d->phone,
					 .autocomplete = "tel"};
	n += put_address(mem, "shipping_address", "shipping", to ? to : home,
			 &d->shipping, both ? "Delivery address" : NULL, hints + n);
	n += put_address(mem, "billing_address", "billing", bill ? bill : home,
			 &d->billing, both ? "Billing address" : NULL, hints + n);
	hints[n++] = (struct field_hint){.name = "shipping_option",
					 .label = "Delivery",
					 .value = d->shipping_option};
	hints[n++] = (struct field_hint){.name = "payment_method",
					 .label = "Payment",
					 .value = d->payment_method};
	re->hints = hints;
	re->n_hints = n;
}

/* ---- what the shopper should know ---- */

/* Prices that moved, and a postcode that lies in another region than was chosen. */
static void
put_notices(struct request *rq, const struct checkout *checkout)
{
	const struct cart *cart = &checkout->cart;
	const struct details *d = &checkout->details;
	struct arena *mem = rq->cx->mem;
	struct notice *list = arena_new_of(mem, struct notice, cart->n_notices + 2);
	size_t n = 0;

	for (size_t i = 0; i < cart->n_notices; i++)
		if (strcmp(cart->notices[i].code, "price_changed") == 0)
			list[n++] = cart->notices[i];
	if (cart->needs_shipping)
		n += address_find_notice(mem, "shipping_address", &d->shipping,
					 &list[n]);
	if (d->has_billing)
		n += address_find_notice(mem, "billing_address", &d->billing, &list[n]);
	rq->frame.notices = list;
	rq->frame.n_notices = n;
}

static void
put_hold(const struct cart *cart, struct checkout_model *out)
{
	int64_t left = instant_since(cart->hold_expires_at, cart->now);

	out->hold_until = cart->hold_expires_at;
	out->hold_minutes = left <= 0 ? 0 : (left + MINUTES(1) - 1) / MINUTES(1);
}

void
checkout_page_fill(struct request *rq, struct reply *re,
		   const struct checkout *checkout, struct checkout_model *out)
{
	const struct terms *terms = rq->shop->terms;
	const struct cart *cart = &checkout->cart;
	const struct details *d = &checkout->details;
	const char *to = d->shipping.country ? d->shipping.country : terms->home;
	const char *bill = d->billing.country ? d->billing.country : terms->home;
	struct arena *mem = rq->cx->mem;

	out->tax_included = cart->pricing.tax_included;
	out->billing_same = d->billing_same;
	out->accept_total = cart->pricing.due;
	out->idempotency_key = arena_text(mem, uuid_new().text);
	out->price_story = derivation_story(mem, &cart->pricing.derivation);
	out->pay_label = money_is_zero(cart->pricing.due)
				 ? "Place the order"
				 : arena_printf(mem, "Pay %s",
						money_format(mem, cart->pricing.due));
	put_hold(cart, out);
	list_countries(terms->delivers_to, to, &out->shipping);
	list_regions(to, d->shipping.region, &out->shipping);
	list_countries(NULL, bill, &out->billing);
	list_regions(bill, d->billing.region, &out->billing);
	put_hints(mem, terms, d, cart->needs_shipping, re);
	put_notices(rq, checkout);
	checkout_step_fill(rq, checkout, out);
	rq->frame.cart_pieces = cart->n_pieces;
}
