/* turns_test.c - who takes turns at a thing, and what becomes of the turn of a process
 * that dies. */
#include "base/turns.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/check.h"

enum { SHORT_MS = 20, LONG_MS = 10000 };

static char path[40];

static void
make_file(void)
{
	int fd;

	strcpy(path, "/tmp/till-turns-XXXXXX");
	fd = mkstemp(path);
	WANT(fd >= 0);
	close(fd);
}

static void
who_comes_second_waits_for_its_turn(void **state)
{
	int one, two;

	(void)state;
	make_file();
	one = turns_open(path);
	two = turns_open(path);
	WANT_INT(turns_take(one, 7, LONG_MS), TURN_AT_ONCE);
	WANT_INT(turns_take(two, 8, LONG_MS), TURN_AT_ONCE); /* another thing */
	turns_leave(two, 8);
	WANT_INT(turns_take(two, 7, SHORT_MS), TURN_NOT_YET);
	turns_leave(one, 7);
	WANT_INT(turns_take(two, 7, SHORT_MS), TURN_AT_ONCE);
	close(one);
	close(two);
	unlink(path);
}

static void
hold_until_killed(int ready)
{
	int fd = turns_open(path);

	if (turns_take(fd, 9, LONG_MS) == TURN_AT_ONCE && write(ready, "r", 1) == 1)
		pause();
	_exit(1);
}

static void
release(pid_t child)
{
	usleep(SHORT_MS * 1000);
	kill(child, SIGKILL);
	_exit(0);
}

static void
the_turn_of_a_process_that_dies_goes_to_the_next(void **state)
{
	int ready[2], fd;
	pid_t child, killer;
	char byte;

	(void)state;
	make_file();
	fd = turns_open(path);
	WANT_INT(pipe(ready), 0);
	child = fork();
	if (child == 0)
		hold_until_killed(ready[1]);
	WANT_INT(read(ready[0], &byte, 1), 1);
	killer = fork();
	if (killer == 0)
		release(child);
	WANT_INT(turns_take(fd, 9, LONG_MS), TURN_AFTER_ANOTHER);
	WANT_INT(waitpid(child, NULL, 0), child);
	WANT_INT(waitpid(killer, NULL, 0), killer);
	close(fd);
	close(ready[0]);
	close(ready[1]);
	unlink(path);
}

static void
without_its_file_everybody_has_a_turn_at_once(void **state)
{
	(void)state;
	WANT_INT(turns_open("/nowhere/at/all"), -1);
	WANT_INT(turns_take(-1, 7, LONG_MS), TURN_AT_ONCE);
	turns_leave(-1, 7);
}

TESTS(TEST(who_comes_second_waits_for_its_turn),
      TEST(the_turn_of_a_process_that_dies_goes_to_the_next),
      TEST(without_its_file_everybody_has_a_turn_at_once))
