/* pay_fake.c - a gateway that plays a script, for torture and flow tests. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/text.h"
#include "gateway/pay.h"

enum { STEPS_MOST = 64, KEY_SAFE_S = 23 * 3600 };

static const char *const call_names[] = {
	"create", "retrieve",    "find",    "close", "capture",
	"refund", "find_refund", "dispute", "told",  "charges",
};

enum { CALLS = sizeof call_names / sizeof *call_names };

struct fake {
	const struct pay_step *steps;
	size_t n;
	bool taken[STEPS_MOST];
	size_t calls[CALLS];
	char last_key[256];
};

/* What pay->own points to: the port itself is constant, its script is not. */
struct holder {
	struct fake *fake;
};

static struct fake *
fake_of(const struct pay *pay)
{
	const struct holder *holder = pay->own;

	return holder->fake;
}

static size_t
index_of(const char *call)
{
	size_t i = 0;

	while (i < CALLS && strcmp(call_names[i], call) != 0)
		i++;
	assert(i < CALLS);
	return i;
}

/* The first step of this name that was not taken yet; past the end: unknown. */
static const struct pay_step *
take(const struct pay *pay, const struct ctx *cx, const char *call)
{
	static const struct pay_step silence = {
		.answer = {.outcome = PAY_UNKNOWN,
			   .shopper_code = "checking",
			   .repeat = true,
			   .cause = "the script is at its end"},
	};
	struct fake *fake = fake_of(pay);

	assert(!cx->in_tx);
	fake->calls[index_of(call)]++;
	for (size_t i = 0; i < fake->n; i++) {
		if (fake->taken[i] || strcmp(fake->steps[i].call, call) != 0)
			continue;
		fake->taken[i] = true;
		return &fake->steps[i];
	}
	return &silence;
}

static void
limits(const struct pay *pay, const char *currency, struct money *least,
       struct money *most)
{
	(void)pay;
	*least = money_of(1, currency);
	*most = money_of(MONEY_MAX, currency);
}

static void
create(const struct pay *pay, struct ctx *cx, const struct pay_request *want,
       struct pay_session *session, struct pay_answer *answer)
{
	const struct pay_step *step = take(pay, cx, "create");
	struct fake *fake = fake_of(pay);

	snprintf(fake->last_key, sizeof fake->last_key, "%s", want->key);
	*session = step->session;
	*answer = step->answer;
}

static void
retrieve(const struct pay *pay, struct ctx *cx, const char *session_id,
	 struct pay_state *state, struct pay_answer *answer)
{
	const struct pay_step *step = take(pay, cx, "retrieve");

	(void)session_id;
	*state = step->state;
	*answer = step->answer;
}

static void
find(const struct pay *pay, struct ctx *cx, const char *attempt_ref,
     struct instant sent, struct pay_state *state, struct pay_answer *answer)
{
	const struct pay_step *step = take(pay, cx, "find");

	(void)attempt_ref;
	(void)sent;
	*state = step->state;
	*answer = step->answer;
}

static void
close_session(const struct pay *pay, struct ctx *cx, const char *session_id,
	      const char *key, struct pay_state *state, struct pay_answer *answer)
{
	const struct pay_step *step = take(pay, cx, "close");

	(void)session_id;
	(void)key;
	*state = step->state;
	*answer = step->answer;
}

static void
capture(const struct pay *pay, struct ctx *cx, const char *payment_id,
	struct money amount, const char *key, struct pay_state *state,
	struct pay_answer *answer)
{
	const struct pay_step *step = take(pay, cx, "capture");

	(void)payment_id;
	(void)amount;
	(void)key;
	*state = step->state;
	*answer = step->answer;
}

static void
refund(const struct pay *pay, struct ctx *cx, const struct pay_refund *want,
       struct pay_refund_state *state, struct pay_answer *answer)
{
	const struct pay_step *step = take(pay, cx, "refund");

	(void)want;
	*state = step->refund;
	*answer = step->answer;
}

static void
find_refund(const struct pay *pay, struct ctx *cx, const char *payment_id,
	    const char *refund_id, const char *refund_ref,
	    struct pay_refund_state *state, struct pay_answer *answer)
{
	const struct pay_step *step = take(pay, cx, "find_refund");

	(void)payment_id;
	(void)refund_id;
	(void)refund_ref;
	*state = step->refund;
	*answer = step->answer;
}

