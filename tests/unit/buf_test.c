/* buf_test.c - growing text with a limit. */
#include "base/buf.h"

#include "base/arena.h"
#include "support/check.h"

static void
an_empty_buffer_is_the_empty_text(void **state)
{
	struct arena *mem = arena_new(1 << 20);
	struct buf b = buf_new(mem, 10);

	(void)state;
	buf_text(&b, NULL);
	buf_text(&b, "");
	buf_put(&b, NULL, 0);
	WANT_TEXT(buf_string(&b), "");
	WANT_INT(arena_used(mem), 0);
	arena_free(mem);
}

static void
what_is_put_stands_in_order(void **state)
{
	struct arena *mem = arena_new(16 << 20);
	struct buf b = buf_new(mem, 1 << 20);

	(void)state;
	for (int i = 0; i < 20000; i++)
		buf_printf(&b, "%05d", i);
	buf_char(&b, '!');
	WANT_INT(b.len, 100001);
	WANT(!b.full);
	WANT(memcmp(b.data + 5 * 12345, "12345", 5) == 0);
	WANT_TEXT(b.data + b.len, "");
	WANT_TEXT(b.data + b.len - 6, "19999!");
	arena_free(mem);
}

static void
the_limit_holds_to_the_byte(void **state)
{
	(void)state;
	for (size_t limit = 0; limit < 600; limit += 7) {
		struct arena *mem = arena_new(1 << 20);
		struct buf b = buf_new(mem, limit);

		for (size_t i = 0; i < limit; i++)
			buf_char(&b, 'x');
		WANT(!b.full);
		WANT_INT(strlen(buf_string(&b)), limit);
		buf_char(&b, 'y');
		WANT(b.full);
		WANT_INT(b.len, limit);
		arena_free(mem);
	}
}

static void
nothing_is_put_behind_a_gap(void **state)
{
	struct arena *mem = arena_new(1 << 20);
	struct buf b = buf_new(mem, 5);

	(void)state;
	buf_text(&b, "abc");
	buf_printf(&b, "%d", 123456);
	buf_text(&b, "d");
	WANT(b.full);
	WANT_TEXT(buf_string(&b), "abc");
	arena_free(mem);
}

TESTS(TEST(an_empty_buffer_is_the_empty_text), TEST(what_is_put_stands_in_order),
      TEST(the_limit_holds_to_the_byte), TEST(nothing_is_put_behind_a_gap))
