/* stripe_idempotency.c - one key, one execution: what was answered is answered again.
 */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/text.h"
#include "sandbox/stripe.h"

struct replay {
	struct record record;                  /* its id is the key */
	const char *digest;                    /* of method, path and body */
	const char *body, *request_id, *retry; /* retry: Stripe-Should-Retry */
	int64_t status, at;                    /* at: seconds */
	int64_t busy_until_us; /* steady clock; the first answer is still held back */
};

static const struct store_field replay_fields[] = {
	STORE_FIELD(struct replay, digest, TEXT),
	STORE_FIELD(struct replay, body, TEXT),
	STORE_FIELD(struct replay, request_id, TEXT),
	STORE_FIELD(struct replay, retry, TEXT),
	STORE_FIELD(struct replay, status, INT),
	STORE_FIELD(struct replay, at, INT),
	STORE_END,
};
const struct store_kind replay_kind = {"replay", sizeof(struct replay), replay_fields,
				       false};

static const int64_t kept_s = INT64_C(24) * 3600;

static const char *
digest_of(const struct work *w)
{
	const char *text =
		arena_printf(w->mem, "%s %s\n%s", w->rq->method, w->path, w->rq->body);
	struct digest digest = digest_of_text(text);

	return text_hex(w->mem, digest.bytes, sizeof(digest.bytes));
}

static void
answer_again(struct work *w, const struct replay *replay)
{
	http_reply_text(w->re, (int)replay->status, "application/json", replay->body);
	http_reply_header(w->re, "Idempotent-Replayed", "true");
	http_reply_header(w->re, "Original-Request", replay->request_id);
	if (replay->retry)
		http_reply_header(w->re, "Stripe-Should-Retry", replay->retry);
}

bool
stripe_key_begin(struct work *w)
{
	const struct replay *replay;

	if (!w->key)
		return true;
	if (strlen(w->key) > 255 || !*w->key) {
		stripe_refuse(w, NULL, NULL,
			      "Idempotency keys must be 1 to 255 characters long.");
		return false;
	}
	replay = store_find(w->box->store, &replay_kind, w->key);
	if (!replay || sandbox_now_s(w->box) - replay->at > kept_s)
		return true;
	if (strcmp(replay->digest, digest_of(w)) != 0)
		stripe_refuse_with(
			w, 400, "idempotency_error", NULL, NULL,
			arena_printf(
				w->mem,
				"Keys for idempotent requests can only be used with "
				"the same parameters they were first used with. Try "
				"using a key other than '%s' if you meant to execute "
				"a different request.",
				w->key));
	else if (replay->busy_until_us > clock_steady_us())
		stripe_refuse_with(
			w, 409, "idempotency_error", "idempotency_key_in_use", NULL,
			"There is currently another in-progress request using "
			"this Idempotent Key.");
	else
		answer_again(w, replay);
	return false;
}

void
stripe_key_store(struct work *w)
{
	struct replay *replay;

	if (!w->key || !w->executed)
		return;
	replay = store_find(w->box->store, &replay_kind, w->key);
	if (!replay)
		replay = store_new(w->box->store, &replay_kind, w->key);
	replay->digest = store_text(w->box->store, digest_of(w));
	replay->body = store_text(w->box->store, w->re->body);
	replay->request_id = store_text(w->box->store, w->request_id);
	replay->status = w->re->status;
	replay->retry = w->after == 9004 ? "false" : NULL;
	replay->at = sandbox_now_s(w->box);
	/* An answer that comes late is one that still runs; one that never comes is
	 * not. */
	replay->busy_until_us =
		w->re->fate == HTTP_ANSWER ? clock_steady_us() + w->re->hold_us : 0;
	store_save(w->box->store, replay);
}
