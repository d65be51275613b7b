/* stripe_customers.c - customers and the payment methods that are attached to them. */
#include <string.h>

#include "base/arena.h"
#include "sandbox/stripe.h"

static const struct store_field customer_fields[] = {
	STORE_FIELD(struct customer, created, INT),
	STORE_FIELD(struct customer, email, TEXT),
	STORE_FIELD(struct customer, name, TEXT),
	STORE_FIELD(struct customer, phone, TEXT),
	STORE_FIELD(struct customer, description, TEXT),
	STORE_FIELD(struct customer, metadata, PAIRS),
	STORE_END,
};
const struct store_kind customer_kind = {"customer", sizeof(struct customer),
					 customer_fields, false};

static void
put_invoice_settings(struct json_out *out)
{
	static const char *const nulls[] = {"custom_fields", "default_payment_method",
					    "footer", "rendering_options", NULL};

	json_key(out, "invoice_settings");
	json_open(out, '{');
	stripe_put_nulls(out, nulls);
	json_close(out, '}');
}

void
stripe_put_customer(struct work *w, const void *object)
{
	static const char *const nulls[] = {"address",  "currency", "default_source",
					    "discount", "shipping", "test_clock",
					    NULL};
	const struct customer *customer = object;
	struct json_out *out = &w->out;

	json_open(out, '{');
	json_pair_text(out, "id", customer->record.id);
	json_pair_text(out, "object", "customer");
	json_pair_int(out, "balance", 0);
	json_pair_int(out, "created", customer->created);
	json_pair_bool(out, "delinquent", false);
	json_pair_text(out, "description", customer->description);
	json_pair_text(out, "email", customer->email);
	put_invoice_settings(out);
	json_pair_bool(out, "livemode", false);
	stripe_put_metadata(out, "metadata", &customer->metadata);
	json_pair_text(out, "name", customer->name);
	json_pair_text(out, "phone", customer->phone);
	json_pair_text(out, "tax_exempt", "none");
	stripe_put_nulls(out, nulls);
	json_close(out, '}');
}

void
stripe_customers_create(struct work *w)
{
	struct customer given = {0};
	struct customer *customer;

	if (!stripe_text(w, "email", 512, &given.email) ||
	    !stripe_text(w, "name", 256, &given.name) ||
	    !stripe_text(w, "phone", 20, &given.phone) ||
	    !stripe_text(w, "description", 5000, &given.description) ||
	    !stripe_metadata(w, "metadata", &given.metadata) ||
	    !stripe_begin(w, -1, "customer"))
		return;
	customer = store_new(w->box->store, &customer_kind,
			     sandbox_id(w->mem, "cus_", 14));
	given.record = customer->record;
	given.created = sandbox_now_s(w->box);
	*customer = given;
	store_save(w->box->store, customer);
	stripe_put_customer(w, customer);
	stripe_answer(w, 200);
}

void
stripe_customers_get(struct work *w)
{
	const struct customer *customer =
		store_find(w->box->store, &customer_kind, w->id);

	if (!customer) {
		stripe_refuse_missing(w, "customer", "id", w->id);
		return;
	}
	stripe_put_customer(w, customer);
	stripe_answer(w, 200);
}

static bool
belongs(struct work *w, const void *object)
{
	const struct method *method = object;

	return method->customer && strcmp(method->customer, w->id) == 0;
}

void
stripe_customer_methods(struct work *w)
{
	if (!store_find(w->box->store, &customer_kind, w->id)) {
		stripe_refuse_missing(w, "customer", "customer", w->id);
		return;
	}
	stripe_answer_list(w, &method_kind, belongs);
}
