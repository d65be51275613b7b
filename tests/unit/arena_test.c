/* arena_test.c - memory of one request. */
#include "base/arena.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/check.h"

static char calls[16];

static void
note(void *letter)
{
	strncat(calls, letter, sizeof calls - strlen(calls) - 1);
}

static void
memory_is_zeroed_and_aligned(void **state)
{
	struct arena *mem = arena_new(1 << 20);

	(void)state;
	for (size_t size = 0; size < 200; size++) {
		unsigned char *at = arena_alloc(mem, size);

		WANT((uintptr_t)at % 16 == 0);
		for (size_t i = 0; i < size; i++)
			WANT(at[i] == 0);
		memset(at, 0xFF, size);
	}
	arena_free(mem);
}

static void
memory_is_zeroed_again_after_a_rewind(void **state)
{
	struct arena *mem = arena_new(1 << 20);
	struct arena_mark start = arena_mark(mem);
	char *first = arena_alloc(mem, 100);
	char *second;

	(void)state;
	memset(first, 'x', 100);
	arena_rewind(mem, start);
	WANT_INT(arena_used(mem), 0);
	second = arena_alloc(mem, 100);
	WANT(second == first); /* no block was asked for again */
	for (int i = 0; i < 100; i++)
		WANT_INT(second[i], 0);
	arena_free(mem);
}

static void
a_rewind_keeps_what_came_before(void **state)
{
	struct arena *mem = arena_new(8 << 20);
	char *kept = arena_printf(mem, "order %d of %s", 7, "Ada");
	struct arena_mark mark = arena_mark(mem);
	size_t used = arena_used(mem);

	(void)state;
	for (int round = 0; round < 50; round++) {
		for (int i = 0; i < round * 10; i++)
			memset(arena_alloc(mem, 3000), round, 3000);
		arena_rewind(mem, mark);
		WANT_INT(arena_used(mem), used);
	}
	WANT_TEXT(kept, "order 7 of Ada");
	arena_free(mem);
}

static void
the_next_request_gets_the_same_blocks(void **state)
{
	struct arena *mem = arena_new(8 << 20);
	struct arena_mark start = arena_mark(mem);
	void *first[200];

	(void)state;
	for (int i = 0; i < 200; i++)
		first[i] = arena_alloc(mem, 1000);
	for (int round = 0; round < 3; round++) {
		arena_rewind(mem, start);
		for (int i = 0; i < 200; i++)
			WANT(arena_alloc(mem, 1000) == first[i]);
	}
	arena_free(mem);
}

static void
large_pieces_fit_beside_small_ones(void **state)
{
	struct arena *mem = arena_new(16 << 20);

	(void)state;
	memset(arena_alloc(mem, 10), 1, 10);
	memset(arena_alloc(mem, 3 << 20), 2, 3 << 20);
	memset(arena_alloc(mem, 10), 3, 10);
	WANT_INT(arena_used(mem), 16 + (3 << 20) + 16);
	arena_free(mem);
}

static void
deferred_calls_run_newest_first_and_once(void **state)
{
	struct arena *mem = arena_new(1 << 20);
	struct arena_mark mark;

	(void)state;
	calls[0] = '\0';
	arena_defer(mem, note, "a");
	mark = arena_mark(mem);
	arena_defer(mem, note, "b");
	arena_defer(mem, note, "c");
	arena_rewind(mem, mark);
	WANT_TEXT(calls, "cb");
	arena_free(mem);
	WANT_TEXT(calls, "cba");
}

static void
texts_are_copied(void **state)
{
	struct arena *mem = arena_new(1 << 20);

	(void)state;
	WANT_TEXT(arena_copy(mem, "harbour", 4), "harb");
	WANT_TEXT(arena_copy(mem, NULL, 0), "");
	WANT_TEXT(arena_text(mem, "goods"), "goods");
	WANT(arena_text(mem, NULL) == NULL);
	arena_free(mem);
}

/* Whether a child that does this ends by SIGABRT. */
static bool
aborts(void (*does)(struct arena *))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		log_to(-1);
		does(arena_new(100000));
		_exit(0);
	}
	WANT(waitpid(pid, &status, 0) == pid);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void
take_all(struct arena *mem)
{
	arena_alloc(mem, 50000);
	arena_alloc(mem, 49984);
}

static void
take_too_much(struct arena *mem)
{
	take_all(mem);
	arena_alloc(mem, 1024);
}

static void
take_the_largest(struct arena *mem)
{
	arena_alloc(mem, SIZE_MAX);
}

static void
take_an_overflowing_array(struct arena *mem)
{
	arena_array(mem, SIZE_MAX / 2, 4);
}

static void
work_beyond_its_cap_is_aborted(void **state)
{
	(void)state;
	WANT(!aborts(take_all));
	WANT(aborts(take_too_much));
	WANT(aborts(take_the_largest));
	WANT(aborts(take_an_overflowing_array));
}

TESTS(TEST(memory_is_zeroed_and_aligned), TEST(memory_is_zeroed_again_after_a_rewind),
      TEST(a_rewind_keeps_what_came_before),
      TEST(the_next_request_gets_the_same_blocks),
      TEST(large_pieces_fit_beside_small_ones),
      TEST(deferred_calls_run_newest_first_and_once), TEST(texts_are_copied),
      TEST(work_beyond_its_cap_is_aborted))
