/* db_test.c - values on their way to the database and back. */
#include "db/db.h"

#include "base/digest.h"
#include "base/token.h"
#include "db/db_private.h"
#include "support/database.h"

/* One field of every type. */
struct thing {
	struct order_id id;
	struct uuid uid;
	const char *text;
	bool flag;
	int64_t n;
	struct maybe_int maybe;
	struct money price;
	struct digest hash;
	struct instant at;
	struct bytes raw;
	struct person owner;
	struct sealed name;
	struct sealed_bytes house;
	struct {
		const char *city;
	} home;
};

static const char tables[] =
	"CREATE TABLE thing ("
	" id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,"
	" uid CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NULL UNIQUE,"
	" text MEDIUMTEXT NULL, flag BOOLEAN NOT NULL, n BIGINT NULL, maybe INT NULL,"
	" price BIGINT NULL, currency CHAR(3) CHARACTER SET ascii COLLATE ascii_bin "
	"NULL,"
	" hash BINARY(32) NULL, at DATETIME(6) NULL, raw BLOB NULL,"
	" owner_id BIGINT NULL, name VARBINARY(600) NULL, alias VARBINARY(600) NULL,"
	" house BLOB NULL, home_city VARCHAR(80) NULL);"
	"CREATE TABLE thing_key (id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,"
	" wrapped VARBINARY(200) NOT NULL);"
	"CREATE TABLE counter (sku VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin"
	" PRIMARY KEY, n BIGINT NOT NULL, free BIGINT NOT NULL);"
	"GRANT ALL ON %s.thing TO till@localhost;"
	"GRANT ALL ON %s.thing_key TO till@localhost;"
	"GRANT ALL ON %s.counter TO till@localhost;";

/* A context on fresh tables. */
static struct ctx *
arrange(void)
{
	const char *schema = test_schema();

	test_script("DROP TABLE IF EXISTS thing, thing_key, counter");
	test_script(tables, schema, schema, schema);
	return test_ctx();
}

/* Runs one verb inside a transaction. */
#define IN_TX(cx, call)                                                                \
	do {                                                                           \
		struct err *in_tx_;                                                    \
		TRANSACTION (tx, cx, &in_tx_)                                          \
			in_tx_ = call;                                                 \
		WANT_OK(in_tx_);                                                       \
	} while (0)
#define IN_TX_ERR(cx, code, call)                                                      \
	do {                                                                           \
		struct err *in_tx_;                                                    \
		TRANSACTION (tx, cx, &in_tx_)                                          \
			in_tx_ = call;                                                 \
		WANT_ERR(in_tx_, code);                                                \
	} while (0)

SQL_SAVE(save_thing, struct thing,
	 (uid, text, flag, n, maybe, price, hash, at, raw, owner, name, house,
	  home.city),
	 "INSERT INTO thing (uid, text, flag, n, maybe, price, currency, hash, at, raw,"
	 " owner_id, name, house, home_city)"
	 " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");

SQL_ROWS(read_thing, struct thing,
	 (id, text, flag, n, maybe, price, hash, at, raw, owner, name, house, uid,
	  home.city),
	 "SELECT t.id, text, flag, n, maybe, price AS price_minor,"
	 "       currency AS price_currency, hash, at, raw,"
	 "       k.id AS owner_id, k.wrapped AS owner_wrapped, name, house, uid, "
	 "home_city"
	 "  FROM thing t LEFT JOIN thing_key k ON k.id = t.owner_id WHERE t.id = ?");

SQL(save_wrapped, "INSERT INTO thing_key (wrapped) VALUES (?)");

static struct person
new_person(struct ctx *cx)
{
	struct person person = person_new(cx->keys, cx->mem);

	IN_TX(cx, db_run_id(tx, &save_wrapped, ARGS(person.wrapped), &person.id.n));
	return person;
}

static struct thing
full_thing(struct ctx *cx)
{
	return (struct thing){
		.uid = uuid_new(),
		.text = "Caf\xc3\xa9 \xf0\x9f\x8d\xb5 \"quoted\" \\ '",
		.flag = true,
		.n = INT64_MIN,
		.maybe = {.there = true, .n = 0},
		.price = money_of(123456789012, "USD"),
		.hash = digest_of_text("x"),
		.at = {INT64_C(1795258620123456)},
		.raw = {"\0\xff\0", 3},
		.owner = new_person(cx),
		.name = {"Ada L\xc3\xb8velace"},
		.house = {"\0body", 5},
		.home = {"Portland"},
	};
}

static struct thing
saved_and_read(struct ctx *cx, const struct thing *thing)
{
	struct thing back = {0};
	int64_t id;
	bool found;

	IN_TX(cx, db_run_row_id(tx, &save_thing, thing, &id));
	IN_TX(cx, db_one(tx, &read_thing, ARGS(id), &back, &found));
	WANT(found);
	WANT_INT(back.id.n, id);
	return back;
}

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

