/* run.c - all visitors, the clock, and whose turn it is. */
#include "run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "clock.h"
#include "pausing.h"
#include "random.h"

enum {
	EVENTS = 256,
	TICK_US = 100000, /* between looks for answers that do not come */
	GRACE_US = RUN_ANSWER_US + 2000000,
};

/* ---- lists ---- */

static void
line_put(struct line *line, struct visitor *v)
{
	v->after = NULL;
	if (line->first == NULL)
		line->first = v;
	else
		line->last->after = v;
	line->last = v;
}

static struct visitor *
line_take(struct line *line)
{
	struct visitor *v = line->first;

	if (v != NULL)
		line->first = v->after;
	return v;
}

struct bytes *
run_take_body(struct run *run)
{
	struct bytes *body = run->spare;

	if (body == NULL)
		return calloc(1, sizeof *body);
	run->spare = body->next;
	return body;
}

void
run_give_body(struct run *run, struct bytes *body)
{
	if (body == NULL)
		return;
	body->next = run->spare;
	run->spare = body;
}

/* ---- whose turn it is ---- */

bool
run_measures(const struct run *run, int64_t since_us)
{
	return since_us >= run->from_us && since_us < run->to_us;
}

bool
run_is_over(const struct run *run)
{
	return run->now_us >= run->to_us && run->waiting_n == 0;
}

bool
run_closes(const struct run *run)
{
	return run->options->think_max_ms > 0 && run->n > RUN_OPEN_MOST;
}

void
run_start(struct run *run, struct visitor *v, int64_t since_us)
{
	if (run->options->rate > 0 && run_measures(run, since_us))
		histogram_add(&run->tally.late, clock_us() - since_us);
	run->n_in_unit++;
	visitor_start_unit(run, v, since_us);
}

/* All of those who are ready, at once. */
static void
fire(struct run *run)
{
	struct line ready = run->ready;
	struct visitor *v;

	run->ready = (struct line){NULL, NULL};
	run->n_ready = 0;
	run->fired_us = clock_us();
	while ((v = line_take(&ready)) != NULL)
		run_start(run, v, run->fired_us);
}

/* In a closed loop the next unit follows on the last one. */
static void
follow(struct run *run, struct visitor *v, double least_ms)
{
	const struct options *o = run->options;

	if (o->prepare > 0 && !kept_take(&run->kept, v))
		run->to_us = run->now_us;
	if (run->now_us >= run->to_us)
		v->state = VISITOR_LEFT;
	else if (o->think_max_ms > 0)
		run_think(run, v, least_ms, NEXT_UNIT);
	else
		run_start(run, v, clock_us());
}

/* A crowd that came at once would go through all its steps as a wave. */
static void
come(struct run *run, struct visitor *v)
{
	const struct options *o = run->options;

	if (o->spread == 0)
		follow(run, v, 0);
	else
		run_pause(run, v,
			  (int64_t)(random_between(&v->seed, 0, o->spread) * 1e6),
			  NEXT_UNIT);
}

/* Everybody has prepared what was to be prepared: the clock runs from here. */
static void
begin(struct run *run)
{
	const struct options *o = run->options;
	struct line ready = run->ready;
	struct visitor *v;

	run->now_us = run->began_us = clock_us();
	run->from_us = run->began_us;
	if (o->prepare == 0) /* which warms the shop up */
		run->from_us += (int64_t)(o->warmup * 1e6);
	run->to_us = run->from_us + (int64_t)(o->seconds * 1e6);
	if (o->rate > 0)
		run->schedule = schedule_of(o->rate, (uint64_t)o->seed, run->began_us);
	if (o->barrier || o->rate > 0)
		return;
	run->ready = (struct line){NULL, NULL};
	while ((v = line_take(&ready)) != NULL)
		come(run, v);
}

