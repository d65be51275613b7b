/* file.c - a small file of our own, read whole. */
#include "web/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/text.h"

static fallible
read_open(int fd, struct arena *mem, const char *path, const char **text, size_t *len)
{
	struct stat st;
	ssize_t got;
	char *bytes;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > FILE_MAX_BYTES)
		return FAIL(INTERNAL, "%s: no file of at most %d bytes", path,
			    FILE_MAX_BYTES);
	bytes = arena_alloc(mem, (size_t)st.st_size + 1);
	for (*len = 0; *len < (size_t)st.st_size; *len += (size_t)got) {
		got = read(fd, bytes + *len, (size_t)st.st_size - *len);
		if (got <= 0)
			return FAIL(INTERNAL, "%s: %s", path, strerror(errno));
	}
	if (!text_is_utf8(bytes, *len))
		return FAIL(INTERNAL, "%s: not UTF-8", path);
	*text = bytes;
	return NULL;
}

fallible
file_read(struct arena *mem, const char *path, const char **text, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct err *e;

	*text = NULL;
	*len = 0;
	if (fd < 0)
		return errno == ENOENT
			       ? NULL
			       : FAIL(INTERNAL, "%s: %s", path, strerror(errno));
	e = read_open(fd, mem, path, text, len);
	close(fd);
	return e;
}

int64_t
file_stamp(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return 0;
	return st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec + st.st_size + 1;
}
