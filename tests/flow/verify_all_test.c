/* verify_all_test.c - once a day all the books are looked at, and what is broken is
 * said where it is heard. */
#include <string.h>

#include "base/shared.h"
#include "jobs/jobs.h"
#include "support/kit.h"

struct night {
	struct kit kit;
	struct work *work;
};

static struct night
night_new(int64_t hour)
{
	struct night night = {.kit = kit_new()};
	struct arena *mem = night.kit.cx->mem;
	struct config *config = arena_new_of(mem, struct config, 1);

	*config = *night.kit.shop->config;
	config->verify_hour = hour;
	night.kit.shop->config = config;
	night.work = work_new(mem, night.kit.shop, night.kit.cx, NULL);
	night.work->shared = shared_private();
	test_script("DROP TRIGGER IF EXISTS event_kept_delete;"
		    "DELETE FROM event WHERE kind = 'BooksVerified'");
	return night;
}

static void
night_over(struct night *night)
{
	test_turn_clock(0);
	test_ctx_free(night->kit.cx);
}

static const char *
noted(void)
{
	return test_text("SELECT GROUP_CONCAT(detail) FROM event"
			 " WHERE kind = 'BooksVerified'");
}

static void
look(struct night *night)
{
	int64_t done;

	WANT_OK(verify_all_run(night->work, &done));
	WANT_INT(done, 0); /* or the lane would run it again at once */
}

static void
true_books_are_noted_once_a_day(void **state)
{
	struct night night = night_new(0);
	int64_t tomorrow = 86400;

	(void)state;
	look(&night);
	WANT_TEXT(noted(), "holds");
	WANT_INT(night.work->shared->books.broken, 0);
	WANT(night.work->shared->books.checked_us > 0);
	look(&night);
	WANT_TEXT(noted(), "holds");
	test_turn_clock(tomorrow);
	look(&night);
	WANT_TEXT(noted(), "holds,holds");
	night_over(&night);
}

static void
before_its_hour_nothing_is_looked_at(void **state)
{
	struct night night = night_new(23);
	int64_t now = test_number("SELECT UNIX_TIMESTAMP()") % 86400;

	(void)state;
	test_turn_clock(86400 - now + 22 * 3600); /* 22:00 of the next day */
	look(&night);
	WANT(noted() == NULL);
	test_turn_clock(86400 - now + 23 * 3600 + 60);
	look(&night);
	WANT_TEXT(noted(), "holds");
	night_over(&night);
}

static void
what_is_still_broken_after_five_minutes_is_an_error(void **state)
{
	struct night night = night_new(0);

	(void)state;
	test_script("UPDATE stock SET on_hand = on_hand + 1 WHERE sku = 'mug'");
	look(&night);
	test_turn_clock(290);
	look(&night);
	WANT(noted() == NULL);
	WANT_INT(log_errors_seen(), 0);
	test_turn_clock(310);
	look(&night);
	WANT_INT(log_errors_seen(), 1); /* verify.broken: I01 */
	WANT_TEXT(noted(), "broken");
	WANT_INT(night.work->shared->books.broken, 1);
	test_script("UPDATE stock SET on_hand = on_hand - 1 WHERE sku = 'mug'");
	night_over(&night);
}

static void
what_was_put_right_in_time_is_none(void **state)
{
	struct night night = night_new(0);

	(void)state;
	test_script("UPDATE stock SET on_hand = on_hand + 1 WHERE sku = 'mug'");
	look(&night);
	test_script("UPDATE stock SET on_hand = on_hand - 1 WHERE sku = 'mug'");
	test_turn_clock(310);
	look(&night);
	WANT_TEXT(noted(), "holds");
	WANT_INT(log_errors_seen(), 0);
	night_over(&night);
}

TESTS(TEST(true_books_are_noted_once_a_day), TEST(before_its_hour_nothing_is_looked_at),
      TEST(what_is_still_broken_after_five_minutes_is_an_error),
      TEST(what_was_put_right_in_time_is_none))
