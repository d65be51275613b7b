/* pay_stripe_find.c - look-ups by our own references, after answers that never came
 * (gateways.md section 7). Lists are read newest first, page by page. */
#include "gateway/pay_stripe_private.h"

#include "base/arena.h"
#include "base/json.h"
#include "base/text.h"

enum {
	PAGE = 100,
	PAGES_MOST = 10,
	WINDOW_BEFORE_S = 60, /* clocks differ */
	WINDOW_AFTER_S = 300, /* repeats of one call take 25 s at most */
};

/* What is looked for, and the list that it may stand in. */
struct search {
	const char *operation, *path;
	const char *by, *value;    /* a filter; NULL: none */
	int64_t from, until;       /* seconds; 0: no window */
	const char *mark, *wanted; /* metadata member and its value */
};

static struct stripe_request
page_request(struct arena *mem, const struct search *search, const char *after)
{
	struct stripe_request request =
		pay_stripe_request(mem, search->operation, "GET", search->path, NULL);

	if (search->by != NULL)
		pay_stripe_put(&request, search->by, search->value);
	pay_stripe_put_int(&request, "limit", PAGE);
	if (search->from != 0) {
		pay_stripe_put_int(&request, "created[gte]", search->from);
		pay_stripe_put_int(&request, "created[lte]", search->until);
	}
	pay_stripe_put(&request, "starting_after", after);
	return request;
}

static const struct json *
match(const struct json *items, const struct search *search)
{
	for (size_t i = 0; i < json_count(items); i++) {
		const struct json *item = json_item(items, i);
		const struct json *metadata = json_member(item, "metadata");

		if (json_text_at(item, "id") != NULL &&
		    text_equal(json_text_at(metadata, search->mark), search->wanted))
			return item;
	}
	return NULL;
}

/* The object, or NULL: with DONE there is none, else nobody knows. */
static const struct json *
search_list(const struct stripe *stripe, struct ctx *cx, const struct search *search,
	    struct pay_answer *answer)
{
	const char *after = NULL;

	for (int pages = 0; pages < PAGES_MOST; pages++) {
		struct stripe_request request = page_request(cx->mem, search, after);
		const struct json *list = pay_stripe_send(stripe, cx, &request, answer);
		const struct json *items = json_member(list, "data"), *found;
		bool more = false;

		if (list == NULL)
			return NULL;
		if (json_kind(items) != JSON_LIST) {
			pay_stripe_unreadable(answer, "the answer is not a list");
			return NULL;
		}
		found = match(items, search);
		json_bool(json_member(list, "has_more"), &more);
		if (found != NULL || !more || json_count(items) == 0)
			return found;
		after = json_text_at(json_item(items, json_count(items) - 1), "id");
	}
	pay_stripe_unreadable(answer, "the list is too long");
	return NULL;
}

void
pay_stripe_find_session(const struct pay *pay, struct ctx *cx, const char *attempt_ref,
			struct instant sent, struct pay_state *state,
			struct pay_answer *answer)
{
	const struct search search = {
		.operation = "session.list",
		.path = "/v1/checkout/sessions",
		.from = sent.us / SECONDS(1) - WINDOW_BEFORE_S,
		.until = sent.us / SECONDS(1) + WINDOW_AFTER_S,
		.mark = "attempt_ref",
		.wanted = attempt_ref,
	};
	const struct json *session = search_list(pay->own, cx, &search, answer);

	*state = (struct pay_state){.status = PAY_NOT_FOUND};
	if (session == NULL)
		return;
	/* The list does not hold the payment itself: read the one object whole. */
	pay->retrieve(pay, cx, json_text_at(session, "id"), state, answer);
}

static void
get_refund(const struct stripe *stripe, struct ctx *cx, const char *refund_id,
	   struct pay_refund_state *state, struct pay_answer *answer)
{
	const char *path = pay_stripe_path(cx->mem, "/v1/refunds/", refund_id, NULL);
	struct stripe_request request =
		pay_stripe_request(cx->mem, "refund.get", "GET", path, NULL);
	const struct json *refund = pay_stripe_send(stripe, cx, &request, answer);

	if (refund != NULL && !pay_stripe_read_refund(cx->mem, refund, state))
		pay_stripe_unreadable(answer, "the answer is not a refund");
	else if (answer->http_status == 404 && answer->outcome == PAY_PERMANENT)
		*answer = (struct pay_answer){.outcome = PAY_DONE, .http_status = 404};
}

void
pay_stripe_find_refund(const struct pay *pay, struct ctx *cx, const char *payment_id,
		       const char *refund_id, const char *refund_ref,
		       struct pay_refund_state *state, struct pay_answer *answer)
{
	const struct search search = {
		.operation = "refund.list",
		.path = "/v1/refunds",
		.by = "payment_intent",
		.value = payment_id,
		.mark = "refund_ref",
		.wanted = refund_ref,
	};
	const struct json *refund;

	*state = (struct pay_refund_state){.status = PAY_REFUND_NOT_FOUND};
	if (refund_id != NULL) {
		get_refund(pay->own, cx, refund_id, state, answer);
		return;
	}
	refund = search_list(pay->own, cx, &search, answer);
	if (refund != NULL && !pay_stripe_read_refund(cx->mem, refund, state))
		pay_stripe_unreadable(answer, "the answer is not a refund");
}
