/* catch_up_test.c - events whose webhooks never came are fetched from the gateway's own
 * list, each once (F-152). */
#include "base/text.h"
#include "support/kit.h"

static struct kit kit;
static struct instant now; /* the true time */

static struct pay_told
told(const char *id)
{
	return (struct pay_told){
		.id = id,
		.type = "a.type",
		.body = arena_printf(kit.cx->mem, "{\"id\":\"%s\"}", id),
	};
}

static void
begin(void)
{
	kit = kit_new();
	test_script("DELETE FROM webhook_in; DELETE FROM caught_up");
	now = clock_now();
}

static struct pay_step
shows(const struct pay_told *list, size_t n, bool more)
{
	return (struct pay_step){.call = "told",
				 .answer = {.outcome = PAY_DONE},
				 .told = {list, n, more}};
}

static int64_t
catch_up(const struct pay_step *steps, size_t n)
{
	int64_t missed;

	pay_fake_script(kit.pay, steps, n);
	WANT_OK(flow_catch_up(kit.shop, kit.cx, "fake", &missed));
	return missed;
}

static int64_t
behind_s(void)
{
	return test_number("SELECT TIMESTAMPDIFF(SECOND, until, UTC_TIMESTAMP(6))"
			   " FROM caught_up");
}

static void
what_never_came_is_stored_once(void **state)
{
	bool taken;

	(void)state;
	begin();
	WANT_OK(IN_TX(kit.cx,
		      inbox_accept(tx, "fake", "evt_1", "a.type", "{}", 2, &taken)));
	struct pay_told first[] = {told("evt_3"), told("evt_2")},
			last[] = {told("evt_1")};
	struct pay_step steps[] = {shows(first, 2, true), shows(last, 1, false),
				   shows(first, 2, false)};

	WANT_INT(catch_up(steps, 3), 2);
	WANT_INT(test_number("SELECT COUNT(*) FROM webhook_in"), 3);
	WANT_INT(test_number("SELECT COUNT(*) FROM webhook_in WHERE state = 'received'"
			     " AND next_try_at <= UTC_TIMESTAMP(6)"),
		 3);
	/* the next ten minutes of the hour hold two of them again */
	WANT_INT(catch_up(steps, 3), 0);
	WANT_INT(test_number("SELECT COUNT(*) FROM webhook_in"), 3);
}

static void
it_goes_on_until_a_minute_ago_and_rests_then(void **state)
{
	struct pay_step steps[8];
	size_t asked;

	(void)state;
	begin();
	asked = pay_fake_calls(kit.pay, "told");
	for (size_t i = 0; i < 8; i++)
		steps[i] = shows(NULL, 0, false);
	for (size_t i = 0; i < 12; i++)
		catch_up(steps, 8);
	WANT_INT(pay_fake_calls(kit.pay, "told") - asked, 7);
	WANT(behind_s() >= 60 && behind_s() <= 120);
	test_turn_clock(200);
	catch_up(steps, 8);
	WANT_INT(pay_fake_calls(kit.pay, "told") - asked, 8);
	test_turn_clock(0);
}

static void
minutes_that_were_not_shown_whole_come_again(void **state)
{
	(void)state;
	begin();
	struct pay_told some[] = {told("evt_9")};
	struct pay_step steps[] = {shows(some, 1, true)};

	/* the second page is never shown */
	WANT_INT(catch_up(steps, 1), 1);
	WANT_INT(test_number("SELECT COUNT(*) FROM caught_up"), 0);
	WANT_INT(test_number("SELECT COUNT(*) FROM webhook_in"), 1);
}

/* A round with a gateway whose clock stands so many seconds from the true one. */
static int64_t
catch_up_at(int64_t gateway_s, const struct pay_told *list, size_t n)
{
	struct pay_step step = shows(list, n, false);

	step.answer.date = instant_add(now, SECONDS(gateway_s));
	pay_fake_script(kit.pay, NULL, 0);
	return catch_up(&step, 1);
}

/* Rounds until nothing is due; how often the gateway was asked. */
static size_t
catch_up_all(void)
{
	size_t before = pay_fake_calls(kit.pay, "told"), asked = 0;

	catch_up_at(0, NULL, 0);
	while (pay_fake_calls(kit.pay, "told") - before > asked && asked < 100) {
		asked++;
		catch_up_at(0, NULL, 0);
	}
	return asked;
}

static void
a_clock_that_ran_ahead_passes_no_event(void **state)
{
	(void)state;
	begin();
	struct pay_told late[] = {told("evt_1")};

	catch_up_all();
	test_turn_clock(24 * 3600);
	for (int i = 0; i < 20; i++)
		catch_up_at(0, NULL, 0);
	test_turn_clock(0);
	WANT(behind_s() >= 60 && behind_s() <= 120);
	test_turn_clock(300);
	WANT_INT(catch_up_at(300, late, 1), 1);
	test_turn_clock(0);
}

static void
a_gateway_whose_clock_is_behind_is_asked_for_its_own_minutes(void **state)
{
	(void)state;
	begin();
	catch_up_all();
	test_turn_clock(3600);
	for (int i = 0; i < 5; i++)
		catch_up_at(600, NULL, 0);
	test_turn_clock(0);
	/* ten minutes are over there, the last of them is too young */
	WANT(behind_s() >= -540 && behind_s() <= -520);
}

static void
a_gateway_that_was_set_back_by_hours_is_asked_for_its_last_hour(void **state)
{
	(void)state;
	begin();
	catch_up_all();
	test_turn_clock(300);
	catch_up_at(-7200, NULL, 0);
	test_turn_clock(0);
	WANT(behind_s() >= 7200 + 3600 && behind_s() <= 7200 + 3620);
}

static void
what_was_noted_for_a_time_to_come_counts_as_nothing(void **state)
{
	(void)state;
	begin();
	struct pay_told lost[] = {told("evt_1")};

	test_script("INSERT INTO caught_up VALUES"
		    " ('fake', UTC_TIMESTAMP(6) + INTERVAL 1 DAY)");
	WANT_INT(catch_up_at(0, lost, 1), 1);
	WANT(behind_s() >= 3000);
	WANT_INT(catch_up_all(), 6);
	WANT(behind_s() >= 60 && behind_s() <= 120);
}

static void
two_minutes_that_were_compared_come_again(void **state)
{
	(void)state;
	begin();
	struct catch_up next;

	catch_up_all();
	WANT_OK(IN_READ(kit.cx, inbox_catch_up(tx, "fake", &next)));
	WANT(!next.due);
	WANT(instant_since(now, next.from) >= MINUTES(3));
	WANT(behind_s() <= 120);
}

TESTS(TEST(what_never_came_is_stored_once),
      TEST(it_goes_on_until_a_minute_ago_and_rests_then),
      TEST(minutes_that_were_not_shown_whole_come_again),
      TEST(a_clock_that_ran_ahead_passes_no_event),
      TEST(a_gateway_whose_clock_is_behind_is_asked_for_its_own_minutes),
      TEST(a_gateway_that_was_set_back_by_hours_is_asked_for_its_last_hour),
      TEST(what_was_noted_for_a_time_to_come_counts_as_nothing),
      TEST(two_minutes_that_were_compared_come_again))
