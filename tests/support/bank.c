/* bank.c - a gateway that keeps books of its own. */
#include "support/bank.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>

#include "base/arena.h"
#include "base/text.h"

enum { SESSIONS = 65536, REFUNDS = 32768, DISPUTES = 2048, EVENTS = 2, BODY = 400 };

struct bank_refund {
	char key[64], ref[40], id[40], payment[40];
	int64_t amount;
	bool done;
};

struct bank_dispute {
	char id[40], payment[40];
	struct pay_dispute state; /* its texts are those above */
};

struct bank_event {
	char id[40], body[BODY];
};

struct bank {
	atomic_flag lock;
	struct bank_session sessions[SESSIONS];
	struct bank_refund refunds[REFUNDS];
	struct bank_dispute disputes[DISPUTES];
	struct bank_event events[EVENTS];
	size_t n_sessions, n_refunds, n_disputes, n_told, n_agreed;
	bool refunds_wait;
};

static struct bank *bank;
static int calls, fail_nth; /* of this process */
static bool fail_after;

static void
lock(void)
{
	while (atomic_flag_test_and_set(&bank->lock))
		sched_yield();
}

static void
unlock(void)
{
	atomic_flag_clear(&bank->lock);
}

/* ---- finding; under the lock ---- */

static struct bank_session *
by_attempt(const char *uid)
{
	for (size_t i = bank->n_sessions; i-- > 0;)
		if (text_equal(bank->sessions[i].attempt, uid))
			return &bank->sessions[i];
	return NULL;
}

static struct bank_session *
by_id(const char *id)
{
	for (size_t i = bank->n_sessions; i-- > 0;)
		if (text_equal(bank->sessions[i].id, id) ||
		    text_equal(bank->sessions[i].payment, id))
			return &bank->sessions[i];
	return NULL;
}

static struct bank_refund *
find(const char *key, const char *id, const char *ref)
{
	for (size_t i = bank->n_refunds; i-- > 0;) {
		struct bank_refund *r = &bank->refunds[i];

		if (text_equal(r->key, key) || text_equal(r->id, id) ||
		    text_equal(r->ref, ref))
			return r;
	}
	return NULL;
}

/* ---- answers ---- */

static const struct pay_answer silence = {.outcome = PAY_UNKNOWN,
					  .shopper_code = "checking",
					  .repeat = true,
					  .cause = "the bank does not answer"};

/* Counts a call; *lost when it gets no answer. False: it does not even take effect. */
static bool
arrives(const struct ctx *cx, bool *lost)
{
	WANT(!cx->in_tx);
	*lost = ++calls == fail_nth;
	return !*lost || fail_after;
}

static void
answer_state(const struct bank_session *s, struct arena *mem, struct pay_state *state)
{
	*state = (struct pay_state){
		.status = s->status,
		.session_id = arena_text(mem, s->id),
		.order_ref = arena_text(mem, s->order),
		.attempt_ref = arena_text(mem, s->attempt),
		.captured = money_of(s->captured, "USD"),
		.refunded = money_of(s->refunded, "USD"),
		.asked = money_of(s->amount, "USD"),
	};
	if (s->payment[0] != '\0')
		state->payment_id = arena_text(mem, s->payment);
}

static void
answer_session(const struct bank_session *s, struct arena *mem,
	       struct pay_session *session)
{
	*session = (struct pay_session){
		.session_id = arena_text(mem, s->id),
		.handover = PAY_REDIRECT,
		.url = arena_printf(mem, "https://pay.example/%s", s->id),
	};
}

/* ---- the port ---- */

static struct bank_session *
open_session(const struct pay_request *want)
{
	struct bank_session *s = by_attempt(want->attempt_ref);

	if (s != NULL && s->key[0] != '\0')
		return s;
	WANT(bank->n_sessions < SESSIONS);
	s = &bank->sessions[bank->n_sessions++];
	snprintf(s->key, sizeof s->key, "%s", want->key);
	snprintf(s->id, sizeof s->id, "cs_bank_%zu", bank->n_sessions);
	snprintf(s->attempt, sizeof s->attempt, "%s", want->attempt_ref);
	snprintf(s->order, sizeof s->order, "%s", want->order_ref);
	s->amount = want->amount.minor;
	s->status = PAY_OPEN;
	return s;
}

