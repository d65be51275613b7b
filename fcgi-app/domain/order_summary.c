/* order_summary.c - what an order's buyer may be told. */
#include "domain/order_summary.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "domain/derivation.h"

/* ---- places ---- */

/* Letters are the post's own short form; digits are our code. */
static const char *
region_on_envelope(const struct address *address)
{
	const char *code = address->region;

	return code != NULL && code[0] >= '0' && code[0] <= '9'
		       ? address_region_name(address)
		       : code;
}

const struct order_place *
order_place_of(struct arena *mem, struct address address)
{
	struct order_place *place;

	if (address_is_empty(&address))
		return NULL;
	place = arena_new_of(mem, struct order_place, 1);
	*place = (struct order_place){
		.full_name = address.full_name,
		.line1 = address.line1,
		.line2 = address.line2,
		.city = address.city,
		.region = address.region,
		.postal_code = address.postal_code,
		.country = address.country,
		.country_name = address_country_name(&address),
		.region_name = region_on_envelope(&address),
	};
	return place;
}

/* No billing address means that the bill goes where the goods go; an address that no
 * goods needed is not told. */
static void
derive_places(struct arena *mem, struct order_summary *s)
{
	const struct customer *customer = &s->order.customer;

	if (s->needs_shipping)
		s->shipping_address = order_place_of(mem, customer_shipping(customer));
	s->billing_address = order_place_of(mem, customer_billing(customer));
	if (s->billing_address == NULL)
		s->billing_address = s->shipping_address;
	s->email = customer->email.plain;
}

/* ---- items ---- */

static const struct json *
parse_metadata(struct arena *mem, const char *text)
{
	const struct json *json;

	if (text == NULL || json_parse(mem, text, strlen(text), &json) != NULL)
		return NULL;
	return json;
}

static void
derive_items(struct arena *mem, struct order_summary *s)
{
	const struct order *order = &s->order;

	s->items = arena_new_of(mem, struct order_summary_item, order->n_items + 1);
	s->n_items = order->n_items;
	for (size_t i = 0; i < order->n_items; i++) {
		const struct order_item *item = &order->items[i];

		s->items[i] = (struct order_summary_item){
			.id = item->uid,
			.sku = item->sku,
			.title = item->title,
			.kind = item->kind,
			.picture = item->picture,
			.quantity = item->quantity,
			.unit_price = item->unit_price,
			.discount_amount = item->discount,
			.tax = item->tax,
			.line_total = item->line_total,
			.metadata = parse_metadata(mem, item->metadata),
		};
		s->needs_shipping |= text_equal(item->kind, "ship");
	}
	s->metadata = parse_metadata(mem, order->metadata);
}

/* ---- delivery ---- */

static bool
is_pickup(const struct terms *terms, const char *option)
{
	for (size_t i = 0; i < terms->n_options; i++)
		if (text_equal(terms->options[i].id, option))
			return terms->options[i].kind == SHIPPING_PICKUP;
	return false;
}

/* "2026-11-25" as the database writes it. */
static struct date
date_of(const char *iso)
{
	char *end;
	struct date date = {.year = (int)strtol(iso, &end, 10)};

	if (*end == '-')
		date.month = (int)strtol(end + 1, &end, 10);
	if (*end == '-')
		date.day = (int)strtol(end + 1, &end, 10);
	return date;
}

static void
derive_delivery(struct arena *mem, const struct terms *terms, struct order_summary *s)
{
	const struct order *order = &s->order;
	struct shipping_quote quote = {0};

	s->is_pickup = is_pickup(terms, order->shipping_option);
	if (text_starts(order->tracking_url ? order->tracking_url : "", "http"))
		s->tracking_url = order->tracking_url;
	if (order->delivery_earliest == NULL || order->delivery_latest == NULL)
		return;
	quote.earliest = date_of(order->delivery_earliest);
	quote.latest = date_of(order->delivery_latest);
	quote.pickup = s->is_pickup;
	s->delivery_dates = shipping_dates_text(mem, &quote);
}

/* ---- money ---- */

const char *
order_summary_paid_with(struct arena *mem, const char *method)
{
	const char *digits = method == NULL ? NULL : strrchr(method, ' ');
	char *text;

	if (text_is_empty(method))
		return NULL;
	if (digits == NULL || strlen(digits + 1) != 4 ||
	    strspn(digits + 1, "0123456789") != 4)
		text = arena_text(mem, method);
	else
		text = arena_printf(mem, "%.*s ending %s", (int)(digits - method),
				    method, digits + 1);
	if (text[0] >= 'a' && text[0] <= 'z')
		text[0] = (char)(text[0] - 'a' + 'A');
	return text;
}

static void
derive_money(struct arena *mem, struct order_summary *s)
{
	const struct order *order = &s->order;

	s->captured = s->refunded = s->refund_under_way = money_zero(order->currency);
	s->due = money_zero(order->currency);
	for (size_t i = 0; i < s->n_attempts; i++) {
		const struct attempt *attempt = &s->attempts[i];

		s->captured.minor += attempt->captured;
		s->refunded.minor += attempt->refunded;
		if (attempt->captured > 0)
			s->paid_with = order_summary_paid_with(mem, attempt->method);
	}
	for (size_t i = 0; i < s->n_refunds; i++)
		if (text_equal(s->refunds[i].state, "pending"))
			s->refund_under_way =
				money_add(s->refund_under_way, s->refunds[i].amount);
	if (order_is_waiting(order->state))
		s->due.minor = order->payable.minor - s->captured.minor;
}

static void
derive_standing(struct arena *mem, struct order_summary *s)
{
	s->status = order_public_state(s->order.state);
	if (s->n_attempts > 0)
		s->attempt = &s->attempts[s->n_attempts - 1];
	if (s->attempt != NULL)
		s->payment_attempt_id = s->attempt->uid;
	derive_money(mem, s);
}

void
order_summary_derive(struct arena *mem, const struct terms *terms,
		     struct order_summary *s)
{
	struct derivation *derivation = arena_new_of(mem, struct derivation, 1);

	derive_standing(mem, s);
	derive_items(mem, s);
	derive_places(mem, s);
	derive_delivery(mem, terms, s);
	derivation_parse(mem, s->order.derivation, derivation);
	s->price_story = derivation_story(mem, derivation);
}

/* ---- reading ---- */

/* What never came in cannot go back: most pages of waiting orders need no refunds. */
static fallible
load_payments(struct tx *tx, struct order_summary *s)
{
	int64_t captured = 0;

	TRY(payment_list(tx, s->order.id, &s->attempts, &s->n_attempts));
	for (size_t i = 0; i < s->n_attempts; i++)
		captured += s->attempts[i].captured;
	if (captured == 0)
		return NULL;
	return refund_list(tx, s->order.id, &s->refunds, &s->n_refunds);
}

fallible
order_summary_load(struct tx *tx, const struct terms *terms, struct order_summary *s)
{
	TRY(order_load(tx, &s->order));
	TRY(load_payments(tx, s));
	order_summary_derive(tx->mem, terms, s);
	return NULL;
}

fallible
order_summary_load_standing(struct tx *tx, struct order_summary *s)
{
	TRY(payment_list(tx, s->order.id, &s->attempts, &s->n_attempts));
	derive_standing(tx->mem, s);
	return NULL;
}
