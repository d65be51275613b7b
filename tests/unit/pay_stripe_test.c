/* pay_stripe_test.c - Stripe's objects, errors and amounts read as ours: pure parts. */
#include "base/json.h"
#include "base/text.h"
#include "base/token.h"
#include "gateway/pay_stripe.h"
#include "gateway/pay_stripe_private.h"
#include "support/in_arena.h"

enum { ROUNDS = 100000 };

static const struct json *
parsed(const char *text)
{
	const struct json *j;

	WANT_OK(json_parse(mem, text, strlen(text), &j));
	return j;
}

/* ---- states ---- */

#define INTENT(status, more)                                                           \
	"{\"object\":\"payment_intent\",\"id\":\"pi_1\",\"status\":\"" status          \
	"\",\"amount\":1999,\"currency\":\"usd\",\"metadata\":{\"attempt_ref\":\"at-"  \
	"1\","                                                                         \
	"\"order_ref\":\"AB\"}" more "}"
#define REFUSED                                                                        \
	",\"last_payment_error\":{\"code\":\"card_declined\","                         \
	"\"decline_code\":\"insufficient_funds\"}"
#define SESSION(status, paid, intent)                                                  \
	"{\"object\":\"checkout.session\",\"id\":\"cs_1\",\"status\":\"" status        \
	"\",\"payment_status\":\"" paid                                                \
	"\",\"amount_total\":1999,\"currency\":\"usd\","                               \
	"\"client_reference_id\":\"AB\",\"metadata\":{\"attempt_ref\":\"at-1\"},"      \
	"\"url\":\"https://checkout.stripe.com/x\",\"payment_intent\":" intent "}"

static void
every_pair_of_session_and_payment_has_its_state(void **state)
{
	static const struct {
		const char *session;
		enum pay_status status;
	} rows[] = {
		{SESSION("open", "unpaid", "null"), PAY_OPEN},
		{SESSION("open", "unpaid", INTENT("requires_payment_method", REFUSED)),
		 PAY_OPEN},
		{SESSION("open", "unpaid", INTENT("requires_action", "")), PAY_OPEN},
		{SESSION("complete", "paid", INTENT("succeeded", "")), PAY_PAID},
		{SESSION("complete", "paid", "\"pi_1\""), PAY_PAID},
		{SESSION("complete", "no_payment_required", "null"), PAY_PAID},
		{SESSION("complete", "unpaid", INTENT("processing", "")),
		 PAY_PROCESSING},
		{SESSION("complete", "unpaid", INTENT("requires_capture", "")),
		 PAY_AUTHORIZED},
		{SESSION("complete", "unpaid",
			 INTENT("requires_payment_method", REFUSED)),
		 PAY_FAILED},
		{SESSION("complete", "unpaid", INTENT("canceled", "")), PAY_CANCELLED},
		{SESSION("complete", "unpaid", "\"pi_1\""), PAY_PROCESSING},
		{SESSION("expired", "unpaid", "null"), PAY_EXPIRED},
		{SESSION("expired", "unpaid", INTENT("requires_payment_method", "")),
		 PAY_EXPIRED},
		{SESSION("expired", "paid", INTENT("succeeded", "")), PAY_PAID},
		{SESSION("a_new_word", "a_new_word", "null"), PAY_PROCESSING},
		{SESSION("open", "unpaid", INTENT("a_new_word", "")), PAY_PROCESSING},
	};
	struct pay_state s;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		WANT(pay_stripe_read_session(mem, parsed(rows[i].session), &s));
		if (s.status != rows[i].status)
			check_fail(__FILE__, __LINE__, "%d for %s", s.status,
				   rows[i].session);
		WANT_TEXT(s.session_id, "cs_1");
		WANT_TEXT(s.attempt_ref, "at-1");
		WANT_TEXT(s.order_ref, "AB");
		WANT_INT(s.asked.minor, 1999);
	}
}

