/* db_thing.h - a table with a column of every type, and one that counts, in a schema
 * without others: for tests of the floor db. Statements stand in the header, for a file
 * of theirs would be in every test, and store.explain explains all there are. */
#ifndef SUPPORT_DB_THING_H
#define SUPPORT_DB_THING_H

#include "base/digest.h"
#include "base/token.h"
#include "db/db.h"
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

static const char thing_tables[] =
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

/* A context on fresh tables: as test_ctx. */
static inline struct ctx *
arrange(void)
{
	const char *schema = test_schema_bare();

	test_script("DROP TABLE IF EXISTS thing, thing_key, counter");
	test_script(thing_tables, schema, schema, schema);
	return test_ctx();
}

/* Runs one verb inside a transaction, named tx, that has to pass, or to fail with this
 * code (kit.h has one that hands the error over). */
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

/* All fields but the id, which is new. */
SQL_SAVE(save_thing, struct thing,
	 (uid, text, flag, n, maybe, price, hash, at, raw, owner, name, house,
	  home.city),
	 "INSERT INTO thing (uid, text, flag, n, maybe, price, currency, hash, at, raw,"
	 " owner_id, name, house, home_city)"
	 " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");

/* All fields of the row with this id. */
SQL_ROWS(read_thing, struct thing,
	 (id, text, flag, n, maybe, price, hash, at, raw, owner, name, house, uid,
	  home.city),
	 "SELECT t.id, text, flag, n, maybe, price AS price_minor,"
	 "       currency AS price_currency, hash, at, raw,"
	 "       k.id AS owner_id, k.wrapped AS owner_wrapped, name, house, uid, "
	 "home_city"
	 "  FROM thing t LEFT JOIN thing_key k ON k.id = t.owner_id WHERE t.id = ?");

SQL(save_wrapped, "INSERT INTO thing_key (wrapped) VALUES (?)");

/* A person whose key is stored. */
static inline struct person
new_person(struct ctx *cx)
{
	struct person person = person_new(cx->keys, cx->mem);

	IN_TX(cx, db_run_id(tx, &save_wrapped, ARGS(person.wrapped), &person.id.n));
	return person;
}

/* No field is empty; its owner is new. */
static inline struct thing
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

/* What comes back of a thing that was saved. */
static inline struct thing
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

/* The numbers of all rows, in the order they were added. */
SQL_ROWS(list_numbers, struct thing, (n), "SELECT n FROM thing ORDER BY id");

/* Adds the rows 1 to n. */
static inline void
add_numbers(int n)
{
	test_script("INSERT INTO thing (flag, n) SELECT 0, seq FROM seq_1_to_%d", n);
}

#endif
