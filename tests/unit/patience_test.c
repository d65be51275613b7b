/* patience_test.c - how a process waits, and that it leaves when it is asked to. */
#include "base/patience.h"

#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "support/check.h"

/* What act comes to in a process of its own: whether to leave is known once for all. */
static int
apart(int (*act)(struct patience *, int fds[2]))
{
	int status = -1;
	pid_t child = fork();

	if (child == 0) {
		struct patience patience;
		int fds[2];

		if (pipe(fds) != 0 || !patience_begin(&patience, fds[0]))
			_exit(99);
		_exit(act(&patience, fds));
	}
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int
waits_for_what_comes(struct patience *patience, int fds[2])
{
	if (patience_wait(patience, 1))
		return 1;
	if (write(fds[1], "x", 1) != 1 || !patience_wait(patience, -1))
		return 2;
	return patience_is_over() ? 3 : 0;
}

static int
leaves_when_it_waits_for_nothing(struct patience *patience, int fds[2])
{
	(void)fds;
	raise(SIGTERM);
	return patience_wait(patience, -1) || !patience_is_over();
}

static int
leaves_although_something_is_ready(struct patience *patience, int fds[2])
{
	if (write(fds[1], "x", 1) != 1)
		return 1;
	raise(SIGTERM);
	return patience_wait(patience, -1) || !patience_is_over();
}

static int
serves_what_waits_and_no_longer_than_two_seconds(struct patience *patience, int fds[2])
{
	int64_t began = clock_steady_us();
	char got;

	if (write(fds[1], "x", 1) != 1 || patience_queue(patience))
		return 1;
	raise(SIGTERM);
	if (!patience_queue(patience) || read(fds[0], &got, 1) != 1)
		return 2;
	if (patience_queue(patience) || write(fds[1], "x", 1) != 1)
		return 3;
	while (patience_queue(patience))
		if (clock_steady_us() - began > SECONDS(5))
			return 4;
	return clock_steady_us() - began < SECONDS(2) ? 5 : 0;
}

static int
sees_the_signal_before_it_waits(struct patience *patience, int fds[2])
{
	(void)patience;
	(void)fds;
	raise(SIGTERM);
	return !patience_is_over();
}

/* 0: it left at the signal, which came before it waited. */
static int
leaves_alone_at(int signal_number)
{
	struct patience patience;
	int status = -1;
	pid_t child = fork();

	if (child == 0) {
		if (!patience_begin_alone(&patience) || patience_wait(&patience, 1))
			_exit(1);
		raise(signal_number);
		_exit(patience_wait(&patience, -1) || !patience_is_over());
	}
	waitpid(child, &status, 0);
	return status;
}

static void
a_process_that_watches_nothing_leaves_at_either_signal_and_dies_of_a_hangup(
	void **state)
{
	int status;

	(void)state;
	WANT_INT(leaves_alone_at(SIGTERM), 0);
	WANT_INT(leaves_alone_at(SIGINT), 0);
	status = leaves_alone_at(SIGHUP);
	WANT(WIFSIGNALED(status) && WTERMSIG(status) == SIGHUP);
}

static void
a_child_waits_until_something_comes(void **state)
{
	(void)state;
	WANT_INT(apart(waits_for_what_comes), 0);
}

static void
a_child_that_is_asked_to_leave_begins_nothing_more(void **state)
{
	(void)state;
	WANT_INT(apart(leaves_when_it_waits_for_nothing), 0);
	WANT_INT(apart(leaves_although_something_is_ready), 0);
	WANT_INT(apart(sees_the_signal_before_it_waits), 0);
}

static void
what_waits_already_is_served_first_but_not_for_ever(void **state)
{
	(void)state;
	WANT_INT(apart(serves_what_waits_and_no_longer_than_two_seconds), 0);
}

TESTS(TEST(a_child_waits_until_something_comes),
      TEST(a_child_that_is_asked_to_leave_begins_nothing_more),
      TEST(what_waits_already_is_served_first_but_not_for_ever),
      TEST(a_process_that_watches_nothing_leaves_at_either_signal_and_dies_of_a_hangup))
