/* secret.c - key material, read from files that only their owner and group can read. */
#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"

enum { SECRET_MAX = 4096 };

struct secret {
	size_t len;
	char bytes[];
};

static void
wipe(void *secret)
{
	explicit_bzero(((struct secret *)secret)->bytes,
		       ((struct secret *)secret)->len);
}

/* Room for len bytes and a NUL, wiped when the arena goes. */
static struct secret *
new_secret(struct arena *mem, size_t len)
{
	struct secret *s = arena_alloc(mem, sizeof *s + len + 1);

	s->len = len;
	arena_defer(mem, wipe, s);
	return s;
}

static fallible
check_file(int fd, const char *path)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return FAIL(INTERNAL, "%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return FAIL(INTERNAL, "%s: not a file", path);
	if ((st.st_mode & 0027) != 0)
		return FAIL(INTERNAL,
			    "%s: mode %04o lets others in; chmod 0640 or 0600", path,
			    (unsigned)(st.st_mode & 07777));
	if (st.st_size > SECRET_MAX)
		return FAIL(INTERNAL, "%s: longer than %d bytes", path, SECRET_MAX);
	return NULL;
}

static fallible
read_secret(struct arena *mem, int fd, const char *path, struct secret **out)
{
	struct secret *s = new_secret(mem, SECRET_MAX);
	size_t len = 0;
	ssize_t n;

	TRY(check_file(fd, path));
	while ((n = read(fd, s->bytes + len, SECRET_MAX - len)) != 0) {
		if (n < 0 && errno != EINTR)
			return FAIL(INTERNAL, "%s: %s", path, strerror(errno));
		len += n > 0 ? (size_t)n : 0;
	}
	if (len > 0 && s->bytes[len - 1] == '\n')
		s->bytes[--len] = '\0';
	if (len == 0)
		return FAIL(INTERNAL, "%s: empty", path);
	s->len = len;
	*out = s;
	return NULL;
}

struct err *
secret_from_file(struct arena *mem, const char *path, struct secret **out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct err *e;

	if (fd < 0)
		return FAIL(INTERNAL, "%s: %s", path, strerror(errno));
	e = read_secret(mem, fd, path, out);
	close(fd);
	return e;
}

struct secret *
secret_from_bytes(struct arena *mem, const void *bytes, size_t len)
{
	struct secret *s = new_secret(mem, len);

	if (len > 0)
		memcpy(s->bytes, bytes, len);
	return s;
}

const void *
secret_bytes(const struct secret *s)
{
	return s->bytes;
}

size_t
secret_len(const struct secret *s)
{
	return s->len;
}

const char *
secret_text(const struct secret *s)
{
	return s->bytes;
}
