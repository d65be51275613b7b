/* store_file.c - the append-only file of lines behind the store. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/log.h"
#include "sandbox/store_file.h"

enum { PENDING_MAX = 65536 };

struct store_file {
	const char *dir, *path, *next_path;
	int dir_fd, fd;
	size_t n_pending; /* bytes that are put but not yet written */
	char pending[PENDING_MAX];
};

/* The lock is on the folder, since the file itself is replaced now and then. */
fallible
store_file_open(struct arena *mem, const char *dir, struct store_file **out)
{
	struct store_file *file = arena_new_of(mem, struct store_file, 1);

	*out = file;
	file->dir_fd = file->fd = -1;
	file->dir = arena_text(mem, dir);
	file->path = arena_printf(mem, "%s/state.log", dir);
	file->next_path = arena_printf(mem, "%s/state.next", dir);
	if (mkdir(dir, 0700) && errno != EEXIST)
		return FAIL(INTERNAL, "%s: %s", dir, strerror(errno));
	file->dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (file->dir_fd < 0)
		return FAIL(INTERNAL, "%s: %s", dir, strerror(errno));
	if (flock(file->dir_fd, LOCK_EX | LOCK_NB))
		return FAIL(INTERNAL, "%s: another sandbox works here", dir);
	file->fd = open(file->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (file->fd < 0)
		return FAIL(INTERNAL, "%s: %s", file->path, strerror(errno));
	return NULL;
}

static fallible
cut_torn(struct store_file *file, off_t end)
{
	log_event(LOG_WARNING, "sandbox.torn_line", "file", file->path, "kept",
		  log_number(end), NULL);
	if (ftruncate(file->fd, end))
		return FAIL(INTERNAL, "%s: %s", file->path, strerror(errno));
	return NULL;
}

static fallible
replay_lines(struct store_file *file, const char *bytes, size_t size,
	     struct err *(*fn)(void *, const char *, size_t), void *arg)
{
	size_t at = 0;

	while (at < size) {
		const char *end = memchr(bytes + at, '\n', size - at);
		size_t len = end ? (size_t)(end - bytes) - at : 0;
		struct err *wrong = NULL;

		if (end)
			wrong = fn(arg, bytes + at, len);
		if (!end || (wrong && at + len + 1 == size))
			return cut_torn(file, (off_t)at);
		if (wrong)
			return FAIL(INTERNAL, "%s: byte %zu: %s", file->path, at,
				    wrong->cause);
		at += len + 1;
	}
	return NULL;
}

fallible
store_file_replay(struct store_file *file,
		  struct err *(*fn)(void *, const char *line, size_t len), void *arg)
{
	struct err *e;
	struct stat is;
	void *bytes;

	if (fstat(file->fd, &is))
		return FAIL(INTERNAL, "%s: %s", file->path, strerror(errno));
	if (is.st_size == 0)
		return NULL;
	bytes = mmap(NULL, (size_t)is.st_size, PROT_READ, MAP_PRIVATE, file->fd, 0);
	if (bytes == MAP_FAILED)
		return FAIL(INTERNAL, "%s: %s", file->path, strerror(errno));
	e = replay_lines(file, bytes, (size_t)is.st_size, fn, arg);
	munmap(bytes, (size_t)is.st_size);
	return e;
}

static fallible
write_out(struct store_file *file, const char *bytes, size_t len)
{
	while (len) {
		ssize_t put = write(file->fd, bytes, len);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return FAIL(INTERNAL, "%s: %s", file->path, strerror(errno));
		bytes += put;
		len -= (size_t)put;
	}
	return NULL;
}

static fallible
flush(struct store_file *file)
{
	size_t n = file->n_pending;

	file->n_pending = 0;
	return write_out(file, file->pending, n);
}

fallible
store_file_put(struct store_file *file, const struct buf *line)
{
	if (line->full)
		return FAIL(INTERNAL, "a record is larger than a line may be");
	if (file->n_pending + line->len > PENDING_MAX)
		TRY(flush(file));
	if (line->len > PENDING_MAX)
		return write_out(file, line->data, line->len);
	memcpy(file->pending + file->n_pending, line->data, line->len);
	file->n_pending += line->len;
	return NULL;
}

fallible
store_file_sync(struct store_file *file)
{
	TRY(flush(file));
	if (fdatasync(file->fd))
		return FAIL(INTERNAL, "%s: %s", file->path, strerror(errno));
	return NULL;
}

fallible
store_file_begin(struct store_file *file)
{
	int next = open(file->next_path,
			O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);

	if (next < 0)
		return FAIL(INTERNAL, "%s: %s", file->next_path, strerror(errno));
	close(file->fd);
	file->fd = next;
	file->n_pending = 0;
	return NULL;
}

fallible
store_file_commit(struct store_file *file)
{
	TRY(store_file_sync(file));
	if (rename(file->next_path, file->path) || fsync(file->dir_fd))
		return FAIL(INTERNAL, "%s: %s", file->path, strerror(errno));
	return NULL;
}

void
store_file_close(struct store_file *file)
{
	if (file->fd >= 0)
		close(file->fd);
	if (file->dir_fd >= 0)
		close(file->dir_fd);
}
