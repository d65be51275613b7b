/* db_values_test.c - values of every type on their way to the database and back, in
 * fields of a row and as arguments. */
#include "db/db.h"

#include "base/digest.h"
#include "base/token.h"
#include "support/db_thing.h"

static void
a_row_comes_back_as_it_was_saved(void **state)
{
	struct ctx *cx = arrange();
	struct thing thing = full_thing(cx);
	struct thing back = saved_and_read(cx, &thing);

	(void)state;
	WANT_TEXT(back.uid.text, thing.uid.text);
	WANT_TEXT(back.text, thing.text);
	WANT(back.flag);
	WANT_INT(back.n, INT64_MIN);
	WANT(back.maybe.there && back.maybe.n == 0);
	WANT(money_same(back.price, thing.price));
	WANT(digest_same(back.hash, thing.hash));
	WANT_INT(back.at.us, thing.at.us);
	WANT(back.raw.len == 3 && memcmp(back.raw.at, "\0\xff\0", 3) == 0);
	WANT_INT(back.owner.id.n, thing.owner.id.n);
	WANT_TEXT(back.name.plain, thing.name.plain);
	WANT(back.house.len == 5 && memcmp(back.house.at, "\0body", 5) == 0);
	WANT_TEXT(back.home.city, "Portland");
	test_ctx_free(cx);
}

static void
nothing_is_null_and_null_is_nothing(void **state)
{
	struct ctx *cx = arrange();
	struct thing none = {0}, back;

	(void)state;
	back = saved_and_read(cx, &none);
	WANT_INT(test_number(
			 "SELECT COUNT(*) FROM thing WHERE COALESCE(uid, text, maybe,"
			 " price, currency, hash, at, raw, owner_id, name, house,"
			 " home_city) IS NULL"),
		 1);
	WANT_TEXT(back.uid.text, "");
	WANT_TEXT(back.text, NULL);
	WANT(!back.flag && !back.maybe.there);
	WANT_TEXT(back.price.currency, "");
	WANT_INT(back.price.minor, 0);
	WANT(digest_same(back.hash, (struct digest){0}));
	WANT(instant_is_none(back.at));
	WANT(back.raw.at == NULL && back.raw.len == 0);
	WANT_INT(back.owner.id.n, 0);
	WANT_TEXT(back.name.plain, NULL);
	WANT(back.house.at == NULL);
	test_ctx_free(cx);
}

static void
empty_is_not_nothing(void **state)
{
	struct ctx *cx = arrange();
	struct thing thing = {.text = "", .raw = {"", 0}}, back;

	(void)state;
	back = saved_and_read(cx, &thing);
	WANT_TEXT(back.text, "");
	WANT(back.raw.at != NULL && back.raw.len == 0);
	test_ctx_free(cx);
}

static void
moments_keep_their_microseconds_at_any_date(void **state)
{
	static const int64_t moments[] = {
		1,
		-1,
		INT64_C(-30610224000000000),
		INT64_C(253402300799999999),
		INT64_C(1709251199999999), /* end of 29 February 2024 */
	};
	struct ctx *cx = arrange();

	(void)state;
	for (size_t i = 0; i < DB_COUNT(moments); i++) {
		struct thing thing = {.at = {moments[i]}};

		WANT_INT(saved_and_read(cx, &thing).at.us, moments[i]);
	}
	WANT_TEXT(test_text("SELECT MAX(at) FROM thing"), "9999-12-31 23:59:59.999999");
	WANT_INT(test_number("SELECT COUNT(*) FROM thing WHERE"
			     " at = '2024-02-29 23:59:59.999999'"),
		 1);
	test_ctx_free(cx);
}

static void
wide_texts_come_back_whole(void **state)
{
	static const size_t widths[] = {1, 255, 256, 257, 65536, 1000000};
	struct ctx *cx = arrange();

	(void)state;
	for (size_t i = 0; i < DB_COUNT(widths); i++) {
		char *text = arena_alloc(cx->mem, widths[i] + 1);
		struct thing thing = {.text = text}, back;

		memset(text, 'a' + (int)i, widths[i]);
		back = saved_and_read(cx, &thing);
		WANT(strcmp(back.text, text) == 0);
	}
	test_ctx_free(cx);
}

