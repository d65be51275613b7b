/* tx_counter.h - two counters, of mugs and cups, in a schema that has nothing else, and
 * work that raises them: for tests of transactions. Statements stand in the header, as
 * in db_thing.h. */
#ifndef SUPPORT_TX_COUNTER_H
#define SUPPORT_TX_COUNTER_H

#include "db/db.h"
#include "support/database.h"

struct count {
	int64_t n;
};

SQL(take, "UPDATE counter SET n = n + 1 WHERE sku = ?");
SQL_ROWS(look, struct count, (n), "SELECT n FROM counter WHERE sku = ?");

/* A context on fresh counters, both at 0: as test_ctx. */
static inline struct ctx *
arrange(void)
{
	const char *schema = test_schema_bare();

	test_script(
		"DROP TABLE IF EXISTS counter; CREATE TABLE counter (sku VARCHAR(20)"
		" CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY, n BIGINT NOT NULL)"
		" ENGINE = InnoDB; INSERT INTO counter VALUES ('mug', 0), ('cup', 0);"
		" GRANT ALL ON %s.counter TO till@localhost",
		schema);
	return test_ctx();
}

/* What the counters stand at, for all to see. */
static inline int64_t
mugs(void)
{
	return test_number("SELECT n FROM counter WHERE sku = 'mug'");
}

static inline int64_t
cups(void)
{
	return test_number("SELECT n FROM counter WHERE sku = 'cup'");
}

/* What a transaction sees of one. */
static inline fallible
look_at(struct tx *tx, const char *sku, int64_t *n)
{
	struct count count = {0};
	bool found;

	TRY(db_one(tx, &look, ARGS(sku), &count, &found));
	*n = count.n;
	return NULL;
}

/* A small piece of work with a read and two writes. */
static inline fallible
take_both(struct tx *tx)
{
	int64_t n;

	TRY(look_at(tx, "mug", &n));
	TRY(db_run(tx, &take, ARGS("mug")));
	return db_run(tx, &take, ARGS("cup"));
}

/* What a call comes to in a transaction of its own. */
static inline fallible
in_transaction(struct ctx *cx, fallible (*call)(struct tx *))
{
	struct err *e;

	TRANSACTION (tx, cx, &e)
		e = call(tx);
	return e;
}

#endif
