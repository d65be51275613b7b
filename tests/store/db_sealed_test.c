/* db_sealed_test.c - sealed fields are ciphertext that opens in its place alone. */
#include "db/db.h"

#include "support/db_thing.h"

static void
want_unreadable(struct ctx *cx, int64_t id)
{
	struct thing back;
	bool found;

	IN_TX_ERR(cx, INTERNAL, db_one(tx, &read_thing, ARGS(id), &back, &found));
}

static void
sealed_fields_are_ciphertext_at_rest(void **state)
{
	struct ctx *cx = arrange();
	struct thing thing = full_thing(cx);

	(void)state;
	thing.name.plain = "Grace";
	saved_and_read(cx, &thing);
	WANT_INT(test_number("SELECT COUNT(*) FROM thing WHERE name LIKE '%%Grace%%'"
			     " OR house LIKE '%%body%%'"),
		 0);
	test_ctx_free(cx);
}

static void
moved_ciphertext_does_not_open(void **state)
{
	struct ctx *cx = arrange();
	struct thing thing = full_thing(cx), other = full_thing(cx);
	int64_t id, other_id;

	(void)state;
	other.owner = thing.owner; /* one person, two rows */
	IN_TX(cx, db_run_row_id(tx, &save_thing, &thing, &id));
	IN_TX(cx, db_run_row_id(tx, &save_thing, &other, &other_id));
	test_script("UPDATE thing a JOIN thing b ON b.id = %" PRId64
		    " SET a.name = b.name WHERE a.id = %" PRId64,
		    id, other_id);
	want_unreadable(cx, other_id); /* in another row */
	test_script("UPDATE thing SET name = house WHERE id = %" PRId64, id);
	want_unreadable(cx, id); /* in another column */
	test_ctx_free(cx);
}

static void
a_forgotten_person_has_no_name(void **state)
{
	struct ctx *cx = arrange();
	struct thing thing = full_thing(cx), back;
	int64_t id;
	bool found;

	(void)state;
	IN_TX(cx, db_run_row_id(tx, &save_thing, &thing, &id));
	test_script("DELETE FROM thing_key");
	IN_TX(cx, db_one(tx, &read_thing, ARGS(id), &back, &found));
	WANT(found);
	WANT_TEXT(back.name.plain, NULL);
	WANT_TEXT(back.home.city, "Portland");
	test_ctx_free(cx);
}

TESTS(TEST(sealed_fields_are_ciphertext_at_rest), TEST(moved_ciphertext_does_not_open),
      TEST(a_forgotten_person_has_no_name))
