/* fault_point.c - named places where tests kill, hang, delay or fail a process. */
#include "base/fault_point.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

#ifdef TILL_FAULTS

enum { STEP_MS = 5, PATH_MOST = 300 };

static const char *const names[FAULT__COUNT] = {
#define FAULT_SITE(name, where) #name,
#include "base/fault_point.def"
#undef FAULT_SITE
};

static struct fault_row *rows;

static bool
fits(const struct fault_row *at)
{
	for (int i = 0; i < FAULT__COUNT; i++)
		if (strncmp(at[i].name, names[i], sizeof at[i].name) != 0)
			return false;
	return true;
}

/* Under the file's lock: only one process makes it new. */
static fallible
map(int fd, const char *path)
{
	size_t size = sizeof(struct fault_row) * FAULT__COUNT;

	if (flock(fd, LOCK_EX) != 0 || ftruncate(fd, (off_t)size) != 0)
		return FAIL(INTERNAL, "%s: %s", path, strerror(errno));
	rows = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (rows == MAP_FAILED) {
		rows = NULL;
		return FAIL(INTERNAL, "%s: %s", path, strerror(errno));
	}
	if (fits(rows))
		return NULL;
	memset(rows, 0, size);
	for (int i = 0; i < FAULT__COUNT; i++)
		strncpy(rows[i].name, names[i], sizeof rows[i].name - 1);
	return NULL;
}

fallible
fault_points_open(const char *run_dir)
{
	char path[PATH_MOST];
	struct err *e;
	int fd;

	snprintf(path, sizeof path, "%s/faults", run_dir);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0660);
	if (fd < 0)
		return FAIL(INTERNAL, "%s: %s", path, strerror(errno));
	e = map(fd, path);
	flock(fd, LOCK_UN);
	close(fd);
	return e;
}

struct fault_row *
fault_points(void)
{
	return rows;
}

/* Counts down to nothing and no further; false when nothing was left. */
static bool
take(_Atomic int32_t *left)
{
	int32_t now = *left;

	while (now > 0)
		if (atomic_compare_exchange_weak(left, &now, now - 1))
			return true;
	return false;
}

static void
wait_ms(const struct fault_row *row, enum fault_action action, int64_t ms)
{
	struct timespec step = {.tv_nsec = STEP_MS * 1000000L};
	int64_t end = clock_steady_us() + ms * 1000;

	while (row->action == (int32_t)action && (ms == 0 || clock_steady_us() < end))
		nanosleep(&step, NULL);
}

bool
fault_point(enum fault_site site)
{
	struct fault_row *row = rows == NULL ? NULL : &rows[site];
	enum fault_action action;

	if (row == NULL)
		return false;
	row->passed++;
	action = (enum fault_action)row->action;
	if (action == FAULT_NOTHING || take(&row->skip) || !take(&row->times))
		return false;
	row->pid = getpid();
	row->fired++;
	assert(action != FAULT_BREAK);
	if (action == FAULT_KILL)
		kill(getpid(), SIGKILL);
	else if (action == FAULT_CRASH)
		kill(getpid(), SIGSEGV);
	else if (action == FAULT_HANG || action == FAULT_DELAY)
		wait_ms(row, action, row->ms);
	return action == FAULT_ERROR;
}

bool
fault_point_is_armed(enum fault_site site)
{
	const struct fault_row *row = rows == NULL ? NULL : &rows[site];

	return row != NULL && row->action != FAULT_NOTHING && row->skip == 0 &&
	       row->times > 0;
}

#endif
