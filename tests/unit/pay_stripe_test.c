/* pay_stripe_test.c - Stripe's objects, errors and webhooks read as ours: pure parts.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/config.h"
#include "base/digest.h"
#include "base/json.h"
#include "base/secret.h"
#include "base/text.h"
#include "base/token.h"
#include "gateway/pay_stripe.h"
#include "gateway/pay_stripe_private.h"
#include "support/check.h"

enum { ARENA_MOST = 64 * 1024 * 1024, T = 1790000000, ROUNDS = 100000 };

static struct arena *mem;

static int
begin(void **state)
{
	mem = arena_new(ARENA_MOST);
	return check_begin(state);
}

static int
end(void **state)
{
	arena_free(mem);
	return check_end(state);
}

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

/* ---- webhooks ---- */
static const char event_body[] =
	"{\"id\":\"evt_1\",\"object\":\"event\",\"type\":\"payment_intent.succeeded\","
	"\"created\":1790000000,\"livemode\":false,\"data\":{\"object\":{\"id\":\"pi_"
	"1\","
	"\"object\":\"payment_intent\",\"amount_received\":1999,\"currency\":\"usd\","
	"\"metadata\":{\"attempt_ref\":\"at-1\"},\"status\":\"succeeded\"}}}";

static const char *
header_from(const void *from, const char *name)
{
	return text_equal(name, "stripe-signature") ? from : NULL;
}

static const char *
signature(const char *secret, int64_t t, const void *body, size_t len)
{
	char *bytes = arena_alloc(mem, len + 32);
	int n = snprintf(bytes, 32, "%" PRId64 ".", t);
	struct digest d;

	memcpy(bytes + n, body, len);
	d = digest_hmac(secret, strlen(secret), bytes, (size_t)n + len);
	return arena_printf(mem, "t=%" PRId64 ",v1=%s", t,
			    text_hex(mem, d.bytes, sizeof d.bytes));
}

static const struct pay *
stripe_with_hooks(bool live, const char *first, const char *second)
{
	struct stripe *stripe = arena_new_of(mem, struct stripe, 1);
	const struct secret **hooks = arena_new_of(mem, const struct secret *, 2);

	hooks[0] = secret_from_bytes(mem, first, strlen(first));
	hooks[1] = secret_from_bytes(mem, second, strlen(second));
	*stripe = (struct stripe){.hooks = hooks, .n_hooks = 2, .live = live};
	return pay_stripe(mem, stripe);
}

static enum pay_verdict
verdict_at(const struct pay *pay, const char *header, const char *body, int64_t now,
	   struct pay_event *event)
{
	return pay->verify(pay, mem, (struct pay_headers){header_from, header}, body,
			   strlen(body), (struct instant){SECONDS(now)}, event);
}

static void
a_genuine_event_is_read(void **state)
{
	const struct pay *pay = stripe_with_hooks(false, "whsec_old", "whsec_new");
	const char *header = signature("whsec_new", T, event_body, strlen(event_body));
	struct pay_event e, again;

	(void)state;
	WANT(verdict_at(pay, header, event_body, T + 5, &e) == PAY_GENUINE);
	WANT(e.kind == PAY_EVENT_PAYMENT_SUCCEEDED && e.paid);
	WANT_TEXT(e.id, "evt_1");
	WANT_TEXT(e.payment_id, "pi_1");
	WANT_INT(e.amount.minor, 1999);
	WANT_INT(e.created.us, SECONDS(1790000000));
	WANT(pay->read(pay, mem, event_body, strlen(event_body), &again));
	WANT_TEXT(again.attempt_ref, "at-1");
}

static void
the_window_is_five_minutes_on_both_sides(void **state)
{
	static const struct {
		int64_t age;
		enum pay_verdict verdict;
	} rows[] = {{0, PAY_GENUINE},    {300, PAY_GENUINE}, {301, PAY_STALE},
		    {-300, PAY_GENUINE}, {-301, PAY_STALE},  {86400, PAY_STALE}};
	const struct pay *pay = stripe_with_hooks(false, "whsec_a", "whsec_b");
	const char *header = signature("whsec_a", T, event_body, strlen(event_body));
	struct pay_event e;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		WANT(verdict_at(pay, header, event_body, T + rows[i].age, &e) ==
		     rows[i].verdict);
}

