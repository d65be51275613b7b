/* secret_test.c - key material from files. */
#include "base/secret.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "support/check.h"

static char path[] = "/tmp/till_secret_XXXXXX";

static struct err *
read_back(struct arena *mem, const void *bytes, size_t len, mode_t mode,
	  struct secret **out)
{
	struct err *e;
	int fd;

	memcpy(path + strlen(path) - 6, "XXXXXX", 6);
	fd = mkstemp(path);
	WANT(fd >= 0 && write(fd, bytes, len) == (ssize_t)len && fchmod(fd, mode) == 0);
	close(fd);
	e = secret_from_file(mem, path, out);
	unlink(path);
	return e;
}

static void
a_secret_is_its_file_without_the_last_newline(void **state)
{
	struct arena *mem = arena_new(1 << 20);
	struct secret *s;

	(void)state;
	WANT_OK(read_back(mem, "sk_test_1\n", 10, 0600, &s));
	WANT_TEXT(secret_text(s), "sk_test_1");
	WANT_INT(secret_len(s), 9);
	WANT_OK(read_back(mem, "a\nb\n\n", 5, 0640, &s));
	WANT_TEXT(secret_text(s), "a\nb\n");
	WANT_OK(read_back(mem, "\0\1\2", 3, 0400, &s));
	WANT(secret_len(s) == 3 && memcmp(secret_bytes(s), "\0\1\2", 3) == 0);
	arena_free(mem);
}

static void
a_file_that_lets_others_in_is_refused(void **state)
{
	static const mode_t bad[] = {0604, 0602, 0601, 0620, 0644, 0660, 0666, 0777};
	struct arena *mem = arena_new(1 << 20);
	struct secret *s;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct err *e = read_back(mem, "x", 1, bad[i], &s);

		WANT_ERR(e, INTERNAL);
		WANT(strstr(e->cause, path) != NULL);
	}
	arena_free(mem);
}

static void
an_empty_missing_or_huge_file_is_refused(void **state)
{
	static char bytes[4097];
	struct arena *mem = arena_new(1 << 20);
	struct secret *s;

	(void)state;
	memset(bytes, 'x', sizeof bytes);
	WANT_ERR(read_back(mem, "", 0, 0600, &s), INTERNAL);
	WANT_ERR(read_back(mem, "\n", 1, 0600, &s), INTERNAL);
	WANT_ERR(read_back(mem, bytes, 4097, 0600, &s), INTERNAL);
	WANT_OK(read_back(mem, bytes, 4096, 0600, &s));
	WANT_INT(strlen(secret_text(s)), 4096);
	WANT_ERR(secret_from_file(mem, "/nowhere/key", &s), INTERNAL);
	WANT_ERR(secret_from_file(mem, "/tmp", &s), INTERNAL);
	arena_free(mem);
}

static struct secret *watched;
static char seen[10];

static void
look(void *unused)
{
	(void)unused;
	memcpy(seen, secret_bytes(watched), 9);
}

static void
a_secret_is_wiped_when_its_arena_is_rewound(void **state)
{
	struct arena *mem = arena_new(1 << 20);

	(void)state;
	arena_defer(mem, look,
		    NULL); /* runs after what is deferred later: the wiping */
	watched = secret_from_bytes(mem, "sk_test_1", 9);
	look(NULL);
	WANT(memcmp(seen, "sk_test_1", 9) == 0);
	arena_free(mem);
	WANT(memcmp(seen, "\0\0\0\0\0\0\0\0", 9) == 0);
}

TESTS(TEST(a_secret_is_its_file_without_the_last_newline),
      TEST(a_file_that_lets_others_in_is_refused),
      TEST(an_empty_missing_or_huge_file_is_refused),
      TEST(a_secret_is_wiped_when_its_arena_is_rewound))
