/* placing.c - T1: a checkout becomes a pending order. */
#include "domain/placing.h"

#include <string.h>

#include "base/digest.h"
#include "base/text.h"
#include "base/token.h"
#include "domain/order_write.h"
#include "domain/settling.h"
#include "domain/stock.h"

/* Whether the order that waits is the one that this request would make: the cart is at
 * its version, and contact, addresses, delivery and way to pay are those it was made
 * with. */
static bool
is_same_order(struct tx *tx, const struct placing *want,
	      const struct checkout *checkout, const struct order *order)
{
	const struct cart *cart = &checkout->cart;
	struct customer customer = checkout->customer;
	struct details details;

	if (cart->order_version != cart->version || cart->contact.n != order->contact.n)
		return false;
	details = details_of(cart, &customer);
	details_merge(tx->mem, &details, &want->details);
	return !details_store(tx->cx, &details, &customer) &&
	       (order->shipping_option == NULL ||
		text_equal(details.shipping_option, order->shipping_option)) &&
	       (order->payment_method == NULL ||
		text_equal(details.payment_method, order->payment_method));
}

/* The cart's waiting order, or the paid one that this version became. */
static fallible
check_earlier_order(struct tx *tx, const struct placing *want,
		    const struct checkout *checkout, struct placed *out)
{
	const struct cart *cart = &checkout->cart;
	bool found;

	if (cart->order.n == 0 || cart->order_state == NULL)
		return NULL;
	if (order_is_paid(cart->order_state) &&
	    want->cart_version == cart->order_version)
		return FAIL(ORDER_PAID, "cart=%" PRId64, cart->id.n);
	if (!order_is_waiting(cart->order_state))
		return NULL;
	TRY(order_get_by_id(tx, cart->order, &out->order));
	if (!is_same_order(tx, want, checkout, &out->order)) {
		out->blocked = true;
		return FAIL(CART_CHANGED, "cart=%" PRId64 ": another order waits",
			    cart->id.n);
	}
	TRY(payment_find_newest(tx, cart->order, &out->attempt, &found));
	out->again = true;
	return NULL;
}

static fallible
load_cart(struct tx *tx, const struct placing *want, struct checkout *checkout,
	  struct placed *out)
{
	struct cart *cart = &checkout->cart;
	bool found;

	TRY(checkout_lock(tx, want->visitor, checkout, &found));
	if (!found)
		return FAIL(CART_EMPTY, "no cart");
	TRY(check_earlier_order(tx, want, checkout, out));
	if (out->again)
		return NULL;
	TRY(cart_list_items(tx, cart));
	if (cart->n_items == 0)
		return FAIL(CART_EMPTY, "cart=%" PRId64, cart->id.n);
	if (cart->checkout.n == 0)
		return FAIL(NOT_STARTED, "cart=%" PRId64, cart->id.n);
	if (want->cart_version != 0 && want->cart_version != cart->version)
		return FAIL(CART_CHANGED, "version=%" PRId64 " wanted=%" PRId64,
			    cart->version, want->cart_version);
	checkout->details = details_of(cart, &checkout->customer);
	return NULL;
}

static fallible
check_quantities(struct arena *mem, const struct cart *cart)
{
	struct problems problems = {0};

	for (size_t i = 0; i < cart->n_items; i++) {
		const struct cart_item *item = &cart->items[i];
		if (item->sold && item->quantity > item->per_order)
			problem_add(&problems,
				    arena_printf(mem, "items.%s", item->uid.text),
				    "out_of_range",
				    arena_printf(mem,
						 "You can have at most %" PRId64
						 " of %s in one order.",
						 item->per_order, item->title));
	}
	return FAIL_PROBLEMS(&problems, INVALID);
}

/* What is missing stands beside what is wrong. */
static fallible
with_missing(struct err *wrong, const struct problems *missing)
{
	if (wrong == NULL)
		return FAIL_PROBLEMS(missing, INVALID);
	if (wrong->code == ERR_INVALID)
		for (size_t i = 0; i < missing->n; i++)
			problem_add(&wrong->problems, missing->list[i].field,
				    missing->list[i].code, missing->list[i].text);
	return wrong;
}

/* Whatever is wrong or missing, all at once. */
static fallible
check_all(struct arena *mem, const struct terms *terms, const struct placing *want,
	  struct checkout *checkout)
{
	const struct money *total = &checkout->cart.pricing.due;

	TRY(with_missing(checkout_apply(mem, terms, checkout, &want->details),
			 &checkout->missing));
	TRY(check_quantities(mem, &checkout->cart));
	TRY(checkout_check_stock(mem, &checkout->cart));
	if (want->has_total && !money_same(want->accept_total, *total))
		return FAIL(TOTAL_CHANGED, "now=%" PRId64 " accepted=%" PRId64,
			    total->minor, want->accept_total.minor);
	return NULL;
}