static void
forgeries_are_refused(void **state)
{
	const struct pay *pay = stripe_with_hooks(false, "whsec_a", "whsec_b");
	const char *good = signature("whsec_a", T, event_body, strlen(event_body));
	const char *hex = strchr(good, 'v');
	const char *headers[] = {
		NULL,
		"",
		"t=1790000000",
		hex,
		"t=,v1=",
		"t=1790000000,v1=0",
		arena_printf(mem, "t=1790000000,v0=%s", hex + 3),
		arena_printf(mem, "t=1790000001,%s", hex),
		arena_printf(mem, "t= 1790000000,%s", hex),
		arena_printf(mem, "t=01790000000,%s", hex),
		arena_printf(mem, "t=1790000000,%.66s", hex),
		signature("whsec_c", T, event_body, strlen(event_body)),
		signature("", T, event_body, strlen(event_body)),
	};
	struct pay_event e;

	(void)state;
	for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
		WANT(verdict_at(pay, headers[i], event_body, T, &e) == PAY_FORGED);
}

static void
without_a_secret_everything_is_refused(void **state)
{
	const struct stripe stripe = {0};
	const struct pay *pay = pay_stripe(mem, &stripe);
	const char *header = signature("", T, event_body, strlen(event_body));
	struct pay_event e;

	(void)state;
	WANT(verdict_at(pay, header, event_body, T, &e) == PAY_FORGED);
}

static void
an_event_of_the_other_mode_is_refused(void **state)
{
	const struct pay *pay = stripe_with_hooks(true, "whsec_a", "whsec_b");
	const char *header = signature("whsec_a", T, event_body, strlen(event_body));
	struct pay_event e;

	(void)state;
	WANT(verdict_at(pay, header, event_body, T, &e) == PAY_WRONG_MODE);
}

static void
signed_bytes_that_are_no_event_are_unreadable(void **state)
{
	static const char *const bodies[] = {
		"",
		"[]",
		"{}",
		"{\"object\":\"event\"}",
		"not json",
		"{\"object\":\"event\",\"id\":\"evt_1\",\"type\":\"x\"}",
		"{\"object\":\"event\",\"id\":\"\",\"type\":\"x\",\"livemode\":false}",
	};
	const struct pay *pay = stripe_with_hooks(false, "whsec_a", "whsec_b");
	struct pay_event e;

	(void)state;
	for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++)
		WANT(verdict_at(pay,
				signature("whsec_a", T, bodies[i], strlen(bodies[i])),
				bodies[i], T, &e) == PAY_UNREADABLE);
}

/* A body of the given length: bytes of a genuine one with some of them changed. */
static size_t
spoil(char *body, size_t room)
{
	size_t len = sizeof event_body - 1;

	assert_true(room >= len);
	memcpy(body, event_body, len);
	for (uint64_t n = token_below(6) + 1; n > 0; n--)
		body[token_below(len)] = (char)token_below(256);
	return token_below(3) == 0 ? token_below(len) : len;
}

static void
a_hundred_thousand_spoiled_bodies_do_no_harm(void **state)
{
	const struct pay *pay = stripe_with_hooks(false, "whsec_a", "whsec_b");
	const char *genuine = signature("whsec_a", T, event_body, strlen(event_body));
	struct arena_mark mark = arena_mark(mem);
	int passed = 0;

	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		char body[1024];
		size_t len = spoil(body, sizeof body);
		bool same = len == sizeof event_body - 1 &&
			    memcmp(body, event_body, len) == 0;
		struct pay_headers headers = {header_from, genuine};
		struct instant now = {SECONDS(T)};
		struct pay_event e;

		WANT((pay->verify(pay, mem, headers, body, len, now, &e) ==
		      PAY_GENUINE) == same);
		passed += pay_stripe_read_event(mem, body, len, &e);
		arena_rewind(mem, mark);
	}
	WANT(passed > 0);
}

static void
disputes_tell_who_keeps_the_money(void **state)
{
	static const struct {
		const char *status;
		bool won;
	} rows[] = {{"won", true}, {"warning_closed", true}, {"lost", false}};
	struct pay_event e;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *body = arena_printf(
			mem,
			"{\"object\":\"event\",\"id\":\"evt_1\",\"livemode\":false,"
			"\"type\":\"charge.dispute.closed\",\"data\":{\"object\":{"
			"\"object\":\"dispute\",\"id\":\"dp_1\",\"amount\":1,"
			"\"currency\":\"usd\",\"status\":\"%s\"}}}",
			rows[i].status);

		WANT(pay_stripe_read_event(mem, body, strlen(body), &e));
		WANT(e.kind == PAY_EVENT_DISPUTE_CLOSED && e.paid == rows[i].won);
	}
}

