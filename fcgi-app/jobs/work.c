/* work.c - one item after another, each in memory of its own. */
#include "jobs/work.h"

#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fault_point.h"
#include "base/log.h"
#include "base/text.h"
#include "base/token.h"

enum { POSTPONED_MAX = 128, WAIT_FIRST_S = 5, WAIT_LAST_S = 300 };

/* An item that failed; forgotten when it succeeds or when newer ones need the room. */
struct late {
	const char *job;
	int64_t id, until_us, wait_s;
};

struct postponed {
	struct late list[POSTPONED_MAX];
	size_t next;
};

struct work *
work_new(struct arena *mem, struct shop *shop, struct ctx *cx,
	 const struct mailer *mailer)
{
	struct work *work = arena_new_of(mem, struct work, 1);
	char host[64] = "";

	gethostname(host, sizeof host - 1);
	*work = (struct work){
		.shop = shop,
		.cx = cx,
		.owner = arena_printf(mem, "%.24s:%d", host, (int)getpid()),
		.mailer = mailer,
		.postponed = arena_new_of(mem, struct postponed, 1),
		/* as who had this name before: leases on mails are the longest */
		.holds = {[QUEUE_MAILS] = true},
	};
	return work;
}

static struct late *
find_late(const struct work *work, const char *job, int64_t id)
{
	struct postponed *all = work->postponed;

	for (struct late *late = all->list; late < all->list + POSTPONED_MAX; late++)
		if (late->id == id && late->job != NULL && strcmp(late->job, job) == 0)
			return late;
	return NULL;
}

static void
postpone(struct work *work, const char *job, int64_t id)
{
	struct postponed *all = work->postponed;
	struct late *late = find_late(work, job, id);

	if (late == NULL) {
		late = &all->list[all->next++ % POSTPONED_MAX];
		*late = (struct late){.job = job, .id = id};
	}
	late->wait_s = late->wait_s == 0 ? WAIT_FIRST_S : late->wait_s * 2;
	if (late->wait_s > WAIT_LAST_S)
		late->wait_s = WAIT_LAST_S;
	late->until_us = clock_steady_us() + SECONDS(late->wait_s);
}

static const char *
new_trace(struct arena *mem)
{
	unsigned char random[16];

	token_random(random, sizeof random);
	return text_hex(mem, random, sizeof random);
}

static void
report(const char *job, int64_t id, const struct err *e)
{
	log_event(LOG_WARNING, "job.item", "job", job, "item", log_number(id), NULL);
	log_error("job.failed", e);
}

int64_t
work_item(struct work *work, const char *job, int64_t id,
	  fallible (*act)(struct work *, const void *item), const void *item)
{
	struct late *late = find_late(work, job, id);
	struct arena_mark mark;
	struct err *e;

	if (late != NULL && clock_steady_us() < late->until_us)
		return 0;
	mark = arena_mark(work->cx->mem);
	work->cx->trace = new_trace(work->cx->mem);
	log_trace(work->cx->trace);
	e = act(work, item);
	if (e != NULL) {
		report(job, id, e);
		postpone(work, job, id);
	} else if (late != NULL) {
		*late = (struct late){0};
	}
	log_trace(NULL);
	work->cx->trace = NULL;
	arena_rewind(work->cx->mem, mark);
	return e == NULL;
}

static fallible
act_once(struct tx *tx, fallible (*act)(struct tx *, int64_t limit, int64_t *done),
	 int64_t limit, int64_t *done)
{
	TRY(act(tx, limit, done));
	if (*done > 0)
		FAULT_POINT_ERR(batch_uncommitted, INTERNAL);
	return NULL;
}

static void
note_late(const struct work *work, enum shared_queue queue, int64_t late_us)
{
	if (work->shared != NULL)
		work->shared->queue_late_us[queue] = late_us;
}

fallible
work_look(struct work *work, enum shared_queue queue,
	  fallible (*look)(struct tx *, const char *owner, int64_t *late_us), bool *due)
{
	int64_t late_us = -1;
	struct err *e;

	READING (tx, work->cx, &e)
		e = look(tx, work->owner, &late_us);
	TRY(e);
	*due = late_us >= 0;
	note_late(work, queue, *due ? late_us : 0);
	return NULL;
}

void
work_rests(struct work *work, enum shared_queue queue)
{
	note_late(work, queue, 0);
}

static fallible
take_one(struct work *work, const struct work_queue *queue, void *taken, size_t *n)
{
	bool ended = false, claimed = false;
	struct err *e;

	*n = 0;
	if (queue->end != NULL)
		TRY(queue->end(work, taken, &ended));
	if (ended)
		return NULL;
	SINGLE (tx, work->cx, &e)
		e = queue->claim_one(tx, work->owner, taken, &claimed);
	TRY(e);
	*n = claimed ? 1 : 0;
	return NULL;
}

static fallible
look_at(struct tx *tx, const struct work_queue *queue, void *taken, size_t *n,
	int64_t *late_us)
{
	return queue->look(tx, taken, n, late_us);
}

static fallible
claim_from(struct tx *tx, const struct work_queue *queue, const char *owner,
	   void *taken, size_t *n)
{
	return queue->claim(tx, owner, taken, n);
}

fallible
work_take(struct work *work, const struct work_queue *queue, void *taken, size_t *n)
{
	bool *holds = &work->holds[queue->name];
	int64_t late_us = 0;
	struct err *e;

	READING (tx, work->cx, &e)
		e = look_at(tx, queue, taken, n, &late_us);
	TRY(e);
	note_late(work, queue->name, *n > 0 ? late_us : 0);
	if (*n == 1)
		return take_one(work, queue, taken, n);
	if (*n == 0 && !*holds)
		return NULL;
	TRANSACTION (tx, work->cx, &e)
		e = claim_from(tx, queue, work->owner, taken, n);
	TRY(e);
	*holds = *holds && *n > 0;
	return NULL;
}

static fallible
is_waiting(struct work *work, fallible (*look)(struct tx *, bool *waiting),
	   bool *waiting)
{
	struct err *e;

	READING (tx, work->cx, &e)
		e = look(tx, waiting);
	return e;
}

fallible
work_batch(struct work *work, fallible (*look)(struct tx *, bool *waiting),
	   fallible (*act)(struct tx *, int64_t limit, int64_t *done), int64_t limit,
	   int64_t *done)
{
	bool waiting = true;
	struct err *e;

	if (look != NULL)
		TRY(is_waiting(work, look, &waiting));
	if (!waiting)
		return NULL;
	TRANSACTION (tx, work->cx, &e)
		e = act_once(tx, act, limit, done);
	TRY(e);
	if (*done > 0)
		FAULT_POINT_ERR(batch_committed, INTERNAL);
	return NULL;
}
