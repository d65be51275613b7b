/* shared.c - one mapped file that every role of a host sees. */
#include "base/shared.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"

enum { MAGIC = 0x54494c02 };

const int64_t shared_bucket_ms[SHARED_BUCKETS - 1] = {1,   2,   5,   10,   20,  50,
						      100, 200, 500, 1000, 5000};

static struct shared *
map(int fd, int flags)
{
	void *at =
		mmap(NULL, sizeof(struct shared), PROT_READ | PROT_WRITE, flags, fd, 0);

	return at == MAP_FAILED ? NULL : at;
}

/* Under the file's lock: only one process makes it new. */
static fallible
prepare(int fd, const char *path, struct shared **out)
{
	struct stat st;

	if (flock(fd, LOCK_EX) != 0 || fstat(fd, &st) != 0)
		return FAIL(INTERNAL, "%s: %s", path, strerror(errno));
	/* With its blocks: on a full disk a page without one would be a SIGBUS; and
	 * never cut short, for processes of an older program may have it mapped. */
	if (st.st_size < (off_t)sizeof(struct shared) &&
	    (errno = posix_fallocate(fd, 0, sizeof(struct shared))) != 0)
		return FAIL(INTERNAL, "%s: %s", path, strerror(errno));
	*out = map(fd, MAP_SHARED);
	if (*out == NULL)
		return FAIL(INTERNAL, "%s: %s", path, strerror(errno));
	if ((*out)->magic != MAGIC) {
		memset(*out, 0, sizeof **out);
		(*out)->magic = MAGIC;
	}
	return NULL;
}

/* A map of another size is another version's: it is left to who still has it. */
static void
drop_other_version(const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0 && st.st_size != 0 &&
	    st.st_size != (off_t)sizeof(struct shared))
		unlink(path);
}

fallible
shared_open(const char *path, struct shared **out)
{
	struct err *e;
	int fd;

	drop_other_version(path);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0660);
	if (fd < 0)
		return FAIL(INTERNAL, "%s: %s", path, strerror(errno));
	e = prepare(fd, path, out);
	/* The map keeps the file open, and with it the lock, beyond close. */
	flock(fd, LOCK_UN);
	close(fd);
	return e;
}

struct shared *
shared_private(void)
{
	return map(-1, MAP_SHARED | MAP_ANONYMOUS);
}

static bool
is_gone(int32_t pid)
{
	return kill(pid, 0) != 0 && errno == ESRCH;
}

/* Takes the slot when it is free or its process is gone. */
static bool
take(struct shared_slot *slot, int32_t pid)
{
	int32_t owner = slot->pid;

	if (owner != 0 && !is_gone(owner))
		return false;
	return atomic_compare_exchange_strong(&slot->pid, &owner, pid);
}

struct shared_slot *
shared_claim(struct shared *shared, const char *role, int32_t pid)
{
	for (int fresh = 0; fresh < 2; fresh++) {
		for (size_t i = 0; i < SHARED_SLOTS; i++) {
			struct shared_slot *slot = &shared->slots[i];
			const char *wanted = fresh ? "" : role;

			if (strncmp(slot->role, wanted, SHARED_ROLE) != 0 ||
			    !take(slot, pid))
				continue;
			strncpy(slot->role, role, SHARED_ROLE - 1);
			slot->busy_since_us = 0;
			slot->idle_since_us = 0;
			return slot;
		}
	}
	return NULL;
}

struct shared_slot *
shared_slot_of(struct shared *shared, int32_t pid)
{
	for (size_t i = 0; i < SHARED_SLOTS; i++)
		if (shared->slots[i].pid == pid)
			return &shared->slots[i];
	return NULL;
}

void
shared_mark_busy(struct shared_slot *slot, bool busy)
{
	if (slot == NULL)
		return;
	slot->busy_since_us = busy ? clock_steady_us() : 0;
	slot->idle_since_us = busy ? 0 : clock_steady_us();
}

void
shared_mark_idle_since(struct shared_slot *slot, int64_t since_us)
{
	if (slot == NULL)
		return;
	slot->busy_since_us = 0;
	slot->idle_since_us = since_us == 0 ? clock_steady_us() : since_us;
}

void
shared_release(struct shared *shared, int32_t pid)
{
	struct shared_slot *slot = shared_slot_of(shared, pid);

	if (slot == NULL)
		return;
	slot->busy_since_us = 0;
	slot->pid = 0;
}
