/* list_charges.c - what the gateways say they took and gave back, for till verify. */
#include "flow/list_charges.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "flow/shop.h"
#include "gateway/pay.h"

enum { PAGES_MOST = 100000, AFTER_SIZE = 256, ROOM_FIRST = 1024 };

struct list {
	struct arena *keep;
	struct charge *charges;
	size_t n, room;
};

static void
make_room(struct list *list)
{
	struct charge *bigger;

	if (list->n < list->room)
		return;
	list->room = list->room == 0 ? ROOM_FIRST : 2 * list->room;
	bigger = arena_new_of(list->keep, struct charge, list->room);
	if (list->n > 0)
		memcpy(bigger, list->charges, list->n * sizeof *bigger);
	list->charges = bigger;
}

static void
add(struct list *list, const char *gateway, const struct pay_charge *charge)
{
	make_room(list);
	list->charges[list->n++] = (struct charge){
		.gateway = gateway,
		.payment = arena_text(list->keep, charge->payment_id),
		.attempt_ref = charge->attempt_ref == NULL
				       ? NULL
				       : arena_text(list->keep, charge->attempt_ref),
		.captured = charge->captured,
		.refunded = charge->refunded,
		.at = charge->created,
	};
}

/* One page, in memory that is given back. */
static fallible
take_page(struct ctx *cx, const struct pay *pay, struct instant from,
	  char after[AFTER_SIZE], struct list *list)
{
	struct arena_mark mark = arena_mark(cx->mem);
	struct pay_charges_page page = {0};
	struct pay_answer answer = {.outcome = PAY_UNKNOWN};

	pay->charges(pay, cx, from, after[0] != '\0' ? after : NULL, &page, &answer);
	if (answer.outcome != PAY_DONE)
		return FAIL(REFUSED, "%s does not show what it took: %s", pay->name,
			    answer.cause);
	for (size_t i = 0; i < page.n; i++)
		add(list, pay->name, &page.list[i]);
	snprintf(after, AFTER_SIZE, "%s", page.after == NULL ? "" : page.after);
	arena_rewind(cx->mem, mark);
	return NULL;
}

static fallible
take_all(struct ctx *cx, const struct pay *pay, struct instant from, struct list *list)
{
	char after[AFTER_SIZE] = "";

	for (int pages = 0; pages < PAGES_MOST; pages++) {
		TRY(take_page(cx, pay, from, after, list));
		if (after[0] == '\0')
			return NULL;
	}
	return FAIL(REFUSED, "%s has too many charges", pay->name);
}

fallible
flow_list_charges(struct shop *shop, struct ctx *cx, struct arena *keep,
		  struct instant from, struct evidence *out)
{
	struct list list = {.keep = keep};

	assert(keep != cx->mem);
	for (size_t i = 0; i < shop->n_gateways; i++)
		TRY(take_all(cx, shop->gateways[i], from, &list));
	out->has_charges = true;
	out->charges = list.charges;
	out->n_charges = list.n;
	out->charges_from = from;
	return NULL;
}