static void
a_dispute_takes_money_unless_it_is_an_inquiry(void **state)
{
	static const struct {
		const char *status;
		enum pay_dispute_status means;
		bool taken;
	} rows[] = {
		{"needs_response", PAY_DISPUTE_OPEN, true},
		{"under_review", PAY_DISPUTE_OPEN, true},
		{"appeal_needs_response", PAY_DISPUTE_OPEN, true},
		{"appeal_under_review", PAY_DISPUTE_OPEN, true},
		{"won", PAY_DISPUTE_WON, true},
		{"lost", PAY_DISPUTE_LOST, true},
		{"warning_needs_response", PAY_DISPUTE_OPEN, false},
		{"warning_under_review", PAY_DISPUTE_OPEN, false},
		{"warning_closed", PAY_DISPUTE_WON, false},
		{"prevented", PAY_DISPUTE_WON, false},
		{"a_new_word", PAY_DISPUTE_OPEN, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *text = arena_printf(
			mem,
			"{\"object\":\"dispute\",\"id\":\"dp_1\",\"amount\":1050,"
			"\"currency\":\"usd\",\"status\":\"%s\",\"reason\":"
			"\"fraudulent\",\"payment_intent\":{\"id\":\"pi_1\"},"
			"\"evidence_details\":{\"due_by\":1790000000}}",
			rows[i].status);
		const struct json *j;
		struct pay_dispute d;

		WANT_OK(json_parse(mem, text, strlen(text), &j));
		WANT(pay_stripe_read_dispute(mem, j, &d));
		WANT(d.status == rows[i].means && d.taken == rows[i].taken);
		WANT_TEXT(d.gateway_id, "dp_1");
		WANT_TEXT(d.payment_id, "pi_1");
		WANT_TEXT(d.reason, "fraudulent");
		WANT(money_same(d.amount, money_of(1050, "USD")));
		WANT(d.respond_by.us == SECONDS(INT64_C(1790000000)));
	}
}

static void
what_is_no_dispute_is_not_read_as_one(void **state)
{
	static const char *const texts[] = {
		"{}",
		"{\"object\":\"charge\",\"id\":\"ch_1\",\"amount\":1,"
		"\"currency\":\"usd\"}",
		"{\"object\":\"dispute\",\"amount\":1,\"currency\":\"usd\"}",
		"{\"object\":\"dispute\",\"id\":\"dp_1\",\"currency\":\"usd\"}",
		"{\"object\":\"dispute\",\"id\":\"dp_1\",\"amount\":1}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		const struct json *j;
		struct pay_dispute d;

		WANT_OK(json_parse(mem, texts[i], strlen(texts[i]), &j));
		WANT(!pay_stripe_read_dispute(mem, j, &d));
	}
}

static void
a_type_with_another_object_is_ignored(void **state)
{
	static const char body[] =
		"{\"object\":\"event\",\"id\":\"evt_1\",\"livemode\":false,"
		"\"type\":\"payment_intent.succeeded\",\"data\":{\"object\":{"
		"\"object\":\"customer\",\"id\":\"cus_1\"}}}";
	struct pay_event e;

	(void)state;
	WANT(pay_stripe_read_event(mem, body, strlen(body), &e));
	WANT(e.kind == PAY_EVENT_IGNORE);
}

/* ---- the settings ---- */
static const char *
file_with(const char *text)
{
	char *path = arena_printf(mem, "/tmp/till-stripe-XXXXXX");
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	fchmod(fd, 0600);
	close(fd);
	return path;
}

static struct err *
open_with(const char *mode, const char *key, const char *base, const struct pay **pay)
{
	struct config *config = config_defaults(mem);
	const char *path = file_with(key);
	struct err *e;

	config->gateway_mode = mode;
	config->stripe_api_base = base;
	config->stripe_key_file = path;
	e = pay_stripe_open(mem, config, NULL, pay);
	unlink(path);
	return e;
}

static void
test_and_live_never_mix(void **state)
{
	static const char official[] = "https://api.stripe.com";
	static const char sandbox[] = "http://127.0.0.1:9100/stripe";
	static const struct {
		const char *mode, *key, *base;
		bool opens;
	} rows[] = {
		{"live", "sk_live_a\n", official, true},
		{"live", "rk_live_a\n", official, true},
		{"live", "sk_test_a\n", official, false},
		{"live", "sk_live_a\n", "https://api.stripe.com.evil.example", false},
		{"live", "sk_live_a\n", sandbox, false},
		{"test", "sk_test_a\n", official, true},
		{"test", "sk_live_a\n", official, false},
		{"test", "sk_test_a\n", sandbox, false},
		{"sandbox", "sk_test_sandbox\n", sandbox, true},
		{"sandbox", "sk_live_a\n", sandbox, false},
		{"sandbox", "rk_live_a\n", sandbox, false},
		{"sandbox", "sk_test_a\n", "http://10.0.0.1/stripe", false},
		{"test", "sk_test_a\n", "https://api.stripe.com/", false},
		{"test", "pk_test_a\n", official, false},
		{"test", "sk_test_a\r\nX: y\n", official, false},
	};
	const struct pay *pay;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct err *e =
			open_with(rows[i].mode, rows[i].key, rows[i].base, &pay);

		if (rows[i].opens)
			WANT_OK(e);
		else
			WANT_ERR(e, INVALID);
	}
}