/* The start that has waited longest for somebody free. */
static int64_t
take_waiting(struct run *run)
{
	int64_t since_us = run->waiting[run->waiting_first];

	run->waiting_first = (run->waiting_first + 1) % run->waiting_cap;
	run->waiting_n--;
	return since_us;
}

/* Nobody waits for longer than for an answer. */
static void
drop_late(struct run *run, int64_t before_us)
{
	while (run->waiting_n > 0 && run->waiting[run->waiting_first] < before_us) {
		take_waiting(run);
		tally_error(&run->tally, "start", "timeout");
	}
}

void
run_is_ready(struct run *run, struct visitor *v)
{
	const struct options *o = run->options;

	if (run->began_us == 0 && o->prepare > 0) {
		kept_put(&run->kept, v);
		if (run->kept.n < (size_t)o->prepare) {
			visitor_begin(run, v);
			return;
		}
	}
	v->state = VISITOR_READY;
	if (run->began_us != 0 && !o->barrier && o->rate == 0) {
		follow(run, v, o->think_min_ms);
		return;
	}
	drop_late(run, run->now_us - RUN_ANSWER_US);
	if (run->waiting_n > 0) {
		run_start(run, v, take_waiting(run));
		return;
	}
	line_put(&run->ready, v);
	run->n_ready++;
	if (run->began_us == 0 && run->n_ready == run->n)
		begin(run);
}

/* A round lasts until the last one of it has ended. */
static void
end_round(struct run *run, int64_t now)
{
	if (run->n_in_unit > 0 || run->fired_us < run->from_us)
		return;
	run->tally.rounds++;
	run->fired_sum_us += now - run->fired_us;
}

void
run_has_ended_unit(struct run *run, struct visitor *v, bool well)
{
	int64_t now = clock_us();
	bool barrier = run->options->barrier;

	run->n_in_unit--;
	if (well && run_measures(run, v->unit_us))
		histogram_add(&run->tally.unit, now - v->unit_us - v->paused_us);
	if (well && run_measures(run, barrier ? v->unit_us : now))
		run->tally.units++;
	if (barrier)
		end_round(run, now);
}

/* ---- pauses ---- */

void
run_pause(struct run *run, struct visitor *v, int64_t us, enum visitor_next next)
{
	v->state = VISITOR_PAUSES;
	v->next = next;
	v->due_us = clock_us() + us;
	pausing_put(run, v);
}

int64_t
run_think(struct run *run, struct visitor *v, double least_ms, enum visitor_next next)
{
	double ms = random_between(&v->seed, least_ms, run->options->think_max_ms);
	int64_t us = (int64_t)(ms * 1000);

	if (run_closes(run)) {
		link_close(&v->shop);
		link_close(&v->away);
	}
	v->thinks = next == NEXT_REQUEST;
	run->n_thinking += v->thinks;
	run_pause(run, v, us, next);
	return us;
}

static void
wake(struct run *run, struct visitor *v)
{
	run->n_thinking -= v->thinks;
	v->thinks = false;
	if (v->next != NEXT_REQUEST && run_is_over(run))
		v->state = VISITOR_LEFT;
	else
		visitor_wake(run, v);
}

void
run_notes(struct run *run, struct visitor *v, const char *told)
{
	const struct words *words = &v->words;
	const char *key = words->of[WORD_KEY];
	char own[WORD_SIZE + 8];

	snprintf(own, sizeof own, "bench-%s", words->of[WORD_SERIAL]);
	v->state = VISITOR_NOTES;
	v->line = acks_note(run->acks, told, words->of[WORD_ORDER],
			    words->of[WORD_TOTAL], key[0] == '\0' ? own : key);
	line_put(&run->noting, v);
}

static void
wake_noted(struct run *run)
{
	int64_t on_disk = acks_on_disk(run->acks);

	while (run->noting.first != NULL && run->noting.first->line <= on_disk)
		visitor_wake(run, line_take(&run->noting));
}

