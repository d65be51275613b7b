/* tally.c - what is counted while visitors come. */
#include "tally.h"

#include <inttypes.h>
#include <string.h>

void
tally_time(struct tally *tally, const char *step, int64_t us)
{
	size_t i = 0;

	while (i < tally->n_steps && strcmp(tally->steps[i].name, step) != 0)
		i++;
	if (i == TALLY_STEPS)
		return;
	if (i == tally->n_steps)
		tally->steps[tally->n_steps++].name = step;
	histogram_add(&tally->steps[i].times, us);
}

void
tally_error(struct tally *tally, const char *step, const char *kind)
{
	char what[TALLY_WHAT];
	size_t i = 0;

	if (tally->n_errors == TALLY_ERRORS - 1)
		snprintf(what, sizeof what, "others");
	else
		snprintf(what, sizeof what, "%s: %s", step, kind);
	while (i < tally->n_errors && strcmp(tally->errors[i].what, what) != 0)
		i++;
	if (i == tally->n_errors && i < TALLY_ERRORS)
		memcpy(tally->errors[tally->n_errors++].what, what, sizeof what);
	if (i < TALLY_ERRORS)
		tally->errors[i].n++;
}

void
tally_said(struct tally *tally, const char *text, size_t n)
{
	if (tally->said[0] != '\0')
		return;
	if (n >= sizeof tally->said)
		n = sizeof tally->said - 1;
	memcpy(tally->said, text, n);
	tally->said[n] = '\0';
}

int64_t
tally_errors(const struct tally *tally)
{
	int64_t n = 0;

	for (size_t i = 0; i < tally->n_errors; i++)
		n += tally->errors[i].n;
	return n;
}

/* What is no plain ASCII is shown as a dot. */
static void
write_text(const char *text, FILE *out)
{
	fputc('"', out);
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', out);
		fputc(*text >= ' ' && *text <= '~' ? *text : '.', out);
	}
	fputc('"', out);
}

static void
write_times(const char *name, const struct histogram *h, FILE *out)
{
	write_text(name, out);
	fprintf(out,
		": {\"n\": %" PRIu64 ", \"p50_us\": %" PRIu64 ", \"p95_us\": %" PRIu64
		", \"p99_us\": %" PRIu64 ", \"p999_us\": %" PRIu64
		", \"max_us\": %" PRIu64 "}",
		h->n, histogram_at(h, 0.5), histogram_at(h, 0.95),
		histogram_at(h, 0.99), histogram_at(h, 0.999), h->max);
}

void
tally_write(const struct tally *tally, FILE *out)
{
	fputs("\"errors\": {", out);
	for (size_t i = 0; i < tally->n_errors; i++) {
		fputs(i == 0 ? "" : ", ", out);
		write_text(tally->errors[i].what, out);
		fprintf(out, ": %" PRId64, tally->errors[i].n);
	}
	fputs("},\n \"first_error\": ", out);
	write_text(tally->said, out);
	fprintf(out,
		",\n \"waiting_pages\": %" PRId64 ", \"unfinished\": %" PRId64
		", \"rounds\": %" PRId64 ",\n \"requests\": {",
		tally->waiting_pages, tally->unfinished, tally->rounds);
	for (size_t i = 0; i < tally->n_steps; i++) {
		fputs(i == 0 ? "\n  " : ",\n  ", out);
		write_times(tally->steps[i].name, &tally->steps[i].times, out);
	}
	fputs("},\n ", out);
	write_times("unit", &tally->unit, out);
	fputs(",\n ", out);
	write_times("late", &tally->late, out);
}
