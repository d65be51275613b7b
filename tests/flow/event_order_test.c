/* event_order_test.c - in whatever order, how often and how late a gateway's events
 * come, for one attempt or for two: the books end in the gateway's truth, and nothing
 * happens twice (F-146, F-147, T-09, T-10, T-13). Of the five events that F-147 names
 * every order is tried; of the larger sets some, spread over all: TILL_ROUNDS says how
 * many. TILL_EVENTS=6 tries every order of the first six events of each set, as make
 * fault does. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "jobs/jobs.h"
#include "support/told.h"
#include "support/torture.h"

enum { ROUNDS = 16, MOST = 8, STRIDE = 7919, COPIES = 100, CHILDREN = 10 };
enum { BOOKS_EVERY = 20, VISITORS = 100000 };

static struct scene scene;

/* ---- delivering ---- */

static bool
deliver(const char *body)
{
	bool again;

	WANT_OK(told_signed(&scene.kit, body, "good", &again));
	return again;
}

/* One event of a set: about a payment when attempt alone is told, about a dispute of it
 * with a case as well, else about a refund. */
struct event {
	const char *kind;
	const char *attempt, *refund; /* or the case */
	bool paid;
};

static const char *
body_of(const struct event *event, const char *id)
{
	struct arena *mem = scene.kit.cx->mem;

	if (event->refund != NULL && event->attempt != NULL)
		return arena_printf(mem,
				    "{\"id\":\"%s\",\"kind\":\"%s\","
				    "\"attempt_ref\":\"%s\",\"dispute_id\":\"%s\"}",
				    id, event->kind, event->attempt, event->refund);
	if (event->refund != NULL)
		return arena_printf(mem,
				    "{\"id\":\"%s\",\"kind\":\"%s\","
				    "\"refund_id\":\"%s\"}",
				    id, event->kind, event->refund);
	return arena_printf(mem,
			    "{\"id\":\"%s\",\"kind\":\"%s\",\"attempt_ref\":\"%s\","
			    "\"paid\":%s}",
			    id, event->kind, event->attempt,
			    event->paid ? "true" : "false");
}

static void
apply_due(void)
{
	struct webhook *list;
	size_t n;

	WANT_OK(IN_TX(scene.kit.cx, inbox_claim(tx, "test", 60, 100, &list, &n)));
	for (size_t i = 0; i < n; i++)
		WANT_OK(flow_apply_webhook(scene.kit.shop, scene.kit.cx, &list[i]));
}

/* ---- every order ---- */

static uint64_t
factorial(size_t n)
{
	return n < 2 ? 1 : n * factorial(n - 1);
}

/* The nth of the orders in which n things may come. */
static void
permute(uint64_t nth, size_t n, size_t out[MOST])
{
	size_t rest[MOST];

	for (size_t i = 0; i < n; i++)
		rest[i] = i;
	for (size_t i = 0; n > 0; i++, n--) {
		size_t pick = (size_t)(nth % n);

		nth /= n;
		out[i] = rest[pick];
		rest[pick] = rest[n - 1];
	}
}

/* A set of events, and what happens at the gateway meanwhile. */
struct story {
	const struct event *events;
	size_t n;
	void (*turn)(void);  /* what becomes true, before the event of that place */
	void (*react)(void); /* what the shop does after each event, or NULL */
	bool first;          /* it becomes true before all events */
};

/* Delivers and applies them in the nth order; each comes twice. */
static void
tell(const struct story *story, uint64_t nth)
{
	size_t order[MOST], turn = story->first ? 0 : (size_t)(nth % (story->n + 1));
	permute(nth, story->n, order);
	for (size_t i = 0; i < story->n; i++) {
		const char *body = body_of(
			&story->events[order[i]],
			arena_printf(scene.kit.cx->mem, "%s-%zu", scene.key, order[i]));

		if (i == turn)
			story->turn();
		WANT(!deliver(body));
		WANT(deliver(body));
		apply_due();
		if (story->react != NULL)
			story->react();
	}
	if (turn == story->n)
		story->turn();
}

/* The jobs catch up: what was parked comes again, what nobody told of is asked for. */
static void
catch_up(const struct story *story)
{
	struct work *work =
		work_new(scene.kit.cx->mem, scene.kit.shop, scene.kit.cx, NULL);
	int64_t done;

	for (int minutes = 1; minutes <= 3; minutes++) {
		test_turn_clock(minutes * 120);
		WANT_OK(payment_poll_run(work, &done));
		if (story->react != NULL)
			story->react();
		apply_due();
		do {
			done = 0;
			WANT_OK(refund_send_run(work, &done));
		} while (done > 0);
	}
	test_turn_clock(0);
}

