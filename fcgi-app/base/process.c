/* process.c - names of processes, made of what Linux tells of them in /proc. */
#include "base/process.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

static void
write_name(char name[PROCESS_NAME], const struct realm *realm, long pid,
	   unsigned long long birth)
{
	snprintf(name, PROCESS_NAME, "%s:%llu:%ld:%llu", realm->boot, realm->space, pid,
		 birth);
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
	if (read_realm(&realm) && read_birth(whose, &birth))
		write_name(name, &realm, whose, birth);
	else
		snprintf(name, sizeof name, "unknown");
	return name;
}

/* The number in a name of this realm; 0: it is not one of here. */
static long
number_in(const char *name, const struct realm *here)
{
	char prefix[PROCESS_NAME];
	int len = snprintf(prefix, sizeof prefix, "%s:%llu:", here->boot, here->space);

	return strncmp(name, prefix, (size_t)len) == 0 ? strtol(name + len, NULL, 10)
						       : 0;
}

bool
process_is_gone(const char *name)
{
	unsigned long long birth;
	char now[PROCESS_NAME];
	struct realm here;
	long pid;

	if (name == NULL || !read_realm(&here))
		return false;
	pid = number_in(name, &here);
	if (pid <= 0)
		return false;
	if (kill((pid_t)pid, 0) != 0 && errno == ESRCH)
		return true;
	if (!read_birth(pid, &birth))
		return false;
	write_name(now, &here, pid, birth);
	return strcmp(name, now) != 0;
}