static void
create(const struct pay *pay, struct ctx *cx, const struct pay_request *want,
       struct pay_session *session, struct pay_answer *answer)
{
	const struct bank_session *s = NULL;
	bool lost;

	(void)pay;
	*answer = silence;
	lock();
	if (arrives(cx, &lost))
		s = open_session(want);
	if (s != NULL)
		WANT_TEXT(s->key, want->key);
	if (!lost && s != NULL) {
		answer_session(s, cx->mem, session);
		*answer = (struct pay_answer){.outcome = PAY_DONE};
	}
	unlock();
}

static void
tell_state(struct ctx *cx, const struct bank_session *s, struct pay_state *state,
	   struct pay_answer *answer)
{
	if (s == NULL)
		*state = (struct pay_state){.status = PAY_NOT_FOUND};
	else
		answer_state(s, cx->mem, state);
	*answer = (struct pay_answer){.outcome = PAY_DONE};
}

static void
retrieve(const struct pay *pay, struct ctx *cx, const char *session_id,
	 struct pay_state *state, struct pay_answer *answer)
{
	bool lost;

	(void)pay;
	*answer = silence;
	lock();
	if (arrives(cx, &lost) && !lost)
		tell_state(cx, by_id(session_id), state, answer);
	unlock();
}

static void
find_session(const struct pay *pay, struct ctx *cx, const char *attempt_ref,
	     struct instant sent, struct pay_state *state, struct pay_answer *answer)
{
	bool lost;

	(void)pay, (void)sent;
	*answer = silence;
	lock();
	if (arrives(cx, &lost) && !lost)
		tell_state(cx, by_attempt(attempt_ref), state, answer);
	unlock();
}

static void
close_session(const struct pay *pay, struct ctx *cx, const char *session_id,
	      const char *key, struct pay_state *state, struct pay_answer *answer)
{
	bool lost;

	(void)pay, (void)key;
	*answer = silence;
	lock();
	if (arrives(cx, &lost)) {
		struct bank_session *s = by_id(session_id);

		if (s != NULL && s->status == PAY_OPEN)
			s->status = PAY_EXPIRED;
		if (!lost)
			tell_state(cx, s, state, answer);
	}
	unlock();
}

/* A key's second call is the first one's; never more goes back than was taken. */
static struct bank_refund *
make_refund(const struct pay_refund *want)
{
	struct bank_refund *r = find(want->key, NULL, NULL);
	struct bank_session *s = by_id(want->payment_id);

	if (r != NULL || s == NULL || s->captured - s->refunded < want->amount.minor)
		return r;
	WANT(bank->n_refunds < REFUNDS);
	r = &bank->refunds[bank->n_refunds++];
	snprintf(r->key, sizeof r->key, "%s", want->key);
	snprintf(r->ref, sizeof r->ref, "%s", want->refund_ref);
	snprintf(r->id, sizeof r->id, "re_bank_%zu", bank->n_refunds);
	snprintf(r->payment, sizeof r->payment, "%s", want->payment_id);
	r->amount = want->amount.minor;
	r->done = !bank->refunds_wait;
	s->refunded += r->amount;
	return r;
}

static void
tell_refund(struct ctx *cx, const struct bank_refund *r, struct pay_refund_state *state,
	    struct pay_answer *answer)
{
	*answer = (struct pay_answer){.outcome = PAY_DONE};
	*state = (struct pay_refund_state){.status = PAY_REFUND_NOT_FOUND};
	if (r == NULL)
		return;
	state->status = r->done ? PAY_REFUND_DONE : PAY_REFUND_PENDING;
	state->gateway_id = arena_text(cx->mem, r->id);
	state->amount = money_of(r->amount, "USD");
}

static void
refund(const struct pay *pay, struct ctx *cx, const struct pay_refund *want,
       struct pay_refund_state *state, struct pay_answer *answer)
{
	const struct bank_refund *r = NULL;
	bool lost;

