/* checkout.c - the rules of a checkout, up to the payment. */
#include "domain/checkout.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/token.h"
#include "domain/stock.h"

/* Holds run out one by one: soon there may be room for another. */
enum { RETRY_CAP_SECONDS = 120 };

/* Under so many minutes left a checkout POST winds the idle clock up again. */
enum { REWIND_BELOW_MINUTES = 25 };

static int
by_sku(const void *a, const void *b)
{
	return strcmp(((const struct hold *)a)->sku, ((const struct hold *)b)->sku);
}

/* One hold a line, in sku order; lines held for a waiting order stay as they are. */
static struct hold *
holds_of(struct arena *mem, const struct cart *cart, size_t *n)
{
	struct hold *holds = arena_new_of(mem, struct hold, cart->n_items + 1);

	*n = 0;
	for (size_t i = 0; i < cart->n_items; i++) {
		const struct cart_item *item = &cart->items[i];
		if (item->held_for.n != 0)
			continue;
		holds[(*n)++] = (struct hold){
			.sku = item->sku,
			.wanted = !item->sold                        ? 0
				  : item->quantity < item->per_order ? item->quantity
								     : item->per_order,
			.had = item->held,
			.free = item->free.n,
			.endless = item->sold && !item->free.there,
		};
	}
	qsort(holds, *n, sizeof *holds, by_sku);
	return holds;
}

static void
note_holds(struct cart *cart, const struct hold *holds, size_t n)
{
	for (size_t i = 0; i < cart->n_items; i++)
		for (size_t k = 0; k < n; k++)
			if (strcmp(cart->items[i].sku, holds[k].sku) == 0) {
				cart->items[i].free.n +=
					cart->items[i].held - holds[k].held;
				cart->items[i].held = holds[k].held;
			}
}

static bool
anything_held(const struct cart *cart)
{
	for (size_t i = 0; i < cart->n_items; i++)
		if (cart->items[i].held > 0)
			return true;
	return false;
}

fallible
checkout_check_stock(struct arena *mem, const struct cart *cart)
{
	struct problems short_of = {0};

	for (size_t i = 0; i < cart->n_items; i++) {
		const struct cart_item *item = &cart->items[i];
		if (item->sold &&
		    (!item->available.there || item->available.n >= item->quantity))
			continue;
		problem_add(
			&short_of, arena_printf(mem, "items.%s", item->uid.text),
			item->sold ? "sold_out" : "unknown_sku",
			item->available.n > 0
				? arena_printf(mem, "Only %" PRId64 " of %s are left.",
					       item->available.n, item->title)
				: arena_printf(mem, "%s is sold out.", item->title));
	}
	return FAIL_PROBLEMS(&short_of, SOLD_OUT);
}

static fallible
check_cap(struct tx *tx, const struct terms *terms, const struct cart *cart,
	  struct origin origin)
{
	int64_t holders;
	struct err *e;

	if (origin.exempt)
		return NULL;
	TRY(stock_count_holders(tx, origin.address, cart->id, &holders));
	if (holders < terms->hold_cap)
		return NULL;
	e = FAIL(LIMITED, "holders=%" PRId64, holders);
	e->text =
		"Too many baskets are held for your network at the moment. Please try "
		"again in a few minutes.";
	e->retry_after = RETRY_CAP_SECONDS;
	return e;
}

fallible
checkout_start(struct tx *tx, const struct terms *terms, struct digest visitor,
	       int64_t version, struct origin origin, struct checkout *out)
{
	struct cart *cart = &out->cart;
	struct hold *holds;
	size_t n;
	bool found;

	*out = (struct checkout){0};
	TRY(cart_lock(tx, visitor, cart, &found));
	if (!found)
		return FAIL(CART_EMPTY, "no cart");
	TRY(cart_list_items(tx, cart));
	if (cart->n_items == 0)
		return FAIL(CART_EMPTY, "cart=%" PRId64, cart->id.n);
	if (version != 0 && version != cart->version)
		return FAIL(CART_CHANGED, "version=%" PRId64 " wanted=%" PRId64,
			    cart->version, version);
	TRY(check_cap(tx, terms, cart, origin));
	if (cart->checkout.n == 0)
		cart->checkout_uid = uuid_new();
	cart->hold_expires_at = instant_add(cart->now, MINUTES(terms->hold_minutes));
	TRY(checkout_upsert(tx, cart, origin.address));
	holds = holds_of(tx->mem, cart, &n);
	if (terms->hold_at_start) {
		TRY(stock_hold(tx, cart->id, holds, n, cart->hold_expires_at));
		note_holds(cart, holds, n);
	}
	TRY(cart_price(tx->mem, terms, cart));
	if (terms->hold_at_start && !anything_held(cart))
		TRY(checkout_check_stock(tx->mem, cart));
	return NULL;
}

static bool
needs_shipping(const struct cart *cart)
{
	for (size_t i = 0; i < cart->n_items; i++)
		if (strcmp(cart->items[i].kind, "ship") == 0)
			return true;
	return false;
}

