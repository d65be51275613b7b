/* jobs_pay_test.c - what the lane of payments does in the background: it asks, closes,
 * ends orders and refunds, on a real database. */
#include <sys/wait.h>
#include <unistd.h>

#include "base/shared.h"
#include "base/turns.h"
#include "flow/outside.h"
#include "gateway/http_out.h"
#include "support/bench.h"

static void
a_payment_that_nobody_told_of_is_found_by_asking(void **state)
{
	struct bench bench = bench_new();
	struct placement placed = kit_place(&bench.kit, 1, "mug", 1, "poll-1");

	(void)state;
	bench_run(&bench, LANE_PAY);
	WANT_TEXT(kit_state(&placed), "pending");
	WANT_INT(pay_fake_calls(bench.kit.pay, "retrieve"), 0);

	test_turn_clock(60);
	kit_will_say(&bench.kit, "retrieve", PAY_PAID, placed.attempt.amount.minor,
		     placed.attempt.uid.text, placed.order.number);
	bench_run(&bench, LANE_PAY);
	WANT_TEXT(kit_state(&placed), "confirmed");
	WANT_INT(pay_fake_calls(bench.kit.pay, "retrieve"), 1);
	kit_books_balance();
	bench_drop(&bench);
}

/* Two sessions of one order: the first, given up, is paid after all. */
static struct placement
overtaken(struct bench *bench, int visitor, const char *key, struct placement *first)
{
	struct kit *kit = &bench->kit;
	struct placement next;
	struct settled settled;
	struct retry want = {.visitor = kit_visitor(visitor),
			     .key = key,
			     .key_hash = kit_visitor(visitor),
			     .payment_method = "fake"};

	*first = kit_place(kit, visitor, "pen", 1, key);
	want.order = first->order.uid.text;
	kit_will_say(kit, "close", PAY_EXPIRED, 0, NULL, NULL);
	kit_will_create(kit, PAY_DONE);
	WANT_OK(kit_retry_payment(kit->shop, kit->cx, &want, &next));
	kit_pay(kit, first, &settled);
	WANT(settled.confirmed);
	WANT_TEXT(kit_attempt(kit, next.attempt.id).state, "sent");
	return next;
}

static void
a_session_that_its_order_needs_no_more_is_closed_at_once(void **state)
{
	struct bench bench = bench_new();
	struct placement first, next = overtaken(&bench, 11, "overtaken-1", &first);

	(void)state;
	bench_run(&bench, LANE_PAY); /* no answer: it stays, and is tried again */
	WANT_INT(pay_fake_calls(bench.kit.pay, "close"), 2);
	bench_run(&bench, LANE_PAY);
	WANT_INT(pay_fake_calls(bench.kit.pay, "close"), 2);
	kit_will_say(&bench.kit, "close", PAY_EXPIRED, 0, next.attempt.uid.text,
		     first.order.number);
	test_turn_clock(5);
	bench_run(&bench, LANE_PAY);
	WANT_TEXT(kit_attempt(&bench.kit, next.attempt.id).state, "expired");
	WANT_TEXT(kit_state(&first), "confirmed");
	WANT_INT(pay_fake_calls(bench.kit.pay, "close"), 3);
	WANT_INT(pay_fake_calls(bench.kit.pay, "retrieve"), 1); /* of the first */
	test_turn_clock(3600);
	bench_run(&bench, LANE_PAY);
	WANT_INT(pay_fake_calls(bench.kit.pay, "close"), 3);
	kit_books_balance();
	bench_drop(&bench);
}

static void
a_session_that_was_paid_before_it_could_be_closed_is_refunded(void **state)
{
	struct bench bench = bench_new();
	struct placement first, next = overtaken(&bench, 12, "overtaken-2", &first);

	(void)state;
	kit_will_say(&bench.kit, "close", PAY_PAID, next.attempt.amount.minor,
		     next.attempt.uid.text, first.order.number);
	kit_will_refund(&bench.kit, PAY_REFUND_DONE);
	bench_run(&bench, LANE_PAY);
	WANT_INT(kit_attempt(&bench.kit, next.attempt.id).refunded,
		 next.attempt.amount.minor);
	WANT_INT(kit_attempt(&bench.kit, first.attempt.id).refunded, 0);
	WANT_TEXT(kit_state(&first), "confirmed");
	kit_books_balance();
	bench_drop(&bench);
}

static struct err *
note_late(struct kit *kit, const struct attempt *attempt)
{
	return IN_TX(kit->cx, payment_note_session(tx, attempt->id, attempt->gw_id,
						   NULL, "https://pay.example/late"));
}