/* ---- arguments ---- */

SQL_ROWS(find_by_all, struct thing, (id),
	 "SELECT id FROM thing WHERE id = ? AND uid = ? AND text = ? AND flag = ? AND "
	 "n = ?"
	 " AND maybe <=> ? AND hash = ? AND at = ? AND raw = ?");

static void
arguments_of_every_type_find_the_row(void **state)
{
	struct ctx *cx = arrange();
	struct thing thing = full_thing(cx), found_thing = {0};
	int64_t id;
	bool found;

	(void)state;
	IN_TX(cx, db_run_row_id(tx, &save_thing, &thing, &id));
	IN_TX(cx, db_one(tx, &find_by_all,
			 ARGS((struct order_id){id}, thing.uid, thing.text, true,
			      thing.n, thing.maybe, thing.hash, thing.at, thing.raw),
			 &found_thing, &found));
	WANT(found);
	IN_TX(cx, db_one(tx, &find_by_all,
			 ARGS((struct order_id){id}, thing.uid, thing.text, false,
			      thing.n, thing.maybe, thing.hash, thing.at, thing.raw),
			 &found_thing, &found));
	WANT(!found);
	test_ctx_free(cx);
}

SQL_ROWS(find_by_uid, struct thing, (id), "SELECT id FROM thing WHERE uid = ?");

static void
a_text_that_a_column_cannot_hold_finds_nothing(void **state)
{
	struct ctx *cx = arrange();
	struct thing thing = {0};
	bool found;

	(void)state;
	IN_TX(cx, db_one(tx, &find_by_uid, ARGS("caf\xc3\xa9 \xf0\x9f\x8d\xb5"), &thing,
			 &found));
	WANT(!found);
	test_ctx_free(cx);
}

SQL_ROWS(find_listed, struct thing, (text),
	 "SELECT text FROM thing WHERE text IN (" DB_IN_50 ") ORDER BY id");

static void
a_list_is_padded_to_fifty(void **state)
{
	static const char *const wanted[] = {"b", "d"};
	struct ctx *cx = arrange();
	struct db_list list = {wanted, 2}, none = {wanted, 0}, many = {wanted, 51};
	struct thing *things;
	size_t n;

	(void)state;
	test_script(
		"INSERT INTO thing (text, flag) VALUES ('a', 0), ('b', 0), ('c', 0),"
		" ('d', 0)");
	IN_TX(cx, db_all(tx, &find_listed, ARGS(list), &things, &n));
	WANT_INT(n, 2);
	WANT_TEXT(things[0].text, "b");
	WANT_TEXT(things[1].text, "d");
	IN_TX_ERR(cx, INTERNAL, db_all(tx, &find_listed, ARGS(none), &things, &n));
	IN_TX_ERR(cx, INTERNAL, db_all(tx, &find_listed, ARGS(many), &things, &n));
	test_ctx_free(cx);
}

static void
wrong_numbers_of_arguments_are_refused(void **state)
{
	struct ctx *cx = arrange();
	struct thing thing = {0};
	bool found;

	(void)state;
	IN_TX_ERR(cx, INTERNAL, db_one(tx, &find_by_uid, NO_ARGS, &thing, &found));
	IN_TX_ERR(cx, INTERNAL, db_one(tx, &find_by_uid, ARGS(1, 2), &thing, &found));
	test_ctx_free(cx);
}

TESTS(TEST(a_row_comes_back_as_it_was_saved), TEST(nothing_is_null_and_null_is_nothing),
      TEST(empty_is_not_nothing), TEST(moments_keep_their_microseconds_at_any_date),
      TEST(wide_texts_come_back_whole), TEST(arguments_of_every_type_find_the_row),
      TEST(a_text_that_a_column_cannot_hold_finds_nothing),
      TEST(a_list_is_padded_to_fifty), TEST(wrong_numbers_of_arguments_are_refused))
