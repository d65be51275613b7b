/* breaker_test.c - when a gateway may be called, and by whom: the pure breaker, and the
 * words and seats that all processes of a host share. */
#include "base/breaker.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/shared.h"
#include "support/check.h"

enum { SOMETIME = 1000000, SOON = BREAKER_OPEN_MS + 1 };

static void
tell(struct breaker *b, int times, enum breaker_news news, int64_t now)
{
	for (int i = 0; i < times; i++)
		breaker_tell(b, BREAKER_CALL, news, now);
}

static struct breaker
opened(int64_t now)
{
	struct breaker b = {0};

	tell(&b, BREAKER_FAILURES, BREAKER_FAILED, now);
	return b;
}

static void
three_failures_in_a_row_open_it_and_fewer_do_not(void **state)
{
	struct breaker b = {0};

	(void)state;
	tell(&b, 2, BREAKER_FAILED, SOMETIME);
	tell(&b, 1, BREAKER_ANSWERED, SOMETIME);
	tell(&b, 2, BREAKER_FAILED, SOMETIME);
	tell(&b, 5, BREAKER_SILENT, SOMETIME);
	WANT_INT(breaker_ask(&b, SOMETIME), BREAKER_CALL);
	tell(&b, 1, BREAKER_FAILED, SOMETIME);
	WANT_INT(breaker_ask(&b, SOMETIME), BREAKER_REFUSE);
	WANT_INT(breaker_wait_ms(&b, SOMETIME), BREAKER_OPEN_MS);
}

static void
after_ten_seconds_one_call_tries_and_the_others_wait(void **state)
{
	struct breaker b = opened(SOMETIME);

	(void)state;
	WANT_INT(breaker_ask(&b, SOMETIME + BREAKER_OPEN_MS - 1), BREAKER_REFUSE);
	WANT_INT(breaker_ask(&b, SOMETIME + SOON), BREAKER_TRIAL);
	WANT_INT(breaker_ask(&b, SOMETIME + SOON), BREAKER_REFUSE);
}

static void
two_good_trials_close_it_and_a_bad_one_opens_it_again(void **state)
{
	struct breaker b = opened(SOMETIME);
	int64_t now = SOMETIME + SOON;

	(void)state;
	WANT_INT(breaker_ask(&b, now), BREAKER_TRIAL);
	breaker_tell(&b, BREAKER_TRIAL, BREAKER_ANSWERED, now);
	WANT_INT(breaker_ask(&b, now), BREAKER_TRIAL);
	breaker_tell(&b, BREAKER_TRIAL, BREAKER_FAILED, now);
	WANT_INT(breaker_ask(&b, now + 1), BREAKER_REFUSE);
	now += SOON;
	for (int i = 0; i < BREAKER_TRIALS; i++) {
		WANT_INT(breaker_ask(&b, now), BREAKER_TRIAL);
		breaker_tell(&b, BREAKER_TRIAL, BREAKER_ANSWERED, now);
	}
	WANT_INT(breaker_ask(&b, now), BREAKER_CALL);
	WANT_INT(b.failures, 0);
}

static void
a_trial_that_dies_or_learns_nothing_makes_room_for_the_next(void **state)
{
	struct breaker b = opened(SOMETIME);
	int64_t now = SOMETIME + SOON;

	(void)state;
	WANT_INT(breaker_ask(&b, now), BREAKER_TRIAL);
	WANT_INT(breaker_ask(&b, now + BREAKER_TRIAL_MS - 1), BREAKER_REFUSE);
	WANT_INT(breaker_ask(&b, now + BREAKER_TRIAL_MS), BREAKER_TRIAL);
	breaker_tell(&b, BREAKER_TRIAL, BREAKER_SILENT, now + BREAKER_TRIAL_MS);
	WANT_INT(breaker_ask(&b, now + BREAKER_TRIAL_MS), BREAKER_TRIAL);
}

static void
what_calls_from_before_the_opening_bring_changes_nothing(void **state)
{
	struct breaker b = opened(SOMETIME);

	(void)state;
	tell(&b, 5, BREAKER_ANSWERED, SOMETIME + 1);
	WANT_INT(breaker_ask(&b, SOMETIME + 2), BREAKER_REFUSE);
	tell(&b, 5, BREAKER_FAILED, SOMETIME + BREAKER_OPEN_MS);
	WANT_INT(breaker_ask(&b, SOMETIME + SOON), BREAKER_TRIAL);
}

static void
a_clock_that_began_anew_holds_nobody(void **state)
{
	struct breaker b = opened(SOMETIME);

	(void)state;
	WANT_INT(breaker_ask(&b, 5), BREAKER_TRIAL);
}

static void
every_state_fits_one_word_and_comes_back(void **state)
{
	const struct breaker all[] = {
		{BREAKER_CLOSED, 0, 0, 0},
		{BREAKER_CLOSED, 2, 0, 0},
		{BREAKER_OPEN, 3, 1, INT64_C(99999999999)},
		{BREAKER_TRYING, 3, 1, 7},
	};

	(void)state;
	WANT_INT(breaker_pack(&all[0]), 0);
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		struct breaker b = breaker_unpack(breaker_pack(&all[i]));

		WANT_INT(b.phase, all[i].phase);
		WANT_INT(b.failures, all[i].failures);
		WANT_INT(b.trials, all[i].trials);
		WANT_INT(b.until_ms, all[i].until_ms);
	}
}