static void
a_paid_session_tells_amounts_and_method(void **state)
{
	static const char session[] = SESSION(
		"complete", "paid",
		INTENT("succeeded",
		       ",\"amount_received\":1999,\"amount_capturable\":0,"
		       "\"latest_charge\":{\"object\":\"charge\",\"currency\":\"usd\","
		       "\"balance_transaction\":{\"fee\":80,\"currency\":\"eur\"},"
		       "\"amount_refunded\":500,\"payment_method_details\":{\"type\":"
		       "\"card\",\"card\":{\"brand\":\"visa\",\"last4\":\"4242\"}}}"));
	struct pay_state s;

	(void)state;
	WANT(pay_stripe_read_session(mem, parsed(session), &s));
	WANT_INT(s.captured.minor, 1999);
	WANT_TEXT(s.captured.currency, "USD");
	WANT_INT(s.authorised.minor, 1999);
	WANT_INT(s.refunded.minor, 500);
	WANT_TEXT(s.method, "visa 4242");
	WANT_INT(s.fee.minor, 80);
	WANT_TEXT(s.fee.currency, "EUR");
	WANT_TEXT(s.payment_id, "pi_1");
}

static void
a_refusal_on_an_open_page_is_told(void **state)
{
	static const char session[] =
		SESSION("open", "unpaid", INTENT("requires_payment_method", REFUSED));
	struct pay_state s;

	(void)state;
	WANT(pay_stripe_read_session(mem, parsed(session), &s));
	WANT(s.declined_once);
	WANT_TEXT(s.shopper_code, "insufficient_funds");
}

static void
other_objects_are_not_taken_for_sessions(void **state)
{
	static const char *const others[] = {
		"{}",
		"[]",
		"{\"object\":\"checkout.session\"}",
		"{\"object\":\"payment_intent\",\"id\":\"pi_1\"}",
		"{\"object\":[],\"id\":{}}",
	};
	struct pay_state s;
	struct pay_refund_state r;

	(void)state;
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		WANT(!pay_stripe_read_session(mem, parsed(others[i]), &s));
		WANT(!pay_stripe_read_refund(mem, parsed(others[i]), &r));
	}
}

static void
refunds_have_three_states(void **state)
{
	static const struct {
		const char *word;
		enum pay_refund_status status;
	} rows[] = {
		{"pending", PAY_REFUND_PENDING},
		{"requires_action", PAY_REFUND_PENDING},
		{"succeeded", PAY_REFUND_DONE},
		{"failed", PAY_REFUND_FAILED},
		{"canceled", PAY_REFUND_FAILED},
		{"a_new_word", PAY_REFUND_PENDING},
	};
	struct pay_refund_state r;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *text = arena_printf(
			mem,
			"{\"object\":\"refund\",\"id\":\"re_1\",\"status\":\"%s\","
			"\"amount\":500,\"currency\":\"usd\"}",
			rows[i].word);

		WANT(pay_stripe_read_refund(mem, parsed(text), &r));
		WANT(r.status == rows[i].status);
		WANT_TEXT(r.gateway_id, "re_1");
		WANT_INT(r.amount.minor, 500);
	}
}

/* ---- answers ---- */

static struct pay_answer
judged(struct http_answer http, const char *body)
{
	struct pay_answer answer;

	http.body = body;
	http.body_len = body == NULL ? 0 : strlen(body);
	pay_stripe_judge(mem, &http, &answer);
	return answer;
}