/* The same once more under new ids: nothing is done again. */
static void
tell_anew(const struct story *story)
{
	int64_t events = scene_count(&scene, "order_event", "TRUE");

	for (size_t i = 0; i < story->n; i++)
		WANT(!deliver(body_of(
			&story->events[i],
			arena_printf(scene.kit.cx->mem, "%s-%zu-anew", scene.key, i))));
	apply_due();
	WANT_INT(scene_count(&scene, "order_event", "TRUE"), events);
}

static int64_t
mails(const char *kind)
{
	return test_number("SELECT COUNT(*) FROM outbox WHERE agg_id = %" PRId64
			   " AND kind = 'mail.%s'",
			   scene.placed.order.id.n, kind);
}

static const char *
payment_status(void)
{
	return test_text("SELECT payment_status FROM orders WHERE id = %" PRId64,
			 scene.placed.order.id.n);
}

struct set {
	void (*prepare)(struct story *); /* places the order of the round */
	void (*check)(void);             /* looks at its end */
	size_t n;                        /* of how many events */
};

/* One order of the set's first n events, from the placed order to the end. */
static void
try_order(const struct set *set, size_t n, uint64_t nth)
{
	struct arena_mark mark = arena_mark(scene.kit.cx->mem);
	struct story story = {.n = 0};
	static int visitor = VISITORS;

	scene_quiet();
	scene.visitor = ++visitor;
	snprintf(scene.key, sizeof scene.key, "order-%d", visitor);
	set->prepare(&story);
	story.n = n;
	tell(&story, nth);
	catch_up(&story);
	tell_anew(&story);
	set->check();
	arena_rewind(scene.kit.cx->mem, mark);
}

/* Every order, or as many as that. The books of all are looked at now and then: what is
 * wrong in them stays wrong. */
static void
try_orders(const struct set *set, size_t n, uint64_t most)
{
	uint64_t all = factorial(n), rounds = most < all ? most : all;

	test_turn_clock(0);
	scene = (struct scene){.kit = kit_new()};
	bank_serve(&scene.kit);
	for (uint64_t i = 0; i < rounds; i++) {
		try_order(set, n, i * STRIDE % all);
		if (i % BOOKS_EVERY == 0 || i + 1 == rounds)
			kit_books_balance();
	}
	bank_agrees();
	print_message("  %" PRIu64 " of %" PRIu64 " orders\n", rounds, all);
	test_ctx_free(scene.kit.cx);
}

/* As TILL_EVENTS or TILL_ROUNDS say. */
static void
try_set(const struct set *set)
{
	const char *wanted = getenv("TILL_EVENTS");
	size_t n = wanted == NULL ? 0 : strtoul(wanted, NULL, 10);

	if (n > 0)
		try_orders(set, n < set->n ? n : set->n, UINT64_MAX);
	else
		try_orders(set, set->n, (uint64_t)test_rounds(ROUNDS));
}

/* ---- one attempt, paid and refunded, at once or in two parts ---- */

static int parts;

static void
pay_first(void)
{
	bank_pay(scene.placed.attempt.uid.text);
}

/* The shopkeeper gives it back as soon as the order stands, or a part and the rest. */
static void
refund_when_paid(void)
{
	struct refund refund, *due;
	size_t n;

	if (strcmp(kit_state(&scene.placed), "confirmed") != 0 ||
	    scene_count(&scene, "refund", "TRUE") > 0)
		return;
	for (int part = 1; part <= parts; part++)
		WANT_OK(IN_TX(scene.kit.cx,
			      refund_request_for_order(
				      tx, scene.placed.order.id, part < parts ? 100 : 0,
				      "goodwill", "", "shell", &refund)));
	WANT_OK(IN_TX(scene.kit.cx, refund_claim_due(tx, "test", 60, 10, &due, &n)));
	WANT_INT(n, parts);
	for (size_t i = 0; i < n; i++)
		WANT_OK(flow_send_refund(scene.kit.shop, scene.kit.cx, &due[i]));
	bank_refund_all();
}

/* Those that F-147 names come first: created, failed, authorised, captured, refunded.
 */
