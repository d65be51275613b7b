/* mapped.h - for what is preloaded into the program: memory that it shares with a test.
 */
#ifndef SUPPORT_MAPPED_H
#define SUPPORT_MAPPED_H

#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The first bytes of the file that this variable of the environment names; NULL when it
 * names none. By the kernel's own calls: those of the library may be replaced. */
static inline void *
mapped_file(const char *variable, size_t bytes)
{
	const char *path = getenv(variable);
	long fd = path == NULL
			  ? -1
			  : syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC);
	void *at;

	if (fd < 0)
		return NULL;
	at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, (int)fd, 0);
	close((int)fd);
	return at == MAP_FAILED ? NULL : at;
}

#endif