static void
a_session_noted_too_late_is_closed_once_and_let_go(void **state)
{
	struct bench bench = bench_new();
	struct placement first, next = overtaken(&bench, 13, "overtaken-3", &first);
	struct kit *kit = &bench.kit;
	struct attempt late;

	(void)state;
	kit_will_say(kit, "close", PAY_EXPIRED, 0, next.attempt.uid.text,
		     first.order.number);
	bench_run(&bench, LANE_PAY);
	late = kit_attempt(kit, next.attempt.id);
	WANT_TEXT(late.state, "expired");
	WANT_OK(note_late(kit, &late));
	test_turn_clock(5);
	size_t before = pay_fake_calls(kit->pay, "close");

	bench_run(&bench, LANE_PAY); /* no answer: by the ladder, not at once */
	bench_run(&bench, LANE_PAY);
	WANT_INT(pay_fake_calls(kit->pay, "close"), before + 1);
	kit_will_say(kit, "close", PAY_EXPIRED, 0, late.uid.text, first.order.number);
	test_turn_clock(3600);
	bench_run(&bench, LANE_PAY);
	WANT_INT(pay_fake_calls(kit->pay, "close"), before + 2);
	test_turn_clock(7200);
	bench_run(&bench, LANE_PAY);
	WANT_INT(pay_fake_calls(kit->pay, "close"), before + 2);
	WANT_TEXT(kit_attempt(kit, late.id).state, "expired");
	kit_books_balance();
	bench_drop(&bench);
}

static void
an_order_that_was_not_paid_ends_after_its_session_is_closed(void **state)
{
	struct bench bench = bench_new();
	struct placement placed = kit_place(&bench.kit, 2, "print", 2, "late-1");

	(void)state;
	test_turn_clock(36 * 60);
	kit_will_say(&bench.kit, "retrieve", PAY_OPEN, 0, NULL, NULL);
	kit_will_say(&bench.kit, "close", PAY_EXPIRED, 0, NULL, NULL);
	bench_run(&bench, LANE_PAY);
	WANT_TEXT(kit_state(&placed), "expired");
	WANT_INT(kit_stock("reserved", "print"), 0);
	WANT_INT(pay_fake_calls(bench.kit.pay, "close"), 1);
	kit_books_balance();
	bench_drop(&bench);
}

static void
an_order_whose_gateway_is_silent_keeps_its_goods(void **state)
{
	struct bench bench = bench_new();
	struct placement placed = kit_place(&bench.kit, 3, "mug", 1, "silent-1");

	(void)state;
	test_turn_clock(36 * 60);
	bench_run(&bench, LANE_PAY);
	WANT_TEXT(kit_state(&placed), "review");
	WANT_INT(kit_stock("reserved", "mug"), 1);
	bench_drop(&bench);
}

static void
a_refund_is_carried_out_and_told(void **state)
{
	struct bench bench = bench_new();
	struct placement bought = kit_buy(&bench.kit, 4, "mug", 1, "refund-1");
	struct cancel want = {
		.order = bought.order.number, .reason = "test", .actor = "test"};
	struct order order;
	struct idem idem;
	bool claimed;

	(void)state;
	want.trusted = true;
	WANT_OK(flow_cancel_order(bench.kit.shop, bench.kit.cx, &want, &idem, &order,
				  &claimed));
	kit_will_refund(&bench.kit, PAY_REFUND_DONE);
	bench_run(&bench, LANE_PAY);
	WANT_TEXT(test_text("SELECT state FROM refund"), "done");
	WANT_INT(pay_fake_calls(bench.kit.pay, "refund"), 1);
	bench_run(&bench, LANE_MAIL);
	WANT_TEXT(test_text("SELECT GROUP_CONCAT(kind ORDER BY id) FROM outbox"
			    " WHERE state = 'done' AND agg_id = %" PRId64,
			    bought.order.id.n),
		  "mail.confirmation,mail.cancelled,mail.refunded");
	WANT(strstr(bench_last_letter(&bench)->text, "$22.50") != NULL);
	kit_books_balance();
	bench_drop(&bench);
}