static void
without_a_key_nothing_is_offered(void **state)
{
	const struct pay **list;
	size_t n;

	(void)state;
	WANT_OK(pay_gateways(mem, config_defaults(mem), NULL, &list, &n));
	WANT_INT(n, 0);
	WANT(pay_find(list, n, "stripe") == NULL);
}

static void
several_webhook_secrets_are_read(void **state)
{
	struct config *config = config_defaults(mem);
	const struct pay **list;
	const struct stripe *stripe;
	size_t n;

	(void)state;
	config->gateway_mode = "test";
	config->stripe_key_file = file_with("sk_test_a\n");
	config->stripe_webhook_secrets_file = file_with(" whsec_a \r\n\nwhsec_b\n");
	WANT_OK(pay_gateways(mem, config, NULL, &list, &n));
	WANT_INT(n, 1);
	stripe = pay_find(list, n, "stripe")->own;
	WANT_INT(stripe->n_hooks, 2);
	WANT_TEXT(secret_text(stripe->hooks[0]), "whsec_a");
	WANT_TEXT(secret_text(stripe->hooks[1]), "whsec_b");
	unlink(config->stripe_key_file);
	unlink(config->stripe_webhook_secrets_file);
}

/* ---- the fake ---- */
static void
the_fake_plays_its_script_and_then_knows_nothing(void **state)
{
	static const struct pay_step steps[] = {
		{.call = "create", .session = {.session_id = "cs_1"}},
		{.call = "retrieve", .state = {.status = PAY_PAID}},
	};
	struct pay *pay = pay_fake(mem);
	struct ctx cx = {.mem = mem};
	struct pay_request want = {.key = "pi-1"};
	struct pay_session session;
	struct pay_state s;
	struct pay_answer a;

	(void)state;
	pay_fake_script(pay, steps, 2);
	pay->retrieve(pay, &cx, "cs_1", &s, &a);
	WANT(a.outcome == PAY_DONE && s.status == PAY_PAID);
	pay->create(pay, &cx, &want, &session, &a);
	WANT_TEXT(session.session_id, "cs_1");
	WANT_TEXT(pay_fake_last_key(pay), "pi-1");
	pay->create(pay, &cx, &want, &session, &a);
	WANT(a.outcome == PAY_UNKNOWN);
	WANT_INT(pay_fake_calls(pay, "create"), 2);
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

#define PAY_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		PAY_TEST(every_pair_of_session_and_payment_has_its_state),
		PAY_TEST(a_paid_session_tells_amounts_and_method),
		PAY_TEST(a_refusal_on_an_open_page_is_told),
		PAY_TEST(other_objects_are_not_taken_for_sessions),
		PAY_TEST(refunds_have_three_states),
		PAY_TEST(what_cannot_be_read_is_unknown),
		PAY_TEST(silence_is_told_from_what_was_never_sent),
		PAY_TEST(a_limit_after_a_lost_try_is_unknown),
		PAY_TEST(a_stored_server_fault_is_looked_up),
		PAY_TEST(nobody_is_told_that_a_card_is_stolen),
		PAY_TEST(declines_that_come_with_400_are_declines),
		PAY_TEST(causes_never_quote_the_message),
		PAY_TEST(a_refused_address_is_told_from_other_faults),
		PAY_TEST(amounts_go_there_and_back),
		PAY_TEST(stripes_own_decimals_count),
		PAY_TEST(what_stripe_does_not_take_is_refused),
		PAY_TEST(limits_are_those_that_the_gateway_tells),
		PAY_TEST(a_genuine_event_is_read),
		PAY_TEST(the_window_is_five_minutes_on_both_sides),
		PAY_TEST(forgeries_are_refused),
		PAY_TEST(without_a_secret_everything_is_refused),
		PAY_TEST(an_event_of_the_other_mode_is_refused),
		PAY_TEST(signed_bytes_that_are_no_event_are_unreadable),
		PAY_TEST(a_hundred_thousand_spoiled_bodies_do_no_harm),
		PAY_TEST(disputes_tell_who_keeps_the_money),
		PAY_TEST(a_dispute_takes_money_unless_it_is_an_inquiry),
		PAY_TEST(what_is_no_dispute_is_not_read_as_one),
		PAY_TEST(a_type_with_another_object_is_ignored),
		PAY_TEST(test_and_live_never_mix),
		PAY_TEST(without_a_key_nothing_is_offered),
		PAY_TEST(several_webhook_secrets_are_read),
		PAY_TEST(the_fake_plays_its_script_and_then_knows_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
