/* kept.c - units that were prepared, until somebody takes them. */
#include "kept.h"

#include <stdlib.h>
#include <string.h>

#include "visitor.h"

struct kept_unit {
	struct words words;
	char cookie[ANSWER_COOKIE];
};

bool
kept_open(struct kept *kept, size_t cap)
{
	kept->list = calloc(cap, sizeof *kept->list);
	kept->cap = kept->list == NULL ? 0 : cap;
	return kept->list != NULL;
}

void
kept_put(struct kept *kept, const struct visitor *v)
{
	struct kept_unit *unit;

	if (kept->n == kept->cap)
		return;
	unit = &kept->list[kept->n++];
	unit->words = v->words;
	memcpy(unit->cookie, v->cookie, sizeof unit->cookie);
}

bool
kept_take(struct kept *kept, struct visitor *v)
{
	const struct kept_unit *unit;

	if (kept->n == 0)
		return false;
	unit = &kept->list[--kept->n];
	v->words = unit->words;
	memcpy(v->cookie, unit->cookie, sizeof v->cookie);
	return true;
}