static void
one_attempt(struct story *story)
{
	struct event *events = arena_new_of(scene.kit.cx->mem, struct event, MOST);
	const char *uid;

	scene_place(&scene);
	bank_refunds_wait(true);
	uid = arena_text(scene.kit.cx->mem, scene.placed.attempt.uid.text);
	events[0] = (struct event){"payment_created", uid, NULL, false};
	events[1] = (struct event){"payment_failed", uid, NULL, false};
	events[2] = (struct event){"payment_authorized", uid, NULL, false};
	events[3] = (struct event){"session_completed", uid, NULL, true};
	for (size_t i = 0; i < 2; i++)
		events[4 + i] = (struct event){
			"refund_succeeded", NULL,
			bank_refund_to_come(scene.kit.cx->mem, i), false};
	events[6] = (struct event){"payment_canceled", uid, NULL, false};
	events[7] = (struct event){"session_expired", uid, NULL, false};
	*story = (struct story){events, 8, pay_first, refund_when_paid, false};
}

static void
check_refunded(void)
{
	WANT_TEXT(kit_state(&scene.placed), "confirmed");
	WANT_TEXT(payment_status(), "refunded");
	WANT_INT(bank_kept(scene.placed.order.number), 0);
	WANT_INT(mails("confirmation"), 1);
	WANT_INT(mails("refunded"), parts);
	WANT_INT(mails("payment_failed"), 0);
	WANT_INT(scene_count(&scene, "order_event", "event = 'paid'"), 1);
	WANT_INT(scene_count(&scene, "order_event", "event = 'refunded'"), parts);
}

static void
a_payment_ends_refunded_in_each_order_of_its_five_events(void **state)
{
	static const struct set set = {one_attempt, check_refunded, 5};

	(void)state;
	parts = 1;
	try_orders(&set, set.n, UINT64_MAX);
	bank_refunds_wait(false);
}

static void
a_payment_refunded_in_two_parts_ends_alike_in_any_order(void **state)
{
	static const struct set set = {one_attempt, check_refunded, 8};

	(void)state;
	parts = 2;
	try_set(&set);
	bank_refunds_wait(false);
}

/* ---- one attempt, never paid ---- */

static void
expire_first(void)
{
	bank_end(scene.placed.attempt.uid.text, PAY_EXPIRED);
}

static void
one_in_vain(struct story *story)
{
	struct event *events;

	one_attempt(story);
	bank_refunds_wait(false);
	events = arena_new_of(scene.kit.cx->mem, struct event, MOST);
	memcpy(events, story->events, 4 * sizeof *events);
	memcpy(events + 4, story->events + 6, 2 * sizeof *events);
	*story = (struct story){events, 6, expire_first, NULL, false};
}

static void
check_in_vain(void)
{
	WANT_TEXT(kit_state(&scene.placed), "pending"); /* until its time is over */
	WANT_OK(flow_expire_order(scene.kit.shop, scene.kit.cx, &scene.placed.order));
	WANT_TEXT(kit_state(&scene.placed), "expired");
	WANT_INT(scene_count(&scene, "reservation", "state = 'held'"), 0);
	WANT_INT(mails("confirmation"), 0);
}

static void
a_payment_that_never_came_ends_alike_whatever_events_say(void **state)
{
	static const struct set set = {one_in_vain, check_in_vain, 6};

	(void)state;
	try_set(&set);
}

/* ---- one attempt, paid, and taken back by the buyer's bank ---- */

static void
pay_and_lose(void)
{
	const char *uid = scene.placed.attempt.uid.text;

	bank_pay(uid);
	bank_dispute(scene.kit.cx->mem, uid, PAY_DISPUTE_LOST);
}

static void
one_dispute(struct story *story)
{
	static const char *const kinds[] = {"session_completed", "dispute_opened",
					    "dispute_updated", "dispute_closed"};
	struct arena *mem = scene.kit.cx->mem;
	struct event *events = arena_new_of(mem, struct event, MOST);
	const char *uid, *id;

	scene_place(&scene);
	uid = arena_text(mem, scene.placed.attempt.uid.text);
	id = bank_dispute_to_come(mem, uid);
	for (size_t i = 0; i < DB_COUNT(kinds); i++)
		events[i] = (struct event){kinds[i], uid, i == 0 ? NULL : id, i == 0};
	*story = (struct story){events, DB_COUNT(kinds), pay_and_lose, NULL, true};
}