/* Whether this request says anything of a field. */
static bool
was_sent(const struct details *sent, const char *field)
{
	if (text_starts(field, "contact."))
		return sent->has_contact;
	if (text_starts(field, "shipping_address."))
		return sent->has_shipping;
	if (text_starts(field, "billing_address."))
		return sent->has_billing;
	if (text_equal(field, "shipping_option"))
		return sent->shipping_option != NULL;
	return sent->payment_method != NULL;
}

/* What was stored once was right then; if it no longer is, it has to be chosen anew. */
static void
sort_out(const struct details *sent, const struct problems *all, struct problems *wrong,
	 struct problems *missing)
{
	for (size_t i = 0; i < all->n; i++) {
		const struct problem *p = &all->list[i];

		if (was_sent(sent, p->field))
			problem_add(wrong, p->field, p->code, p->text);
		else
			problem_add(missing, p->field, "required", p->text);
	}
}

/* Merges, prices and checks: what is wrong and what is missing, apart. What the cart
 * does not need is ignored: nobody checks it, so it must not be kept either. */
static fallible
work_out(struct arena *mem, const struct terms *terms, struct checkout *checkout,
	 const struct details *sent, struct problems *wrong)
{
	struct details needed = *sent;
	struct problems all = {0};

	if (!needs_shipping(&checkout->cart)) {
		needed.has_shipping = false;
		needed.shipping_option = NULL;
	}
	details_merge(mem, &checkout->details, &needed);
	checkout->cart.ship_country = checkout->details.shipping.country;
	checkout->cart.shipping_option = checkout->details.shipping_option;
	checkout->missing = (struct problems){0};
	TRY(cart_price(mem, terms, &checkout->cart));
	details_check(mem, terms, &checkout->cart, &checkout->details, &all,
		      &checkout->missing);
	sort_out(sent, &all, wrong, &checkout->missing);
	return NULL;
}

fallible
checkout_apply(struct arena *mem, const struct terms *terms, struct checkout *checkout,
	       const struct details *sent)
{
	struct problems wrong = {0};

	TRY(work_out(mem, terms, checkout, sent, &wrong));
	return FAIL_PROBLEMS(&wrong, INVALID);
}

static fallible
tell(struct arena *mem, const struct terms *terms, struct checkout *out)
{
	struct problems none = {0};

	out->details = details_of(&out->cart, &out->customer);
	return work_out(mem, terms, out, &(struct details){0}, &none);
}

fallible
checkout_tell(struct tx *tx, const struct terms *terms, struct checkout *out)
{
	bool found;

	TRY(customer_find(tx, out->cart.contact, &out->customer, &found));
	if (!found)
		out->customer = (struct customer){0};
	return tell(tx->mem, terms, out);
}

static fallible
fill(struct tx *tx, const struct terms *terms, struct checkout *out)
{
	TRY(cart_list_items(tx, &out->cart));
	return tell(tx->mem, terms, out);
}

static fallible
load(struct tx *tx, const struct terms *terms, struct digest visitor,
     fallible (*find)(struct tx *, struct digest, struct checkout *, bool *),
     struct checkout *out)
{
	bool found;

	*out = (struct checkout){0};
	TRY(find(tx, visitor, out, &found));
	if (!found || out->cart.checkout.n == 0)
		return FAIL(NOT_STARTED, "cart=%" PRId64, out->cart.id.n);
	return fill(tx, terms, out);
}

fallible
checkout_look(struct tx *tx, const struct terms *terms, struct digest visitor,
	      struct checkout *out)
{
	bool found;

	*out = (struct checkout){0};
	TRY(checkout_find(tx, visitor, out, &found));
	return found ? fill(tx, terms, out) : NULL;
}

fallible
checkout_read(struct tx *tx, const struct terms *terms, struct digest visitor,
	      struct checkout *out)
{
	return load(tx, terms, visitor, checkout_find, out);
}

static fallible
rewind_clock(struct tx *tx, const struct terms *terms, struct cart *cart)
{
	int64_t left = instant_since(cart->hold_expires_at, cart->now);
	struct instant until = instant_add(cart->now, MINUTES(terms->hold_minutes));

	if (left >= MINUTES(REWIND_BELOW_MINUTES) || left <= 0)
		return NULL;
	cart->hold_expires_at = until;
	return stock_extend(tx, cart->id, until);
}

fallible
checkout_save(struct tx *tx, const struct terms *terms, struct digest visitor,
	      const struct details *sent, struct checkout *out)
{
	struct cart *cart = &out->cart;

	TRY(load(tx, terms, visitor, checkout_lock, out));
	TRY(checkout_apply(tx->mem, terms, out, sent));
	if (details_store(tx->cx, &out->details, &out->customer))
		TRY(customer_save(tx, &out->customer));
	cart->contact = out->customer.id;
	cart->billing_same = out->details.billing_same;
	cart->payment_method = out->details.payment_method;
	TRY(checkout_update(tx, cart->checkout, out->customer.id, &out->details));
	return rewind_clock(tx, terms, cart);
}