/* Two gateways; the kit's own fails until nobody may call it. */
static struct traffic_gateway *
ill_beside_a_well_one(struct bench *bench)
{
	struct arena *mem = bench->kit.cx->mem;
	const struct pay **list = arena_new_of(mem, const struct pay *, 2);
	struct pay *other = arena_new_of(mem, struct pay, 1);
	struct shared *shared = shared_private();
	struct traffic_gateway *ill;

	*other = *bench->kit.pay;
	other->name = "other";
	list[0] = bench->kit.pay;
	list[1] = other;
	bench->kit.shop->gateways = list;
	bench->kit.shop->n_gateways = 2;
	bench->kit.shop->http = http_out_new(mem, bench->kit.shop->config);
	outside_open(mem, bench->kit.shop, shared);
	ill = traffic_gateway(&shared->traffic, bench->kit.pay->name);
	for (int i = 0; i < BREAKER_FAILURES; i++)
		traffic_tell(ill, BREAKER_CALL, BREAKER_FAILED,
			     clock_steady_us() / 1000);
	return ill;
}

static void
a_gateway_that_rests_is_left_alone_while_another_is_well(void **state)
{
	struct bench bench = bench_new();
	struct placement placed = kit_place(&bench.kit, 60, "pen", 1, "jobs-rests");
	struct traffic_gateway *ill = ill_beside_a_well_one(&bench);
	size_t closed = pay_fake_calls(bench.kit.pay, "close");

	(void)state;
	WANT(!outside_rests(bench.kit.shop));
	WANT(outside_rests_at(bench.kit.shop, bench.kit.pay->name));
	WANT_INT(pay_fake_calls(bench.kit.pay, "retrieve"), 0);
	test_turn_clock(60);
	bench_run(&bench, LANE_PAY);
	WANT_INT(pay_fake_calls(bench.kit.pay, "retrieve"), 0);
	WANT_INT(kit_attempt(&bench.kit, placed.attempt.id).checks, 0);
	test_turn_clock(36 * 60);
	bench_run(&bench, LANE_PAY);
	WANT_TEXT(kit_state(&placed), "pending");
	WANT_INT(pay_fake_calls(bench.kit.pay, "close"), closed);

	ill->breaker = 0; /* it is well again */
	test_turn_clock(38 * 60);
	bench_run(&bench, LANE_PAY);
	WANT(pay_fake_calls(bench.kit.pay, "retrieve") +
		     pay_fake_calls(bench.kit.pay, "close") >
	     closed);
	WANT_INT(rmdir(arena_printf(bench.letters, "%s/journal", bench.dir)), 0);
	bench_drop(&bench);
}

/* Somebody asked between the claim and the question, and is about to let go. */
static void
who_finds_another_asking_waits_and_does_not_ask_again(void **state)
{
	struct bench bench = bench_new();
	struct kit *kit = &bench.kit;
	struct placement placed = kit_place(kit, 61, "pen", 1, "jobs-turns");
	struct attempt due = kit_attempt(kit, placed.attempt.id);
	struct settled settled;
	int other;
	pid_t child;

	(void)state;
	kit->shop->http = http_out_new(kit->cx->mem, kit->shop->config);
	outside_open(kit->cx->mem, kit->shop, shared_private());
	kit_will_say(kit, "retrieve", PAY_OPEN, 0, NULL, NULL);
	WANT_OK(flow_ask_attempt(kit->shop, kit->cx, &due, &settled));
	other = turns_open(arena_printf(kit->cx->mem, "%s/asking", bench.dir));
	WANT_INT(turns_take(other, due.id.n, 0), TURN_AT_ONCE);
	child = fork();
	if (child == 0) {
		usleep(20000);
		turns_leave(other, due.id.n);
		_exit(0);
	}
	WANT_OK(flow_poll_attempt(kit->shop, kit->cx, &due, &settled));
	WANT_INT(pay_fake_calls(kit->pay, "retrieve"), 1);
	WANT_INT(kit_attempt(kit, due.id).checks, 1);
	WANT_INT(waitpid(child, NULL, 0), child);
	close(other);
	WANT_INT(rmdir(arena_printf(bench.letters, "%s/journal", bench.dir)), 0);
	bench_drop(&bench);
}

TESTS(TEST(who_finds_another_asking_waits_and_does_not_ask_again),
      TEST(a_gateway_that_rests_is_left_alone_while_another_is_well),
      TEST(a_payment_that_nobody_told_of_is_found_by_asking),
      TEST(a_session_that_its_order_needs_no_more_is_closed_at_once),
      TEST(a_session_that_was_paid_before_it_could_be_closed_is_refunded),
      TEST(a_session_noted_too_late_is_closed_once_and_let_go),
      TEST(an_order_that_was_not_paid_ends_after_its_session_is_closed),
      TEST(an_order_whose_gateway_is_silent_keeps_its_goods),
      TEST(a_refund_is_carried_out_and_told))
