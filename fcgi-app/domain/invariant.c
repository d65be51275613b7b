/* invariant.c - looks whether the books are true. */
#include "domain/invariant.h"

#include <string.h>

#include "domain/evidence.h"

struct breaking_row {
	const char *what;
};

/* One row more than is told, so that it is known whether there are more. */
#define CHANGED(column) " "
#define INVARIANT(id, says, text)                                                      \
	SQL_ROWS(find_##id, struct breaking_row, (what), text " LIMIT 21");
#define ELSEWHERE(id, says, needs)
#include "domain/invariant.def"
#undef INVARIANT
#undef CHANGED

/* The same, narrowed; its parameters come in threes: the moment twice, the entry. */
#define CHANGED_ORDERS                                                                 \
	"(SELECT id FROM orders WHERE updated_at >= ?"                                 \
	" UNION SELECT order_id FROM payment_attempt WHERE updated_at >= ?"            \
	" UNION SELECT agg_id FROM outbox WHERE id > ?)"
#define CHANGED(column) " JOIN " CHANGED_ORDERS " changed ON changed.id = " column " "
#define INVARIANT(id, says, text)                                                      \
	SQL_ROWS(find_changed_##id, struct breaking_row, (what), text " LIMIT 21");
#include "domain/invariant.def"
#undef INVARIANT
#undef CHANGED
#undef ELSEWHERE

struct rule {
	const char *id, *says, *needs;
	const struct db_stmt *find, *find_changed;
};

static const struct rule rules[] = {
#define CHANGED(column)
#define INVARIANT(id, says, text)  {#id, says, NULL, &find_##id, &find_changed_##id},
#define ELSEWHERE(id, says, needs) {#id, says, needs, NULL, NULL},
#include "domain/invariant.def"
#undef INVARIANT
#undef ELSEWHERE
#undef CHANGED
};

enum { MOMENT, MOMENT_TOO, ENTRY, PARAMETERS, ARGS_MAX = 6 * PARAMETERS };

SQL_ROWS(list_parked, struct breaking_row, (what),
	 "SELECT CONCAT(gateway, ' ', event_id, ' is ', state) AS what"
	 "  FROM webhook_in WHERE state IN ('parked', 'dead') ORDER BY id LIMIT 100");

static struct invariant
begin(const struct rule *rule)
{
	return (struct invariant){
		.id = rule->id, .says = rule->says, .needs = rule->needs};
}

static fallible
look(struct tx *tx, const struct db_stmt *find, struct db_args args,
     struct invariant *out)
{
	struct breaking_row *rows;
	size_t n;

	TRY(db_all(tx, find, args, &rows, &n));
	out->more = n > INVARIANT_ROWS;
	out->n_rows = out->more ? INVARIANT_ROWS : n;
	for (size_t i = 0; i < out->n_rows; i++)
		out->rows[i] = rows[i].what;
	return NULL;
}

static fallible
list_webhooks(struct tx *tx, struct invariants *out)
{
	struct breaking_row *rows;

	TRY(db_all(tx, &list_parked, NO_ARGS, &rows, &out->n_parked));
	out->parked = arena_new_of(tx->mem, const char *, out->n_parked + 1);
	for (size_t i = 0; i < out->n_parked; i++)
		out->parked[i] = rows[i].what;
	return NULL;
}

static void
count(struct invariants *out, const struct invariant *invariant)
{
	out->checked += invariant->needs == NULL;
	out->broken += invariant->n_rows > 0;
}

static struct invariants
begin_all(struct arena *mem)
{
	struct invariants all = {.n = DB_COUNT(rules)};

	all.list = arena_new_of(mem, struct invariant, all.n);
	return all;
}

static fallible
check(struct tx *tx, const struct rule *rule, struct evidence *evidence,
      struct invariant *out)
{
	*out = begin(rule);
	if (rule->find != NULL)
		return look(tx, rule->find, NO_ARGS, out);
	return evidence != NULL ? evidence_check(tx, evidence, out) : NULL;
}

fallible
invariant_check_each(struct ctx *cx, struct evidence *evidence, struct invariants *out)
{
	struct err *e;

	*out = begin_all(cx->mem);
	for (size_t i = 0; i < out->n; i++) {
		SNAPSHOT (tx, cx, &e)
			e = check(tx, &rules[i], evidence, &out->list[i]);
		TRY(e);
		count(out, &out->list[i]);
	}
	READING (tx, cx, &e)
		e = list_webhooks(tx, out);
	return e;
}

fallible
invariant_check_all(struct tx *tx, struct evidence *evidence, struct invariants *out)
{
	*out = begin_all(tx->mem);
	for (size_t i = 0; i < out->n; i++) {
		TRY(check(tx, &rules[i], evidence, &out->list[i]));
		count(out, &out->list[i]);
	}
	return list_webhooks(tx, out);
}

/* ---- what changed ---- */

static struct db_args
args_of(const struct db_stmt *stmt, const struct invariant_point *since,
	struct db_arg v[ARGS_MAX])
{
	size_t n = 0;

	for (const char *at = stmt->text; (at = strchr(at, '?')) != NULL; at++, n++)
		v[n] = n % PARAMETERS == ENTRY ? db_arg_int(since->outbox)
					       : db_arg_instant(since->at);
	return (struct db_args){v, n};
}

fallible
invariant_check_changed(struct tx *tx, const struct invariant_point *since,
			struct invariants *out)
{
	struct db_arg v[ARGS_MAX];

	*out = (struct invariants){0};
	out->list = arena_new_of(tx->mem, struct invariant, DB_COUNT(rules));
	for (size_t i = 0; i < DB_COUNT(rules); i++) {
		const struct db_stmt *find = rules[i].find_changed;

		if (find == NULL)
			continue;
		out->list[out->n] = begin(&rules[i]);
		TRY(look(tx, find, args_of(find, since, v), &out->list[out->n]));
		count(out, &out->list[out->n++]);
	}
	return list_webhooks(tx, out);
}

/* A transaction may take seconds; entries that were numbered before may come after; an
 * invoice has a minute, and whatever else waits has less than three. */
SQL_ROWS(read_point, struct invariant_point, (at, outbox),
	 "SELECT UTC_TIMESTAMP(6) - INTERVAL 3 MINUTE AS at,"
	 "       COALESCE((SELECT MAX(id) FROM outbox), 0) - 1000 AS outbox");

struct count_row {
	int64_t n;
};

SQL_ROWS(count_changed, struct count_row, (n),
	 "SELECT COUNT(*) AS n FROM " CHANGED_ORDERS " changed");

fallible
invariant_point(struct tx *tx, const struct invariant_point *before,
		struct invariant_point *now)
{
	struct count_row row = {0};
	bool found;

	if (before != NULL)
		TRY(db_one(tx, &count_changed,
			   ARGS(before->at, before->at, before->outbox), &row, &found));
	TRY(db_one(tx, &read_point, NO_ARGS, now, &found));
	now->changed = row.n;
	return NULL;
}
