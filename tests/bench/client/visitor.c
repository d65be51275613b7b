/* visitor.c - one visitor: goes from step to step, and looks at every answer. */
#include "visitor.h"

#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "hear.h"
#include "random.h"
#include "request.h"
#include "run.h"

enum { READ_BYTES = 65536, FAILED_PAUSE_US = 100000, LOOKS_MAX = 40 };

static void ask(struct run *, struct visitor *);
static void enter(struct run *, struct visitor *, enum visitor_phase);

/* ---- from step to step ---- */

static void
forget(struct visitor *v)
{
	memset(&v->words, 0, sizeof v->words);
	v->cookie[0] = '\0';
	v->has_good = false;
}

static void
name_unit(struct run *run, struct visitor *v)
{
	char text[48];
	int n = snprintf(text, sizeof text, "%s%lld", run->name,
			 (long long)++run->serial);

	words_set(&v->words, WORD_SERIAL, text, (size_t)n);
}

/* The product after the one before: a cart has each only once. */
static void
pick(const struct run *run, struct visitor *v)
{
	const struct goods *goods = &run->goods;
	const struct good *good;

	v->good = v->has_good && !(v->step->flags & STEP_PICKS_ANY)
			  ? (v->good + 1) % goods->n
			  : goods_pick(goods, &v->seed);
	v->has_good = true;
	good = &goods->list[v->good];
	words_set(&v->words, WORD_SKU, good->sku, strlen(good->sku));
	words_set(&v->words, WORD_SLUG, good->slug, strlen(good->slug));
}

/* As the shop's own script does: half a second later each time. */
static void
look_later(struct run *run, struct visitor *v)
{
	int64_t us = 500000 * (int64_t)++v->looks;

	run_pause(run, v, us < 10000000 ? us : 10000000, NEXT_REQUEST);
}

static void
approach(struct run *run, struct visitor *v)
{
	if (v->step->flags & STEP_LOOKS) {
		look_later(run, v);
	} else if (v->phase == PHASE_UNIT && run->options->think_max_ms > 0 &&
		   !(v->step->flags & STEP_AT_ONCE)) {
		v->paused_us +=
			run_think(run, v, run->options->think_min_ms, NEXT_REQUEST);
	} else {
		ask(run, v);
	}
}

static void
begin_cycle(struct run *run, struct visitor *v)
{
	const struct scenario *s = run->scenario;

	if (run->options->prepare > 0 && run->began_us != 0) {
		run_is_ready(run, v); /* for a unit that was prepared before */
		return;
	}
	if (s->flags & SCENARIO_NEW_VISITOR && v->units % s->units_each == 0)
		forget(v);
	if (s->flags & SCENARIO_NEW_CONNECTION) {
		link_forget(&v->shop);
		link_forget(&v->away);
	}
	name_unit(run, v);
	enter(run, v, PHASE_AHEAD);
}

static void
end_phase(struct run *run, struct visitor *v)
{
	switch (v->phase) {
	case PHASE_ONCE:
		begin_cycle(run, v);
		break;
	case PHASE_AHEAD:
		run_is_ready(run, v);
		break;
	case PHASE_UNIT:
		v->units++;
		run_has_ended_unit(run, v, true);
		if (run_is_over(run))
			v->state = VISITOR_LEFT;
		else
			begin_cycle(run, v);
		break;
	}
}

static void
enter(struct run *run, struct visitor *v, enum visitor_phase phase)
{
	const struct scenario *s = run->scenario;
	const struct step *const lists[] = {s->once, s->ahead, s->unit};

	v->phase = phase;
	v->step = lists[phase];
	v->times = v->looks = 0;
	if (v->step == NULL)
		end_phase(run, v);
	else
		approach(run, v);
}

static void
go_on(struct run *run, struct visitor *v)
{
	v->looks = 0;
	if (++v->times >= v->step->times) {
		v->times = 0;
		v->step++;
	}
	while (v->step->name != NULL && v->step->unless != NO_WORD &&
	       v->words.of[v->step->unless][0] != '\0')
		v->step++;
	if (v->step->name == NULL)
		end_phase(run, v);
	else
		approach(run, v);
}

/* This unit came to nothing; the next visitor begins from the very beginning. */
static void
break_off(struct run *run, struct visitor *v, int64_t pause_us)
{
	run_give_body(run, v->body);
	v->body = NULL;
	link_forget(&v->shop);
	link_forget(&v->away);
	if (v->phase == PHASE_UNIT)
		run_has_ended_unit(run, v, false);
	if (run_is_over(run))
		v->state = VISITOR_LEFT;
	else
		run_pause(run, v, pause_us, NEXT_BEGINNING);
}

static void
fail(struct run *run, struct visitor *v, const char *kind)
{
	tally_error(&run->tally, v->step->name, kind);
	break_off(run, v, FAILED_PAUSE_US);
}

/* Asked to come again later. In a closed loop that is done. In an open one the unit is
 * lost and the visitor is free for the next, as who they are: whoever is turned away
 * must not cost more than whoever is served. */
static void
turned_away(struct run *run, struct visitor *v)
{
	if (run->options->rate == 0 || v->phase != PHASE_UNIT) {
		break_off(run, v, v->answer.retry_after * 1000000);
		return;
	}
	run_give_body(run, v->body);
	v->body = NULL;
	run_has_ended_unit(run, v, false);
	if (run_is_over(run))
		v->state = VISITOR_LEFT;
	else
		begin_cycle(run, v);
}

