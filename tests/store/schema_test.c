/* schema_test.c - every statement of the program, against the migrated schema. */
#include "support/database.h"

static void
every_statement_is_permitted_and_fits_its_struct(void **state)
{
	struct ctx *cx = test_ctx();
	size_t n;

	(void)state;
	WANT_OK(db_check_all(cx->db, &n));
	WANT(n > 5);
	test_ctx_free(cx);
}

TESTS(TEST(every_statement_is_permitted_and_fits_its_struct))