/* ---- rows ---- */

SQL(add_number, "INSERT INTO thing (flag, n) VALUES (0, ?)");
SQL_ROWS(list_numbers, struct thing, (n), "SELECT n FROM thing ORDER BY id");
SQL_ROWS(one_number, struct thing, (n), "SELECT n FROM thing WHERE n >= ? ORDER BY id");

static void
add_numbers(int n)
{
	test_script("INSERT INTO thing (flag, n) SELECT 0, seq FROM seq_1_to_%d", n);
}

static void
any_number_of_rows_is_listed(void **state)
{
	static const int counts[] = {1, 16, 17, 1000};
	struct ctx *cx = arrange();
	struct thing *things;
	size_t n;

	(void)state;
	IN_TX(cx, db_all(tx, &list_numbers, NO_ARGS, &things, &n));
	WANT_INT(n, 0);
	for (size_t i = 0; i < DB_COUNT(counts); i++) {
		test_script("DELETE FROM thing");
		add_numbers(counts[i]);
		IN_TX(cx, db_all(tx, &list_numbers, NO_ARGS, &things, &n));
		WANT_INT(n, counts[i]);
		for (size_t row = 0; row < n; row++)
			WANT_INT(things[row].n, row + 1);
	}
	test_ctx_free(cx);
}

static void
one_row_is_one_row(void **state)
{
	struct ctx *cx = arrange();
	struct thing thing = {.n = 77};
	bool found = true;

	(void)state;
	add_numbers(3);
	IN_TX(cx, db_one(tx, &one_number, ARGS(9), &thing, &found));
	WANT(!found);
	WANT_INT(thing.n, 77); /* left alone */
	IN_TX_ERR(cx, INTERNAL, db_one(tx, &one_number, ARGS(2), &thing, &found));
	WANT_INT(thing.n, 77);
	IN_TX(cx, db_one(tx, &one_number, ARGS(3), &thing, &found));
	WANT(found);
	WANT_INT(thing.n, 3);
	test_ctx_free(cx);
}

static fallible
add_up(void *sum, const void *row)
{
	const struct thing *thing = row;

	*(int64_t *)sum += thing->n;
	return thing->n == 500 ? FAIL(REFUSED, "enough") : NULL;
}

static void
rows_in_turn_leave_no_memory_behind(void **state)
{
	struct ctx *cx = arrange();
	int64_t sum = 0;
	size_t before, after;
	struct err *e;

	(void)state;
	add_numbers(499);
	before = arena_used(cx->mem);
	READING (tx, cx, &e)
		e = db_each_(tx, &list_numbers, NO_ARGS, add_up, &sum,
			     sizeof(struct thing));
	after = arena_used(cx->mem);
	WANT_OK(e);
	WANT_INT(sum, 499 * 500 / 2);
	WANT(after - before < 1024);
	test_ctx_free(cx);
}

static void
rows_in_turn_may_be_stopped(void **state)
{
	struct ctx *cx = arrange();
	struct thing *things;
	int64_t sum = 0;
	size_t n;
	struct err *e;

	(void)state;
	add_numbers(900);
	READING (tx, cx, &e)
		e = db_each_(tx, &list_numbers, NO_ARGS, add_up, &sum,
			     sizeof(struct thing));
	WANT_ERR(e, REFUSED);
	WANT_INT(sum, 500 * 501 / 2);
	IN_TX(cx, db_all(tx, &list_numbers, NO_ARGS, &things, &n)); /* still in order */
	WANT_INT(n, 900);
	test_ctx_free(cx);
}

static void
null_in_a_plain_number_is_an_error(void **state)
{
	struct ctx *cx = arrange();
	struct thing *things;
	size_t n;

	(void)state;
	test_script("INSERT INTO thing (flag, n) VALUES (0, NULL)");
	IN_TX_ERR(cx, INTERNAL, db_all(tx, &list_numbers, NO_ARGS, &things, &n));
	test_ctx_free(cx);
}

/* ---- what is compared when a statement is prepared ---- */

SQL_ROWS(bad_sum, struct thing, (n), "SELECT SUM(n) AS n FROM thing");
SQL_ROWS(good_sum, struct thing, (n), "SELECT CAST(SUM(n) AS SIGNED) AS n FROM thing");
SQL_ROWS(bad_name, struct thing, (n), "SELECT n AS m FROM thing");
SQL_ROWS(bad_width, struct thing, (n), "SELECT n, n AS m FROM thing");
SQL_ROWS(bad_money, struct thing, (price),
	 "SELECT n AS price_minor, n AS price_code"
	 " FROM thing");
