/* catch_up_test.c - events whose webhooks never came are fetched from the gateway's own
 * list, each once (F-152). */
#include "base/text.h"
#include "support/kit.h"

static struct kit kit;

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

TESTS(TEST(what_never_came_is_stored_once),
      TEST(it_goes_on_until_a_minute_ago_and_rests_then),
      TEST(minutes_that_were_not_shown_whole_come_again))
