/* invariant.c - looks whether the books are true. */
#include "domain/invariant.h"

struct breaking_row {
	const char *what;
};

/* One row more than is told, so that it is known whether there are more. */
#define INVARIANT(id, says, text)                                                      \
	SQL_ROWS(find_##id, struct breaking_row, (what), text " LIMIT 21");
#define ELSEWHERE(id, says, needs)
#include "domain/invariant.def"
#undef INVARIANT
#undef ELSEWHERE

struct rule {
	const char *id, *says, *needs;
	const struct db_stmt *find;
};

static const struct rule rules[] = {
#define INVARIANT(id, says, text)  {#id, says, NULL, &find_##id},
#define ELSEWHERE(id, says, needs) {#id, says, needs, NULL},
#include "domain/invariant.def"
#undef INVARIANT
#undef ELSEWHERE
};

SQL_ROWS(list_parked, struct breaking_row, (what),
	 "SELECT CONCAT(gateway, ' ', event_id, ' is ', state) AS what"
	 "  FROM webhook_in WHERE state IN ('parked', 'dead') ORDER BY id LIMIT 100");

static fallible
check_one(struct tx *tx, const struct rule *rule, struct invariant *out)
{
	struct breaking_row *rows;
	size_t n;

	*out = (struct invariant){
		.id = rule->id, .says = rule->says, .needs = rule->needs};
	if (rule->find == NULL)
		return NULL;
	TRY(db_all(tx, rule->find, NO_ARGS, &rows, &n));
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

fallible
invariant_check_all(struct tx *tx, struct invariants *out)
{
	*out = (struct invariants){.n = DB_COUNT(rules)};
	out->list = arena_new_of(tx->mem, struct invariant, out->n);
	for (size_t i = 0; i < out->n; i++) {
		TRY(check_one(tx, &rules[i], &out->list[i]));
		out->checked += rules[i].find != NULL;
		out->broken += out->list[i].n_rows > 0;
	}
	return list_webhooks(tx, out);
}
