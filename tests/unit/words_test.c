/* words_test.c - words are found in their catalogue, and mistakes of its file named. */
#include "web/words.h"

#include "support/in_folder.h"

static void
words_are_found_and_mistakes_named(void **state)
{
	const char *path = arena_printf(mem, "%s/w", dir);
	struct words *words;

	(void)state;
	web_file(dir, "w", "a.b = One\na_b.c = Two = 2\na.c = Three\n");
	WANT_OK(words_load(mem, path, &words));
	WANT_TEXT(words_find(words, "a", "b"), "One");
	WANT_TEXT(words_find(words, "a_b", "c"), "Two = 2");
	WANT_TEXT(words_find(words, "a", "d"), NULL);
	WANT_TEXT(words_find(words, "a.b", ""), NULL);
	WANT_TEXT(words_find(words, "", "a"), NULL);
	web_file(dir, "w", "a.b = One\n\na.b = Two\n");
	WANT_ERR(words_load(mem, path, &words), INTERNAL);
	web_file(dir, "w", "# c\nnonsense\n");
	WANT_ERR(words_load(mem, path, &words), INTERNAL);
	WANT_OK(words_load(mem, "/nonexistent/words", &words));
	WANT_TEXT(words_find(words, "a", "b"), NULL);
}

TESTS_IN_FOLDER(TEST(words_are_found_and_mistakes_named))
