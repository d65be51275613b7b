/* order_summary.h - all that an order's buyer may be told, worked out once: for its
 * page, its JSON and its mails. */
#ifndef DOMAIN_ORDER_SUMMARY_H
#define DOMAIN_ORDER_SUMMARY_H

#include "domain/order.h"
#include "domain/payment.h"
#include "domain/refund.h"

struct json;

struct order_place {
	const char *full_name, *line1, *line2, *city, *region, *postal_code, *country;
	const char *country_name;
	const char *region_name; /* as it stands on an envelope: "OR", but "Tokyo" */
};

struct order_summary_item {
	struct uuid id;
	const char *sku, *title, *kind, *picture;
	int64_t quantity;
	struct money unit_price, discount_amount, tax, line_total;
	const struct json *metadata; /* NULL: none */
};

/* Texts are NULL where there is nothing to tell. */
struct order_summary {
	struct order order;
	struct attempt *attempts;
	size_t n_attempts;
	const struct attempt *attempt; /* the newest; NULL: none */
	struct refund *refunds;
	size_t n_refunds;

	const char *status; /* as the public reads it */
	struct money due;   /* what is still to be paid; zero once paid or ended */
	struct money captured, refunded, refund_under_way;
	struct uuid payment_attempt_id;
	const struct order_place *shipping_address, *billing_address;
	struct order_summary_item *items;
	size_t n_items;
	const struct json *metadata;
	const char *email, *delivery_dates, *price_story, *paid_with, *tracking_url;
	bool needs_shipping, is_pickup;
};

/* An address as it is read; NULL when there is none. */
const struct order_place *order_place_of(struct arena *, struct address);

/* Everything that belongs to summary->order, which was got: five statements, four while
 * no money came in; one less when its customer came with it. */
fallible order_summary_load(struct tx *, const struct terms *, struct order_summary *);
/* How summary->order stands: status, due, captured, attempts; the rest stays empty. One
 * statement. */
fallible order_summary_load_standing(struct tx *, struct order_summary *);
/* The same from what is in memory: the order's items and customer, and its attempt. */
void order_summary_derive(struct arena *, const struct terms *, struct order_summary *);

/* "Visa ending 4242" of "visa 4242". */
const char *order_summary_paid_with(struct arena *, const char *method);

#endif
