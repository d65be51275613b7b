/* pay_stripe_disputes.c - how a dispute stands at Stripe (gateways.md 2.3). A word that
 * is new to us moves no money: the case counts as open, for somebody to look at. */
#include "base/arena.h"
#include "base/json.h"
#include "base/text.h"
#include "gateway/pay_stripe_private.h"

/* What begins with "warning" is an inquiry of the bank: the money stays with us. */
static void
read_status(const char *word, struct pay_dispute *state)
{
	static const struct {
		const char *word;
		enum pay_dispute_status status;
		bool taken;
	} words[] = {
		{"warning_needs_response", PAY_DISPUTE_OPEN, false},
		{"warning_under_review", PAY_DISPUTE_OPEN, false},
		{"warning_closed", PAY_DISPUTE_WON, false},
		{"prevented", PAY_DISPUTE_WON, false},
		{"needs_response", PAY_DISPUTE_OPEN, true},
		{"under_review", PAY_DISPUTE_OPEN, true},
		{"appeal_needs_response", PAY_DISPUTE_OPEN, true},
		{"appeal_under_review", PAY_DISPUTE_OPEN, true},
		{"won", PAY_DISPUTE_WON, true},
		{"lost", PAY_DISPUTE_LOST, true},
	};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (!text_equal(word, words[i].word))
			continue;
		state->status = words[i].status;
		state->taken = words[i].taken;
	}
}

bool
pay_stripe_read_dispute(struct arena *mem, const struct json *dispute,
			struct pay_dispute *state)
{
	int64_t due;

	*state = (struct pay_dispute){.status = PAY_DISPUTE_OPEN};
	if (!text_equal(json_text_at(dispute, "object"), "dispute") ||
	    json_text_at(dispute, "id") == NULL ||
	    !pay_stripe_amount_read(dispute, "amount", &state->amount))
		return false;
	read_status(json_text_at(dispute, "status"), state);
	state->gateway_id = arena_text(mem, json_text_at(dispute, "id"));
	state->payment_id = pay_stripe_id(dispute, "payment_intent");
	state->reason = json_text_at(dispute, "reason");
	if (json_int_at(dispute, "evidence_details.due_by", &due) && due > 0 &&
	    due < INT64_C(100000000000))
		state->respond_by.us = SECONDS(due);
	return true;
}

void
pay_stripe_dispute(const struct pay *pay, struct ctx *cx, const char *dispute_id,
		   struct pay_dispute *state, struct pay_answer *answer)
{
	const char *path = pay_stripe_path(cx->mem, "/v1/disputes/", dispute_id, NULL);
	struct stripe_request request =
		pay_stripe_request(cx->mem, "dispute.get", "GET", path, NULL);
	const struct json *dispute = pay_stripe_send(pay->own, cx, &request, answer);

	*state = (struct pay_dispute){.status = PAY_DISPUTE_NOT_FOUND};
	if (answer->http_status == 404 && answer->outcome == PAY_PERMANENT)
		*answer = (struct pay_answer){.outcome = PAY_DONE, .http_status = 404};
	else if (dispute != NULL &&
		 (!pay_stripe_read_dispute(cx->mem, dispute, state) ||
		  !text_equal(state->gateway_id, dispute_id)))
		pay_stripe_unreadable(answer, "the answer is not that dispute");
}