/* ---- shared by processes ---- */

static pid_t
child(struct traffic_gateway *gateway, int64_t most)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(traffic_sit(gateway, most, getpid(), SOMETIME) == TRAFFIC_FULL);
	return pid;
}

static void
a_name_has_one_place_whoever_asks_first(void **state)
{
	struct shared *shared = shared_private();
	struct traffic *traffic = &shared->traffic;
	struct traffic_gateway *stripe = traffic_gateway(traffic, "stripe");

	(void)state;
	WANT(traffic_gateway(traffic, "paypal") != stripe);
	WANT(traffic_gateway(traffic, "stripe") == stripe);
	WANT(traffic_operation(traffic, "stripe", "a") !=
	     traffic_operation(traffic, "paypal", "a"));
	WANT_TEXT(traffic_operation(traffic, "stripe", "a")->name.text, "stripe a");
	for (int i = 0; i < TRAFFIC_GATEWAYS; i++) {
		char name[] = {(char)('a' + i), '\0'};

		traffic_gateway(traffic, name);
	}
	WANT(traffic_gateway(traffic, "one too many") == NULL);
}

static void
a_breaker_that_one_process_opened_is_open_for_all(void **state)
{
	struct shared *shared = shared_private();
	struct traffic_gateway *g = traffic_gateway(&shared->traffic, "stripe");
	int64_t wait;
	int status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		for (int i = 0; i < BREAKER_FAILURES; i++)
			traffic_tell(g, BREAKER_CALL, BREAKER_FAILED, SOMETIME);
		_exit(0);
	}
	WANT_INT(waitpid(pid, &status, 0), pid);
	WANT_INT(traffic_ask(g, SOMETIME, &wait), BREAKER_REFUSE);
	WANT_INT(wait, BREAKER_OPEN_MS);
	WANT_INT(g->opened, 1);
	WANT_INT(traffic_open_breakers(&shared->traffic, SOMETIME), 1);
	WANT_INT(traffic_open_breakers(&shared->traffic, SOMETIME + SOON), 0);
}

static void
no_more_than_the_seats_are_taken_and_each_is_given_back(void **state)
{
	struct shared *shared = shared_private();
	struct traffic_gateway *g = traffic_gateway(&shared->traffic, "stripe");
	int32_t me = getpid();
	int first = traffic_sit(g, 2, me, SOMETIME);

	(void)state;
	WANT_INT(first, 0);
	WANT_INT(traffic_sit(g, 2, getppid(), SOMETIME), 1);
	WANT_INT(traffic_sit(g, 2, me, SOMETIME), TRAFFIC_FULL);
	WANT_INT(traffic_seated(g, SOMETIME), 2);
	traffic_rise(g, 1, me); /* not mine */
	WANT_INT(traffic_sit(g, 2, me, SOMETIME), TRAFFIC_FULL);
	traffic_rise(g, first, me);
	WANT_INT(traffic_sit(g, 2, me, SOMETIME), 0);
}

static void
the_seat_of_a_process_that_died_is_free(void **state)
{
	struct shared *shared = shared_private();
	struct traffic_gateway *g = traffic_gateway(&shared->traffic, "stripe");
	int status;
	pid_t pid = child(g, 1);

	(void)state;
	WANT_INT(waitpid(pid, &status, 0), pid);
	WANT_INT(status, 0);
	WANT(g->seats[0] != 0);
	WANT_INT(traffic_seated(g, SOMETIME), 0);
	WANT_INT(traffic_sit(g, 1, getpid(), SOMETIME), 0);
}

static void
a_seat_that_is_older_than_any_call_is_free(void **state)
{
	struct shared *shared = shared_private();
	struct traffic_gateway *g = traffic_gateway(&shared->traffic, "stripe");
	int64_t late = SOMETIME + (TRAFFIC_SEAT_S + 1) * 1000;

	(void)state;
	WANT_INT(traffic_sit(g, 1, getppid(), SOMETIME), 0);
	WANT_INT(traffic_sit(g, 1, getpid(), SOMETIME + 30000), TRAFFIC_FULL);
	WANT_INT(traffic_sit(g, 1, getpid(), late), 0);
}

TESTS(TEST(three_failures_in_a_row_open_it_and_fewer_do_not),
      TEST(after_ten_seconds_one_call_tries_and_the_others_wait),
      TEST(two_good_trials_close_it_and_a_bad_one_opens_it_again),
      TEST(a_trial_that_dies_or_learns_nothing_makes_room_for_the_next),
      TEST(what_calls_from_before_the_opening_bring_changes_nothing),
      TEST(a_clock_that_began_anew_holds_nobody),
      TEST(every_state_fits_one_word_and_comes_back),
      TEST(a_name_has_one_place_whoever_asks_first),
      TEST(a_breaker_that_one_process_opened_is_open_for_all),
      TEST(no_more_than_the_seats_are_taken_and_each_is_given_back),
      TEST(the_seat_of_a_process_that_died_is_free),
      TEST(a_seat_that_is_older_than_any_call_is_free))