/* ---- the loop ---- */

/* Starts whose time has come; who finds nobody free waits, and the time counts. */
static void
start_due(struct run *run)
{
	while (run->began_us != 0 && schedule_next(&run->schedule) <= run->now_us &&
	       schedule_next(&run->schedule) < run->to_us) {
		int64_t since_us = schedule_next(&run->schedule);
		struct visitor *v = line_take(&run->ready);

		schedule_step(&run->schedule);
		if (v != NULL) {
			run->n_ready--;
			run_start(run, v, since_us);
		} else if (run->waiting_n < run->waiting_cap) {
			run->waiting[(run->waiting_first + run->waiting_n++) %
				     run->waiting_cap] = since_us;
		} else {
			tally_error(&run->tally, "start", "timeout");
		}
	}
}

static void
give_up_waiting(struct run *run)
{
	for (size_t i = 0; i < run->n; i++) {
		struct visitor *v = &run->visitors[i];

		if (v->state == VISITOR_ASKS &&
		    run->now_us - v->asked_us > RUN_ANSWER_US)
			visitor_give_up(run, v);
	}
}

static int64_t
next_due(const struct run *run, int64_t tick_us)
{
	int64_t due = tick_us;

	if (run->n_pausing > 0 && run->pausing[0]->due_us < due)
		due = run->pausing[0]->due_us;
	if (run->options->rate > 0 && run->began_us != 0 &&
	    schedule_next(&run->schedule) < run->to_us &&
	    schedule_next(&run->schedule) < due)
		due = schedule_next(&run->schedule);
	return due;
}

static void
wait_for_news(struct run *run, int64_t until_us)
{
	struct epoll_event events[EVENTS];
	int64_t us = until_us - clock_us();
	struct timespec wait = {.tv_nsec = (us < 0 ? 0 : us) * 1000};
	int n = epoll_pwait2(run->epoll, events, EVENTS, &wait, NULL);

	run->now_us = clock_us();
	for (int i = 0; i < n; i++) {
		struct link *link = events[i].data.ptr;

		if (link == NULL)
			wake_noted(run);
		else
			visitor_move(run, link->owner, link);
	}
}

static bool
is_at_end(const struct run *run)
{
	if (run->began_us == 0)
		return run->now_us - run->entered_us > RUN_PREPARE_US;
	if (run->now_us >= run->to_us + GRACE_US)
		return true;
	return run_is_over(run) && run->n_in_unit == run->n_thinking;
}

/* A crowd that prepares itself all at once would be turned away. */
static void
let_in(struct run *run)
{
	while (run->n_begun < run->n && run->n_begun - run->n_ready < RUN_PREPARING)
		visitor_begin(run, &run->visitors[run->n_begun++]);
}

/* Whoever started this takes samples then. */
static void
tell(const char *word)
{
	puts(word);
	fflush(stdout);
}

bool
run_all(struct run *run)
{
	int64_t tick_us = clock_us() + TICK_US;
	bool told = false;

	run->entered_us = run->now_us = clock_us();
	run->from_us = run->to_us = INT64_MAX;
	while (!is_at_end(run)) {
		let_in(run);
		if (run->options->barrier && run->n_ready == run->n &&
		    run->now_us < run->to_us)
			fire(run);
		wait_for_news(run, next_due(run, tick_us));
		if (!told && run->now_us >= run->from_us) {
			tell("measuring");
			told = true;
		}
		while (run->n_pausing > 0 && run->pausing[0]->due_us <= run->now_us)
			wake(run, pausing_take(run));
		if (run->options->rate > 0)
			start_due(run);
		if (run->now_us >= tick_us) {
			give_up_waiting(run);
			tick_us = run->now_us + TICK_US;
		}
	}
	run->tally.unfinished = (int64_t)run->n_in_unit;
	drop_late(run, INT64_MAX);
	tell("measured");
	return run->began_us != 0;
}