static void
check_lost(void)
{
	WANT_TEXT(kit_state(&scene.placed), "confirmed");
	WANT_TEXT(payment_status(), "refunded");
	WANT_INT(scene_count(&scene, "dispute", "taken AND state = 'lost'"), 1);
	WANT_INT(scene_count(&scene, "order_event", "event = 'paid'"), 1);
	WANT_INT(scene_count(&scene, "order_event", "event = 'disputed'"), 1);
	WANT_INT(scene_count(&scene, "order_event", "event = 'dispute_lost'"), 1);
	WANT_INT(scene_count(&scene, "ledger", "LEFT(ref, 7) = 'dispute'"), 4);
	WANT_INT(scene_count(&scene, "stock_move", "TRUE"), 1);
	WANT_INT(scene_count(&scene, "refund", "TRUE"), 0);
}

static void
a_dispute_of_a_payment_not_heard_of_yet_ends_alike_in_any_order(void **state)
{
	static const struct set set = {one_dispute, check_lost, 4};

	(void)state;
	try_orders(&set, set.n, UINT64_MAX);
}

/* ---- two attempts ---- */

static struct attempt second;

static void
retry_first(void)
{
	struct retry want = {.visitor = kit_visitor(scene.visitor),
			     .order = scene.placed.order.number,
			     .key = arena_printf(scene.kit.cx->mem, "%s-b", scene.key),
			     .key_hash = kit_visitor(scene.visitor),
			     .payment_method = "fake"};
	struct placement next;

	WANT_OK(kit_retry_payment(scene.kit.shop, scene.kit.cx, &want, &next));
	second = next.attempt;
}

static void
pay_second(void)
{
	bank_pay(second.uid.text);
}

static void
pay_both(void)
{
	bank_pay_late(scene.placed.attempt.uid.text);
	bank_pay(second.uid.text);
}

static void
two_attempts(struct story *story)
{
	struct event *events = arena_new_of(scene.kit.cx->mem, struct event, MOST);
	struct arena *mem = scene.kit.cx->mem;
	const char *old, *new;

	scene_place(&scene);
	retry_first();
	old = arena_text(mem, scene.placed.attempt.uid.text);
	new = arena_text(mem, second.uid.text);
	events[0] = (struct event){"payment_failed", old, NULL, false};
	events[1] = (struct event){"session_expired", old, NULL, false};
	events[2] = (struct event){"payment_succeeded", old, NULL, false};
	events[3] = (struct event){"payment_failed", new, NULL, false};
	events[4] = (struct event){"payment_processing", new, NULL, false};
	events[5] = (struct event){"session_completed", new, NULL, true};
	events[6] = (struct event){"payment_canceled", old, NULL, false};
	events[7] = (struct event){"session_expired", new, NULL, false};
	*story = (struct story){events, 8, pay_second, NULL, false};
}

static void
check_second_stands(void)
{
	WANT_TEXT(kit_state(&scene.placed), "confirmed");
	WANT_TEXT(payment_status(), "paid");
	WANT_INT(kit_attempt(&scene.kit, second.id).captured, second.amount.minor);
	WANT_INT(kit_attempt(&scene.kit, scene.placed.attempt.id).captured, 0);
	WANT_INT(mails("confirmation"), 1);
	WANT_INT(scene_count(&scene, "refund", "TRUE"), 0);
}

static void
an_old_attempts_events_change_nothing_for_the_newer_one_in_any_order(void **state)
{
	static const struct set set = {two_attempts, check_second_stands, 8};

	(void)state;
	try_set(&set);
}

/* Nobody asks about an attempt that has ended: its money is known by its event alone,
 * so it is there when that comes. */
static void
two_payments(struct story *story)
{
	two_attempts(story);
	story->turn = pay_both;
	story->first = true;
}

/* Row 43: whichever was known first is kept, the other goes back by itself. */
static void
check_one_kept(void)
{
	WANT_TEXT(kit_state(&scene.placed), "confirmed");
	WANT_TEXT(payment_status(), "paid");
	WANT_INT(bank_kept(scene.placed.order.number),
		 scene.placed.order.payable.minor);
	WANT_INT(scene_count(&scene, "payment_attempt", "captured = amount"), 2);
	WANT_INT(scene_count(&scene, "refund",
			     "kind = 'void' AND reason = 'second_payment'"
			     " AND state = 'done'"),
		 1);
	WANT_INT(scene_count(&scene, "refund", "TRUE"), 1);
	WANT_INT(mails("confirmation"), 1);
}

