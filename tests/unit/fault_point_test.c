/* fault_point_test.c - points do what their row says, so often, and count it. The
 * tests' own build has none: the file is compiled here once more, with them. */
#define TILL_FAULTS
#include "base/fault_point.c"

#include <stdlib.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "support/check.h"

static char run_dir[] = "/tmp/till-faults.XXXXXX";

static struct fault_row *
arm(enum fault_action action, int skip, int times, int ms)
{
	struct fault_row *row = &fault_points()[FAULT_ask_begin];

	row->skip = skip;
	row->times = times;
	row->ms = ms;
	row->action = (int32_t)action;
	row->passed = row->fired = 0;
	return row;
}

static fallible
ask(void)
{
	FAULT_POINT_ERR(ask_begin, DATABASE_DOWN);
	return NULL;
}

static void
what_is_not_armed_is_only_counted(void **state)
{
	const struct fault_row *row = arm(FAULT_NOTHING, 0, 9, 0);

	(void)state;
	WANT_OK(ask());
	WANT_INT(row->passed, 1);
	WANT_INT(row->fired, 0);
	WANT(!FAULT_POINT_IS_ARMED(ask_begin));
}

static void
an_error_comes_at_the_third_time_and_twice(void **state)
{
	const struct fault_row *row = arm(FAULT_ERROR, 2, 2, 0);

	(void)state;
	WANT_OK(ask());
	WANT_OK(ask());
	WANT(FAULT_POINT_IS_ARMED(ask_begin));
	WANT_ERR(ask(), DATABASE_DOWN);
	WANT_ERR(ask(), DATABASE_DOWN);
	WANT_OK(ask());
	WANT_INT(row->passed, 5);
	WANT_INT(row->fired, 2);
}

static void
a_delay_takes_its_time(void **state)
{
	int64_t began = clock_steady_us();

	(void)state;
	arm(FAULT_DELAY, 0, 1, 30);
	WANT_OK(ask());
	WANT(clock_steady_us() - began >= 30000);
}

static int
end_of(pid_t pid)
{
	int status = 0;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void
a_kill_is_sure_and_counted_by_all(void **state)
{
	const struct fault_row *row = arm(FAULT_KILL, 0, 1, 0);
	pid_t pid = fork();
	int status;

	(void)state;
	if (pid == 0)
		_exit(ask() == NULL ? 0 : 1);
	status = end_of(pid);
	WANT(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	WANT_INT(row->fired, 1);
	WANT_INT(row->pid, pid);
}

static void
a_hang_ends_when_it_is_disarmed(void **state)
{
	struct fault_row *row = arm(FAULT_HANG, 0, 1, 0);
	pid_t pid = fork();

	(void)state;
	if (pid == 0)
		_exit(ask() == NULL ? 0 : 1);
	while (row->fired == 0)
		usleep(1000);
	WANT_INT(waitpid(pid, NULL, WNOHANG), 0);
	row->action = FAULT_NOTHING;
	WANT_INT(end_of(pid), 0);
}

static void
a_second_look_finds_what_the_first_armed(void **state)
{
	const struct fault_row *first = arm(FAULT_ERROR, 7, 1, 0);

	(void)state;
	WANT_OK(fault_points_open(run_dir));
	WANT(fault_points() != first);
	WANT_INT(fault_points()[FAULT_ask_begin].skip, 7);
	WANT_TEXT(fault_points()[FAULT_ask_begin].name, "ask_begin");
}

static void
a_file_of_another_version_is_made_anew(void **state)
{
	struct fault_row *row = arm(FAULT_ERROR, 0, 9, 0);

	(void)state;
	memcpy(row->name, "something_else", sizeof "something_else");
	WANT_OK(fault_points_open(run_dir));
	WANT_TEXT(fault_points()[FAULT_ask_begin].name, "ask_begin");
	WANT_OK(ask());
}

static int
open_points(void **state)
{
	(void)state;
	return mkdtemp(run_dir) == NULL || fault_points_open(run_dir) != NULL;
}

static int
drop_points(void **state)
{
	char path[PATH_MOST];

	(void)state;
	snprintf(path, sizeof path, "%s/faults", run_dir);
	unlink(path);
	return rmdir(run_dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_not_armed_is_only_counted),
		TEST(an_error_comes_at_the_third_time_and_twice),
		TEST(a_delay_takes_its_time),
		TEST(a_kill_is_sure_and_counted_by_all),
		TEST(a_hang_ends_when_it_is_disarmed),
		TEST(a_second_look_finds_what_the_first_armed),
		TEST(a_file_of_another_version_is_made_anew),
	};

	return cmocka_run_group_tests(tests, open_points, drop_points);
}
