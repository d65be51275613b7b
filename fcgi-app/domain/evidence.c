/* evidence.c - which evidence tells of which invariant. */
#include "domain/evidence_private.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct findings *
findings_new(struct arena *mem)
{
	return arena_new_of(mem, struct findings, 1);
}

void
findings_add(struct findings *findings, const char *format, ...)
{
	size_t n = findings->n++;
	va_list args;

	if (n >= INVARIANT_ROWS)
		return;
	va_start(args, format);
	vsnprintf(findings->text[n], FINDING_BYTES, format, args);
	va_end(args);
}

void
findings_give(const struct findings *findings, struct invariant *out)
{
	out->needs = NULL;
	out->more = findings->n > INVARIANT_ROWS;
	out->n_rows = out->more ? INVARIANT_ROWS : findings->n;
	for (size_t i = 0; i < out->n_rows; i++)
		out->rows[i] = findings->text[i];
}

static bool
is_there(const struct evidence *evidence, size_t has_at)
{
	return *(const bool *)((const char *)evidence + has_at);
}

fallible
evidence_check(struct tx *tx, struct evidence *evidence, struct invariant *invariant)
{
	static const struct {
		const char *id;
		size_t has_at;
		fallible (*check)(struct tx *, struct evidence *, struct findings *);
	} checks[] = {
		{"I08", offsetof(struct evidence, has_acks), evidence_acks_oversold},
		{"I14", offsetof(struct evidence, has_acks), evidence_acks_lost},
		{"I22", offsetof(struct evidence, has_charges),
		 evidence_charges_differ},
		{"I23", offsetof(struct evidence, has_charges),
		 evidence_charges_missing},
		{"I24", offsetof(struct evidence, has_charges),
		 evidence_charges_double},
		{"I31", offsetof(struct evidence, has_effects),
		 evidence_effects_differ},
	};

	for (size_t i = 0; i < DB_COUNT(checks); i++) {
		struct findings *findings;

		if (strcmp(checks[i].id, invariant->id) != 0 ||
		    !is_there(evidence, checks[i].has_at))
			continue;
		findings = findings_new(tx->mem);
		TRY(checks[i].check(tx, evidence, findings));
		findings_give(findings, invariant);
	}
	return NULL;
}
