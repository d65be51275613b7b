/* import.c - products from a CSV file: first everything is looked at, then written. */
#include "main/import.h"

#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "domain/audit.h"
#include "main/import_row.h"

enum { KEPT_MEMORY = 256 * 1024 * 1024, SEEN_FIRST = 1024 };

/* ---- what stood in the file before ---- */

/* Texts and the lines they stood in: open addressing, at most half full. */
struct seen {
	struct arena *mem;
	const char **texts;
	int64_t *lines;
	size_t n, cap;
};

static struct seen
seen_new(struct arena *mem, size_t cap)
{
	return (struct seen){.mem = mem,
			     .texts = arena_new_of(mem, const char *, cap),
			     .lines = arena_new_of(mem, int64_t, cap),
			     .cap = cap};
}

static size_t
seen_place(const struct seen *seen, const char *text)
{
	uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */
	size_t i;

	for (const char *c = text; *c != '\0'; c++)
		hash = (hash ^ (unsigned char)*c) * UINT64_C(1099511628211);
	i = (size_t)hash % seen->cap;
	while (seen->texts[i] != NULL && strcmp(seen->texts[i], text) != 0)
		i = (i + 1) % seen->cap;
	return i;
}

static void
seen_grow(struct seen *seen)
{
	struct seen bigger = seen_new(seen->mem, 2 * seen->cap);

	for (size_t i = 0; i < seen->cap; i++) {
		if (seen->texts[i] != NULL) {
			size_t place = seen_place(&bigger, seen->texts[i]);

			bigger.texts[place] = seen->texts[i];
			bigger.lines[place] = seen->lines[i];
		}
	}
	bigger.n = seen->n;
	*seen = bigger;
}

/* The line that a text stood in before, or 0; it is remembered now. */
static int64_t
seen_before(struct seen *seen, const char *text, int64_t line)
{
	size_t place = seen_place(seen, text);

	if (seen->texts[place] != NULL)
		return seen->lines[place];
	seen->texts[place] = arena_text(seen->mem, text);
	seen->lines[place] = line;
	if (++seen->n * 2 > seen->cap)
		seen_grow(seen);
	return 0;
}

/* ---- a batch of rows ---- */

struct work {
	const struct import *import;
	struct import_report *report;
	struct csv *csv;
	struct import_header header;
	struct seen skus, slugs;
	bool checking; /* the first time through: problems are told */
	struct catalog_import rows[CATALOG_BULK_MAX];
	int64_t lines[CATALOG_BULK_MAX];
	size_t n;
};

static void
tell(struct work *w, const struct import_problem *problem)
{
	w->report->problems++;
	w->import->problem(w->import->to, problem);
}

static void
tell_all(struct work *w, int64_t line, const struct problems *problems)
{
	for (size_t i = 0; i < problems->n; i++)
		tell(w, &(struct import_problem){.line = line,
						 .column = problems->list[i].field,
						 .code = problems->list[i].code,
						 .text = problems->list[i].text});
}

static void
tell_syntax(struct work *w, const struct csv_row *row)
{
	tell(w, &(struct import_problem){.line = row->wrong_line,
					 .at = row->wrong_column,
					 .column = "",
					 .code = "syntax",
					 .text = row->wrong});
}

static void
check_twice(struct work *w, struct seen *seen, const char *column, const char *text,
	    int64_t line, struct problems *problems)
{
	int64_t before = text_is_empty(text) ? 0 : seen_before(seen, text, line);

	if (before != 0)
		problem_add(problems, column, "duplicate",
			    arena_printf(w->import->cx->mem,
					 "The %s stands in line %" PRId64 " already.",
					 column, before));
}

/* True when the row may be written. */
static bool
take_row(struct work *w, const struct csv_row *row, struct catalog_import *out)
{
	struct arena *mem = w->import->cx->mem;
	struct problems problems = {0};

	if (row->wrong != NULL) {
		tell_syntax(w, row);
		return false;
	}
	if (row->n != w->header.n) {
		problem_add(&problems, "", "fields",
			    arena_printf(mem, "%zu fields, where the header has %zu.",
					 row->n, w->header.n));
	} else {
		import_read_row(mem, &w->header, row, w->import->currency, out,
				&problems);
		if (w->checking) {
			check_twice(w, &w->skus, "sku", out->product.sku, row->line,
				    &problems);
			check_twice(w, &w->slugs, "slug", out->product.slug, row->line,
				    &problems);
		}
	}
	tell_all(w, row->line, &problems);
	return problems.n == 0;
}

