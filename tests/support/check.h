/* check.h - what a test wants: cmocka underneath, the shop's types on top. */
#ifndef SUPPORT_CHECK_H
#define SUPPORT_CHECK_H

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/log.h"

/* Fails the test with the file and line of the caller. */
#define WANT(x)                                                                        \
	do {                                                                           \
		if (!(x))                                                              \
			check_fail(__FILE__, __LINE__, "wanted: %s", #x);              \
	} while (0)

#define WANT_OK(call)        check_ok((call), #call, __FILE__, __LINE__)
#define WANT_ERR(call, code) check_err((call), ERR_##code, #call, __FILE__, __LINE__)
/* Texts, NULL included: what came first, what was wanted second. */
#define WANT_TEXT(got, want) check_text((got), (want), #got, __FILE__, __LINE__)
#define WANT_INT(got, want)                                                            \
	check_int((int64_t)(got), (int64_t)(want), #got, __FILE__, __LINE__)
/* Announces that the program has logged n errors; a test that logs others fails. */
#define WANT_LOGGED_ERRORS(n) WANT_INT(log_errors_seen(), (n))

/* TESTS(TEST(a_sentence_that_is_true), TEST(another)) is the main function. */
#define TEST(name) cmocka_unit_test_setup_teardown(name, check_begin, check_end)
#define TESTS(...)                                                                     \
	int main(void)                                                                 \
	{                                                                              \
		const struct CMUnitTest tests[] = {__VA_ARGS__};                       \
		return cmocka_run_group_tests(tests, NULL, NULL);                      \
	}

#define check_fail(file, line, ...)                                                    \
	do {                                                                           \
		print_error("%s:%d: ", (file), (line));                                \
		print_error(__VA_ARGS__);                                              \
		print_error("\n");                                                     \
		_fail((file), (line));                                                 \
	} while (0)

static inline void
check_ok(const struct err *e, const char *call, const char *file, int line)
{
	if (e != NULL)
		check_fail(file, line, "%s: %s: %s (%s:%d)", call,
			   err_wire_name(e->code), e->cause, e->file, e->line);
}

static inline void
check_err(const struct err *e, enum err_code code, const char *call, const char *file,
	  int line)
{
	if (e == NULL)
		check_fail(file, line, "%s: passed, wanted %s", call,
			   err_wire_name(code));
	else if (e->code != code)
		check_fail(file, line, "%s: %s (%s), wanted %s", call,
			   err_wire_name(e->code), e->cause, err_wire_name(code));
}

static inline void
check_text(const char *got, const char *want, const char *what, const char *file,
	   int line)
{
	if (got == want || (got != NULL && want != NULL && strcmp(got, want) == 0))
		return;
	check_fail(file, line, "%s is \"%s\", wanted \"%s\"", what,
		   got == NULL ? "(null)" : got, want == NULL ? "(null)" : want);
}

static inline void
check_int(int64_t got, int64_t want, const char *what, const char *file, int line)
{
	if (got != want)
		check_fail(file, line, "%s is %" PRId64 ", wanted %" PRId64, what, got,
			   want);
}

/* A number from a seed that moves on: the same test meets the same numbers each time.
 */
static inline uint64_t
check_random(uint64_t *seed)
{
	uint64_t n = *seed += UINT64_C(0x9E3779B97F4A7C15);

	n = (n ^ n >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
	n = (n ^ n >> 27) * UINT64_C(0x94D049BB133111EB);
	return n ^ n >> 31;
}

/* Like it, in [0, below). */
static inline uint64_t
check_random_below(uint64_t *seed, uint64_t below)
{
	return check_random(seed) % below;
}

static inline int
check_begin(void **state)
{
	(void)state;
	log_errors_seen();
	return 0;
}

static inline int
check_end(void **state)
{
	int unannounced = log_errors_seen();

	(void)state;
	if (unannounced > 0)
		print_error("%d logged errors were not announced\n", unannounced);
	return unannounced > 0 ? -1 : 0;
}

#endif
