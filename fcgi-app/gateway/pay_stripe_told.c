/* pay_stripe_told.c - Stripe's own list of events, to be compared with what its
 * webhooks brought (gateways.md section 1: events are kept for 30 days). */
#include "base/arena.h"
#include "base/json.h"
#include "gateway/pay_stripe_private.h"

enum { EVENT_MEMORY = 1024 * 1024 };

static struct stripe_request
told_request(struct arena *mem, struct instant from, struct instant until,
	     const char *after)
{
	struct stripe_request request =
		pay_stripe_request(mem, "event.list", "GET", "/v1/events", NULL);

	pay_stripe_put_int(&request, "limit", PAY_TOLD_PAGE);
	pay_stripe_put_int(&request, "created[gte]", from.us / SECONDS(1));
	pay_stripe_put_int(&request, "created[lte]", until.us / SECONDS(1));
	for (size_t i = 0; pay_stripe_event_type(i) != NULL; i++)
		pay_stripe_put(&request, arena_printf(mem, "types[%zu]", i),
			       pay_stripe_event_type(i));
	pay_stripe_put(&request, "starting_after", after);
	return request;
}

static const char *
written(struct arena *mem, const struct json *event)
{
	struct buf text = buf_new(mem, EVENT_MEMORY);
	struct json_out out = json_out(&text);

	json_put(&out, event);
	return text.full ? NULL : buf_string(&text);
}

/* False when one of them is no event. */
static bool
read_page(struct arena *mem, const struct json *events, struct pay_told_page *page)
{
	struct pay_told *list =
		arena_new_of(mem, struct pay_told, json_count(events) + 1);

	page->list = list;
	for (size_t i = 0; i < json_count(events); i++) {
		const struct json *event = json_item(events, i);
		struct pay_told told = {json_text_at(event, "id"),
					json_text_at(event, "type"),
					written(mem, event)};

		if (told.id == NULL || told.type == NULL || told.body == NULL)
			return false;
		list[page->n++] = told;
	}
	return true;
}

void
pay_stripe_told(const struct pay *pay, struct ctx *cx, struct instant from,
		struct instant until, const char *after, struct pay_told_page *page,
		struct pay_answer *answer)
{
	struct stripe_request request = told_request(cx->mem, from, until, after);
	const struct json *list = pay_stripe_send(pay->own, cx, &request, answer);
	const struct json *events = json_member(list, "data");

	*page = (struct pay_told_page){0};
	if (list == NULL)
		return;
	if (json_kind(events) != JSON_LIST || !read_page(cx->mem, events, page)) {
		pay_stripe_unreadable(answer, "the answer is not a list of events");
		return;
	}
	json_bool(json_member(list, "has_more"), &page->more);
	page->more = page->more && page->n > 0;
}
