/* details_form.c - from the fields of a request to the details of a checkout. */
#include "pages/details_form.h"

#include <string.h>

#include "base/json.h"
#include "base/text.h"

/* A form sent at least one field of the group, be it empty. */
static bool
typed_any(const struct request *rq, const char *group)
{
	size_t len = strlen(group);

	for (size_t i = 0; i < rq->n_typed; i++)
		if (strncmp(rq->typed[i].name, group, len) == 0 &&
		    rq->typed[i].name[len] == '.')
			return true;
	return false;
}

static bool
was_sent(const struct request *rq, const char *group)
{
	if (rq->json != NULL)
		return !json_is_null(json_member(rq->json, group));
	return typed_any(rq, group);
}

/* JSON says null; a form ticks its box. */
static bool
was_dropped(const struct request *rq, const struct details_form *form)
{
	if (rq->json == NULL)
		return form->billing_same;
	for (size_t i = 0; i < json_count(rq->json); i++)
		if (text_equal(json_member_name(rq->json, i), "billing_address"))
			return json_is_null(json_member_value(rq->json, i));
	return false;
}

void
details_of_form(const struct request *rq, const struct details_form *form,
		struct details *out)
{
	*out = (struct details){
		.has_contact = was_sent(rq, "contact"),
		.has_shipping = was_sent(rq, "shipping_address"),
		.email = form->contact.email,
		.phone = form->contact.phone,
		.shipping = form->shipping_address,
		.billing_same = was_dropped(rq, form),
		.shipping_option = form->shipping_option,
		.payment_method = form->payment_method,
	};
	if (out->billing_same || !was_sent(rq, "billing_address"))
		return;
	out->has_billing = true;
	out->billing = form->billing_address;
}

void
details_form_follow(struct arena *mem, const char *shown_country,
		    struct address *address)
{
	struct address tidy = *address;
	struct problems *problems = arena_new_of(mem, struct problems, 1);

	address_normalise(mem, &tidy);
	if (shown_country == NULL || tidy.country == NULL ||
	    text_equal(tidy.country, shown_country))
		return;
	if (country_find_region(tidy.country, tidy.region) == NULL)
		address->region = NULL;
	address_check(mem, "address", &tidy, problems);
	for (size_t i = 0; i < problems->n; i++)
		if (text_equal(problems->list[i].field, "address.postal_code"))
			address->postal_code = NULL;
}
