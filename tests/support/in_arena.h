/* in_arena.h - tests that share one arena: mem. What they make in it stays until the
 * last of the file is done. */
#ifndef SUPPORT_IN_ARENA_H
#define SUPPORT_IN_ARENA_H

#include "base/arena.h"
#include "support/check.h"

enum { IN_ARENA_MOST = 64 * 1024 * 1024 };

static struct arena *mem;

static int
in_arena_begin(void **state)
{
	(void)state;
	mem = arena_new(IN_ARENA_MOST);
	return 0;
}

static int
in_arena_end(void **state)
{
	(void)state;
	arena_free(mem);
	return 0;
}

/* TESTS_IN_ARENA(TEST(a_sentence_that_is_true), TEST(another)) is the main function. */
#define TESTS_IN_ARENA(...)                                                            \
	int main(void)                                                                 \
	{                                                                              \
		const struct CMUnitTest tests[] = {__VA_ARGS__};                       \
		return cmocka_run_group_tests(tests, in_arena_begin, in_arena_end);    \
	}

#endif