static void
dispute(const struct pay *pay, struct ctx *cx, const char *dispute_id,
	struct pay_dispute *state, struct pay_answer *answer)
{
	const struct pay_step *step = take(pay, cx, "dispute");

	(void)dispute_id;
	*state = step->dispute;
	*answer = step->answer;
}

static enum pay_event_kind
kind_of(const char *word)
{
#define PAY_EVENT(name, text)                                                          \
	if (text_equal(word, text))                                                    \
		return PAY_EVENT_##name;
#include "gateway/pay_event.def"
#undef PAY_EVENT
	return PAY_EVENT_IGNORE;
}

static bool
read_event(const struct pay *pay, struct arena *mem, const void *body, size_t len,
	   struct pay_event *event)
{
	const struct json *j;
	const char *currency;

	(void)pay;
	if (json_parse(mem, body, len, &j) != NULL || json_text_at(j, "id") == NULL)
		return false;
	*event = (struct pay_event){
		.id = json_text_at(j, "id"),
		.type = json_text_at(j, "kind"),
		.kind = kind_of(json_text_at(j, "kind")),
		.session_id = json_text_at(j, "session_id"),
		.payment_id = json_text_at(j, "payment_id"),
		.refund_id = json_text_at(j, "refund_id"),
		.dispute_id = json_text_at(j, "dispute_id"),
		.order_ref = json_text_at(j, "order_ref"),
		.attempt_ref = json_text_at(j, "attempt_ref"),
		.refund_ref = json_text_at(j, "refund_ref"),
	};
	json_bool(json_member(j, "paid"), &event->paid);
	currency = json_text_at(j, "currency");
	event->has_amount = currency_is_known(currency) &&
			    json_int_at(j, "amount", &event->amount.minor);
	if (event->has_amount)
		event->amount = money_of(event->amount.minor, currency);
	return true;
}

static void
charges(const struct pay *pay, struct ctx *cx, struct instant from, const char *after,
	struct pay_charges_page *page, struct pay_answer *answer)
{
	const struct pay_step *step = take(pay, cx, "charges");

	(void)from;
	(void)after;
	*page = step->charges;
	*answer = step->answer;
}

static void
told(const struct pay *pay, struct ctx *cx, struct instant from, struct instant until,
     const char *after, struct pay_told_page *page, struct pay_answer *answer)
{
	const struct pay_step *step = take(pay, cx, "told");

	(void)from;
	(void)until;
	(void)after;
	*page = step->told;
	*answer = step->answer;
}

static enum pay_verdict
verify(const struct pay *pay, struct arena *mem, struct pay_headers headers,
       const void *body, size_t len, struct instant now, struct pay_event *event)
{
	(void)now;
	if (!text_equal(headers.get(headers.from, "fake-signature"), "good"))
		return PAY_FORGED;
	return read_event(pay, mem, body, len, event) ? PAY_GENUINE : PAY_UNREADABLE;
}

struct pay *
pay_fake(struct arena *mem)
{
	struct pay *pay = arena_new_of(mem, struct pay, 1);
	struct holder *holder = arena_new_of(mem, struct holder, 1);

	holder->fake = arena_new_of(mem, struct fake, 1);
	*pay = (struct pay){
		.name = "fake",
		.title = "Card",
		.note = "A gateway that plays a script.",
		.captures_itself = true,
		.create_key_s = KEY_SAFE_S,
		.refund_key_s = KEY_SAFE_S,
		.own = holder,
		.limits = limits,
		.create = create,
		.retrieve = retrieve,
		.find = find,
		.close = close_session,
		.capture = capture,
		.refund = refund,
		.find_refund = find_refund,
		.dispute = dispute,
		.told = told,
		.charges = charges,
		.verify = verify,
		.read = read_event,
	};
	return pay;
}

void
pay_fake_script(struct pay *pay, const struct pay_step *steps, size_t n)
{
	struct fake *fake = fake_of(pay);

	assert(n <= STEPS_MOST);
	if (steps != fake->steps || n < fake->n)
		memset(fake->taken, 0, sizeof fake->taken);
	fake->steps = steps;
	fake->n = n;
}

size_t
pay_fake_calls(const struct pay *pay, const char *call)
{
	return fake_of(pay)->calls[index_of(call)];
}

const char *
pay_fake_last_key(const struct pay *pay)
{
	return fake_of(pay)->last_key;
}