static void
what_cannot_be_read_is_unknown(void **state)
{
	static const struct {
		int status;
		const char *body;
	} rows[] = {
		{200, ""},
		{200, "{\"id\":\"cs_1\""},
		{200, "[]"},
		{200, "<html>"},
		{402, "{}"},
		{402, "<html>"},
		{400, "<html>"},
		{500, "<html>"},
		{502, ""},
		{302, "{}"},
		{200, "{\"a\":1,\"a\":2}"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct pay_answer a = judged(
			(struct http_answer){.status = rows[i].status}, rows[i].body);

		WANT(a.outcome == PAY_UNKNOWN);
		WANT_TEXT(a.shopper_code, "checking");
		WANT(a.repeat);
	}
}

static void
silence_is_told_from_what_was_never_sent(void **state)
{
	struct pay_answer lost =
		judged((struct http_answer){.result = HTTP_LOST}, NULL);
	struct pay_answer not_sent =
		judged((struct http_answer){.result = HTTP_NOT_SENT}, NULL);

	(void)state;
	WANT(lost.outcome == PAY_UNKNOWN && !lost.nothing_sent);
	WANT(not_sent.outcome == PAY_TRANSIENT && not_sent.nothing_sent);
}

static void
a_limit_after_a_lost_try_is_unknown(void **state)
{
	struct http_answer limit = {.status = 429, .doubt = false};

	(void)state;
	WANT(judged(limit, "{}").outcome == PAY_TRANSIENT);
	limit.doubt = true;
	WANT(judged(limit, "{}").outcome == PAY_UNKNOWN);
}

static void
a_stored_server_fault_is_looked_up(void **state)
{
	struct http_answer fault = {.status = 500, .has_should_retry = true};

	(void)state;
	WANT(judged(fault, "{}").look_up);
	WANT(!judged(fault, "{}").repeat);
}

static void
nobody_is_told_that_a_card_is_stolen(void **state)
{
	static const char *const codes[] = {
		"stolen_card",        "lost_card",    "pickup_card",
		"restricted_card",    "fraudulent",   "merchant_blacklist",
		"security_violation", "do_not_honor", "a_new_word",
	};

	(void)state;
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		WANT_TEXT(pay_stripe_shopper_code(codes[i], "card_declined"),
			  "bank_declined");
	WANT_TEXT(pay_stripe_shopper_code(NULL, NULL), "bank_declined");
	WANT_TEXT(pay_stripe_shopper_code(NULL, "expired_card"), "card_expired");
}

static void
declines_that_come_with_400_are_declines(void **state)
{
	static const char body[] =
		"{\"error\":{\"type\":\"invalid_request_error\","
		"\"code\":\"payment_intent_authentication_failure\"}}";
	struct pay_answer a = judged((struct http_answer){.status = 400}, body);

	(void)state;
	WANT(a.outcome == PAY_DECLINED);
	WANT_TEXT(a.shopper_code, "authentication_failed");
}

static void
causes_never_quote_the_message(void **state)
{
	static const char body[] = "{\"error\":{\"type\":\"invalid_request_error\","
				   "\"code\":\"email_invalid\","
				   "\"param\":\"customer_email\",\"message\":\"Invalid:"
				   " ada@example.com\"}}";
	struct pay_answer a = judged((struct http_answer){.status = 400}, body);

	(void)state;
	WANT(a.outcome == PAY_PERMANENT);
	WANT(strstr(a.cause, "customer_email") != NULL);
	WANT(strstr(a.cause, "ada@") == NULL);
}

static void
a_refused_address_is_told_from_other_faults(void **state)
{
	static const char head[] = "{\"error\":{\"type\":\"invalid_request_error\",";
	const struct http_answer http = {.status = 400};

	(void)state;
	WANT(judged(http, arena_printf(mem, "%s\"param\":\"customer_email\"}}", head))
		     .bad_email);
	WANT(!judged(http, arena_printf(mem, "%s\"param\":\"currency\"}}", head))
		      .bad_email);
}

/* ---- amounts ---- */

static void
amounts_go_there_and_back(void **state)
{
	static const char *const currencies[] = {"USD", "JPY", "KWD", "ISK", "UGX",
						 "MGA", "HUF", "TWD", "CLP", "INR"};
	struct money back;
	int64_t wire;

	(void)state;
	for (size_t i = 0; i < ROUNDS; i++) {
		const char *currency = currencies[i % 10];
		struct money m =
			money_of((int64_t)token_below(1000000000) + 1, currency);

		if (!pay_stripe_amount_to_wire(m, &wire))
			continue;
		WANT(pay_stripe_amount_from_wire(wire, currency, &back));
		WANT(money_same(m, back));
	}
}

static void
stripes_own_decimals_count(void **state)
{
	static const struct {
		int64_t minor;
		const char *currency;
		int64_t wire;
	} rows[] = {
		{5, "UGX", 500},   {5, "ISK", 500}, {500, "JPY", 500}, {300, "MGA", 3},
		{150, "HUF", 150}, {5, "RWF", 5},   {50, "OMR", 50},   {1, "EUR", 1},
	};
	int64_t wire;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		WANT(pay_stripe_amount_to_wire(
			money_of(rows[i].minor, rows[i].currency), &wire));
		WANT_INT(wire, rows[i].wire);
	}
}

