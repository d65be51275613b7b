/* catch_up.c - events that a gateway lists but whose webhooks never came. */
#include <stdio.h>
#include <string.h>

#include "base/fault_point.h"
#include "base/log.h"
#include "base/text.h"
#include "flow/outside.h"
#include "flow/settle.h"
#include "gateway/pay.h"

/* 200,000 events in one window: more than nine thousand orders a minute make. It only
 * ends a list that would never end: a window is compared whole or comes again. */
enum { PAGES_MOST = 4000, AFTER_SIZE = 256 };

/* How far the pages of one window were taken. */
struct look {
	struct catch_up window;
	char after[AFTER_SIZE]; /* the last event's id; "": none yet */
	struct instant date;    /* the gateway's clock when it began; none: not told */
	int64_t missed;
	bool answered, more; /* the last page; older events follow it */
};

static bool
is_known(const char *const *known, size_t n, const char *id)
{
	for (size_t i = 0; i < n; i++) {
		if (text_equal(known[i], id))
			return true;
	}
	return false;
}

static fallible
store_missed(struct tx *tx, const char *gateway, const struct pay_told_page *page,
	     int64_t *missed)
{
	const char *ids[CATCH_UP_IDS];
	const char *const *known;
	size_t n = 0, n_known;
	bool taken;

	*missed = 0;
	for (; n < page->n && n < CATCH_UP_IDS; n++)
		ids[n] = page->list[n].id;
	TRY(inbox_known(tx, gateway, (struct db_list){ids, n}, &known, &n_known));
	for (size_t i = 0; i < n; i++) {
		const struct pay_told *told = &page->list[i];

		if (is_known(known, n_known, told->id))
			continue;
		TRY(inbox_accept(tx, gateway, told->id, told->type, told->body,
				 strlen(told->body), &taken));
		*missed += !taken;
	}
	return NULL;
}

static fallible
take_page(struct ctx *cx, const char *gateway, const struct pay_told_page *page,
	  int64_t *missed)
{
	struct err *e = NULL;
	int64_t more = 0;

	if (page->n == 0)
		return NULL;
	FAULT_POINT_ERR(catch_up_told, INTERNAL);
	TRANSACTION (tx, cx, &e)
		e = store_missed(tx, gateway, page, &more);
	TRY(e);
	*missed += more;
	return NULL;
}

static fallible
note(struct ctx *cx, const char *gateway, struct instant until)
{
	struct err *e;

	SINGLE (tx, cx, &e)
		e = inbox_caught_up(tx, gateway, until);
	return e;
}

/* One page, in memory that is given back; look->more while older events follow. */
static fallible
take_next(struct ctx *cx, const struct pay *pay, struct look *look)
{
	struct arena_mark mark = arena_mark(cx->mem);
	struct pay_told_page page = {0};
	struct pay_answer answer = {0};
	struct err *e;

	pay->told(pay, cx, look->window.from, look->window.until,
		  look->after[0] ? look->after : NULL, &page, &answer);
	if (instant_is_none(look->date))
		look->date = answer.date;
	look->answered = answer.outcome == PAY_DONE;
	look->more = look->answered && page.more;
	if (!look->answered || page.n == 0)
		return NULL;
	e = take_page(cx, pay->name, &page, &look->missed);
	if (e != NULL)
		return e;
	snprintf(look->after, sizeof look->after, "%s", page.list[page.n - 1].id);
	arena_rewind(cx->mem, mark);
	return NULL;
}

/* All pages of the window. */
static fallible
take_window(struct ctx *cx, const struct pay *pay, struct look *look)
{
	look->more = true;
	for (int pages = 0; look->more && pages < PAGES_MOST; pages++)
		TRY(take_next(cx, pay, look));
	return NULL;
}

/* Up to when all is compared, by the gateway's clock and ours, whichever is behind: a
 * clock that runs ahead must not pass what has not happened yet. A gateway whose clock
 * is before the window has shown nothing of it. */
static struct instant
compared(const struct look *look)
{
	struct instant shown = instant_add(look->date, -MINUTES(CATCH_UP_YOUNG));

	if (instant_is_none(look->date) ||
	    instant_since(look->window.until, shown) <= 0)
		return look->window.until;
	return instant_since(look->window.from, shown) <= 0
		       ? shown
		       : instant_add(look->date, -MINUTES(CATCH_UP_FIRST));
}

fallible
flow_catch_up(struct shop *shop, struct ctx *cx, const char *gateway, int64_t *missed)
{
	const struct pay *pay = shop_gateway(shop, gateway);
	struct look look = {0};
	struct err *e;

	*missed = 0;
	READING (tx, cx, &e)
		e = inbox_catch_up(tx, gateway, &look.window);
	TRY(e);
	if (pay == NULL || !look.window.due)
		return NULL;
	outside_about(shop, (struct attempt_id){0}, (struct refund_id){0});
	e = take_window(cx, pay, &look);
	*missed = look.missed;
	TRY(e);
	FAULT_POINT_ERR(catch_up_stored, INTERNAL);
	if (look.missed > 0)
		log_event(LOG_WARNING, "webhook.missed", "gateway", gateway, "events",
			  log_number(look.missed), NULL);
	return look.answered && !look.more ? note(cx, gateway, compared(&look)) : NULL;
}
