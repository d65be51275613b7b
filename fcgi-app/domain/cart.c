/* cart.c - the rules of a cart. Lock order: cart, then reservation, then stock. */
#include "domain/cart.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/token.h"
#include "domain/cart_store.h"
#include "domain/catalog.h"
#include "domain/stock.h"

fallible
cart_read(struct tx *tx, const struct terms *terms, struct digest visitor,
	  struct cart *cart)
{
	bool found;

	*cart = (struct cart){.currency = terms->currency,
			      .status = "active",
			      .stage = "cart",
			      .billing_same = true};
	TRY(cart_find(tx, visitor, cart, &found));
	if (found)
		TRY(cart_list_items(tx, cart));
	return cart_price(tx->mem, terms, cart);
}

/* The visitor's cart with its lines, locked. One that is made here has nothing but its
 * id: nobody else can know of it. */
static fallible
lock_or_make(struct tx *tx, const struct terms *terms, struct digest visitor,
	     struct cart *cart, bool *created)
{
	bool found, taken = true;

	*cart = (struct cart){0};
	TRY(cart_lock(tx, visitor, cart, &found));
	if (!found) {
		TRY(cart_insert(tx, visitor, uuid_new(), 1, terms->currency,
				terms->keep_hours, &cart->id, &taken));
		if (taken)
			TRY(cart_lock(tx, visitor, cart, &found));
	}
	*created = !taken;
	if (*created)
		return NULL;
	return found ? cart_list_items(tx, cart) : tx_again(tx, "cart was swept");
}

fallible
cart_open(struct tx *tx, const struct terms *terms, struct digest visitor,
	  struct cart *cart, bool *created)
{
	TRY(lock_or_make(tx, terms, visitor, cart, created));
	return *created ? cart_read(tx, terms, visitor, cart)
			: cart_price(tx->mem, terms, cart);
}

static struct cart_item *
find_uid(struct cart *cart, const char *uid)
{
	for (struct cart_item *i = cart->items; i < cart->items + cart->n_items; i++)
		if (strcmp(i->uid.text, uid) == 0)
			return i;
	return NULL;
}

/* A refusal that names the limit, in words a shopper can act on. */
static fallible
refuse(struct tx *tx, enum err_code code, const char *word, const char *sku,
       int64_t most, const char *why)
{
	struct problems problems = {0};
	struct err *e;
	const char *text =
		most > 0 ? arena_printf(tx->mem, why, most) : "This is sold out.";

	problem_add(&problems, "quantity", word, text);
	e = err_raise_problems(code, &problems, __FILE__, __LINE__);
	e->text = text;
	snprintf(e->cause, sizeof e->cause, "sku=%s most=%" PRId64, sku, most);
	return e;
}

/* More than a line may come to. */
static fallible
check_amount(struct tx *tx, const char *sku, struct money price, int64_t quantity)
{
	if (!catalog_is_beyond(price, quantity))
		return NULL;
	return refuse(tx, ERR_INVALID, "out_of_range", sku,
		      price.minor > 0 ? CATALOG_LINE_MAX / price.minor : 0,
		      "At most %" PRId64 " of this can be bought at its price.");
}

/* Short stock is a conflict for a product that is put in (sold_out), and a wrong
 * quantity for a line that is there already (F-004). */
static fallible
check_quantity(struct tx *tx, enum err_code when_short, const char *sku,
	       int64_t quantity, int64_t per_order, struct maybe_int free, int64_t held)
{
	if (quantity > per_order)
		return refuse(tx, ERR_INVALID, "out_of_range", sku, per_order,
			      "You can have at most %" PRId64 " of this in one order.");
	if (free.there && quantity > free.n + held)
		return refuse(tx, when_short, "sold_out", sku, free.n + held,
			      "Only %" PRId64 " of this are left.");
	return NULL;
}

static fallible
first_free_slot(struct tx *tx, const struct terms *terms, int64_t taken, int64_t *slot)
{
	struct err *e;

	for (*slot = 1; *slot <= terms->max_lines; ++*slot)
		if ((taken >> *slot & 1) == 0)
			return NULL;
	e = FAIL_FIELD("sku", INVALID, "lines=%" PRId64, terms->max_lines);
	e->text = e->problems.list[0].text = arena_printf(
		tx->mem, "A cart holds at most %" PRId64 " different products.",
		terms->max_lines);
	return e;
}

static fallible
read_again(struct tx *tx, const struct terms *terms, struct digest visitor,
	   struct cart_id id, struct cart *out)
{
	TRY(cart_touch(tx, id, terms->keep_hours));
	return out == NULL ? NULL : cart_read(tx, terms, visitor, out);
}

