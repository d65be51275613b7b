/* pay_stripe_errors.c - what an answer of Stripe means: gateways.md sections 2.5 and 6.
 */
#include "gateway/pay_stripe_private.h"

#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/text.h"

struct word_pair {
	const char *stripe, *shopper;
};

static const struct word_pair shopper_words[] = {
	{"insufficient_funds", "insufficient_funds"},
	{"withdrawal_count_limit_exceeded", "insufficient_funds"},
	{"expired_card", "card_expired"},
	{"incorrect_cvc", "incorrect_details"},
	{"invalid_cvc", "incorrect_details"},
	{"incorrect_number", "incorrect_details"},
	{"invalid_number", "incorrect_details"},
	{"invalid_expiry_month", "incorrect_details"},
	{"invalid_expiry_year", "incorrect_details"},
	{"incorrect_zip", "incorrect_details"},
	{"incorrect_postal_code", "incorrect_details"},
	{"incorrect_address", "incorrect_details"},
	{"incorrect_pin", "incorrect_details"},
	{"card_not_supported", "card_not_supported"},
	{"currency_not_supported", "card_not_supported"},
	{"invalid_card_type", "card_not_supported"},
	{"card_velocity_exceeded", "limit_exceeded"},
	{"payment_intent_authentication_failure", "authentication_failed"},
	{"authentication_failure", "authentication_failed"},
	{"payment_method_customer_decline", "cancelled_by_shopper"},
	{"payment_intent_payment_attempt_expired", "expired_session"},
	{"processing_error", "try_again_later"},
	{"issuer_not_available", "try_again_later"},
	{"reenter_transaction", "try_again_later"},
	{"try_again_later", "try_again_later"},
	{"payment_method_provider_timeout", "try_again_later"},
	{"payment_method_not_available", "method_unavailable"},
	{"authentication_required", "authentication_needed"},
};

/* These come with 400 and are the bank's or the shopper's doing all the same. */
static const char *const declines_of_400[] = {
	"payment_intent_authentication_failure",
	"payment_intent_payment_attempt_expired",
	"payment_method_customer_decline",
	"payment_method_not_available",
	"payment_method_provider_decline",
	"payment_method_provider_timeout",
};

static const char *const done_already[] = {
	"payment_intent_unexpected_state",
	"charge_already_refunded",
	"charge_already_captured",
	"intent_invalid_state",
};

#define COUNT(list) (sizeof(list) / sizeof *(list))

static bool
is_among(const char *word, const char *const *list, size_t n)
{
	for (size_t i = 0; word != NULL && i < n; i++)
		if (strcmp(word, list[i]) == 0)
			return true;
	return false;
}

static const char *
shopper_word(const char *stripe)
{
	for (size_t i = 0; stripe != NULL && i < COUNT(shopper_words); i++)
		if (strcmp(stripe, shopper_words[i].stripe) == 0)
			return shopper_words[i].shopper;
	return NULL;
}

const char *
pay_stripe_shopper_code(const char *decline_code, const char *code)
{
	const char *word = shopper_word(decline_code);

	if (word == NULL)
		word = shopper_word(code);
	return word == NULL ? "bank_declined" : word;
}

static void
set(struct pay_answer *answer, enum pay_outcome outcome, const char *shopper_code)
{
	answer->outcome = outcome;
	answer->shopper_code = shopper_code;
	answer->repeat = outcome == PAY_TRANSIENT || outcome == PAY_UNKNOWN;
}

void
pay_stripe_unreadable(struct pay_answer *answer, const char *cause)
{
	set(answer, PAY_UNKNOWN, "checking");
	answer->cause = cause;
}

/* 4xx with an error object. */
static void
judge_error(const struct json *error, struct pay_answer *answer)
{
	const char *type = json_text_at(error, "type");
	const char *code = json_text_at(error, "code");
	const char *decline_code = json_text_at(error, "decline_code");
	const char *word = pay_stripe_shopper_code(decline_code, code);
	bool refused = answer->http_status == 402 ||
		       (answer->http_status == 400 &&
			(text_equal(type, "card_error") ||
			 is_among(code, declines_of_400, COUNT(declines_of_400))));

	if (!refused) {
		set(answer, PAY_PERMANENT, "our_fault");
		answer->read_state = is_among(code, done_already, COUNT(done_already));
		answer->bad_email =
			text_equal(json_text_at(error, "param"), "customer_email");
	} else if (strcmp(word, "authentication_needed") == 0) {
		set(answer, PAY_NEEDS_ACTION, word);
	} else {
		set(answer, PAY_DECLINED, word);
	}
}

/* Type, code and parameter; never the message, which may quote what a person typed. */
static const char *
cause_of(struct arena *mem, const struct json *body)
{
	const char *type = json_text_at(body, "error.type");
	const char *code = json_text_at(body, "error.code");
	const char *decline_code = json_text_at(body, "error.decline_code");
	const char *param = json_text_at(body, "error.param");

	return arena_printf(mem, "type=%s code=%s decline_code=%s param=%s",
			    type == NULL ? "-" : type, code == NULL ? "-" : code,
			    decline_code == NULL ? "-" : decline_code,
			    param == NULL ? "-" : param);
}

static const struct json *
read_object(struct arena *mem, const struct http_answer *http)
{
	const struct json *body;

	if (json_parse(mem, http->body, http->body_len, &body) != NULL ||
	    json_kind(body) != JSON_OBJECT)
		return NULL;
	return body;
}

static void
judge_silence(const struct http_answer *http, struct pay_answer *answer)
{
	answer->cause = http->error;
	if (http->result == HTTP_NOT_SENT) {
		set(answer, PAY_TRANSIENT, "try_again_later");
		answer->nothing_sent = true;
	} else {
		set(answer, PAY_UNKNOWN, "checking");
	}
}

static void
judge_server_fault(const struct http_answer *http, struct pay_answer *answer)
{
	set(answer, PAY_UNKNOWN, "checking");
	/* Stored under the key: every repeat would bring the same answer. */
	answer->look_up = http->has_should_retry && !http->should_retry;
	answer->repeat = !answer->look_up;
}

static void
judge_limit(const struct http_answer *http, struct pay_answer *answer)
{
	if (http->doubt)
		set(answer, PAY_UNKNOWN, "checking");
	else
		set(answer, PAY_TRANSIENT, "try_again_later");
}

const struct json *
pay_stripe_judge(struct arena *mem, const struct http_answer *http,
		 struct pay_answer *answer)
{
	const struct json *body;

	*answer = (struct pay_answer){
		.request_id = http->request_id,
		.http_status = http->status,
		.retry_after = http->retry_after,
		.date = http->date,
	};
	if (http->result != HTTP_ANSWERED) {
		judge_silence(http, answer);
		return NULL;
	}
	body = read_object(mem, http);
	answer->cause =
		body == NULL ? "the answer is not a JSON object" : cause_of(mem, body);
	if (http->status >= 500) {
		judge_server_fault(http, answer);
	} else if (http->status == 429 || http->status == 409) {
		judge_limit(http, answer);
	} else if (body == NULL ||
		   (http->status == 402 && json_member(body, "error") == NULL)) {
		set(answer, PAY_UNKNOWN, "checking");
	} else if (http->status >= 400) {
		judge_error(json_member(body, "error"), answer);
	} else if (http->status >= 200 && http->status < 300) {
		answer->cause = NULL;
		return body;
	} else {
		set(answer, PAY_UNKNOWN, "checking");
	}
	return NULL;
}