/* The next rows without a problem; *more is false when there are no further ones. */
static fallible
read_batch(struct work *w, bool *more)
{
	struct csv_row row;

	w->n = 0;
	while (w->n < CATALOG_BULK_MAX) {
		TRY(csv_next(w->csv, w->import->cx->mem, &row, more));
		if (!*more)
			return NULL;
		w->report->rows++;
		w->lines[w->n] = row.line;
		w->n += take_row(w, &row, &w->rows[w->n]);
	}
	return NULL;
}

static void
count(struct work *w)
{
	for (size_t i = 0; i < w->n; i++) {
		w->report->added += w->rows[i].change == CATALOG_ADDED;
		w->report->changed += w->rows[i].change == CATALOG_CHANGED;
		w->report->same += w->rows[i].change == CATALOG_SAME;
		w->report->stocked += w->rows[i].opens_stock;
	}
}

/* ---- looking ---- */

static fallible
look(struct work *w)
{
	struct ctx *cx = w->import->cx;
	struct err *e;

	READING (tx, cx, &e)
		e = catalog_bulk_look(tx, w->rows, w->n);
	TRY(e);
	for (size_t i = 0; i < w->n; i++) {
		if (w->rows[i].slug_taken_by != NULL)
			tell(w, &(struct import_problem){
					.line = w->lines[i],
					.column = "slug",
					.code = "taken",
					.text = arena_printf(
						cx->mem, "This slug belongs to %s.",
						w->rows[i].slug_taken_by)});
	}
	return NULL;
}

/* ---- writing ---- */

static const char *
name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

static fallible
note_batch(struct tx *tx, struct work *w)
{
	struct import_report done = {0}, *before = w->report;
	const char *body;

	w->report = &done;
	count(w);
	w->report = before;
	if (done.added + done.changed + done.stocked == 0)
		return NULL;
	body = arena_printf(tx->mem,
			    "file=%s lines=%" PRId64 "-%" PRId64 " added=%" PRId64
			    " changed=%" PRId64 " stocked=%" PRId64,
			    name_of(w->import->path), w->lines[0], w->lines[w->n - 1],
			    done.added, done.changed, done.stocked);
	return audit_note(tx, w->import->actor, "product.import", (struct order_id){0},
			  body);
}

static fallible
save_batch(struct tx *tx, struct work *w)
{
	TRY(catalog_bulk_save(tx, w->rows, w->n, w->import->actor));
	return note_batch(tx, w);
}

static fallible
save(struct work *w)
{
	struct err *e;

	TRANSACTION (tx, w->import->cx, &e)
		e = save_batch(tx, w);
	return e;
}

/* ---- through the file ---- */

static fallible
read_header(struct work *w)
{
	struct problems problems = {0};
	struct csv_row row;
	bool more;

	TRY(csv_next(w->csv, w->import->cx->mem, &row, &more));
	if (!more)
		return FAIL(REFUSED, "%s is empty", w->import->path);
	if (row.wrong != NULL) {
		tell_syntax(w, &row);
		return NULL;
	}
	import_read_header(w->import->cx->mem, &row, &w->header, &problems);
	if (w->checking)
		tell_all(w, row.line, &problems);
	return NULL;
}

static fallible
each_batch(struct work *w, fallible (*act)(struct work *))
{
	struct arena *mem = w->import->cx->mem;
	bool more = true;

	while (more) {
		struct arena_mark mark = arena_mark(mem);

		TRY(read_batch(w, &more));
		if (w->n > 0)
			TRY(act(w));
		count(w);
		arena_rewind(mem, mark);
	}
	return NULL;
}

static fallible
run(struct work *w)
{
	TRY(read_header(w));
	if (w->report->problems == 0)
		TRY(each_batch(w, look));
	if (w->report->problems > 0)
		return FAIL(INVALID, "%s: %" PRId64 " problems, nothing was changed",
			    w->import->path, w->report->problems);
	if (w->import->dry_run)
		return NULL;
	*w->report = (struct import_report){0};
	w->checking = false;
	csv_rewind(w->csv);
	TRY(read_header(w));
	TRY(each_batch(w, save));
	if (w->report->problems > 0)
		return FAIL(INVALID, "%s has changed while it was read",
			    w->import->path);
	return NULL;
}

fallible
import_products(const struct import *import, struct import_report *report)
{
	struct arena *kept = arena_new(KEPT_MEMORY);
	struct work *w = arena_new_of(kept, struct work, 1);
	struct err *e;

	*report = (struct import_report){0};
	w->import = import;
	w->report = report;
	w->checking = true;
	w->skus = seen_new(kept, SEEN_FIRST);
	w->slugs = seen_new(kept, SEEN_FIRST);
	e = csv_open(kept, import->path, &w->csv);
	if (e == NULL)
		e = run(w);
	arena_free(kept);
	return e;
}