static void
what_stripe_does_not_take_is_refused(void **state)
{
	static const struct {
		int64_t minor;
		const char *currency;
	} rows[] = {
		{0, "USD"}, {-1, "USD"},   {1000000000000, "USD"}, {1, "KWD"},
		{1, "MGA"}, {1000, "IQD"}, {99999999999, "ISK"},
	};
	struct money back;
	int64_t wire;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		WANT(!pay_stripe_amount_to_wire(
			money_of(rows[i].minor, rows[i].currency), &wire));
	WANT(!pay_stripe_amount_from_wire(5, "isk", &back));
	WANT(!pay_stripe_amount_from_wire(-1, "usd", &back));
	WANT(!pay_stripe_amount_from_wire(1, "zzz", &back));
	WANT(!pay_stripe_amount_from_wire(1, "dollars", &back));
	WANT(!pay_stripe_amount_from_wire(1, NULL, &back));
}

static void
limits_are_those_that_the_gateway_tells(void **state)
{
	static const struct {
		const char *currency;
		int64_t least, most;
	} known[] = {
		{"USD", 50, INT64_C(999999999999)},
		{"GBP", 30, INT64_C(999999999999)},
		{"JPY", 50, INT64_C(999999999999)},
		{"HUF", 17500, INT64_C(999999999999)},
		{"ISK", 1, INT64_C(9999999999)},
		{"KWD", 1, INT64_C(999999999999)},
		{"TRY", 1, INT64_C(999999999999)},
	};
	int64_t wire;

	(void)state;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		struct money least, most;

		pay_stripe_limits(NULL, known[i].currency, &least, &most);
		WANT(money_same(least, money_of(known[i].least, known[i].currency)));
		WANT(money_same(most, money_of(known[i].most, known[i].currency)));
		most.minor++;
		WANT(!pay_stripe_amount_to_wire(most, &wire));
	}
}

TESTS_IN_ARENA(TEST(every_pair_of_session_and_payment_has_its_state),
	       TEST(a_paid_session_tells_amounts_and_method),
	       TEST(a_refusal_on_an_open_page_is_told),
	       TEST(other_objects_are_not_taken_for_sessions),
	       TEST(refunds_have_three_states), TEST(what_cannot_be_read_is_unknown),
	       TEST(silence_is_told_from_what_was_never_sent),
	       TEST(a_limit_after_a_lost_try_is_unknown),
	       TEST(a_stored_server_fault_is_looked_up),
	       TEST(nobody_is_told_that_a_card_is_stolen),
	       TEST(declines_that_come_with_400_are_declines),
	       TEST(causes_never_quote_the_message),
	       TEST(a_refused_address_is_told_from_other_faults),
	       TEST(amounts_go_there_and_back), TEST(stripes_own_decimals_count),
	       TEST(what_stripe_does_not_take_is_refused),
	       TEST(limits_are_those_that_the_gateway_tells))