SQL_ROWS(bad_type, struct thing, (text), "SELECT n AS text FROM thing");
SQL_ROWS(bad_date, struct thing, (at), "SELECT text AS at FROM thing");
SQL_ROWS(bad_sealed, struct thing, (uid, owner, name),
	 "SELECT uid, 1 AS owner_id, '' AS owner_wrapped, CONCAT(name) AS name FROM "
	 "thing");
SQL(bad_words, "SELEKT 1");
SQL_SAVE(bad_saved, struct thing, (n, text), "INSERT INTO thing (n) VALUES (?)");
SQL_SAVE(bad_place, struct thing, (uid, owner, name),
	 "INSERT INTO thing SELECT ?, ?, ? FROM thing");

static void
want_refused(struct ctx *cx, const struct db_stmt *stmt, const char *because)
{
	MYSQL_STMT *prepared;
	struct err *e = db_connect(cx->db);

	WANT_OK(e);
	e = db_prepared(cx->db, stmt, &prepared);
	WANT_ERR(e, INTERNAL);
	if (strstr(e->cause, because) == NULL || strstr(e->cause, stmt->name) == NULL)
		fail_msg("%s", e->cause);
}

static void
statements_that_do_not_fit_are_refused_with_the_reason(void **state)
{
	struct ctx *cx = arrange();
	struct thing thing;
	bool found;

	(void)state;
	want_refused(cx, &bad_sum, "CAST(... AS SIGNED)");
	want_refused(cx, &bad_name, "column m stands where n is wanted");
	want_refused(cx, &bad_width, "2 columns selected, 1 wanted");
	want_refused(cx, &bad_money, "price_currency");
	want_refused(cx, &bad_type, "cannot hold");
	want_refused(cx, &bad_date, "cannot hold");
	want_refused(cx, &bad_sealed, "straight from its table");
	want_refused(cx, &bad_words, "SQL syntax");
	want_refused(cx, &bad_saved, "1 parameters, 2 saved");
	want_refused(cx, &bad_place, "goes to no column");
	add_numbers(4);
	IN_TX(cx, db_one(tx, &good_sum, NO_ARGS, &thing, &found));
	WANT_INT(thing.n, 10);
	test_ctx_free(cx);
}

static void
places_are_read_from_the_text(void **state)
{
	struct arena *mem = arena_new(1 << 20);
	static const char insert[] =
		"INSERT INTO contact (uid, email,\n  phone) VALUES (?, LEFT(?, 3), ?)"
		" ON DUPLICATE KEY UPDATE phone = ?";
	static const char update[] =
		"UPDATE contact SET email = ?, version = version + 1,"
		" phone=? WHERE uid = ?";
	static const char joined[] =
		"UPDATE payment_attempt a RIGHT JOIN idem i ON a.id = ?"
		" SET a.page_url = ?, i.resp_body = ?, method = ?";

	(void)state;
	WANT_TEXT(db_place(mem, joined, 1), "payment_attempt.page_url");
	WANT_TEXT(db_place(mem, joined, 2), "idem.resp_body");
	WANT_TEXT(db_place(mem, joined, 3), "payment_attempt.method");
	WANT_TEXT(db_place(mem, insert, 0), "contact.uid");
	WANT_TEXT(db_place(mem, insert, 1), "contact.email");
	WANT_TEXT(db_place(mem, insert, 2), "contact.phone");
	WANT_TEXT(db_place(mem, insert, 3), "contact.phone");
	WANT_TEXT(db_place(mem, insert, 4), NULL);
	WANT_TEXT(db_place(mem, update, 0), "contact.email");
	WANT_TEXT(db_place(mem, update, 1), "contact.phone");
	WANT_TEXT(db_place(mem, "SELECT ?", 0), NULL);
	WANT_TEXT(db_place(mem, "INSERT INTO t VALUES (?)", 0), NULL);
	arena_free(mem);
}

/* Of this connection alone: other tests use the same server. */
SQL_ROWS(count_prepared, struct thing, (n),
	 "SELECT CAST(variable_value AS SIGNED) AS n"
	 "  FROM information_schema.session_status"
	 " WHERE variable_name = 'COM_STMT_PREPARE'");

static int64_t
prepared(struct ctx *cx)
{
	struct thing thing = {0};
	bool found;

	IN_TX(cx, db_one(tx, &count_prepared, NO_ARGS, &thing, &found));
	return thing.n;
}

static void
a_statement_is_prepared_once(void **state)
{
	struct ctx *cx = arrange();
	struct thing *things;
	size_t n;
	int64_t before = prepared(cx);

	(void)state;
	IN_TX(cx, db_all(tx, &list_numbers, NO_ARGS, &things, &n));
	WANT_INT(prepared(cx), before + 1);
	for (int i = 0; i < 5; i++)
		IN_TX(cx, db_all(tx, &list_numbers, NO_ARGS, &things, &n));
	WANT_INT(prepared(cx), before + 1);
	test_ctx_free(cx);
}