static void
of_two_payments_one_is_kept_and_one_goes_back_in_any_order(void **state)
{
	static const struct set set = {two_payments, check_one_kept, 8};

	(void)state;
	try_set(&set);
}

/* ---- all at once ---- */

/* Each child delivers its share of the copies, and works as a job in between. */
static int
deliver_copies(int child)
{
	struct event event = {"payment_succeeded", scene.placed.attempt.uid.text, NULL,
			      false};
	const char *body;
	struct work *work;
	int64_t done;

	(void)child;
	scene.kit = kit_open();
	bank_serve(&scene.kit);
	body = body_of(&event, scene.key);
	work = work_new(scene.kit.cx->mem, scene.kit.shop, scene.kit.cx, NULL);
	for (int i = 0; i < COPIES / CHILDREN; i++) {
		deliver(body);
		WANT_OK(webhook_apply_run(work, &done));
	}
	test_ctx_free(scene.kit.cx);
	return 0;
}

static void
begin_paid(int visitor)
{
	scene = (struct scene){.kit = kit_new(), .visitor = visitor};
	snprintf(scene.key, sizeof scene.key, "at-once-%d", visitor);
	bank_serve(&scene.kit);
	scene_quiet();
	scene_place(&scene);
	pay_first();
}

static void
check_paid_once(void)
{
	WANT_TEXT(kit_state(&scene.placed), "confirmed");
	WANT_INT(scene_count(&scene, "order_event", "event = 'paid'"), 1);
	WANT_INT(scene_count(&scene, "order_event", "TRUE"), 2);
	WANT_INT(scene_count(&scene, "stock_move", "TRUE"), 1);
	WANT_INT(scene_count(&scene, "refund", "TRUE"), 0);
	WANT_INT(mails("confirmation"), 1);
	kit_books_balance();
	bank_agrees();
	test_ctx_free(scene.kit.cx);
}

static void
a_hundred_copies_at_once_have_one_effect(void **state)
{
	(void)state;
	begin_paid(9001);
	test_processes(CHILDREN, deliver_copies);
	WANT_INT(test_number("SELECT COUNT(*) FROM webhook_in WHERE event_id = '%s'"
			     " AND state = 'applied'",
			     scene.key),
		 1);
	check_paid_once();
}

/* Webhook, poll, the shopper's return, the end of the order's time. */
static int
go_one_way(int child)
{
	struct event event = {"session_completed", scene.placed.attempt.uid.text, NULL,
			      true};
	struct settled settled;
	struct order order;
	struct work *work;
	int64_t done;

	scene.kit = kit_open();
	bank_serve(&scene.kit);
	work = work_new(scene.kit.cx->mem, scene.kit.shop, scene.kit.cx, NULL);
	if (child % 4 == 0) {
		deliver(body_of(&event, child == 0 ? "at-once-a" : "at-once-b"));
		WANT_OK(webhook_apply_run(work, &done));
	} else if (child % 4 == 1) {
		WANT_OK(flow_return(
			scene.kit.shop, scene.kit.cx,
			payment_return_token(scene.kit.cx, scene.placed.attempt.uid),
			&order));
		WANT_OK(payment_poll_run(work, &done));
	} else if (child % 4 == 2) {
		WANT_OK(flow_expire_order(scene.kit.shop, scene.kit.cx,
					  &scene.placed.order));
	} else {
		WANT_OK(flow_ask_attempt(scene.kit.shop, scene.kit.cx,
					 &scene.placed.attempt, &settled));
	}
	test_ctx_free(scene.kit.cx);
	return 0;
}

static void
all_ways_to_a_payment_at_once_confirm_it_once(void **state)
{
	(void)state;
	begin_paid(9002);
	scene.placed.attempt = kit_attempt(&scene.kit, scene.placed.attempt.id);
	test_processes(8, go_one_way);
	check_paid_once();
}

TESTS(TEST(a_payment_ends_refunded_in_each_order_of_its_five_events),
      TEST(a_payment_refunded_in_two_parts_ends_alike_in_any_order),
      TEST(a_payment_that_never_came_ends_alike_whatever_events_say),
      TEST(a_dispute_of_a_payment_not_heard_of_yet_ends_alike_in_any_order),
      TEST(an_old_attempts_events_change_nothing_for_the_newer_one_in_any_order),
      TEST(of_two_payments_one_is_kept_and_one_goes_back_in_any_order),
      TEST(a_hundred_copies_at_once_have_one_effect),
      TEST(all_ways_to_a_payment_at_once_confirm_it_once))
