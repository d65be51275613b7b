/* patience_test.c - processes that wait for the same thing: what comes wakes one of
 * them.
 */
#include "base/patience.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/check.h"

enum { CHILDREN = 4, WAIT_MS = 400 };

static void
wait_once(int nudges, int ready, int told)
{
	struct patience patience;
	char byte;
	bool woken;

	if (!patience_begin(&patience, nudges) || write(ready, "r", 1) != 1)
		_exit(1);
	woken = patience_wait(&patience, WAIT_MS);
	if (woken && recv(nudges, &byte, 1, MSG_DONTWAIT) == 1)
		_exit(write(told, "got", 3) != 3);
	_exit(woken ? write(told, "vain", 4) != 4 : 0);
}

/* It has told that it is ready: what it sleeps in is the wait. */
static bool
is_asleep(pid_t child)
{
	char path[40], line[200] = "", *state;
	FILE *stat;

	snprintf(path, sizeof path, "/proc/%d/stat", (int)child);
	stat = fopen(path, "r");
	if (stat == NULL)
		return false;
	state = fgets(line, sizeof line, stat) == NULL ? NULL : strrchr(line, ')');
	fclose(stat);
	return state != NULL && state[2] == 'S';
}

static void
one_nudge_wakes_one_of_those_who_wait(void **state)
{
	int nudges[2], ready[2], told[2];
	pid_t children[CHILDREN];
	char said[64] = "", byte;

	(void)state;
	WANT_INT(socketpair(AF_UNIX, SOCK_DGRAM, 0, nudges), 0);
	WANT(pipe(ready) == 0 && pipe(told) == 0);
	for (int i = 0; i < CHILDREN; i++) {
		children[i] = fork();
		if (children[i] == 0)
			wait_once(nudges[0], ready[1], told[1]);
		WANT_INT(read(ready[0], &byte, 1), 1);
	}
	for (int i = 0; i < CHILDREN; i++)
		while (!is_asleep(children[i]))
			usleep(1000);
	WANT_INT(send(nudges[1], "w", 1, 0), 1);
	for (int i = 0; i < CHILDREN; i++)
		WANT_INT(waitpid(children[i], NULL, 0), children[i]);
	WANT(read(told[0], said, sizeof said - 1) > 0);
	WANT_TEXT(said, "got");
}

TESTS(TEST(one_nudge_wakes_one_of_those_who_wait))
