/* webhook_stripe_post.c - POST /webhooks/stripe: checked, stored, answered; a worker
 * does the rest. */
#include "flow/settle.h"
#include "pages/endpoints.h"

struct receipt {
	bool received;
};

static const struct view_field receipt_fields[] = {
	SHOW(struct receipt, received),
	SHOW_END,
};

static const struct view receipt_view = {"WebhookReceipt", NULL, receipt_fields};

static const char *
header(const void *rq, const char *name)
{
	return request_header(rq, name);
}

static fallible
accept_event(struct request *rq, const void *form, struct reply *re)
{
	struct receipt *receipt = arena_new_of(rq->cx->mem, struct receipt, 1);
	bool again;

	(void)form;
	TRY(flow_accept_webhook(rq->shop, rq->cx, "stripe", header, rq, rq->body,
				rq->body_len, &again));
	receipt->received = true;
	return reply_show(rq, re, &receipt_view, receipt);
}

const struct endpoint webhook_stripe_post = {
	.api = "POST /webhooks/stripe",
	.pool = POOL_HOOK,
	.needs = TAKES_RAW,
	.shows = &receipt_view,
	.codes = "bad_signature wrong_mode bad_request unavailable",
	.says = "Takes Stripe's signed events; each is stored once and applied by a "
		"job.",
	.tag = "webhooks",
	.handle = accept_event,
};
