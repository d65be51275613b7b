/* db_change_test.c - changes: counted, of many rows at once, with new ids. */
#include "db/db.h"

#include "base/token.h"
#include "support/db_thing.h"

SQL(add_number, "INSERT INTO thing (flag, n) VALUES (0, ?)");
SQL(add_counter, "INSERT INTO counter (sku, n, free) VALUES (?, ?, ?)");
SQL(set_counter, "UPDATE counter SET n = ? WHERE sku = ?");
SQL(add_thing, "INSERT INTO thing (uid, flag) VALUES (?, 0)");

static void
changes_are_counted(void **state)
{
	struct ctx *cx = arrange();
	int64_t changed;

	(void)state;
	IN_TX(cx, db_run_changed(tx, &add_counter, ARGS("mug", 5, 9), &changed));
	WANT_INT(changed, 1);
	IN_TX(cx, db_run_changed(tx, &set_counter, ARGS(5, "mug"), &changed));
	WANT_INT(changed, 0); /* the same value */
	IN_TX(cx, db_run_changed(tx, &set_counter, ARGS(6, "mug"), &changed));
	WANT_INT(changed, 1);
	IN_TX(cx, db_run_changed(tx, &set_counter, ARGS(6, "cup"), &changed));
	WANT_INT(changed, 0);
	test_ctx_free(cx);
}

/* A key that is there does not spoil the transaction that met it. */
static fallible
add_twice(struct tx *tx, struct uuid uid, bool *first, bool *second)
{
	int64_t id;

	TRY(db_run_new(tx, &add_thing, ARGS(uid), &id, first));
	TRY(db_run_new(tx, &add_thing, ARGS(uid), &id, second));
	return db_run_new(tx, &add_thing, ARGS(uuid_new()), &id, first);
}

static void
a_key_that_is_there_is_told_apart_from_an_error(void **state)
{
	struct ctx *cx = arrange();
	bool first = true, second = false;
	int64_t id;

	(void)state;
	IN_TX(cx, add_twice(tx, uuid_new(), &first, &second));
	WANT(!first && second);
	WANT_INT(test_number("SELECT COUNT(*) FROM thing"), 2);
	IN_TX_ERR(cx, INTERNAL,
		  db_run_new(tx, &add_counter, ARGS("x", 1, (struct maybe_int){0}), &id,
			     &second));
	WANT(!second);
	test_ctx_free(cx);
}

static void
new_ids_are_handed_back(void **state)
{
	struct ctx *cx = arrange();
	int64_t first, second;

	(void)state;
	IN_TX(cx, db_run_id(tx, &add_number, ARGS(1), &first));
	IN_TX(cx, db_run_id(tx, &add_number, ARGS(2), &second));
	WANT_INT(second, first + 1);
	WANT_INT(test_number("SELECT n FROM thing WHERE id = %" PRId64, second), 2);
	test_ctx_free(cx);
}

/* ---- many rows at once ---- */

struct count {
	const char *sku;
	int64_t n, free;
};

SQL_SAVE(add_counts, struct count, (sku, n, free),
	 "INSERT INTO counter (sku, n, free) VALUES (?, ?, ?)");
SQL_SAVE(take_counts, struct count, (n, sku, free),
	 "UPDATE counter SET n = n + ? WHERE sku = ? AND free >= ?");

static void
many_rows_travel_in_one_statement(void **state)
{
	struct ctx *cx = arrange();
	struct thing things[50] = {0};
	int64_t changed, before;
	size_t n = DB_COUNT(things);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		things[i] = i % 3 == 0 ? (struct thing){0} : full_thing(cx);
		things[i].n = (int64_t)i;
	}
	before = db_statements(cx->db);
	IN_TX(cx, db_run_rows(tx, &save_thing, things, n, &changed));
	WANT_INT(db_statements(cx->db) - before, 3); /* with BEGIN and COMMIT */
	WANT_INT(changed, n);
	for (size_t i = 0; i < n; i++) {
		struct thing back;
		bool found;
		int64_t id = test_number("SELECT id FROM thing WHERE n = %zu", i);

		IN_TX(cx, db_one(tx, &read_thing, ARGS(id), &back, &found));
		WANT_TEXT(back.text, things[i].text);
		WANT_TEXT(back.uid.text, things[i].uid.text);
		WANT_TEXT(back.name.plain, things[i].name.plain);
		WANT(money_same(back.price, things[i].price));
		WANT(digest_same(back.hash, things[i].hash));
		WANT_INT(back.at.us, things[i].at.us);
		WANT_INT(back.maybe.there, things[i].maybe.there);
		WANT_INT(back.raw.len, things[i].raw.len);
	}
	test_ctx_free(cx);
}

static void
changes_of_many_rows_are_summed(void **state)
{
	struct count counts[] = {{"a", 1, 1}, {"b", 2, 2}, {"c", 3, 3}};
	struct ctx *cx = arrange();
	int64_t changed;

	(void)state;
	IN_TX(cx, db_run_rows(tx, &add_counts, counts, 3, &changed));
	WANT_INT(changed, 3);
	IN_TX(cx, db_run_rows(tx, &take_counts, counts, 3, &changed));
	WANT_INT(changed, 3);
	counts[1].free = 99; /* one guard says no */
	IN_TX(cx, db_run_rows(tx, &take_counts, counts, 3, &changed));
	WANT_INT(changed, 2);
	WANT_TEXT(test_text("SELECT GROUP_CONCAT(n ORDER BY sku) FROM counter"),
		  "3,4,9");
	IN_TX(cx, db_run_rows(tx, &take_counts, counts, 0, &changed));
	WANT_INT(changed, 0);
	test_ctx_free(cx);
}

static void
a_single_row_follows_many_on_the_same_statement(void **state)
{
	struct count counts[] = {{"a", 1, 1}, {"b", 2, 2}};
	struct count one = {"c", 3, 3};
	struct ctx *cx = arrange();
	int64_t changed;

	(void)state;
	IN_TX(cx, db_run_rows(tx, &add_counts, counts, 2, &changed));
	IN_TX(cx, db_run_row(tx, &add_counts, &one));
	IN_TX(cx, db_run_rows(tx, &take_counts, counts, 1, &changed));
	WANT_INT(changed, 1);
	WANT_TEXT(test_text("SELECT GROUP_CONCAT(n ORDER BY sku) FROM counter"),
		  "2,2,3");
	test_ctx_free(cx);
}

static void
of_many_rows_with_one_bad_none_is_kept(void **state)
{
	struct count counts[] = {{"a", 1, 1}, {"b", 2, 2}, {"a", 3, 3}};
	struct ctx *cx = arrange();
	int64_t changed;

	(void)state;
	IN_TX_ERR(cx, INTERNAL, db_run_rows(tx, &add_counts, counts, 3, &changed));
	WANT_INT(test_number("SELECT COUNT(*) FROM counter"), 0);
	test_ctx_free(cx);
}

TESTS(TEST(changes_are_counted), TEST(a_key_that_is_there_is_told_apart_from_an_error),
      TEST(new_ids_are_handed_back), TEST(many_rows_travel_in_one_statement),
      TEST(changes_of_many_rows_are_summed),
      TEST(a_single_row_follows_many_on_the_same_statement),
      TEST(of_many_rows_with_one_bad_none_is_kept))