/* ---- a request and its answer ---- */

static void
wrong_status(struct run *run, struct visitor *v)
{
	char kind[64];

	hear_refusal(run, v, kind, sizeof kind);
	if (v->answer.retry_after > 0) {
		tally_error(&run->tally, v->step->name, kind);
		turned_away(run, v);
	} else {
		fail(run, v, kind);
	}
}

static void
finish(struct run *run, struct visitor *v)
{
	const struct step *step = v->step;
	const char *wrong;
	bool again;

	if (v->answer.closes)
		link_close(v->link);
	if (v->answer.status == 503) {
		run->tally.waiting_pages++;
		turned_away(run, v);
		return;
	}
	if (v->answer.status != step->status) {
		wrong_status(run, v);
		return;
	}
	if (run_measures(run, v->asked_us))
		tally_time(&run->tally, step->name, clock_us() - v->asked_us);
	wrong = hear(run, v, &again);
	if (wrong == NULL && again && v->looks >= LOOKS_MAX)
		wrong = "never says what is waited for";
	if (wrong != NULL) {
		fail(run, v, wrong);
		return;
	}
	run_give_body(run, v->body);
	v->body = NULL;
	if (again)
		look_later(run, v);
	else if (step->told != NULL && run->acks != NULL &&
		 v->words.of[step->told_by][0] != '\0')
		run_notes(run, v, step->told);
	else
		go_on(run, v);
}

/* DONE when the request is sent, for which there may have to be a connection first. */
static enum link_came
send_rest(struct visitor *v)
{
	enum link_came came = link_ready(v->link);

	while (came == LINK_DONE && v->sent < v->request_n) {
		size_t sent = 0;

		came = link_send(v->link, v->request + v->sent, v->request_n - v->sent,
				 &sent);
		v->sent += came == LINK_DONE ? sent : 0;
	}
	return came;
}

static const char *
how_it_was_lost(const struct visitor *v)
{
	if (v->link->state == LINK_CONNECTING)
		return "no connection";
	if (v->link->state == LINK_SHAKING)
		return "no TLS";
	return v->answer.part == ANSWER_WRONG ? "not HTTP" : "cut";
}

/* The answer is left to epoll, also when it is there at once: others wait as well. */
static void
ask(struct run *run, struct visitor *v)
{
	v->link = v->step->flags & STEP_AWAY ? &v->away : &v->shop;
	v->state = VISITOR_ASKS;
	v->asked_us = clock_us();
	v->body = run_take_body(run);
	if (v->step->flags & (STEP_PICKS | STEP_PICKS_ANY))
		pick(run, v);
	if (v->body == NULL || !request_write(run, v)) {
		fail(run, v, "request cannot be written");
		return;
	}
	answer_begin(&v->answer, v->body);
	if (v->link->state == LINK_CLOSED &&
	    !link_connect(v->link, v->link == &v->away ? &run->away : &run->shop,
			  run->epoll))
		fail(run, v, "no connection");
	else if (send_rest(v) > LINK_WAITS)
		fail(run, v, how_it_was_lost(v));
}

/* DONE when the answer is whole. */
static enum link_came
receive(const struct run *run, struct visitor *v)
{
	struct answer *a = &v->answer;
	enum link_came came;
	size_t got = 0, taken;

	while ((came = link_receive(v->link, run->read_into, READ_BYTES, &got)) ==
	       LINK_DONE) {
		taken = answer_feed(a, run->read_into, got);
		if (taken < got)
			a->part = ANSWER_WRONG; /* nobody asked for that */
		if (a->part == ANSWER_WHOLE)
			return LINK_DONE;
		if (a->part == ANSWER_WRONG)
			return LINK_LOST;
	}
	if (came == LINK_ENDED && answer_end(a))
		return LINK_DONE;
	return came;
}

/* A connection that nobody uses and the other side closes. */
static void
look_after(const struct run *run, struct link *link)
{
	size_t got;

	if (link->state == LINK_OPEN &&
	    link_receive(link, run->read_into, READ_BYTES, &got) != LINK_WAITS)
		link_close(link);
}

void
visitor_move(struct run *run, struct visitor *v, struct link *link)
{
	enum link_came came;

	if (v->state != VISITOR_ASKS || link != v->link) {
		look_after(run, link);
		return;
	}
	came = send_rest(v);
	if (came == LINK_DONE)
		came = receive(run, v);
	if (came == LINK_DONE)
		finish(run, v);
	else if (came != LINK_WAITS)
		fail(run, v, how_it_was_lost(v));
}

/* ---- what the run decides ---- */

void
visitor_begin(struct run *run, struct visitor *v)
{
	forget(v);
	v->units = 0;
	name_unit(run, v);
	enter(run, v, PHASE_ONCE);
}

void
visitor_start_unit(struct run *run, struct visitor *v, int64_t since_us)
{
	v->unit_us = since_us;
	v->paused_us = 0;
	v->phase = PHASE_UNIT;
	v->step = run->scenario->unit;
	v->times = v->looks = 0;
	ask(run, v);
}

void
visitor_wake(struct run *run, struct visitor *v)
{
	if (v->state == VISITOR_NOTES)
		go_on(run, v);
	else if (v->next == NEXT_REQUEST)
		ask(run, v);
	else if (v->next == NEXT_UNIT)
		run_start(run, v, clock_us());
	else
		visitor_begin(run, v);
}

void
visitor_give_up(struct run *run, struct visitor *v)
{
	fail(run, v, "timeout");
}
