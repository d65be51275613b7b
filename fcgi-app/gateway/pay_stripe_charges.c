/* pay_stripe_charges.c - what Stripe took and gave back, to be held against the books.
 * A payment that succeeded has one charge with money in it, its latest. */
#include "base/arena.h"
#include "base/json.h"
#include "gateway/pay_stripe_private.h"

static struct stripe_request
charges_request(struct arena *mem, struct instant from, const char *after)
{
	struct stripe_request request = pay_stripe_request(mem, "intent.list", "GET",
							   "/v1/payment_intents", NULL);

	pay_stripe_put_int(&request, "limit", PAY_CHARGES_PAGE);
	pay_stripe_put_int(&request, "created[gte]", from.us / SECONDS(1));
	pay_stripe_put(&request, "expand[0]", "data.latest_charge");
	pay_stripe_put(&request, "starting_after", after);
	return request;
}

/* False when it is no payment, or one with money whose charge cannot be read. *taken:
 * whether there is money in it. */
static bool
read_charge(struct arena *mem, const struct json *intent, struct pay_charge *charge,
	    bool *taken)
{
	struct pay_state state;
	int64_t created;

	*taken = false;
	if (!pay_stripe_read_intent(mem, intent, &state) ||
	    !json_int_at(intent, "created", &created))
		return false;
	if (money_is_zero(state.captured))
		return true;
	*taken = true;
	*charge = (struct pay_charge){
		.payment_id = state.payment_id,
		.attempt_ref = state.attempt_ref,
		.captured = state.captured,
		.refunded = state.refunded,
		.created = {created * SECONDS(1)},
	};
	return json_kind(json_member(intent, "latest_charge")) == JSON_OBJECT &&
	       money_same(money_of(0, state.captured.currency),
			  money_of(0, state.refunded.currency));
}

static bool
read_page(struct arena *mem, const struct json *intents, struct pay_charges_page *page)
{
	size_t n = json_count(intents);
	struct pay_charge *list = arena_new_of(mem, struct pay_charge, n + 1);

	page->list = list;
	for (size_t i = 0; i < n; i++) {
		bool taken;

		if (!read_charge(mem, json_item(intents, i), &list[page->n], &taken))
			return false;
		page->n += taken;
	}
	return true;
}

void
pay_stripe_charges(const struct pay *pay, struct ctx *cx, struct instant from,
		   const char *after, struct pay_charges_page *page,
		   struct pay_answer *answer)
{
	struct stripe_request request = charges_request(cx->mem, from, after);
	const struct json *list = pay_stripe_send(pay->own, cx, &request, answer);
	const struct json *intents = json_member(list, "data");
	bool more = false;

	*page = (struct pay_charges_page){0};
	if (list == NULL)
		return;
	if (json_kind(intents) != JSON_LIST || !read_page(cx->mem, intents, page)) {
		pay_stripe_unreadable(answer, "the answer is not a list of payments");
		return;
	}
	json_bool(json_member(list, "has_more"), &more);
	if (more && json_count(intents) > 0)
		page->after =
			json_text_at(json_item(intents, json_count(intents) - 1), "id");
}
