/* details.c - what a shopper tells a checkout: merging, checking, storing. */
#include "domain/details.h"

#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "domain/contact.h"

struct details
details_of(const struct cart *cart, const struct customer *customer)
{
	struct details d = {
		.email = customer->email.plain,
		.phone = customer->phone.plain,
		.shipping = customer_shipping(customer),
		.billing = customer_billing(customer),
		.billing_same = cart->billing_same,
		.shipping_option = cart->shipping_option,
		.payment_method = cart->payment_method,
	};

	d.has_billing = !cart->billing_same;
	return d;
}

void
details_merge(struct arena *mem, struct details *stored, const struct details *sent)
{
	if (sent->has_contact) {
		stored->email = contact_normalise_email(mem, sent->email);
		stored->phone = contact_normalise_phone(mem, sent->phone);
	}
	if (sent->has_shipping) {
		stored->shipping = sent->shipping;
		address_normalise(mem, &stored->shipping);
	}
	if (sent->has_billing) {
		stored->billing = sent->billing;
		address_normalise(mem, &stored->billing);
		stored->has_billing = true;
		stored->billing_same = false;
	} else if (sent->billing_same) {
		stored->billing = (struct address){0};
		stored->has_billing = false;
		stored->billing_same = true;
	}
	if (sent->shipping_option != NULL)
		stored->shipping_option = sent->shipping_option;
	if (sent->payment_method != NULL)
		stored->payment_method = sent->payment_method;
}

/* What is absent is one thing, what is wrong another. */
static void
sort_out(const struct problems *all, struct problems *wrong, struct problems *missing)
{
	for (size_t i = 0; i < all->n; i++) {
		const struct problem *p = &all->list[i];
		problem_add(strcmp(p->code, "required") == 0 ? missing : wrong,
			    p->field, p->code, p->text);
	}
}

static void
check_delivery(struct arena *mem, const struct cart *cart, const struct details *d,
	       struct problems *all)
{
	address_check(mem, "shipping_address", &d->shipping, all);
	if (d->shipping.country != NULL && country_find(d->shipping.country) != NULL &&
	    cart->quotes.n == 0)
		problem_add(all, "shipping_address.country", "invalid",
			    arena_printf(mem, "We do not deliver to %s.",
					 address_country_name(&d->shipping)));
	if (d->shipping_option == NULL)
		problem_add(all, "shipping_option", "required",
			    "Choose a way of delivery.");
	else if (cart->quotes.n > 0 &&
		 shipping_find_quote(&cart->quotes, d->shipping_option) == NULL)
		problem_add(all, "shipping_option", "invalid",
			    "This way of delivery cannot be chosen here.");
}

void
details_check_method(struct arena *mem, const struct terms *terms, struct money due,
		     const char *id, struct problems *all)
{
	const struct method *method = terms_find_method(terms, id);
	const char *refusal;

	if (id == NULL) {
		if (!money_is_zero(due))
			problem_add(all, "payment_method", "required",
				    "Choose a way to pay.");
		return;
	}
	if (method == NULL) {
		problem_add(all, "payment_method", "invalid",
			    "This way to pay is not offered.");
		return;
	}
	refusal = money_is_zero(due) ? NULL : terms_refuse_amount(mem, method, due);
	if (refusal != NULL)
		problem_add(all, "payment_method", "out_of_range", refusal);
}

void
details_check(struct arena *mem, const struct terms *terms, const struct cart *cart,
	      const struct details *d, struct problems *wrong, struct problems *missing)
{
	struct problems all = {0};

	contact_check_email("contact.email", d->email, &all);
	contact_check_phone("contact.phone", d->phone, &all);
	if (cart->needs_shipping)
		check_delivery(mem, cart, d, &all);
	if (d->has_billing)
		address_check(mem, "billing_address", &d->billing, &all);
	details_check_method(mem, terms, cart->pricing.due, d->payment_method, &all);
	sort_out(&all, wrong, missing);
}

bool
details_store(const struct ctx *cx, const struct details *d, struct customer *customer)
{
	struct address shipping = customer_shipping(customer);
	struct address billing = customer_billing(customer);
	bool differs = !address_same(&shipping, &d->shipping) ||
		       !address_same(&billing, &d->billing) ||
		       !text_equal(customer->email.plain ? customer->email.plain : "",
				   d->email ? d->email : "") ||
		       !text_equal(customer->phone.plain ? customer->phone.plain : "",
				   d->phone ? d->phone : "");

	customer_set_email(cx, customer, d->email);
	customer->phone.plain = d->phone;
	customer_set_shipping(customer, &d->shipping);
	customer_set_billing(customer, &d->billing);
	return differs;
}
