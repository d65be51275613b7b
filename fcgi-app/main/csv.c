/* csv.c - reads a CSV file row by row. */
#include "main/csv.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"

struct csv {
	FILE *file;
	const char *path;
	int64_t line, column; /* of the character that get() gives next */
	bool midst;           /* the line has begun: it must be read to its end */
};

/* One row while it is read. Its fields stand one behind the other, each with a NUL. */
struct reading {
	struct csv *csv;
	struct csv_row *row;
	struct buf text;
	size_t starts[CSV_FIELDS_MAX];
	size_t n;
};

static void
close_file(void *file)
{
	fclose(file);
}

/* ---- characters ---- */

static int
get(struct csv *csv)
{
	int c = getc_unlocked(csv->file);

	csv->midst = c != '\n' && c != EOF;
	if (c == '\n') {
		csv->line++;
		csv->column = 1;
	} else if ((c & 0xC0) != 0x80) {
		csv->column++; /* the further bytes of a character are none of it */
	}
	return c;
}

static int
peek(struct csv *csv)
{
	return ungetc(getc_unlocked(csv->file), csv->file);
}

/* A byte order mark is no part of the first name. */
static void
begin(struct csv *csv)
{
	static const char mark[] = "\xEF\xBB\xBF";
	char first[3];

	csv->line = csv->column = 1;
	csv->midst = false;
	rewind(csv->file);
	if (fread(first, 1, sizeof first, csv->file) != sizeof first ||
	    memcmp(first, mark, sizeof first) != 0)
		rewind(csv->file);
}

fallible
csv_open(struct arena *mem, const char *path, struct csv **out)
{
	struct csv *csv = arena_new_of(mem, struct csv, 1);

	csv->file = fopen(path, "re");
	if (csv->file == NULL)
		return FAIL(REFUSED, "%s cannot be read: %s", path, strerror(errno));
	arena_defer(mem, close_file, csv->file);
	csv->path = arena_text(mem, path);
	begin(csv);
	*out = csv;
	return NULL;
}

void
csv_rewind(struct csv *csv)
{
	begin(csv);
}

/* ---- fields ---- */

/* Only the first thing wrong with a row is told. */
static void
note_wrong(struct reading *r, int64_t line, int64_t column, const char *what)
{
	if (r->row->wrong != NULL)
		return;
	r->row->wrong = what;
	r->row->wrong_line = line;
	r->row->wrong_column = column;
}

static bool
ends_field(int c)
{
	return c == ',' || c == '\n' || c == '\r' || c == EOF;
}

static void
read_plain(struct reading *r)
{
	while (!ends_field(peek(r->csv))) {
		int64_t column = r->csv->column;
		int c = get(r->csv);

		if (c == '"')
			note_wrong(r, r->csv->line, column,
				   "a quotation mark stands inside a field that does"
				   " not begin with one");
		buf_char(&r->text, (char)c);
	}
}

static void
read_quoted(struct reading *r)
{
	int64_t line = r->csv->line, column = r->csv->column;
	int c;

	get(r->csv);
	while ((c = get(r->csv)) != EOF) {
		if (c == '"' && peek(r->csv) != '"')
			break;
		if (c == '"')
			get(r->csv);
		buf_char(&r->text, (char)c);
	}
	if (c == EOF)
		note_wrong(r, line, column, "this quotation mark is never closed");
	else if (!ends_field(peek(r->csv)))
		note_wrong(r, r->csv->line, r->csv->column,
			   "only a comma or the end of the line may follow a closing"
			   " quotation mark");
}

static void
read_field(struct reading *r)
{
	int64_t line = r->csv->line, column = r->csv->column;
	size_t start = r->text.len;

	if (peek(r->csv) == '"')
		read_quoted(r);
	else
		read_plain(r);
	if (!text_is_utf8(r->text.data ? r->text.data + start : "",
			  r->text.len - start))
		note_wrong(r, line, column, "this field is not UTF-8");
	if (r->n == CSV_FIELDS_MAX)
		note_wrong(r, line, column, "there are too many fields");
	else
		r->starts[r->n++] = start;
	buf_char(&r->text, '\0');
	if (r->text.full)
		note_wrong(r, line, column, "this row is too long");
}

/* Takes what stands behind a field; true when another one follows. */
static bool
read_separator(struct reading *r)
{
	int64_t column = r->csv->column;
	int c = get(r->csv);

	if (c != '\r')
		return c == ',';
	if (peek(r->csv) == '\n')
		get(r->csv);
	else if (peek(r->csv) != EOF)
		note_wrong(r, r->csv->line, column,
			   "a carriage return without a line feed");
	return false;
}

static void
skip_line(struct csv *csv)
{
	while (csv->midst)
		get(csv);
}

/* ---- rows ---- */

static void
read_row(struct reading *r)
{
	r->row->line = r->csv->line;
	do
		read_field(r);
	while (r->row->wrong == NULL && read_separator(r));
	if (r->row->wrong != NULL)
		skip_line(r->csv);
}

static void
hand_over(struct reading *r, struct arena *mem)
{
	struct csv_row *row = r->row;

	if (row->wrong != NULL)
		return;
	row->fields = arena_new_of(mem, const char *, r->n);
	row->n = r->n;
	for (size_t i = 0; i < r->n; i++)
		row->fields[i] = r->text.data + r->starts[i];
}

static bool
skip_empty_lines(struct csv *csv)
{
	int c;

	while ((c = peek(csv)) == '\n' || c == '\r')
		get(csv);
	return c != EOF;
}

fallible
csv_next(struct csv *csv, struct arena *mem, struct csv_row *row, bool *more)
{
	struct reading r = {.csv = csv, .row = row, .text = buf_new(mem, CSV_ROW_MAX)};

	*row = (struct csv_row){0};
	*more = skip_empty_lines(csv);
	if (*more)
		read_row(&r);
	if (ferror(csv->file))
		return FAIL(REFUSED, "%s: line %" PRId64 " cannot be read", csv->path,
			    csv->line);
	if (*more)
		hand_over(&r, mem);
	return NULL;
}