/* ---- changing ---- */

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

/* ---- sealed fields ---- */

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

/* ---- the session ---- */

SQL_ROWS(session, struct thing, (text),
	 "SELECT CONCAT_WS('|', @@tx_isolation, @@time_zone, "
	 "@@innodb_snapshot_isolation,"
	 " @@innodb_lock_wait_timeout, @@max_statement_time, @@collation_connection,"
	 " @@character_set_client, @@autocommit) AS text");
SQL_ROWS(strictness, struct thing, (text), "SELECT @@sql_mode AS text");
SQL_ROWS(two_statements, struct thing, (n), "SELECT 1 AS n; SELECT 2 AS n");

static void
a_session_is_strict_and_impatient(void **state)
{
	static const char *const modes[] = {
		"STRICT_ALL_TABLES",
		"ONLY_FULL_GROUP_BY",
		"NO_ZERO_DATE",
		"NO_ZERO_IN_DATE",
		"ERROR_FOR_DIVISION_BY_ZERO",
		"NO_ENGINE_SUBSTITUTION",
	};
	struct ctx *cx = arrange();
	struct thing thing;
	bool found;

	(void)state;
	IN_TX(cx, db_one(tx, &session, NO_ARGS, &thing, &found));
	WANT_TEXT(thing.text,
		  "READ-COMMITTED|+00:00|ON|3|3.500000|utf8mb4_bin|utf8mb4|ON");
	IN_TX(cx, db_one(tx, &strictness, NO_ARGS, &thing, &found));
	for (size_t i = 0; i < DB_COUNT(modes); i++)
		WANT(strstr(thing.text, modes[i]) != NULL);
	test_ctx_free(cx);
}

static void
only_scripts_hold_several_statements(void **state)
{
	struct ctx *cx = test_owner();
	struct err *e;

	(void)state;
	want_refused(cx, &two_statements, "SQL syntax");
	WANT_OK(db_script(cx->db, "CREATE TABLE a1 (n INT); SELECT 1; DROP TABLE a1;"));
	want_refused(cx, &two_statements, "SQL syntax");
	e = db_script(cx->db, "SELECT 1; SELECT 2; SELEKT 3; SELECT 4");
	WANT_ERR(e, INTERNAL);
	WANT(strstr(e->cause, "statement 3") != NULL);
	WANT_OK(db_script(cx->db, "SELECT 1"));
	test_ctx_free(cx);
}

static void
without_a_server_the_database_is_down(void **state)
{
	struct ctx *cx = arrange();
	struct db_options options = test_options();
	struct thing *things;
	struct err *e;
	size_t n;

	(void)state;
	options.socket = "/nowhere/socket";
	cx->db = db_new(cx->mem, &options);
	WANT_ERR(db_connect(cx->db), DATABASE_DOWN);
	READING (tx, cx, &e)
		e = db_all(tx, &list_numbers, NO_ARGS, &things, &n);
	WANT_ERR(e, DATABASE_DOWN);
	WANT(!cx->in_tx);
	test_ctx_free(cx);
}

TESTS(TEST(a_row_comes_back_as_it_was_saved), TEST(nothing_is_null_and_null_is_nothing),
      TEST(empty_is_not_nothing), TEST(moments_keep_their_microseconds_at_any_date),
      TEST(wide_texts_come_back_whole), TEST(arguments_of_every_type_find_the_row),
      TEST(a_text_that_a_column_cannot_hold_finds_nothing),
      TEST(a_list_is_padded_to_fifty), TEST(wrong_numbers_of_arguments_are_refused),
      TEST(any_number_of_rows_is_listed), TEST(one_row_is_one_row),
      TEST(rows_in_turn_leave_no_memory_behind), TEST(rows_in_turn_may_be_stopped),
      TEST(null_in_a_plain_number_is_an_error),
      TEST(statements_that_do_not_fit_are_refused_with_the_reason),
      TEST(places_are_read_from_the_text), TEST(a_statement_is_prepared_once),
      TEST(changes_are_counted), TEST(a_key_that_is_there_is_told_apart_from_an_error),
      TEST(new_ids_are_handed_back), TEST(many_rows_travel_in_one_statement),
      TEST(changes_of_many_rows_are_summed),
      TEST(a_single_row_follows_many_on_the_same_statement),
      TEST(of_many_rows_with_one_bad_none_is_kept),
      TEST(sealed_fields_are_ciphertext_at_rest), TEST(moved_ciphertext_does_not_open),
      TEST(a_forgotten_person_has_no_name), TEST(a_session_is_strict_and_impatient),
      TEST(only_scripts_hold_several_statements),
      TEST(without_a_server_the_database_is_down))
