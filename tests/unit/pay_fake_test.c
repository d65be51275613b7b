/* pay_fake_test.c - the scripted gateway of the tests plays what it was given. */
#include "base/ctx.h"
#include "gateway/pay.h"
#include "support/in_arena.h"

static void
the_fake_plays_its_script_and_then_knows_nothing(void **state)
{
	static const struct pay_step steps[] = {
		{.call = "create", .session = {.session_id = "cs_1"}},
		{.call = "retrieve", .state = {.status = PAY_PAID}},
	};
	struct pay *pay = pay_fake(mem);
	struct ctx cx = {.mem = mem};
	struct pay_request want = {.key = "pi-1"};
	struct pay_session session;
	struct pay_state s;
	struct pay_answer a;

	(void)state;
	pay_fake_script(pay, steps, 2);
	pay->retrieve(pay, &cx, "cs_1", &s, &a);
	WANT(a.outcome == PAY_DONE && s.status == PAY_PAID);
	pay->create(pay, &cx, &want, &session, &a);
	WANT_TEXT(session.session_id, "cs_1");
	WANT_TEXT(pay_fake_last_key(pay), "pi-1");
	pay->create(pay, &cx, &want, &session, &a);
	WANT(a.outcome == PAY_UNKNOWN);
	WANT_INT(pay_fake_calls(pay, "create"), 2);
}

TESTS_IN_ARENA(TEST(the_fake_plays_its_script_and_then_knows_nothing))
