/* checkout_view.c - what may be seen of a checkout: in HTML and in JSON. */
#include "pages/checkout_view.h"

#include "domain/country.h"
#include "flow/shop.h"
#include "pages/checkout_model.h"
#include "pages/order_view.h"

static const struct view_field line_fields[] = {
	SHOW(struct checkout_line_model, item_id, sku, requested),
	SHOW_DATA(struct checkout_line_model, held),
	SHOW_NULL(struct checkout_line_model, available),
	/* what the page offers is what can be had by now */
	SHOW_PAGE_AS(struct checkout_line_model, "held", can_have),
	SHOW_PAGE_AS(struct checkout_line_model, "short", lacks),
	SHOW_PAGE(struct checkout_line_model, title, picture, quantity, unit_price,
		  line_total, reduce_url),
	SHOW_END,
};

static const struct view_field option_fields[] = {
	SHOW(struct checkout_option_model, id, title, price, earliest, latest),
	SHOW_PAGE(struct checkout_option_model, dates, note, chosen),
	SHOW_END,
};

static const struct view_field method_fields[] = {
	SHOW(struct checkout_method_model, id, title, gateway),
	SHOW_PAGE(struct checkout_method_model, note, chosen),
	SHOW_END,
};

static const struct view_field quote_fields[] = {
	SHOW(struct checkout_quote_model, subtotal, discount_amount, shipping, tax,
	     total, due),
	SHOW_END,
};

static bool
country_choice(size_t i, struct choice *out)
{
	size_t n;
	const struct country *all = country_list(&n);

	if (i < n)
		*out = (struct choice){all[i].code, all[i].name};
	return i < n;
}

static bool
region_choice(size_t i, struct choice *out)
{
	size_t n;
	const struct region *all = country_all_regions(&n);

	if (i < n)
		*out = (struct choice){all[i].code, all[i].name};
	return i < n;
}

static const struct view_field stop_fields[] = {
	SHOW_WORD(struct checkout_stop_model, step, "checkout_step"),
	SHOW_PAGE(struct checkout_stop_model, done, current),
	SHOW_END,
};

/* A step by name, and an address that was told: on the page alone. */
#define STEP(name_, words_)                                                            \
	{                                                                              \
		.name = #name_, .type = VIEW_WORD, .face = VIEW_PAGE_ONLY,             \
		.null = true, .at = offsetof(struct checkout_model, name_),            \
		.words = words_                                                        \
	}
#define PLACE(name_)                                                                   \
	{                                                                              \
		.name = #name_, .type = VIEW_MAYBE, .face = VIEW_PAGE_ONLY,            \
		.null = true, .at = offsetof(struct checkout_model, name_),            \
		.item = order_place_fields                                             \
	}

#define COUNTRIES(name_, field_)                                                       \
	SHOW_CHOICES(struct checkout_model, name_, field_, country_choice)
#define REGIONS(name_, field_)                                                         \
	SHOW_CHOICES(struct checkout_model, name_, field_, region_choice)

static const struct view_field checkout_fields[] = {
	SHOW(struct checkout_model, id, cart_id, cart_version, status, hold_expires_at),
	SHOW_TEXTS(struct checkout_model, missing, n_missing),
	SHOW_LIST(struct checkout_model, lines, n_lines, line_fields),
	SHOW_LIST(struct checkout_model, shipping_options, n_options, option_fields),
	SHOW_LIST(struct checkout_model, payment_methods, n_methods, method_fields),
	SHOW_IN_FIELDS(struct checkout_model, quote, quote_fields),
	SHOW_PAGE(struct checkout_model, started, needs_shipping, tax_included,
		  billing_same, idempotency_key, pay_label, price_story, accept_total,
		  hold_until, hold_minutes),
	COUNTRIES("countries", shipping.countries),
	REGIONS("regions", shipping.regions),
	SHOW_PAGE_AS(struct checkout_model, "region_is_list", shipping.region_is_list),
	SHOW_PAGE_AS(struct checkout_model, "region_is_text", shipping.region_is_text),
	SHOW_PAGE_AS(struct checkout_model, "shown_country", shipping.shown),
	SHOW_PAGE_AS(struct checkout_model, "shown_billing_country", billing.shown),
	COUNTRIES("billing_countries", billing.countries),
	REGIONS("billing_regions", billing.regions),
	SHOW_PAGE_AS(struct checkout_model, "billing_region_is_list",
		     billing.region_is_list),
	SHOW_PAGE_AS(struct checkout_model, "billing_region_is_text",
		     billing.region_is_text),
	SHOW_PAGE(struct checkout_model, shows_contact, shows_delivery, shows_payment,
		  form_url, step_number, step_count, told_email, told_phone),
	SHOW_LIST_PAGE(struct checkout_model, steps, n_steps, stop_fields),
	STEP(step, "checkout_step"),
	STEP(next_step, "checkout_step_to"),
	STEP(step_before, "checkout_step_to"),
	PLACE(told_shipping),
	PLACE(told_billing),
	SHOW_END,
};

const struct view checkout_view = {"Checkout", "checkout.html", checkout_fields};

fallible
checkout_view_show(struct request *rq, struct reply *re,
		   const struct checkout *checkout)
{
	struct checkout_model *model =
		checkout_model_new(rq->cx->mem, rq->shop->terms, checkout);

	if (rq->face == FACE_PAGE)
		checkout_page_fill(rq, re, checkout, model);
	return reply_show(rq, re, &checkout_view, model);
}

fallible
checkout_view_changed(struct request *rq, struct reply *re,
		      const struct checkout *checkout)
{
	if (rq->face == FACE_PAGE)
		return reply_see(re, "/checkout");
	return checkout_view_show(rq, re, checkout);
}
