/* in_folder.h - tests that share one arena, mem, and one folder of templates, dir: what
 * they make stays until the last of the file is done. */
#ifndef SUPPORT_IN_FOLDER_H
#define SUPPORT_IN_FOLDER_H

#include "base/arena.h"
#include "support/check.h"
#include "support/web.h"

extern struct arena *mem;
extern const char *dir;

/* Makes both, before the first test of a file. */
int in_folder_begin(void **state);
/* Drops both, after the last. */
int in_folder_end(void **state);

/* TESTS_IN_FOLDER(TEST(a_sentence_that_is_true), TEST(another)) is the main function.
 */
#define TESTS_IN_FOLDER(...)                                                           \
	int main(void)                                                                 \
	{                                                                              \
		const struct CMUnitTest tests[] = {__VA_ARGS__};                       \
		return cmocka_run_group_tests(tests, in_folder_begin, in_folder_end);  \
	}

#endif
