/* process_test.c - a process is known by its name, and only who is gone is called so.
 */
#include "base/process.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/check.h"

/* A child that waits to be ended, and its name. */
static pid_t
bear(char name[PROCESS_NAME])
{
	int line[2];
	pid_t pid;

	WANT_INT(pipe(line), 0);
	pid = fork();
	if (pid == 0) {
		const char *mine = process_name();

		if (write(line[1], mine, strlen(mine) + 1) < 0)
			_exit(1);
		for (;;)
			pause();
	}
	WANT(read(line[0], name, PROCESS_NAME) > 1);
	close(line[0]);
	close(line[1]);
	return pid;
}

static void
a_process_is_there_until_it_has_ended(void **state)
{
	char name[PROCESS_NAME];
	siginfo_t ended;
	pid_t pid;

	(void)state;
	WANT(!process_is_gone(process_name()));
	pid = bear(name);
	WANT(strcmp(name, process_name()) != 0);
	WANT(!process_is_gone(name));
	kill(pid, SIGKILL);
	WANT_INT(waitid(P_PID, (id_t)pid, &ended, WEXITED | WNOWAIT), 0);
	WANT(process_is_gone(name)); /* nobody has asked for its status yet */
	WANT_INT(waitpid(pid, NULL, 0), pid);
	WANT(process_is_gone(name));
}

/* The name of a process of this number that was born at another time. */
static void
bear_at_another_time(char *name)
{
	char *birth;

	snprintf(name, PROCESS_NAME, "%s", process_name());
	birth = strrchr(name, ':') + 1;
	*birth = *birth == '7' ? '8' : '7';
}

static void
who_has_the_number_of_another_is_not_that_one(void **state)
{
	char name[PROCESS_NAME];

	(void)state;
	bear_at_another_time(name);
	WANT(process_is_gone(name));
}

static void
of_what_cannot_be_seen_from_here_nothing_is_said(void **state)
{
	char name[PROCESS_NAME];

	(void)state;
	bear_at_another_time(name);
	name[0] = name[0] == '0' ? '1' : '0';
	WANT(!process_is_gone(name)); /* another host, or before a boot */
	WANT(!process_is_gone("unknown"));
	WANT(!process_is_gone(""));
	WANT(!process_is_gone(NULL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_process_is_there_until_it_has_ended),
		TEST(who_has_the_number_of_another_is_not_that_one),
		TEST(of_what_cannot_be_seen_from_here_nothing_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
