/* outbox_test.c - mails and events: each once, again after a back-off, dead in the end,
 * made ready again by hand. */
#include "domain/outbox.h"

#include <stdio.h>

#include "base/seal.h"
#include "base/text.h"
#include "support/kit.h"

static struct ctx *cx;
static struct outbox_row *list;
static size_t n;

static void
begin(void)
{
	cx = test_ctx();
	test_script("DELETE FROM outbox");
}

static void
add(const char *kind, const char *dedup)
{
	WANT_OK(IN_TX(cx, outbox_add(tx, kind, 7, 0, dedup)));
}

static size_t
claim(const char *owner, int64_t limit)
{
	WANT_OK(IN_TX(cx, outbox_claim(tx, "mail.%", owner, 60, limit, &list, &n)));
	return n;
}

static void
a_dedup_key_makes_a_row_exist_once(void **state)
{
	struct uuid order = {"01234567-89ab-7cde-8f01-23456789abcd"};

	(void)state;
	begin();
	for (int i = 0; i < 3; i++) {
		add("mail.test", "mail.test:1");
		WANT_OK(IN_TX(cx, outbox_add_for_order(tx, "mail.shipped",
						       (struct order_id){7}, order)));
	}
	WANT_INT(test_number("SELECT COUNT(*) FROM outbox"), 2);
	WANT_INT(claim("one", 10), 2);
	WANT_TEXT(list[1].dedup, "mail.shipped:01234567-89ab-7cde-8f01-23456789abcd");
	test_ctx_free(cx);
}

static void
due_rows_are_leased_oldest_first_and_only_of_the_kind(void **state)
{
	(void)state;
	begin();
	add("mail.a", "a");
	add("event.x", "x");
	add("mail.b", "b");
	add("mail.c", "c");
	WANT_INT(claim("one", 2), 2);
	WANT_TEXT(list[0].kind, "mail.a");
	WANT_TEXT(list[1].kind, "mail.b");
	WANT_INT(claim("two", 10), 1);
	WANT_TEXT(list[0].kind, "mail.c");
	test_turn_clock(61); /* both workers died */
	WANT_INT(claim("three", 10), 3);
	test_turn_clock(0);
	test_ctx_free(cx);
}

static void
what_was_sent_is_not_sent_again(void **state)
{
	(void)state;
	begin();
	add("mail.a", "a");
	claim("one", 1);
	WANT_OK(IN_TX(cx, outbox_done(tx, list[0].id)));
	test_turn_clock(2 * 86400);
	WANT_INT(claim("one", 10), 0);
	test_turn_clock(0);
	WANT_OK(IN_READ(cx, outbox_list(tx, "done", 10, &list, &n)));
	WANT_INT(n, 1);
	WANT_INT(list[0].attempts, 1);
	test_ctx_free(cx);
}

static void
the_back_off_doubles_from_5_seconds_to_a_day_with_jitter(void **state)
{
	int64_t wait = 5;
	bool varies = false;

	(void)state;
	for (int64_t tries = 1; tries < 25; tries++) {
		int64_t first = outbox_backoff(tries);

		for (int i = 0; i < 50; i++) {
			int64_t got = outbox_backoff(tries);

			WANT(got >= wait / 2 && got <= wait);
			varies |= got != first;
		}
		wait = wait * 2 < 86400 ? wait * 2 : 86400;
	}
	WANT(varies);
}

/* The mail server is away for as long as it takes. */
static void
a_row_that_fails_20_times_is_dead_and_may_be_replayed(void **state)
{
	struct outbox_id id;
	int64_t changed;

	(void)state;
	begin();
	add("mail.a", "a");
	for (int i = 1; i <= OUTBOX_TRIES; i++) {
		test_turn_clock((int64_t)i * 90000);
		WANT_INT(claim("one", 1), 1);
		WANT_OK(IN_TX(cx, outbox_failed(tx, &list[0], false, "no answer")));
		WANT_INT(claim("one", 1), 0); /* not before the back-off is over */
	}
	WANT_OK(IN_READ(cx, outbox_list(tx, "dead", 10, &list, &n)));
	WANT_INT(n, 1);
	WANT_TEXT(list[0].error, "no answer");
	WANT_INT(list[0].attempts, OUTBOX_TRIES);
	id = list[0].id;
	WANT_OK(IN_TX(cx, outbox_replay(tx, (struct outbox_id){id.n + 1}, &changed)));
	WANT_INT(changed, 0);
	WANT_OK(IN_TX(cx, outbox_replay(tx, id, &changed)));
	WANT_INT(changed, 1);
	WANT_INT(claim("one", 1), 1);
	test_turn_clock(0);
	test_ctx_free(cx);
}

static void
a_final_refusal_is_dead_at_once_and_all_dead_ones_may_be_replayed(void **state)
{
	int64_t changed;

	(void)state;
	begin();
	add("mail.a", "a");
	add("mail.b", "b");
	claim("one", 10);
	for (int i = 0; i < 2; i++)
		WANT_OK(IN_TX(cx, outbox_failed(tx, &list[i], true, "no such box")));
	WANT_OK(IN_READ(cx, outbox_list(tx, NULL, 10, &list, &n)));
	WANT_INT(n, 2);
	WANT_TEXT(list[0].kind, "mail.b"); /* newest first */
	WANT_TEXT(list[0].state, "dead");
	WANT_OK(IN_TX(cx, outbox_replay(tx, (struct outbox_id){0}, &changed)));
	WANT_INT(changed, 2);
	WANT_INT(claim("one", 10), 2);
	test_ctx_free(cx);
}

static void
a_link_is_mailed_only_to_its_buyer_and_once_a_minute(void **state)
{
	struct kit kit = kit_new();
	struct placement placed;
	struct digest ada = seal_lookup(kit.cx->keys, "ada@example.com");
	struct digest eve = seal_lookup(kit.cx->keys, "eve@example.com");

	(void)state;
	kit_script_begin(&kit);
	placed = kit_place(&kit, 1, "pen", 1, "outbox-link");
	test_script("DELETE FROM outbox");
	WANT_OK(IN_TX(kit.cx, outbox_add_link(tx, placed.order.number, eve)));
	WANT_OK(IN_TX(kit.cx, outbox_add_link(tx, "AAAAA-AAAAA", ada)));
	WANT_INT(test_number("SELECT COUNT(*) FROM outbox"), 0);
	for (int i = 0; i < 3; i++)
		WANT_OK(IN_TX(kit.cx, outbox_add_link(tx, placed.order.number, ada)));
	WANT(test_number("SELECT COUNT(*) FROM outbox") <= 2); /* a minute may end */
	test_turn_clock(120);
	WANT_OK(IN_TX(kit.cx, outbox_add_link(tx, placed.order.number, ada)));
	test_turn_clock(0);
	WANT(test_number("SELECT COUNT(*) FROM outbox WHERE kind = 'mail.link'") >= 2);
	test_ctx_free(kit.cx);
}

TESTS(TEST(a_dedup_key_makes_a_row_exist_once),
      TEST(due_rows_are_leased_oldest_first_and_only_of_the_kind),
      TEST(what_was_sent_is_not_sent_again),
      TEST(the_back_off_doubles_from_5_seconds_to_a_day_with_jitter),
      TEST(a_row_that_fails_20_times_is_dead_and_may_be_replayed),
      TEST(a_final_refusal_is_dead_at_once_and_all_dead_ones_may_be_replayed),
      TEST(a_link_is_mailed_only_to_its_buyer_and_once_a_minute))
