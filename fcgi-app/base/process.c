/* process.c - names of processes, made of what Linux tells of them in /proc. */
#include "base/process.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

enum { BOOT = 36, STAT = 512, FIELDS_TO_BIRTH = 20 };

/* What the number of a process means: on which host, since which boot, in which
 * namespace. */
struct realm {
	char boot[BOOT + 1];
	unsigned long long space;
};

static bool
read_realm(struct realm *realm)
{
	FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");
	struct stat space;
	size_t got;

	if (file == NULL)
		return false;
	got = fread(realm->boot, 1, BOOT, file);
	fclose(file);
	realm->boot[got] = '\0';
	if (got != BOOT || stat("/proc/self/ns/pid", &space) != 0)
		return false;
	realm->space = space.st_ino;
	return true;
}

/* In ticks since the boot, 0 for one that has ended and was not reaped. False: it
 * cannot be seen. */
static bool
read_birth(long pid, unsigned long long *birth)
{
	char path[40], text[STAT + 1], *at;
	FILE *file;
	size_t got;

	snprintf(path, sizeof path, "/proc/%ld/stat", pid);
	file = fopen(path, "re");
	if (file == NULL)
		return false;
	got = fread(text, 1, STAT, file);
	fclose(file);
	text[got] = '\0';
	at = strrchr(text, ')'); /* the name before it may hold anything */
	if (at == NULL || at[1] == '\0')
		return false;
	*birth = 0;
	if (at[2] == 'Z' || at[2] == 'X')
		return true;
	for (int i = 0; i < FIELDS_TO_BIRTH && at != NULL; i++)
		at = strchr(at + 1, ' ');
	if (at != NULL)
		*birth = strtoull(at + 1, NULL, 10);
	return at != NULL;
}

const char *
process_name(void)
{
	static char name[PROCESS_NAME];
	static pid_t whose;
	unsigned long long birth;
	struct realm realm;

	if (whose == getpid())
		return name;
	whose = getpid();
	if (!read_realm(&realm) || !read_birth(whose, &birth)) {
		snprintf(name, sizeof name, "unknown");
		return name;
	}
	snprintf(name, sizeof name, "%s:%llu:%ld:%llu", realm.boot, realm.space,
		 (long)whose, birth);
	return name;
}

bool
process_is_gone(const char *name)
{
	char boot[BOOT + 1];
	unsigned long long space, birth, seen;
	struct realm here;
	long pid;

	if (name == NULL ||
	    sscanf(name, "%36[^:]:%llu:%ld:%llu", boot, &space, &pid, &birth) != 4 ||
	    pid <= 0 || !read_realm(&here) || space != here.space ||
	    !text_equal(boot, here.boot))
		return false;
	if (kill((pid_t)pid, 0) != 0 && errno == ESRCH)
		return true;
	return read_birth(pid, &seen) && seen != birth;
}