/* Lines whose hold ran out, or that were never held (hold_at = payment), are held now.
 */
static fallible
hold_rest(struct tx *tx, struct cart *cart, struct instant until)
{
	struct hold *holds = arena_new_of(tx->mem, struct hold, cart->n_items + 1);
	size_t n = 0;

	for (size_t i = 0; i < cart->n_items; i++) {
		struct cart_item *item = &cart->items[i];
		if (item->free.there && item->held != item->quantity)
			holds[n++] = (struct hold){.sku = item->sku,
						   .wanted = item->quantity,
						   .had = item->held,
						   .free = item->free.n};
	}
	for (size_t i = 1; i < n;
	     i++) /* few and nearly sorted: by sku, the lock order */
		for (size_t k = i; k > 0 && strcmp(holds[k - 1].sku, holds[k].sku) > 0;
		     k--) {
			struct hold swap = holds[k];
			holds[k] = holds[k - 1];
			holds[k - 1] = swap;
		}
	return n == 0 ? NULL : stock_hold(tx, cart->id, holds, n, until);
}

static fallible
write_customer(struct tx *tx, struct checkout *checkout)
{
	if (!details_store(tx->cx, &checkout->details, &checkout->customer) &&
	    checkout->customer.id.n != 0)
		return NULL;
	return customer_save(tx, &checkout->customer);
}

static void
fill_delivery(struct arena *mem, const struct cart *cart, struct order *order)
{
	const struct shipping_quote *quote = cart->needs_shipping ? cart->option : NULL;

	if (quote == NULL)
		return;
	order->shipping_option = quote->id;
	order->shipping_title = quote->title;
	order->delivery_earliest = date_iso(mem, quote->earliest);
	order->delivery_latest = date_iso(mem, quote->latest);
}

static fallible
write_order(struct tx *tx, const struct terms *terms, const struct placing *want,
	    const struct checkout *checkout, struct order *order)
{
	const struct cart *cart = &checkout->cart;
	const struct pricing *sums = &cart->pricing;

	*order = (struct order){
		.uid = uuid_new(),
		.cart = cart->id,
		.cart_uid = cart->uid,
		.cart_version = cart->version,
		.visitor = want->visitor,
		.contact = checkout->customer.id,
		.state = "pending",
		.payment_status = "pending",
		.fulfilment_status = "unfulfilled",
		.currency = cart->currency,
		.subtotal = sums->subtotal,
		.discount = sums->discount,
		.shipping = sums->shipping,
		.tax = sums->tax,
		.tax_included = sums->tax_included,
		.total = sums->total,
		.payable = sums->due,
		.rounding = TAX_ROUNDING,
		.derivation = derivation_json(tx->mem, &sums->derivation),
		.payment_method = checkout->details.payment_method,
		.idem_key = want->key,
		.expires_at = instant_add(cart->now, MINUTES(terms->pay_minutes)),
		.created_at = cart->now,
		.updated_at = cart->now,
		.now = cart->now,
		.customer = checkout->customer,
	};
	fill_delivery(tx->mem, cart, order);
	return order_insert(tx, order);
}

static fallible
write_items(struct tx *tx, const struct cart *cart, struct order *order)
{
	struct order_item *items =
		arena_new_of(tx->mem, struct order_item, cart->n_items);

	for (size_t i = 0; i < cart->n_items; i++) {
		const struct cart_item *item = &cart->items[i];
		const struct pricing_line *line = &cart->pricing.lines[i];

		items[i] = (struct order_item){
			.order = order->id,
			.line_no = (int64_t)i + 1,
			.uid = uuid_new(),
			.sku = item->sku,
			.title = item->title,
			.kind = item->kind,
			.tax_class = item->tax_class,
			.picture = item->picture,
			.metadata = item->metadata,
			.quantity = item->quantity,
			.weight_g = item->weight_g,
			.tax_rate_ppm = line->tax_ppm,
			.unit_price = item->unit_price,
			.discount = line->discount,
			.tax = line->tax,
			.line_total = line->line_total,
		};
	}
	order->items = items;
	order->n_items = cart->n_items;
	return order_insert_items(tx, items, cart->n_items);
}

static fallible
write_attempt(struct tx *tx, const struct terms *terms, const struct order *order,
	      int64_t n, struct instant now, struct instant expires_at,
	      struct attempt *attempt)
{
	const struct method *method = terms_find_method(terms, order->payment_method);

