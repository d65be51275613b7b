/* customer.c - who buys: addresses in and out of their sealed fields. */
#include "domain/customer.h"

#include "base/text.h"
#include "base/token.h"
#include "domain/customer_store.h"

struct address
customer_shipping(const struct customer *c)
{
	return (struct address){
		.full_name = c->ship_full_name.plain,
		.line1 = c->ship_line1.plain,
		.line2 = c->ship_line2.plain,
		.city = c->ship_city.plain,
		.region = c->ship_region.plain,
		.postal_code = c->ship_postal_code.plain,
		.country = c->ship_country,
	};
}

struct address
customer_billing(const struct customer *c)
{
	return (struct address){
		.full_name = c->bill_full_name.plain,
		.line1 = c->bill_line1.plain,
		.line2 = c->bill_line2.plain,
		.city = c->bill_city.plain,
		.region = c->bill_region.plain,
		.postal_code = c->bill_postal_code.plain,
		.country = c->bill_country,
	};
}

void
customer_set_shipping(struct customer *c, const struct address *a)
{
	c->ship_full_name.plain = a->full_name;
	c->ship_line1.plain = a->line1;
	c->ship_line2.plain = a->line2;
	c->ship_city.plain = a->city;
	c->ship_region.plain = a->region;
	c->ship_postal_code.plain = a->postal_code;
	c->ship_country = a->country;
}

void
customer_set_billing(struct customer *c, const struct address *a)
{
	c->bill_full_name.plain = a->full_name;
	c->bill_line1.plain = a->line1;
	c->bill_line2.plain = a->line2;
	c->bill_city.plain = a->city;
	c->bill_region.plain = a->region;
	c->bill_postal_code.plain = a->postal_code;
	c->bill_country = a->country;
}

void
customer_set_email(const struct ctx *cx, struct customer *c, const char *email)
{
	c->email.plain = email;
	c->email_hash = email == NULL
				? (struct digest){0}
				: seal_lookup(cx->keys, text_lower(cx->mem, email));
}

fallible
customer_save(struct tx *tx, struct customer *customer)
{
	if (customer->id.n != 0 && !customer->frozen)
		return customer_update(tx, customer);
	if (customer->person.id.n == 0) {
		customer->person = person_new(tx->cx->keys, tx->mem);
		TRY(customer_insert_person(tx, &customer->person));
	}
	customer->uid = uuid_new();
	customer->frozen = false;
	return customer_insert(tx, customer);
}

fallible
customer_copy(struct tx *tx, const struct customer *customer, struct customer *copy)
{
	*copy = *customer;
	copy->id.n = 0;
	return customer_save(tx, copy);
}
