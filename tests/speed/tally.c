/* tally.c - preloaded into a pool: counts what its children ask malloc for and what
 * they hold. The file that TILL_TALLY names is mapped; tally.py reads and clears it. */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "support/mapped.h"

/* As tally.py has it. */
struct tally {
	_Atomic int32_t master; /* whose children are counted; 0: nobody's */
	int32_t unused;
	_Atomic int64_t calls, bytes; /* asked for */
	_Atomic int64_t held;         /* bytes, by malloc's own count */
};

void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);
void __libc_free(void *);

static struct tally *tally;

__attribute__((constructor)) static void
map_tally(void)
{
	tally = mapped_file("TILL_TALLY", sizeof *tally);
}

static int
counts(void)
{
	return tally != NULL && tally->master != 0 && tally->master == getppid();
}

static void *
count(void *got, size_t asked)
{
	if (got == NULL || !counts())
		return got;
	tally->calls++;
	tally->bytes += (int64_t)asked;
	tally->held += (int64_t)malloc_usable_size(got);
	return got;
}

static void
forget(void *at)
{
	if (at != NULL && counts())
		tally->held -= (int64_t)malloc_usable_size(at);
}

void *
malloc(size_t size)
{
	return count(__libc_malloc(size), size);
}

void *
calloc(size_t n, size_t size)
{
	return count(__libc_calloc(n, size), n * size);
}

void *
realloc(void *old, size_t size)
{
	size_t had = old == NULL ? 0 : malloc_usable_size(old);
	void *got = __libc_realloc(old, size);

	if ((got != NULL || size == 0) && counts())
		tally->held -= (int64_t)had;
	return count(got, size);
}

void *
memalign(size_t alignment, size_t size)
{
	return count(__libc_memalign(alignment, size), size);
}

void *
aligned_alloc(size_t alignment, size_t size)
{
	return memalign(alignment, size);
}

int
posix_memalign(void **at, size_t alignment, size_t size)
{
	*at = memalign(alignment, size);
	return *at == NULL ? ENOMEM : 0;
}

void
free(void *at)
{
	forget(at);
	__libc_free(at);
}