/* The visitor's cart, locked and a version further; one that is made here is as far as
 * if it had been there. */
static fallible
touch_or_make(struct tx *tx, const struct terms *terms, struct digest visitor,
	      struct cart_id *id)
{
	bool taken;

	TRY(cart_touch_active(tx, visitor, terms->keep_hours, id));
	if (id->n != 0)
		return NULL;
	TRY(cart_insert(tx, visitor, uuid_new(), 2, terms->currency, terms->keep_hours,
			id, &taken));
	if (!taken)
		return NULL;
	TRY(cart_touch_active(tx, visitor, terms->keep_hours, id));
	return id->n != 0 ? NULL : tx_again(tx, "cart was swept");
}

static fallible
check_wanted(struct tx *tx, const struct cart_wanted *w, int64_t quantity,
	     const char *metadata)
{
	struct product product = {.metadata_fields = w->metadata_fields};
	struct problems problems = {0};

	TRY(check_quantity(tx, ERR_SOLD_OUT, w->sku, quantity, w->per_order,
			   w->available, w->held));
	TRY(check_amount(tx, w->sku, w->price, quantity));
	catalog_check_metadata(tx->mem, &product, metadata, &problems);
	return FAIL_PROBLEMS(&problems, INVALID);
}

fallible
cart_add_item(struct tx *tx, const struct terms *terms, struct digest visitor,
	      const char *sku, int64_t quantity, const char *metadata, struct cart *out)
{
	struct cart_wanted wanted = {0};
	struct cart_item item;
	struct cart_id id;
	int64_t slot;

	TRY(touch_or_make(tx, terms, visitor, &id));
	TRY(cart_get_wanted(tx, id, sku, &wanted));
	item = (struct cart_item){.sku = wanted.sku,
				  .title = wanted.title,
				  .unit_price = wanted.price,
				  .metadata = metadata ? metadata : wanted.metadata,
				  .quantity = quantity + wanted.quantity};
	TRY(check_wanted(tx, &wanted, item.quantity, item.metadata));
	if (wanted.line.n != 0) {
		TRY(cart_update_line(tx, wanted.line, &item));
	} else {
		TRY(first_free_slot(tx, terms, wanted.slots, &slot));
		TRY(cart_insert_line(tx, id, slot, &item));
	}
	return out == NULL ? NULL : cart_read(tx, terms, visitor, out);
}

/* Gives back what the cart holds beyond quantity, unless a waiting order owns the hold.
 */
static fallible
let_go(struct tx *tx, const struct cart *cart, const struct cart_item *item,
       int64_t quantity)
{
	struct hold hold = {.sku = item->sku, .wanted = quantity, .had = item->held};

	if (item->held <= quantity || item->held_for.n != 0)
		return NULL;
	return stock_hold(tx, cart->id, &hold, 1, cart->hold_expires_at);
}

fallible
cart_set_quantity(struct tx *tx, const struct terms *terms, struct digest visitor,
		  const char *item_uid, int64_t quantity, struct cart *out)
{
	struct cart_item *item, changed;
	struct cart cart = {0};
	bool found;

	TRY(cart_lock(tx, visitor, &cart, &found));
	if (!found)
		return FAIL(NOT_FOUND, "no cart");
	TRY(cart_list_items(tx, &cart));
	item = find_uid(&cart, item_uid);
	if (item == NULL)
		return FAIL(NOT_FOUND, "item=%s", item_uid);
	if (quantity > item->quantity || quantity > item->per_order)
		TRY(check_quantity(tx, ERR_INVALID, item->sku, quantity,
				   item->per_order, item->free, item->held));
	if (quantity > item->quantity)
		TRY(check_amount(tx, item->sku, item->unit_price, quantity));
	changed = *item;
	changed.quantity = quantity;
	if (quantity > 0)
		TRY(cart_update_line(tx, item->line, &changed));
	else
		TRY(cart_delete_line(tx, item->line));
	TRY(let_go(tx, &cart, item, quantity));
	return read_again(tx, terms, visitor, cart.id, out);
}

fallible
cart_drop_item(struct tx *tx, const struct terms *terms, struct digest visitor,
	       const char *item_uid, struct cart *out)
{
	struct cart cart = {0};
	bool found;

	TRY(cart_lock(tx, visitor, &cart, &found));
	if (!found)
		return FAIL(NOT_FOUND, "no cart");
	TRY(cart_list_items(tx, &cart));
	if (find_uid(&cart, item_uid) == NULL)
		return out == NULL ? NULL : cart_read(tx, terms, visitor, out);
	return cart_set_quantity(tx, terms, visitor, item_uid, 0, out);
}
