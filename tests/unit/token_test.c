/* token_test.c - public references. */
#include "base/token.h"

#include <stdlib.h>

#include "base/arena.h"
#include "support/check.h"

static void
tokens_are_base64url_of_their_length(void **state)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		"0123456789-_";
	struct arena *mem = arena_new(1 << 20);

	(void)state;
	for (int i = 0; i < 1000; i++) {
		const char *whole = token_new(mem), *half = token_short(mem);

		WANT_INT(strlen(whole), 43);
		WANT_INT(strspn(whole, digits), 43);
		WANT_INT(strlen(half), 22);
		WANT_INT(strspn(half, digits), 22);
	}
	arena_free(mem);
}

static int
compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void
uuids_are_valid_distinct_and_of_version_7(void **state)
{
	enum { N = 20000 };
	static struct uuid ids[N];

	(void)state;
	for (int i = 0; i < N; i++) {
		ids[i] = uuid_new();
		WANT(uuid_is_valid(ids[i].text));
		WANT(ids[i].text[14] == '7');
		WANT(strchr("89ab", ids[i].text[19]) != NULL);
	}
	qsort(ids, N, sizeof ids[0], compare);
	for (int i = 1; i < N; i++)
		WANT(strcmp(ids[i - 1].text, ids[i].text) != 0);
}

static void
a_later_uuid_sorts_behind(void **state)
{
	static int64_t offset;
	struct uuid early = uuid_new(), late;

	(void)state;
	offset = 1;
	clock_share(&offset);
	late = uuid_new();
	clock_share(NULL);
	WANT(strcmp(early.text, late.text) < 0);
}

static void
a_uuid_begins_with_its_milliseconds(void **state)
{
	struct uuid id;
	int64_t before = clock_now().us / 1000, ms;
	char hex[13] = "";

	(void)state;
	id = uuid_new();
	memcpy(hex, id.text, 8);
	memcpy(hex + 8, id.text + 9, 4);
	ms = strtoll(hex, NULL, 16);
	WANT(ms >= before && ms <= clock_now().us / 1000);
}

static void
only_uuids_in_lower_case_are_valid(void **state)
{
	(void)state;
	WANT(uuid_is_valid("0193501a-5b6c-7d00-8abc-0123456789ab"));
	WANT(!uuid_is_valid("0193501A-5b6c-7d00-8abc-0123456789ab"));
	WANT(!uuid_is_valid("0193501a-5b6c-7d00-8abc-0123456789a"));
	WANT(!uuid_is_valid("0193501a-5b6c-7d00-8abc-0123456789abc"));
	WANT(!uuid_is_valid("0193501a05b6c-7d00-8abc-0123456789ab"));
	WANT(!uuid_is_valid("0193501a-5b6c-7d00-8abc-0123456789a-"));
	WANT(!uuid_is_valid("0193501a-5b6c-7d00-8abc-0123456789ag"));
	WANT(!uuid_is_valid(""));
	WANT(!uuid_is_valid(NULL));
}

static void
an_order_number_is_hard_to_misread(void **state)
{
	struct arena *mem = arena_new(1 << 20);

	(void)state;
	for (int i = 0; i < 1000; i++) {
		const char *number = token_order_number(mem);

		WANT_INT(strlen(number), 11);
		WANT_INT(strcspn(number, "-"), 5);
		WANT_INT(strspn(number, "-23456789ABCDEFGHJKMNPQRSTUVWXYZ"), 11);
	}
	arena_free(mem);
}

static void
every_number_below_comes_about_equally_often(void **state)
{
	int counts[7] = {0};

	(void)state;
	WANT_INT(token_below(0), 0);
	WANT_INT(token_below(1), 0);
	for (int i = 0; i < 70000; i++)
		counts[token_below(7)]++;
	/* Six standard deviations around 10,000. */
	for (int i = 0; i < 7; i++)
		WANT(counts[i] > 9440 && counts[i] < 10560);
}

TESTS(TEST(tokens_are_base64url_of_their_length),
      TEST(uuids_are_valid_distinct_and_of_version_7), TEST(a_later_uuid_sorts_behind),
      TEST(a_uuid_begins_with_its_milliseconds),
      TEST(only_uuids_in_lower_case_are_valid),
      TEST(an_order_number_is_hard_to_misread),
      TEST(every_number_below_comes_about_equally_often))
