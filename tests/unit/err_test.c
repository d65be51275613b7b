/* err_test.c - the one error type. */
#include "base/err.h"

#include <stdio.h>

#include "support/check.h"

static fallible
fail_with(const char *sku)
{
	return FAIL_FIELD("quantity", SOLD_OUT, "sku=%s", sku);
}

static fallible
pass_on(bool *went_on)
{
	TRY(fail_with("mug"));
	*went_on = true;
	return NULL;
}

static void
try_returns_the_error_at_once(void **state)
{
	bool went_on = false;
	struct err *e = pass_on(&went_on);

	(void)state;
	WANT_ERR(e, SOLD_OUT);
	WANT(!went_on);
	WANT_TEXT(e->cause, "sku=mug");
	WANT(strstr(e->file, "err_test.c") != NULL);
	WANT_INT(e->problems.n, 1);
	WANT_TEXT(e->problems.list[0].field, "quantity");
	WANT_TEXT(e->problems.list[0].code, "sold_out");
	WANT_TEXT(e->problems.list[0].text, err_code_text(ERR_SOLD_OUT));
}

static void
an_error_is_good_until_eight_more_were_raised(void **state)
{
	struct err *first = FAIL(NOT_FOUND, "first"), *e = NULL;

	(void)state;
	for (int i = 0; i < 7; i++)
		e = FAIL(INTERNAL, "later %d", i);
	WANT_ERR(e, INTERNAL);
	WANT_TEXT(first->cause, "first");
}

static void
a_cause_may_quote_an_older_cause(void **state)
{
	struct err *e = FAIL(INTERNAL, "0");
	char want[64];

	(void)state;
	for (int i = 1; i < 20; i++) {
		e = FAIL(INTERNAL, "%d<%.8s", i, e->cause);
		snprintf(want, sizeof want, "%d<", i);
		WANT(strncmp(e->cause, want, strlen(want)) == 0);
	}
}

static void
a_long_cause_is_cut(void **state)
{
	struct err *e = FAIL(INTERNAL, "%0*d", 5000, 7);

	(void)state;
	WANT_INT(strlen(e->cause), sizeof e->cause - 1);
}

static void
no_problem_is_no_error(void **state)
{
	struct problems none = {0};

	(void)state;
	WANT_OK(FAIL_PROBLEMS(&none, INVALID));
}

static void
the_first_problem_of_a_field_wins(void **state)
{
	struct problems problems = {0};
	struct err *e;

	(void)state;
	problem_add(&problems, "contact.email", "required", "Please enter one.");
	problem_add(&problems, "contact.email", "invalid", "Please check it.");
	problem_add(&problems, "", "total_changed", "a");
	problem_add(&problems, "", "cart_changed", "b");
	e = FAIL_PROBLEMS(&problems, INVALID);
	WANT_ERR(e, INVALID);
	WANT_INT(e->problems.n, 3);
	WANT_TEXT(e->problems.list[0].code, "required");
	WANT_TEXT(e->cause, "contact.email=required =total_changed =cart_changed");
	/* Raised again from the error itself, as dispatch does. */
	e = FAIL_PROBLEMS(&e->problems, BAD_REQUEST);
	WANT_INT(e->problems.n, 3);
}

static void
problems_beyond_the_last_place_are_dropped(void **state)
{
	static char names[100][16];
	struct problems problems = {0};

	(void)state;
	for (int i = 0; i < 100; i++) {
		snprintf(names[i], sizeof names[i], "f%d", i);
		problem_add(&problems, names[i], "invalid", "x");
	}
	WANT_INT(problems.n, PROBLEMS_MAX);
	WANT_ERR(FAIL_PROBLEMS(&problems, INVALID), INVALID);
}

static void
every_code_has_status_name_and_sentence(void **state)
{
	(void)state;
	for (int code = 0; code < ERR__COUNT; code++) {
		int status = err_http_status((enum err_code)code);
		const char *text = err_code_text((enum err_code)code);

		WANT(status >= 400 && status < 600);
		WANT(err_wire_name((enum err_code)code)[0] != '\0');
		WANT(text[strlen(text) - 1] == '.');
	}
}

static void
a_text_of_its_own_goes_before_that_of_the_code(void **state)
{
	struct err *e = FAIL(REFUSED, "shipped");

	(void)state;
	WANT_TEXT(err_shopper_text(e), "That cannot be done now.");
	e->text = "It was shipped already.";
	WANT_TEXT(err_shopper_text(e), "It was shipped already.");
}

TESTS(TEST(try_returns_the_error_at_once),
      TEST(an_error_is_good_until_eight_more_were_raised),
      TEST(a_cause_may_quote_an_older_cause), TEST(a_long_cause_is_cut),
      TEST(no_problem_is_no_error), TEST(the_first_problem_of_a_field_wins),
      TEST(problems_beyond_the_last_place_are_dropped),
      TEST(every_code_has_status_name_and_sentence),
      TEST(a_text_of_its_own_goes_before_that_of_the_code))
