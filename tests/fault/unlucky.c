/* unlucky.c - preloaded into a pool: the nth call of a kind that one of its children
 * makes fails, or does only a part (unlucky.py arms it).
 *
 * The file that TILL_UNLUCKY names is mapped; it says which kinds of calls of whose
 * children are counted and what befalls one of them. The calls themselves are made of
 * the kernel's, or of glibc's own names, so that nothing has to be looked up first. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "support/mapped.h"

enum kind { MEMORY = 1, READING = 2, WRITING = 4, OPENING = 8 };
enum { PART = -1 }; /* one byte of what was asked for */

/* As unlucky.py has it. */
struct aim {
	_Atomic int32_t kinds; /* 0: nothing is counted */
	int32_t how;           /* errno, or PART */
	int32_t master;        /* whose children are meant */
	_Atomic int32_t skip;  /* so many calls are left alone, */
	_Atomic int32_t times; /* then so many are not */
	int32_t unused;
	_Atomic int64_t passed, hit;
};

void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);

static struct aim *aim;

__attribute__((constructor)) static void
map_aim(void)
{
	aim = mapped_file("TILL_UNLUCKY", sizeof *aim);
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

/* 0: the call is left alone; else what befalls it, errno set when it fails. */
static int
fate(enum kind kind)
{
	if (aim == NULL || (aim->kinds & (int32_t)kind) == 0 ||
	    aim->master != getppid())
		return 0;
	aim->passed++;
	if (take(&aim->skip) || !take(&aim->times))
		return 0;
	aim->hit++;
	if (aim->how > 0)
		errno = aim->how;
	return aim->how;
}

void *
malloc(size_t size)
{
	return fate(MEMORY) != 0 ? NULL : __libc_malloc(size);
}

void *
calloc(size_t n, size_t size)
{
	return fate(MEMORY) != 0 ? NULL : __libc_calloc(n, size);
}

void *
realloc(void *old, size_t size)
{
	return fate(MEMORY) != 0 ? NULL : __libc_realloc(old, size);
}

/* How much of len is done; -1: the call fails. */
static ssize_t
share(enum kind kind, size_t len)
{
	int how = fate(kind);

	return how > 0 ? -1 : how == PART && len > 1 ? 1 : (ssize_t)len;
}

ssize_t
read(int fd, void *to, size_t len)
{
	ssize_t part = share(READING, len);

	return part < 0 ? -1 : syscall(SYS_read, fd, to, part);
}

ssize_t
recv(int fd, void *to, size_t len, int flags)
{
	ssize_t part = share(READING, len);

	return part < 0 ? -1 : syscall(SYS_recvfrom, fd, to, part, flags, NULL, NULL);
}

ssize_t
write(int fd, const void *bytes, size_t len)
{
	ssize_t part = share(WRITING, len);

	return part < 0 ? -1 : syscall(SYS_write, fd, bytes, part);
}

ssize_t
send(int fd, const void *bytes, size_t len, int flags)
{
	ssize_t part = share(WRITING, len);

	return part < 0 ? -1 : syscall(SYS_sendto, fd, bytes, part, flags, NULL, 0);
}

ssize_t
sendmsg(int fd, const struct msghdr *message, int flags)
{
	return fate(WRITING) > 0 ? -1 : syscall(SYS_sendmsg, fd, message, flags);
}

ssize_t
writev(int fd, const struct iovec *pieces, int n)
{
	return fate(WRITING) > 0 ? -1 : syscall(SYS_writev, fd, pieces, n);
}

/* ---- what makes a descriptor ---- */

int
open(const char *path, int flags, ...)
{
	va_list args;
	int mode = 0;

	va_start(args, flags);
	if ((flags & (O_CREAT | O_TMPFILE)) != 0)
		mode = va_arg(args, int);
	va_end(args);
	return fate(OPENING) > 0
		       ? -1
		       : (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int
socket(int family, int type, int protocol)
{
	return fate(OPENING) > 0 ? -1
				 : (int)syscall(SYS_socket, family, type, protocol);
}
