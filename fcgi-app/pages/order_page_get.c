/* order_page_get.c - GET /orders/{order}: confirmation, status and receipt in one page.
 */
#include "base/buf.h"
#include "base/digest.h"
#include "base/text.h"
#include "pages/endpoints.h"
#include "pages/order_model.h"
#include "pages/order_view.h"

/* A page without scripts looks again after so many seconds: often at first, since most
 * payments are known within moments. */
enum {
	REFRESH_SOON = 3,
	REFRESH_LATE = 15,
	SOON_SECONDS = 120,
	VERSION_MAX_BYTES = 256 * 1024
};

struct form {
	const char *order, *t;
};

static const struct input inputs[] = {
	INPUT_PATH(struct form, order, 40),
	INPUT_QUERY(struct form, t, 64),
	INPUT_END,
};

/* The JSON holds all that changes, but for what the page alone shows of it. */
static struct digest
version_of(struct arena *mem, const struct order_model *m)
{
	struct buf all = buf_new(mem, VERSION_MAX_BYTES);
	const struct attempt *attempt = m->told.attempt;

	view_json(&all, order_fields, m);
	buf_printf(&all, "|%s|%s|%s|%d|%d", m->next_text == NULL ? "" : m->next_text,
		   attempt == NULL ? "" : attempt->state,
		   m->told.tracking_url == NULL ? "" : m->told.tracking_url,
		   m->can_retry, m->can_cancel);
	return digest_sha256(buf_string(&all), all.len);
}

static int64_t
refresh_of(const struct order_model *m)
{
	const struct order *order = &m->told.order;

	if (!m->is_waiting)
		return 0;
	return instant_since(order->now, order->updated_at) < SECONDS(SOON_SECONDS)
		       ? REFRESH_SOON
		       : REFRESH_LATE;
}

static fallible
show(struct request *rq, const void *form_, struct reply *re)
{
	const struct form *form = form_;
	struct order_model *m = arena_new_of(rq->cx->mem, struct order_model, 1);

	TRY(order_model_read(rq, form->order, form->t, m));
	rq->frame.refresh_seconds = refresh_of(m);
	rq->page_version = version_of(rq->cx->mem, m);
	re->order_number = m->told.order.number;
	return reply_show(rq, re, &order_view, m);
}

const struct endpoint order_page_get = {
	.page = "GET /orders/{order}",
	.api = "GET /api/v1/orders/{order}",
	.needs = NEEDS_VISITOR | TOKEN_PAGE,
	.inputs = inputs,
	.form_size = sizeof(struct form),
	.shows = &order_view,
	.codes = "not_found",
	.says = "One order, for whoever made it or holds its link.",
	.tag = "orders",
	.handle = show,
};