	(void)pay;
	*answer = silence;
	lock();
	if (arrives(cx, &lost))
		r = make_refund(want);
	if (!lost && r == NULL)
		*answer = (struct pay_answer){.outcome = PAY_PERMANENT,
					      .read_state = true,
					      .cause = "more than there is"};
	else if (!lost)
		tell_refund(cx, r, state, answer);
	unlock();
}

static void
find_refund(const struct pay *pay, struct ctx *cx, const char *payment_id,
	    const char *refund_id, const char *refund_ref,
	    struct pay_refund_state *state, struct pay_answer *answer)
{
	bool lost;

	(void)pay, (void)payment_id;
	*answer = silence;
	lock();
	if (arrives(cx, &lost) && !lost)
		tell_refund(cx, find(NULL, refund_id, refund_ref), state, answer);
	unlock();
}

static struct bank_dispute *
dispute_by(const char *id, const char *payment)
{
	for (size_t i = bank->n_disputes; i-- > 0;)
		if (text_equal(bank->disputes[i].id, id) ||
		    text_equal(bank->disputes[i].payment, payment))
			return &bank->disputes[i];
	return NULL;
}

static void
dispute(const struct pay *pay, struct ctx *cx, const char *dispute_id,
	struct pay_dispute *state, struct pay_answer *answer)
{
	bool lost;

	(void)pay;
	*answer = silence;
	lock();
	if (arrives(cx, &lost) && !lost) {
		const struct bank_dispute *d = dispute_by(dispute_id, NULL);

		*answer = (struct pay_answer){.outcome = PAY_DONE};
		*state = (struct pay_dispute){.status = PAY_DISPUTE_NOT_FOUND};
		if (d != NULL) {
			*state = d->state;
			state->gateway_id = arena_text(cx->mem, d->id);
			state->payment_id = arena_text(cx->mem, d->payment);
		}
	}
	unlock();
}

/* All of it on one page, whatever the window. */
static void
told(const struct pay *pay, struct ctx *cx, struct instant from, struct instant until,
     const char *after, struct pay_told_page *page, struct pay_answer *answer)
{
	struct pay_told *list = arena_new_of(cx->mem, struct pay_told, EVENTS);
	size_t n = 0;
	bool lost;

	(void)pay, (void)from, (void)until, (void)after;
	*answer = silence;
	lock();
	if (arrives(cx, &lost) && !lost) {
		for (; n < EVENTS && n < bank->n_told; n++)
			list[n] = (struct pay_told){
				.id = arena_text(cx->mem, bank->events[n].id),
				.type = "fake",
				.body = arena_text(cx->mem, bank->events[n].body)};
		*page = (struct pay_told_page){list, n, false};
		*answer = (struct pay_answer){.outcome = PAY_DONE};
	}
	unlock();
}

