/* evidence_effects_store.c - what receivers saw, against the outbox. */
#include "domain/evidence_private.h"

#include <stdlib.h>
#include <string.h>

struct sent_row {
	const char *dedup;
	bool done;
};

SQL_ROWS(list_sent, struct sent_row, (dedup, done),
	 "SELECT REPLACE(dedup, ':', '.') AS dedup, state = 'done' AS done"
	 "  FROM outbox ORDER BY id");

struct effects_look {
	const struct evidence *evidence;
	struct findings *findings;
	bool *found;
};

static int
compare(const void *a, const void *b)
{
	return strcmp(((const struct effect *)a)->dedup,
		      ((const struct effect *)b)->dedup);
}

/* A Message-ID has dots where the key has colons. */
static void
prepare(struct arena *mem, struct evidence *evidence)
{
	for (size_t i = 0; i < evidence->n_effects; i++) {
		char *dedup = arena_text(mem, evidence->effects[i].dedup);

		for (char *c = dedup; *c != '\0'; c++)
			if (*c == ':')
				*c = '.';
		evidence->effects[i].dedup = dedup;
	}
	if (evidence->n_effects > 0)
		qsort(evidence->effects, evidence->n_effects, sizeof *evidence->effects,
		      compare);
}

static size_t
count(struct effects_look *look, const char *dedup)
{
	const struct evidence *evidence = look->evidence;
	size_t low = 0, high = evidence->n_effects, n = 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(evidence->effects[middle].dedup, dedup) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < evidence->n_effects &&
	       strcmp(evidence->effects[low].dedup, dedup) == 0;
	     low++, n++)
		look->found[low] = true;
	return n;
}

static struct err *
look_at_entry(void *to, const void *row)
{
	struct effects_look *look = to;
	const struct sent_row *entry = row;
	size_t n = count(look, entry->dedup);

	if (n > 1)
		findings_add(look->findings, "%s: %zu effects", entry->dedup, n);
	else if (n == 0 && entry->done)
		findings_add(look->findings, "%s is done and had no effect",
			     entry->dedup);
	return NULL;
}

fallible
evidence_effects_differ(struct tx *tx, struct evidence *evidence,
			struct findings *findings)
{
	struct effects_look look = {.evidence = evidence, .findings = findings};

	prepare(tx->mem, evidence);
	look.found = arena_new_of(tx->mem, bool, evidence->n_effects + 1);
	TRY(db_each_(tx, &list_sent, NO_ARGS, look_at_entry, &look,
		     sizeof(struct sent_row)));
	for (size_t i = 0; i < evidence->n_effects; i++)
		if (!look.found[i])
			findings_add(findings, "%s: an effect without an entry",
				     evidence->effects[i].dedup);
	return NULL;
}
