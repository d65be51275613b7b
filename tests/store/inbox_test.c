/* inbox_test.c - the table of webhooks: accepted once, leased, parked, dead. */
#include "domain/inbox.h"

#include "support/kit.h"

static struct ctx *cx;
static struct webhook *list;
static size_t n;

static void
begin(void)
{
	cx = test_ctx();
	test_script("DELETE FROM webhook_in");
}

static bool
accept(const char *gateway, const char *id)
{
	bool taken;

	WANT_OK(IN_TX(cx,
		      inbox_accept(tx, gateway, id, "a.type", "{\"a\":1}", 7, &taken)));
	return taken;
}

static size_t
claim(const char *owner)
{
	WANT_OK(IN_TX(cx, inbox_claim(tx, owner, 60, 100, &list, &n)));
	return n;
}

static void
an_event_is_taken_once_for_each_gateway(void **state)
{
	(void)state;
	begin();
	WANT(!accept("one", "evt_1"));
	WANT(accept("one", "evt_1"));
	WANT(!accept("two", "evt_1"));
	WANT_INT(claim("me"), 2);
	WANT_INT(list[0].body.len, 7);
	WANT(memcmp(list[0].body.at, "{\"a\":1}", 7) == 0);
	test_ctx_free(cx);
}

static void
what_waits_for_an_unknown_object_is_claimed_after_all_else(void **state)
{
	(void)state;
	begin();
	accept("one", "evt_parked");
	claim("me");
	WANT_OK(IN_TX(cx, inbox_postpone(tx, &list[0], true, "no such attempt")));
	test_turn_clock(60);
	accept("one", "evt_new");
	WANT_OK(IN_TX(cx, inbox_claim(tx, "me", 60, 1, &list, &n)));
	WANT_INT(n, 1);
	WANT_TEXT(list[0].event_id, "evt_new");
	WANT_OK(IN_TX(cx, inbox_claim(tx, "you", 60, 2, &list, &n)));
	WANT_INT(n, 1);
	WANT_TEXT(list[0].event_id, "evt_parked");
	test_turn_clock(0);
	test_ctx_free(cx);
}

static void
a_claimed_event_comes_free_when_its_worker_dies(void **state)
{
	(void)state;
	begin();
	accept("one", "evt_2");
	WANT_INT(claim("me"), 1);
	WANT_INT(claim("you"), 0);
	test_turn_clock(61);
	WANT_INT(claim("you"), 1);
	WANT_OK(IN_TX(cx, inbox_settle(tx, list[0].id, "applied")));
	test_turn_clock(86400);
	WANT_INT(claim("you"), 0);
	test_turn_clock(0);
	test_ctx_free(cx);
}

static void
a_postponed_event_comes_again_and_is_dead_after_20_tries(void **state)
{
	(void)state;
	begin();
	accept("one", "evt_3");
	for (int i = 1; i <= INBOX_TRIES; i++) {
		test_turn_clock((int64_t)i * 90000);
		WANT_INT(claim("me"), 1);
		WANT_OK(IN_TX(cx, inbox_postpone(tx, &list[0], i % 2 == 0, "not now")));
		WANT_TEXT(test_text("SELECT state FROM webhook_in"),
			  i == INBOX_TRIES ? "dead"
			  : i % 2 == 0     ? "parked"
					   : "received");
	}
	test_turn_clock(100 * 90000);
	WANT_INT(claim("me"), 0);
	test_turn_clock(0);
	WANT_TEXT(test_text("SELECT error FROM webhook_in"), "not now");
	test_ctx_free(cx);
}

static void
what_waits_is_listed_tried_again_and_discarded(void **state)
{
	int64_t changed;

	(void)state;
	begin();
	accept("one", "evt_4");
	accept("one", "evt_5");
	WANT_INT(claim("me"), 2);
	for (size_t i = 0; i < 2; i++)
		WANT_OK(IN_TX(cx, inbox_postpone(tx, &list[i], true, "not now")));
	WANT_OK(IN_TX(cx, inbox_list(tx, "parked", 10, &list, &n)));
	WANT_INT(n, 2);
	WANT_TEXT(list[0].event_id, "evt_5");
	WANT_INT(claim("me"), 0);
	WANT_OK(IN_TX(cx, inbox_replay(tx, (struct webhook_id){0}, &changed)));
	WANT_INT(changed, 2);
	WANT_INT(claim("me"), 2);
	WANT_INT(list[0].attempts, 0);
	WANT_OK(IN_TX(cx, inbox_settle(tx, list[0].id, "applied")));
	WANT_OK(IN_TX(cx, inbox_discard(tx, list[0].id, "why", &changed)));
	WANT_INT(changed, 0);
	WANT_OK(IN_TX(cx, inbox_discard(tx, list[1].id, "why", &changed)));
	WANT_INT(changed, 1);
	WANT_TEXT(test_text("SELECT error FROM webhook_in WHERE event_id = 'evt_5'"),
		  "discarded: why");
	test_ctx_free(cx);
}

TESTS(TEST(an_event_is_taken_once_for_each_gateway),
      TEST(what_waits_is_listed_tried_again_and_discarded),
      TEST(a_claimed_event_comes_free_when_its_worker_dies),
      TEST(what_waits_for_an_unknown_object_is_claimed_after_all_else),
      TEST(a_postponed_event_comes_again_and_is_dead_after_20_tries))