void
bank_serve(struct kit *kit)
{
	if (bank == NULL) {
		void *shared = mmap(NULL, sizeof *bank, PROT_READ | PROT_WRITE,
				    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

		WANT(shared != MAP_FAILED);
		bank = shared;
	}
	bank_fail_call(0, false);
	kit->pay->create = create;
	kit->pay->retrieve = retrieve;
	kit->pay->find = find_session;
	kit->pay->close = close_session;
	kit->pay->refund = refund;
	kit->pay->find_refund = find_refund;
	kit->pay->dispute = dispute;
	kit->pay->told = told;
}

/* ---- what happens there ---- */

static void
take_money(const char *attempt_uid, bool late)
{
	struct bank_session *s;

	lock();
	s = by_attempt(attempt_uid);
	if (s != NULL && (late || s->status == PAY_OPEN)) {
		s->status = PAY_PAID;
		s->captured = s->amount;
		snprintf(s->payment, sizeof s->payment, "pi_%.30s", s->id);
	}
	unlock();
}

void
bank_pay(const char *attempt_uid)
{
	take_money(attempt_uid, false);
}

void
bank_pay_late(const char *attempt_uid)
{
	take_money(attempt_uid, true);
}

void
bank_end(const char *attempt_uid, enum pay_status status)
{
	struct bank_session *s;

	lock();
	s = by_attempt(attempt_uid);
	if (s != NULL && s->status == PAY_OPEN)
		s->status = status;
	unlock();
}

const struct bank_session *
bank_session(const char *attempt_uid)
{
	const struct bank_session *s;

	lock();
	s = by_attempt(attempt_uid);
	unlock();
	return s;
}

int64_t
bank_open_sessions(const char *order_number)
{
	int64_t n = 0;

	lock();
	for (size_t i = 0; i < bank->n_sessions; i++)
		n += bank->sessions[i].status == PAY_OPEN &&
		     text_equal(bank->sessions[i].order, order_number);
	unlock();
	return n;
}

int64_t
bank_kept(const char *order_number)
{
	int64_t sum = 0;

	lock();
	for (size_t i = 0; i < bank->n_sessions; i++)
		if (text_equal(bank->sessions[i].order, order_number))
			sum += bank->sessions[i].captured - bank->sessions[i].refunded;
	unlock();
	return sum;
}

void
bank_refunds_wait(bool wait)
{
	bank->refunds_wait = wait;
}

void
bank_refund_all(void)
{
	lock();
	for (size_t i = 0; i < bank->n_refunds; i++)
		bank->refunds[i].done = true;
	unlock();
}

void
bank_forget_keys(void)
{
	lock();
	for (size_t i = 0; i < bank->n_sessions; i++)
		bank->sessions[i].key[0] = '\0';
	for (size_t i = 0; i < bank->n_refunds; i++)
		bank->refunds[i].key[0] = '\0';
	unlock();
}

const char *
bank_refund_to_come(struct arena *mem, size_t nth)
{
	return arena_printf(mem, "re_bank_%zu", bank->n_refunds + nth + 1);
}

const char *
bank_dispute_to_come(struct arena *mem, const char *attempt_uid)
{
	return arena_printf(mem, "dp_%.36s", attempt_uid);
}

const char *
bank_dispute(struct arena *mem, const char *attempt_uid, enum pay_dispute_status status)
{
	const struct bank_session *s;
	struct bank_dispute *d;
	const char *id;

	lock();
	s = by_attempt(attempt_uid);
	WANT(s != NULL && s->captured > 0);
	d = dispute_by(NULL, s->payment);
	if (d == NULL) {
		WANT(bank->n_disputes < DISPUTES);
		d = &bank->disputes[bank->n_disputes++];
		snprintf(d->id, sizeof d->id, "%s",
			 bank_dispute_to_come(mem, attempt_uid));
		snprintf(d->payment, sizeof d->payment, "%s", s->payment);
	}
	d->state = (struct pay_dispute){.status = status,
					.taken = true,
					.amount = money_of(s->captured, "USD"),
					.reason = "fraudulent"};
	id = arena_text(mem, d->id);
	unlock();
	return id;
}

void
bank_tell(const char *id, const char *body)
{
	struct bank_event *event;

	lock();
	WANT(strlen(body) < BODY);
	event = &bank->events[bank->n_told++ % EVENTS];
	snprintf(event->id, sizeof event->id, "%s", id);
	snprintf(event->body, sizeof event->body, "%s", body);
	unlock();
}

void
bank_fail_call(int nth, bool after)
{
	calls = 0;
	fail_nth = nth;
	fail_after = after;
}

int
bank_calls(void)
{
	return calls;
}

void
bank_agrees(void)
{
	for (; bank->n_agreed < bank->n_sessions; bank->n_agreed++) {
		const struct bank_session *s = &bank->sessions[bank->n_agreed];
		int64_t captured = test_number("SELECT captured FROM payment_attempt"
					       " WHERE uid = '%s'",
					       s->attempt);
		int64_t refunded = test_number("SELECT refunded FROM payment_attempt"
					       " WHERE uid = '%s'",
					       s->attempt);

		if (captured != s->captured || refunded != s->refunded)
			check_fail(
				__FILE__, __LINE__,
				"order %s: the bank took %" PRId64 " and gave %" PRId64
				" back, the books say %" PRId64 " and %" PRId64,
				s->order, s->captured, s->refunded, captured, refunded);
	}
}
