/* vectors_test.c - every Stripe row of gateway-vectors.json, by the rules of its legend
 * and notes. TILL_VECTORS names another file of the same form. */
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/secret.h"
#include "base/text.h"
#include "gateway/pay_stripe_private.h"
#include "support/check.h"

enum { FILE_MOST = 8 * 1024 * 1024, HOOKS_MOST = 8 };

static struct arena *mem;
static const struct json *vectors;

/* ---- the file ---- */
static const char *
vectors_path(void)
{
	const char *path = getenv("TILL_VECTORS");
	const char *source = getenv("TILL_SOURCE");

	if (path != NULL && *path != '\0')
		return path;
	return arena_printf(mem, "%s/tests/vectors/gateway-vectors.json",
			    source == NULL ? "." : source);
}

static int
read_vectors(void **state)
{
	static char bytes[FILE_MOST];
	FILE *file;
	size_t len;

	(void)state;
	mem = arena_new((size_t)256 * 1024 * 1024);
	file = fopen(vectors_path(), "rb");
	if (file == NULL)
		return -1;
	len = fread(bytes, 1, sizeof bytes, file);
	fclose(file);
	return len == sizeof bytes || json_parse(mem, bytes, len, &vectors) != NULL;
}

static int
drop_vectors(void **state)
{
	(void)state;
	arena_free(mem);
	return 0;
}

/* The gateway of a row: a group named after one, or the row's own word. */
static bool
is_of_stripe(const char *group, const struct json *row)
{
	const char *gateway = json_text_at(row, "gateway");

	if (gateway == NULL)
		return text_starts(group, "stripe");
	return text_starts(gateway, "stripe");
}

/* Runs check on each Stripe row of a group; a group without any fails. */
static void
each_row(const char *group, void (*check)(const struct json *row))
{
	const struct json *rows = json_member(vectors, group);
	int n = 0;

	for (size_t i = 0; i < json_count(rows); i++) {
		const struct json *row = json_item(rows, i);

		if (!is_of_stripe(group, row))
			continue;
		check(row);
		n++;
	}
	print_message("%s: %d rows of Stripe\n", group, n);
	WANT(n > 0);
}

