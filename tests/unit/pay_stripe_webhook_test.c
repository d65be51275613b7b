/* pay_stripe_webhook_test.c - of Stripe's webhooks only genuine ones are read, and as
 * ours. */
#include <stdio.h>

#include "base/digest.h"
#include "base/json.h"
#include "base/secret.h"
#include "base/text.h"
#include "base/token.h"
#include "gateway/pay_stripe.h"
#include "gateway/pay_stripe_private.h"
#include "support/in_arena.h"

enum { T = 1790000000, ROUNDS = 100000 };

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

TESTS_IN_ARENA(TEST(a_genuine_event_is_read),
	       TEST(the_window_is_five_minutes_on_both_sides),
	       TEST(forgeries_are_refused),
	       TEST(without_a_secret_everything_is_refused),
	       TEST(an_event_of_the_other_mode_is_refused),
	       TEST(signed_bytes_that_are_no_event_are_unreadable),
	       TEST(a_hundred_thousand_spoiled_bodies_do_no_harm),
	       TEST(disputes_tell_who_keeps_the_money),
	       TEST(a_dispute_takes_money_unless_it_is_an_inquiry),
	       TEST(what_is_no_dispute_is_not_read_as_one),
	       TEST(a_type_with_another_object_is_ignored))
