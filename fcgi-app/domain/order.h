/* order.h - orders: frozen lines, their life, and who may see them. */
#ifndef DOMAIN_ORDER_H
#define DOMAIN_ORDER_H

#include "db/db.h"
#include "domain/address.h"
#include "domain/customer.h"
#include "domain/order_state.h"
#include "domain/terms.h"

struct order_item {
	struct order_id order;
	int64_t line_no;
	struct uuid uid;
	const char *sku, *title, *kind, *tax_class, *picture, *metadata;
	int64_t quantity, weight_g, tax_rate_ppm;
	struct money unit_price, discount, tax, line_total;
};

struct order_step { /* a row of the timeline */
	const char *event, *from, *to, *reason, *actor;
	struct instant at;
};

struct order {
	struct order_id id;
	struct uuid uid;
	const char *number;
	struct cart_id cart;
	struct uuid cart_uid;
	int64_t cart_version;
	struct digest visitor;
	struct contact_id contact;
	const char *state, *payment_status, *fulfilment_status;
	const char *currency;
	struct money subtotal, discount, shipping, tax, total, payable;
	bool tax_included;
	const char *rounding, *derivation;
	const char *shipping_option, *shipping_title;
	const char *delivery_earliest, *delivery_latest; /* "2026-11-25", or NULL */
	const char *payment_method;
	const char *idem_key, *metadata;
	const char *carrier, *tracking, *tracking_url;
	struct instant expires_at, confirmed_at, created_at, updated_at;
	struct instant now; /* the database's clock when this was read */

	struct order_item *items;
	size_t n_items;
	struct order_step *steps;
	size_t n_steps;
	struct customer customer;
};

/* By number or UUID; NOT_FOUND. The row alone. */
fallible order_get(struct tx *, const char *number_or_uid, struct order *);
fallible order_get_by_id(struct tx *, struct order_id, struct order *);
fallible order_find_by_key(struct tx *, const char *idem_key, struct order *,
			   bool *found);
/* The order that waits for its payment, of a cart. */
fallible order_find_waiting(struct tx *, struct cart_id, struct order *, bool *found);
/* The same with its customer (id 0: forgotten), in one statement. */
fallible order_get_with_customer(struct tx *, const char *number_or_uid,
				 struct order *);
fallible order_get_by_id_with_customer(struct tx *, struct order_id, struct order *);
/* Items, timeline and customer of an order that was got: three statements, two when its
 * customer came with it. */
fallible order_load(struct tx *, struct order *);
fallible order_list_items(struct tx *, struct order *);
fallible order_list_steps(struct tx *, struct order *);

/* Locks cart and order, in this order, and reads the order anew. */
fallible order_lock(struct tx *, struct order_id, struct order *);

/* The token of the order's link: 128 bits, keyed, for this purpose alone. */
const char *order_link_token(const struct ctx *, struct uuid order);
/* Whether a visitor (by cookie) or the bearer of a link may see it; anything else is
 * NOT_FOUND, the same as an order that does not exist. */
fallible order_check_access(const struct ctx *, const struct order *,
			    struct digest visitor, const char *token);

/* Moves an order by an event of order_edge.def: writes the event, the axes and the
 * state that follows from them. ORDER_STATE when no edge allows it. NULL words stay. */
struct order_change {
	const char *event, *reason, *actor;
	const char *payment_status, *fulfilment_status;
};
fallible order_move(struct tx *, struct order *, const struct order_change *);

/* Shipped: only a confirmed order; queues the notice. Delivered: only a shipped one. */
fallible order_ship(struct tx *, struct order_id, const char *carrier,
		    const char *tracking, const char *url, const char *actor,
		    struct order *);
fallible order_deliver(struct tx *, struct order_id, const char *actor, struct order *);
/* Cancels before shipping: a waiting order gives its holds back, a confirmed one its
 * units and (a refund row for a job to carry out) its money. ORDER_STATE once shipped.
 */
fallible order_cancel(struct tx *, struct order_id, const char *reason,
		      const char *actor, struct order *);
/* A new delivery address before shipping. INVALID when the address is wrong; REFUSED
 * when tax or delivery would cost more. An amendment keeps the old one. */
fallible order_set_address(struct tx *, const struct terms *, struct order_id,
			   const struct address *, const char *actor, struct order *);
/* An unpaid order's end: called after its gateway session is closed. `failed` when the
 * last attempt was refused, else `expired`. Gives the holds back. */
fallible order_expire(struct tx *, struct order_id, bool was_declined, struct order *);
/* The gateway gives no answer past the order's time: to review, holds kept. */
fallible order_hold_for_review(struct tx *, struct order_id, const char *reason);

/* Orders past their time and still waiting: up to limit, oldest first. */
fallible order_list_due(struct tx *, int64_t limit, struct order **list, size_t *n);
/* For shopkeepers: newest first, by state when it is not NULL. */
fallible order_list(struct tx *, const char *state, int64_t limit, struct order **list,
		    size_t *n);
/* The order of a number whose buyer has this e-mail address. */
fallible order_find_for_email(struct tx *, const char *number, const char *email,
			      struct order *, bool *found);

#endif
