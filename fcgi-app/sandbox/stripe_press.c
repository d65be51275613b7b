/* stripe_press.c - buttons of the hosted pages, pressed there or by the control API. */
#include <string.h>

#include "base/arena.h"
#include "sandbox/stripe.h"

static bool
is(const char *have, const char *wanted)
{
	return have && strcmp(have, wanted) == 0;
}

static bool
names(const struct pairs *metadata, const char *ref)
{
	return is(stripe_named(metadata, "order_ref"), ref) ||
	       is(stripe_named(metadata, "attempt_ref"), ref);
}

static bool
session_is(const struct session *session, const char *ref)
{
	return is(session->record.id, ref) || is(session->intent, ref) ||
	       is(session->client_reference_id, ref) ||
	       names(&session->metadata, ref) || names(&session->intent_metadata, ref);
}

/* Of several sessions of an order the newest open one, else the newest. */
static struct session *
find_session(struct sandbox *box, const char *ref)
{
	struct session *session, *newest = NULL;
	size_t i = 0;

	while ((session = store_older(box->store, &session_kind, &i))) {
		if (!session_is(session, ref))
			continue;
		if (is(session->status, "open"))
			return session;
		newest = newest ? newest : session;
	}
	return newest;
}

/* Of several payments the newest that took money, else the newest. */
static struct intent *
find_intent(struct sandbox *box, const char *ref)
{
	struct intent *intent, *newest = NULL;
	size_t i = 0;

	while ((intent = store_older(box->store, &intent_kind, &i))) {
		const struct session *session =
			store_find(box->store, &session_kind, intent->session);

		if (!is(intent->record.id, ref) && !names(&intent->metadata, ref) &&
		    !(session && session_is(session, ref)))
			continue;
		if (intent->received)
			return intent;
		newest = newest ? newest : intent;
	}
	return newest;
}

void
stripe_decide_3ds(struct work *w, struct intent *intent, bool well)
{
	struct verdict verdict = {TRIAL_APPROVED, {0}};

	if (!well)
		verdict = (struct verdict){TRIAL_REFUSED, stripe_refusal_3ds()};
	stripe_try(w, intent, verdict);
}

/* An intent that waits for somebody: 3DS, or the bank of a delayed payment. */
static const char *
press_waiting(struct work *w, struct intent *intent, const char *outcome)
{
	struct verdict verdict;

	if (!stripe_verdict_of_button(outcome, &verdict) ||
	    (verdict.trial != TRIAL_APPROVED && verdict.trial != TRIAL_REFUSED))
		return "the payment waits for approve or decline";
	if (is(intent->status, "requires_action"))
		stripe_decide_3ds(w, intent, verdict.trial == TRIAL_APPROVED);
	else
		stripe_try(w, intent, verdict);
	return NULL;
}

static const char *
press(struct work *w, const char *ref, const char *outcome)
{
	struct session *session = find_session(w->box, ref);
	struct intent *intent =
		session ? store_find(w->box->store, &intent_kind, session->intent)
			: find_intent(w->box, ref);
	struct verdict verdict;

	if (!session && !intent)
		return "ref names no payment";
	if (is(outcome, "cancel"))
		return NULL;
	if (intent &&
	    (is(intent->status, "requires_action") || is(intent->status, "processing")))
		return press_waiting(w, intent, outcome);
	if (!session || !is(session->status, "open"))
		return "the page is closed";
	if (!stripe_verdict_of_button(outcome, &verdict))
		return "outcome is no button";
	stripe_session_pay(w, session, verdict);
	return NULL;
}

const char *
stripe_press(struct sandbox *box, struct arena *mem, const char *ref,
	     const char *outcome)
{
	struct work w = stripe_work(box, mem);
	const char *wrong;

	w.forced =
		faults_take_forced(box->faults, "stripe", "POST", "/checkout/", NULL);
	wrong = press(&w, ref, outcome);
	stripe_finish(&w);
	return wrong;
}

const char *
stripe_dispute(struct sandbox *box, struct arena *mem, const char *ref,
	       const char *outcome)
{
	struct work w = stripe_work(box, mem);
	struct intent *intent = find_intent(box, ref);
	bool ends = is(outcome, "won") || is(outcome, "lost"), done = false;

	if (intent && ends)
		done = stripe_dispute_close(&w, intent, is(outcome, "won"));
	else if (intent && is(outcome, "inquiry"))
		done = stripe_dispute_ask(&w, intent);
	else if (intent && is(outcome, "open"))
		done = stripe_dispute_open(&w, intent);
	stripe_finish(&w);
	return done ? NULL : "ref names no payment with which that can be done";
}
