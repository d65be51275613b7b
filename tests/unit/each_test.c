/* each_test.c - the list macro that tables are built with. */
#include "base/each.h"

#include "support/check.h"

#define PLUS(base, x) ((base) + (x))

static void
every_item_of_a_list_is_taken_once(void **state)
{
	static const int one[] = {EACH(PLUS, 100, 1)};
	static const int most[] = {
		EACH(PLUS, 100, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
		     17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33,
		     34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50,
		     51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63, 64)};

	(void)state;
	WANT_INT(sizeof one / sizeof one[0], 1);
	WANT_INT(one[0], 101);
	WANT_INT(sizeof most / sizeof most[0], 64);
	for (int i = 0; i < 64; i++)
		WANT_INT(most[i], 101 + i);
}

TESTS(TEST(every_item_of_a_list_is_taken_once))
