/* csrf_test.c - a form's token belongs to one visitor and goes stale. */
#include "base/arena.h"
#include "base/seal.h"
#include "base/token.h"
#include "support/check.h"
#include "web/csrf.h"

static struct arena *mem;
static struct keyring *keys;
static const struct instant noon = {INT64_C(1795262400000000)};

static void
a_token_is_good_today_and_tomorrow(void **state)
{
	const char *visitor = token_new(mem),
		   *token = csrf_token(mem, keys, visitor, noon);

	(void)state;
	WANT(csrf_is_good(mem, keys, visitor, noon, token));
	WANT(csrf_is_good(mem, keys, visitor, instant_add(noon, HOURS(24)), token));
	WANT(!csrf_is_good(mem, keys, visitor, instant_add(noon, HOURS(48)), token));
	WANT(!csrf_is_good(mem, keys, visitor, instant_add(noon, -HOURS(48)), token));
}

static void
a_token_of_another_visitor_is_not_good(void **state)
{
	const char *a = token_new(mem), *b = token_new(mem);

	(void)state;
	WANT(!csrf_is_good(mem, keys, b, noon, csrf_token(mem, keys, a, noon)));
}

static void
without_a_visitor_there_is_no_token(void **state)
{
	const char *visitor = token_new(mem);

	(void)state;
	WANT_TEXT(csrf_token(mem, keys, NULL, noon), "");
	WANT(!csrf_is_good(mem, keys, NULL, noon, ""));
	WANT(!csrf_is_good(mem, keys, visitor, noon, NULL));
	WANT(!csrf_is_good(mem, keys, visitor, noon, ""));
}

static void
a_changed_letter_spoils_a_token(void **state)
{
	const char *visitor = token_new(mem);
	char *token = arena_text(mem, csrf_token(mem, keys, visitor, noon));

	(void)state;
	for (size_t i = 0; token[i] != '\0'; i++) {
		char was = token[i];

		token[i] = was == 'A' ? 'B' : 'A';
		WANT(!csrf_is_good(mem, keys, visitor, noon, token));
		token[i] = was;
	}
	WANT_INT(strlen(token), 65);
}

static void
two_pages_of_one_visitor_hold_nothing_alike(void **state)
{
	const char *visitor = token_new(mem);
	const char *a = csrf_token(mem, keys, visitor, noon);
	const char *b = csrf_token(mem, keys, visitor, noon);

	(void)state;
	WANT(strncmp(a, b, 22) != 0);
	WANT(strcmp(a + 22, b + 22) != 0);
}

static int
set_up(void **state)
{
	(void)state;
	mem = arena_new(16 * 1024 * 1024);
	keys = keyring_for_tests(mem);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	arena_free(mem);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_token_is_good_today_and_tomorrow),
		TEST(a_token_of_another_visitor_is_not_good),
		TEST(without_a_visitor_there_is_no_token),
		TEST(a_changed_letter_spoils_a_token),
		TEST(two_pages_of_one_visitor_hold_nothing_alike),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