#define WANT_ROW(x)                                                                    \
	do {                                                                           \
		if (!(x))                                                              \
			check_fail(__FILE__, __LINE__, "%s: wanted: %s",               \
				   json_text_at(row, "id"), #x);                       \
	} while (0)

static bool
bool_at(const struct json *object, const char *path)
{
	bool truth = false;

	json_bool(json_path(object, path), &truth);
	return truth;
}

static int64_t
int_at(const struct json *object, const char *path)
{
	int64_t n = 0;

	json_int_at(object, path, &n);
	return n;
}

static struct stripe
stripe_with_key(const char *key)
{
	const char *bearer = arena_printf(mem, "Bearer %s", key);

	return (struct stripe){
		.base = "https://api.stripe.com",
		.version = "2026-10-28.endive",
		.bearer = secret_from_bytes(mem, bearer, strlen(bearer)),
	};
}

/* ---- auth, idempotency keys, amounts ---- */
static const char *
header_of(const struct http_call *call, const char *name)
{
	for (size_t i = 0; i < call->n_headers; i++)
		if (text_equal_fold(call->headers[i].name, name))
			return call->headers[i].value;
	return NULL;
}

static void
check_auth(const struct json *row)
{
	struct stripe stripe = stripe_with_key(json_text_at(row, "secret_key"));
	struct stripe_request request =
		pay_stripe_request(mem, "test", "GET", "/v1/refunds", NULL);
	struct http_call call = pay_stripe_call(&stripe, mem, &request);

	WANT_TEXT(header_of(&call, "authorization"), json_text_at(row, "header"));
}

static void
the_key_travels_as_a_bearer(void **state)
{
	(void)state;
	each_row("auth", check_auth);
}

static void
check_key(const struct json *row)
{
	WANT_ROW(pay_stripe_key_is_valid(json_text_at(row, "key")) ==
		 text_equal(json_text_at(row, "expect"), "valid"));
}

static void
idempotency_keys_are_held_to_their_limits(void **state)
{
	(void)state;
	each_row("idempotency_keys", check_key);
}

static void
check_amount(const struct json *row)
{
	struct money iso =
		money_of(int_at(row, "iso_minor"), json_text_at(row, "currency"));
	const struct json *expect = json_member(row, "expect");
	struct money back;
	int64_t wire = 0, want;

	WANT_ROW(currency_exponent(iso.currency) == int_at(row, "iso_exponent"));
	if (json_kind(expect) == JSON_OBJECT) {
		WANT_ROW(!pay_stripe_amount_to_wire(iso, &wire));
		return;
	}
	WANT_ROW(json_int(expect, &want));
	WANT_ROW(pay_stripe_amount_to_wire(iso, &wire));
	WANT_ROW(wire == want);
	WANT_ROW(pay_stripe_amount_from_wire(wire, iso.currency, &back));
	WANT_ROW(money_same(back, iso));
}

static void
amounts_are_converted_exactly_or_refused(void **state)
{
	(void)state;
	each_row("amounts", check_amount);
}

/* ---- errors and repeats ---- */
static void
read_headers(const struct json *headers, struct http_answer *answer)
{
	for (size_t i = 0; i < json_count(headers); i++) {
		const char *name = json_member_name(headers, i);
		const char *value = json_text(json_member_value(headers, i));

		if (text_equal_fold(name, "stripe-should-retry")) {
			answer->has_should_retry = true;
			answer->should_retry = text_equal(value, "true");
		} else if (text_equal_fold(name, "retry-after")) {
			text_to_int(value, 0, 100000, &answer->retry_after);
		} else if (text_equal_fold(name, "request-id")) {
			answer->request_id = value;
		}
	}
}

static struct http_answer
answer_of(const struct json *row)
{
	const char *body = json_text_at(row, "body");
	struct http_answer answer = {
		.result = HTTP_ANSWERED,
		.status = (int)int_at(row, "http_status"),
		.body = body == NULL ? "" : body,
		.body_len = body == NULL ? 0 : strlen(body),
		.tries = 1,
	};

	if (json_is_null(json_member(row, "http_status")))
		answer.result = HTTP_LOST;
	read_headers(json_member(row, "headers"), &answer);
	return answer;
}

static void
check_error(const struct json *row)
{
	struct http_answer http = answer_of(row);
	struct pay_answer answer;
	const char *then = json_text_at(row, "expect.then");

	pay_stripe_judge(mem, &http, &answer);
	WANT_ROW(text_equal(pay_outcome_word(answer.outcome),
			    json_text_at(row, "expect.outcome")));
	WANT_ROW(text_equal(answer.shopper_code, json_text_at(row, "expect.shopper")));
	WANT_ROW(answer.repeat == bool_at(row, "expect.retry_same_key"));
	WANT_ROW(answer.read_state == text_equal(then, "read_state"));
	if (then != NULL)
		WANT_ROW(answer.read_state || answer.look_up);
}

static void
errors_are_told_apart(void **state)
{
	(void)state;
	each_row("errors", check_error);
}

static void
check_retry(const struct json *row)
{
	static const char *const words[] = {
		[HTTP_FINISHED] = "done",
		[HTTP_REPEAT] = "retry_same_key",
		[HTTP_GIVE_UP] = "no_retry",
		[HTTP_LOOK_UP] = "lookup",
	};
	struct http_answer answer = answer_of(row);
	int done = (int)int_at(row, "retries_done");
	enum http_next next = http_out_next(&answer, HTTP_SAFE_WITH_KEY, done);

	WANT_ROW(int_at(row, "max_retries") == HTTP_REPEATS);
	WANT_ROW(text_equal(words[next], json_text_at(row, "expect")));
	WANT_ROW(http_out_wait_ms(&answer, done, 0) >= int_at(row, "min_wait_ms"));
}

static void
repeats_follow_the_rules(void **state)
{
	(void)state;
	each_row("stripe_retry", check_retry);
}

/* ---- requests ---- */
static void flatten(struct stripe_request *, const char *name, const struct json *);

static void
flatten_members(struct stripe_request *to, const char *name, const struct json *value)
{
	bool list = json_kind(value) == JSON_LIST;

	for (size_t i = 0; i < json_count(value); i++) {
		const char *member =
			list ? log_number((int64_t)i) : json_member_name(value, i);
		const char *full = *name == '\0'
					   ? member
					   : arena_printf(mem, "%s[%s]", name, member);

		flatten(to, full,
			list ? json_item(value, i) : json_member_value(value, i));
	}
}

/* Puts the parameters of an official client's call as names in brackets. */
static void
flatten(struct stripe_request *to, const char *name, const struct json *value)
{
	bool truth;

	switch (json_kind(value)) {
	case JSON_OBJECT:
	case JSON_LIST:
		flatten_members(to, arena_text(mem, name), value);
		break;
	case JSON_BOOL:
		json_bool(value, &truth);
		pay_stripe_put(to, name, truth ? "true" : "false");
		break;
	case JSON_TEXT:
		pay_stripe_put(to, name, json_text(value));
		break;
	case JSON_INT:
	case JSON_DECIMAL:
		pay_stripe_put(to, name, json_number_text(value));
		break;
	case JSON_NULL:
		break;
	}
}

static char *
decoded(const char *from, size_t len)
{
	char *out = arena_alloc(mem, len + 1), *to = out;

	for (size_t i = 0; i < len; i++) {
		unsigned char byte = (unsigned char)from[i];
		char pair[3] = "";

		if (from[i] == '%' && i + 2 < len) {
			memcpy(pair, from + i + 1, 2);
			if (text_from_hex(text_lower(mem, pair), &byte, 1))
				i += 2;
		} else if (from[i] == '+') {
			byte = ' ';
		}
		*to++ = (char)byte;
	}
	return out;
}

/* A name=value pair of the form is among the wanted ones. */
static bool
is_wanted(const char *pair, size_t len, const struct json *wanted)
{
	size_t name_len = strcspn(pair, "=");
	const char *name = decoded(pair, name_len);
	const char *value = decoded(pair + name_len + 1, len - name_len - 1);

	for (size_t i = 0; i < json_count(wanted); i++) {
		const struct json *item = json_item(wanted, i);

		if (text_equal(json_text(json_item(item, 0)), name) &&
		    text_equal(json_text(json_item(item, 1)), value))
			return true;
	}
	return false;
}

/* Order and style of encoding do not matter (notes of the file). */
static bool
same_pairs(const char *form, const struct json *wanted)
{
	size_t n = 0;

	for (; *form != '\0'; n++) {
		size_t len = strcspn(form, "&");

		if (!is_wanted(form, len, wanted))
			return false;
		form += len;
		form += *form == '&';
	}
	return n == json_count(wanted);
}

static void
check_headers(const struct json *row, const struct http_call *call)
{
	const struct json *headers = json_path(row, "request.headers");

	for (size_t i = 0; i < json_count(headers); i++)
		WANT_ROW(text_equal(header_of(call, json_member_name(headers, i)),
				    json_text(json_member_value(headers, i))));
	if (json_member(headers, "idempotency-key") == NULL)
		WANT_ROW(header_of(call, "idempotency-key") == NULL);
}

static void
check_request(const struct json *row)
{
	struct stripe stripe = stripe_with_key("sk_test_vector");
	const char *method = json_text_at(row, "request.method");
	const char *path = json_text_at(row, "request.path");
	const struct json *headers = json_path(row, "request.headers");
	struct stripe_request request =
		pay_stripe_request(mem, "test", method, path,
				   json_text(json_member(headers, "idempotency-key")));
	bool get = text_equal(method, "GET");
	struct http_call call;
	const char *form;

	stripe.version = json_text(json_member(headers, "stripe-version"));
	flatten(&request, "", json_member(row, "params"));
	form = buf_string(&request.form);
	call = pay_stripe_call(&stripe, mem, &request);
	check_headers(row, &call);
	WANT_ROW(same_pairs(form, json_path(row, get ? "request.query_pairs"
						     : "request.body_pairs")));
	WANT_ROW(text_equal(call.url,
			    arena_printf(mem, "https://api.stripe.com%s%s%s", path,
					 get && *form ? "?" : "", get ? form : "")));
	WANT_ROW(text_equal(call.body, get ? NULL : form));
	if (!get) /* byte for byte what the official client sends */
		WANT_ROW(text_equal(form, json_text_at(row, "request.body")));
}

static void
forms_are_encoded_like_the_official_client_does(void **state)
{
	(void)state;
	each_row("stripe_form_encoding", check_request);
}

static void
requests_have_the_right_path_headers_and_form(void **state)
{
	(void)state;
	each_row("stripe_requests", check_request);
}

/* ---- webhooks ---- */
static void
read_secrets(const struct json *row, const struct secret **secrets,
	     struct stripe *stripe)
{
	const struct json *texts = json_member(row, "secrets");

	stripe->hooks = secrets;
	stripe->n_hooks = json_count(texts);
	WANT_ROW(stripe->n_hooks <= HOOKS_MOST);
	for (size_t i = 0; i < stripe->n_hooks; i++) {
		const char *text = json_text(json_item(texts, i));

		secrets[i] = secret_from_bytes(mem, text, strlen(text));
	}
}

static void
check_webhook(const struct json *row)
{
	const struct secret *secrets[HOOKS_MOST] = {0};
	struct stripe stripe = stripe_with_key("sk_test_vector");
	const char *body = json_text_at(row, "body");
	struct instant now = {SECONDS(int_at(row, "now"))};
	enum pay_verdict verdict;

	WANT_ROW(int_at(row, "tolerance") == PAY_STRIPE_TOLERANCE_S);
	WANT_ROW((int64_t)strlen(body) == int_at(row, "body_bytes"));
	read_secrets(row, secrets, &stripe);
	verdict = pay_stripe_check_signature(&stripe, mem, json_text_at(row, "header"),
					     body, strlen(body), now);
	if (text_equal(json_text_at(row, "expect"), "either"))
		return;
	WANT_ROW((verdict == PAY_GENUINE) ==
		 text_equal(json_text_at(row, "expect"), "accept"));
}

static void
signatures_count_only_when_they_are_right(void **state)
{
	(void)state;
	each_row("stripe_webhook", check_webhook);
}

/* The id of what an event is about. */
static const char *
reference_of(const struct pay_event *event)
{
	if (event->dispute_id != NULL)
		return event->dispute_id;
	if (event->refund_id != NULL)
		return event->refund_id;
	return event->session_id != NULL ? event->session_id : event->payment_id;
}

/* What the row says nothing of is not judged. */
static void
check_word(const struct json *row, const char *member, const char *got)
{
	const struct json *want = json_member(json_member(row, "expect"), member);

	if (want != NULL && !text_equal(got, json_text(want)))
		check_fail(__FILE__, __LINE__, "%s: %s is %s", json_text_at(row, "id"),
			   member, got == NULL ? "(null)" : got);
}

static void
check_event(const struct json *row)
{
	const char *body = json_text_at(row, "body");
	const struct json *expect = json_member(row, "expect");
	struct pay_event event;

	WANT_ROW(pay_stripe_read_event(mem, body, strlen(body), &event));
	check_word(row, "event_id", event.id);
	check_word(row, "kind", pay_event_word(event.kind));
	check_word(row, "gateway_ref", reference_of(&event));
	check_word(row, "order_ref", event.order_ref);
	check_word(row, "attempt_ref", event.attempt_ref);
	check_word(row, "payment_ref", event.payment_id);
	check_word(row, "refund_ref", event.refund_ref);
	check_word(row, "shopper", event.shopper_code);
	check_word(row, "currency", event.amount.currency);
	if (json_member(expect, "amount_minor") != NULL)
		WANT_ROW(event.has_amount &&
			 event.amount.minor == int_at(expect, "amount_minor"));
	if (json_member(expect, "paid") != NULL)
		WANT_ROW(event.paid == bool_at(expect, "paid"));
	if (json_member(expect, "won") != NULL)
		WANT_ROW(event.paid == bool_at(expect, "won"));
	if (json_member(expect, "respond_by") != NULL)
		WANT_ROW(event.respond_by.us == SECONDS(int_at(expect, "respond_by")));
}

static void
events_are_put_into_common_words(void **state)
{
	(void)state;
	each_row("webhook_events", check_event);
}

/* A group of this half that no test above runs is either another gateway's, or a gap.
 */
static void
every_other_group_belongs_to_another_gateway(void **state)
{
	static const char *const run =
		" auth idempotency_keys amounts errors stripe_retry"
		" stripe_form_encoding stripe_requests"
		" stripe_webhook webhook_events ";
	size_t skipped = 0;

	(void)state;
	for (size_t i = 0; i < json_count(vectors); i++) {
		const char *name = json_member_name(vectors, i);
		const struct json *rows = json_member_value(vectors, i);

		if (json_kind(rows) != JSON_LIST || text_equal(name, "notes") ||
		    strstr(run, arena_printf(mem, " %s ", name)) != NULL)
			continue;
		for (size_t k = 0; k < json_count(rows); k++)
			WANT(!is_of_stripe(name, json_item(rows, k)));
		print_message("%s: %zu rows of others\n", name, json_count(rows));
		skipped += json_count(rows);
	}
	print_message("%zu rows of others in all\n", skipped);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_key_travels_as_a_bearer),
		TEST(idempotency_keys_are_held_to_their_limits),
		TEST(amounts_are_converted_exactly_or_refused),
		TEST(errors_are_told_apart),
		TEST(repeats_follow_the_rules),
		TEST(forms_are_encoded_like_the_official_client_does),
		TEST(requests_have_the_right_path_headers_and_form),
		TEST(signatures_count_only_when_they_are_right),
		TEST(events_are_put_into_common_words),
		TEST(every_other_group_belongs_to_another_gateway),
	};

	return cmocka_run_group_tests(tests, read_vectors, drop_vectors);
}