	*attempt = (struct attempt){
		.uid = uuid_new(),
		.order = order->id,
		.n = n,
		.gateway = method->gateway,
		.amount = order->payable,
		.state = "sent",
		.sent_at = now,
		.expires_at = instant_add(expires_at, -PLACING_SESSION_MARGIN),
		.next_check_at = instant_add(now, SECONDS(PAYMENT_LOOK_SECONDS)),
	};
	attempt->idem_key = payment_key(tx->mem, attempt->uid);
	attempt->return_token =
		digest_of_text(payment_return_token(tx->cx, attempt->uid));
	return payment_insert(tx, attempt);
}

/* Holds are read without a lock, and one that was over may have been swept since: an
 * order that did not get all of them would take money for goods that nobody keeps. */
static fallible
claim_cart(struct tx *tx, const struct cart *cart, const struct order *order)
{
	int64_t claimed, wanted = 0;

	for (size_t i = 0; i < cart->n_items; i++)
		wanted += cart->items[i].free.there;
	TRY(order_claim_cart(tx, order, &claimed));
	return claimed == wanted ? NULL : tx_again(tx, "a hold has ended");
}

static fallible
write_all(struct tx *tx, const struct terms *terms, const struct placing *want,
	  struct checkout *checkout, struct placed *out)
{
	struct order *order = &out->order;

	TRY(write_customer(tx, checkout));
	TRY(write_order(tx, terms, want, checkout, order));
	TRY(write_items(tx, &checkout->cart, order));
	TRY(order_insert_placed(tx, order));
	if (!money_is_zero(order->payable))
		TRY(write_attempt(tx, terms, order, 1, order->now, order->expires_at,
				  &out->attempt));
	TRY(hold_rest(tx, &checkout->cart, order->expires_at));
	TRY(claim_cart(tx, &checkout->cart, order));
	if (money_is_zero(order->payable))
		TRY(settle_nothing_due(tx, order));
	return NULL;
}

static fallible
resume(struct tx *tx, const struct placing *want, struct placed *out)
{
	bool found, has_attempt;

	TRY(order_find_by_key(tx, want->key, &out->order, &found));
	if (!found)
		return NULL;
	out->resumed = true;
	return payment_find_newest(tx, out->order.id, &out->attempt, &has_attempt);
}

fallible
placing_place(struct tx *tx, const struct terms *terms, const struct placing *want,
	      struct placed *out)
{
	struct checkout *checkout = arena_new_of(tx->mem, struct checkout, 1);

	*out = (struct placed){0};
	TRY(idem_begin(tx, PLACING_SCOPE, want->key, want->key_hash, &out->idem));
	if (out->idem.state == IDEM_REPLAY)
		return NULL;
	if (out->idem.state == IDEM_RUNNING)
		return FAIL(KEY_IN_USE, "key=%s", want->key);
	if (out->idem.state == IDEM_OTHER)
		return FAIL(KEY_REUSED, "key=%s", want->key);
	if (out->idem.state == IDEM_RESUMED)
		TRY(resume(tx, want, out));
	if (!out->resumed) {
		TRY(load_cart(tx, want, checkout, out));
		if (!out->again) {
			TRY(check_all(tx->mem, terms, want, checkout));
			TRY(write_all(tx, terms, want, checkout, out));
			out->email = checkout->details.email;
			return NULL;
		}
	}
	TRY(order_load(tx, &out->order));
	out->email = out->order.customer.email.plain;
	return NULL;
}

fallible
placing_next_attempt(struct tx *tx, const struct terms *terms, struct order_id id,
		     const char *method, const struct money *accept_total,
		     struct order *order, struct attempt *attempt)
{
	struct attempt last = {0};
	struct problems problems = {0};
	bool found;

	TRY(order_lock(tx, id, order));
	if (order_is_paid(order->state))
		return FAIL(ORDER_PAID, "order=%s", order->number);
	if (!text_equal(order->state, "pending"))
		return FAIL(ORDER_STATE, "order=%s state=%s", order->number,
			    order->state);
	if (accept_total != NULL && !money_same(*accept_total, order->payable))
		return FAIL(TOTAL_CHANGED, "due=%" PRId64, order->payable.minor);
	details_check_method(tx->mem, terms, order->payable, method, &problems);
	TRY(FAIL_PROBLEMS(&problems, INVALID));
	TRY(payment_find_newest(tx, id, &last, &found));
	if (found && payment_is_live(&last))
		return FAIL(ORDER_STATE, "order=%s: attempt %" PRId64 " is %s",
			    order->number, last.n, last.state);
	order->payment_method = method;
	order->expires_at = instant_add(order->now, MINUTES(terms->pay_minutes));
	TRY(write_attempt(tx, terms, order, found ? last.n + 1 : 1, order->now,
			  order->expires_at, attempt));
	TRY(order_move(tx, order,
		       &(struct order_change){.event = "attempt",
					      .actor = "shopper",
					      .payment_status = "pending"}));
	return order_extend(tx, order);
}
