/* catch_up.c - events that a gateway lists but whose webhooks never came. */
#include <stdio.h>
#include <string.h>

#include "base/fault_point.h"
#include "base/log.h"
#include "base/text.h"
#include "flow/outside.h"
#include "flow/settle.h"
#include "gateway/pay.h"

/* 10,000 events in ten minutes: more than a thousand orders a minute make. */
enum { PAGES_MOST = 200, AFTER_SIZE = 256 };

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

/* One page, in memory that is given back; *more while older events follow. */
static fallible
take_next(struct ctx *cx, const struct pay *pay, const struct catch_up *window,
	  char *after, int64_t *missed, bool *answered, bool *more)
{
	struct arena_mark mark = arena_mark(cx->mem);
	struct pay_told_page page = {0};
	struct pay_answer answer = {0};
	struct err *e;

	pay->told(pay, cx, window->from, window->until, after[0] ? after : NULL, &page,
		  &answer);
	*answered = answer.outcome == PAY_DONE;
	*more = *answered && page.more;
	if (!*answered || page.n == 0)
		return NULL;
	e = take_page(cx, pay->name, &page, missed);
	if (e != NULL)
		return e;
	snprintf(after, AFTER_SIZE, "%s", page.list[page.n - 1].id);
	arena_rewind(cx->mem, mark);
	return NULL;
}

/* All pages of the window; *whole false when the gateway did not show them all. */
static fallible
take_window(struct ctx *cx, const struct pay *pay, const struct catch_up *window,
	    int64_t *missed, bool *whole)
{
	char after[AFTER_SIZE] = "";
	bool answered = true, more = true;

	for (int pages = 0; more && pages < PAGES_MOST; pages++)
		TRY(take_next(cx, pay, window, after, missed, &answered, &more));
	*whole = answered && !more;
	return NULL;
}

fallible
flow_catch_up(struct shop *shop, struct ctx *cx, const char *gateway, int64_t *missed)
{
	const struct pay *pay = shop_gateway(shop, gateway);
	struct catch_up window = {0};
	struct err *e;
	bool whole;

	*missed = 0;
	READING (tx, cx, &e)
		e = inbox_catch_up(tx, gateway, &window);
	TRY(e);
	if (pay == NULL || !window.due)
		return NULL;
	outside_about(shop, (struct attempt_id){0}, (struct refund_id){0});
	TRY(take_window(cx, pay, &window, missed, &whole));
	FAULT_POINT_ERR(catch_up_stored, INTERNAL);
	if (*missed > 0)
		log_event(LOG_WARNING, "webhook.missed", "gateway", gateway, "events",
			  log_number(*missed), NULL);
	return whole ? note(cx, gateway, window.until) : NULL;
}
