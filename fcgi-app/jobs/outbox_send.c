/* outbox_send.c - sends the mails that wait: oldest first, again after a back-off, dead
 * when the server refuses for good. */
#include "base/fault_point.h"
#include "base/log.h"
#include "jobs/jobs.h"
#include "jobs/mailer.h"

/* Sending one may take 30 s; all of them are sent before the lease is over. */
enum { AT_ONCE = 4, LEASE_SECONDS = 180 };

static const char MAILS[] = "mail.%";

static fallible
done(struct work *work, const struct outbox_row *row)
{
	struct err *e;

	SINGLE (tx, work->cx, &e)
		e = outbox_done(tx, row->id);
	FAULT_POINT(outbox_marked);
	return e;
}

static fallible
failed(struct work *work, const struct outbox_row *row, bool final, const char *cause)
{
	struct err *e;

	log_event(LOG_WARNING, "mail.not_sent", "mail", row->dedup, "final",
		  final ? "yes" : NULL, "why", cause, NULL);
	SINGLE (tx, work->cx, &e)
		e = outbox_failed(tx, row, final, cause);
	return e;
}

static fallible
write_and_send(struct work *work, const void *item)
{
	const struct outbox_row *row = item;
	struct letter letter;
	const char *cause = "";
	struct err *e =
		mailer_write(work->mailer, work->cx, work->shop->terms, row, &letter);

	if (e != NULL)
		return failed(work, row, e->code == ERR_NOT_FOUND,
			      arena_text(work->cx->mem, e->cause));
	if (letter.to == NULL) {
		log_event(LOG_INFO, "mail.nobody", "mail", row->dedup, NULL);
		return done(work, row);
	}
	FAULT_POINT_ERR(outbox_written, INTERNAL);
	switch (flow_send_letter(work->shop, work->cx, &letter, &cause)) {
	case LETTER_SENT:
		FAULT_POINT_ERR(outbox_sent, INTERNAL);
		return done(work, row);
	case LETTER_REFUSED:
		return failed(work, row, true, cause);
	case LETTER_LATER:
		break;
	}
	return failed(work, row, false, cause);
}

/* ---- taking some ---- */

static fallible
look(struct tx *tx, void *taken, size_t *n, int64_t *late_us)
{
	struct outbox_row **list = taken;

	TRY(outbox_look_due(tx, MAILS, AT_ONCE, list, n));
	if (*n > 0)
		*late_us = (*list)[0].late_us;
	return NULL;
}

static fallible
claim_one(struct tx *tx, const char *owner, void *taken, bool *claimed)
{
	struct outbox_row **list = taken;

	return outbox_claim_one(tx, (*list)[0].id, owner, LEASE_SECONDS, claimed);
}

static fallible
claim(struct tx *tx, const char *owner, void *taken, size_t *n)
{
	int64_t limit = *n > 0 ? (int64_t)*n : AT_ONCE;

	return outbox_claim(tx, MAILS, owner, LEASE_SECONDS, limit, taken, n);
}

static const struct work_queue QUEUE = {
	.name = QUEUE_MAILS,
	.look = look,
	.claim_one = claim_one,
	.claim = claim,
};

static fallible
take_and_send(struct work *work, int64_t *sent, bool *all)
{
	struct outbox_row *list;
	size_t n = 0;

	TRY(work_take(work, &QUEUE, &list, &n));
	if (n > 0)
		FAULT_POINT_ERR(outbox_claimed, INTERNAL);
	for (size_t i = 0; i < n; i++)
		*sent += work_item(work, "outbox_send", list[i].id.n, write_and_send,
				   &list[i]);
	*all = *sent == (int64_t)n;
	return NULL;
}

fallible
outbox_send_run(struct work *work, int64_t *done)
{
	int64_t sent = 0;
	bool all = false;
	struct err *e = take_and_send(work, &sent, &all);

	if (!all)
		work->holds[QUEUE_MAILS] = true;
	*done += sent;
	return e;
}
