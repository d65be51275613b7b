/* import_row.c - from the cells of a CSV row to a product. */
#include "main/import_row.h"

#include <string.h>

#include "base/money.h"
#include "base/text.h"

enum kind { CODE, LINE, PROSE, NUMBER, PRICE };

/* A cell that is empty, or of a column that the file has not, is worth `initial`. */
struct column {
	const char *name;
	enum kind kind;
	bool required;
	unsigned part;    /* of catalog_part, when it may be left out */
	int64_t min, max; /* of a number; the characters of a text */
	const char *initial;
};

static const struct column columns[COLUMN_COUNT] = {
	[COLUMN_SKU] = {"sku", CODE, true, 0, 0, 64, ""},
	[COLUMN_SLUG] = {"slug", CODE, true, 0, 0, 80, ""},
	[COLUMN_TITLE] = {"title", LINE, true, 0, 0, 200, ""},
	[COLUMN_KIND] = {"kind", CODE, true, 0, 0, 10, ""},
	[COLUMN_PRICE] = {"price", PRICE, true, 0, 0, 0, ""},
	[COLUMN_CURRENCY] = {"currency", CODE, true, 0, 0, 3, ""},
	[COLUMN_TAX_CLASS] = {"tax_class", CODE, false, CATALOG_TAX_CLASS, 0, 20,
			      "standard"},
	[COLUMN_WEIGHT] = {"weight_g", NUMBER, false, CATALOG_WEIGHT, 0, 10000000, "0"},
	[COLUMN_PER_ORDER] = {"per_order", NUMBER, false, CATALOG_PER_ORDER, 1, 9999,
			      "99"},
	[COLUMN_STOCK] = {"stock", NUMBER, false, 0, 0, 1000000000, ""},
	[COLUMN_PICTURE] = {"picture", CODE, false, CATALOG_PICTURE, 0, 60, ""},
	[COLUMN_SUMMARY] = {"summary", LINE, false, CATALOG_SUMMARY, 0, 300, ""},
	[COLUMN_DESCRIPTION] = {"description", PROSE, false, CATALOG_DESCRIPTION, 0,
				16000, ""},
	[COLUMN_POSITION] = {"position", NUMBER, false, CATALOG_POSITION, -1000000000,
			     1000000000, "0"},
};

/* ---- the header ---- */

static int
find_column(const char *name)
{
	for (int i = 0; i < COLUMN_COUNT; i++) {
		if (text_equal(columns[i].name, name))
			return i;
	}
	return -1;
}

void
import_read_header(struct arena *mem, const struct csv_row *row,
		   struct import_header *header, struct problems *problems)
{
	*header = (struct import_header){.n = row->n};
	for (size_t i = 0; i < row->n; i++) {
		const char *name = row->fields[i];
		int column = find_column(name);

		if (column < 0)
			problem_add(problems, name, "unknown",
				    "There is no such column.");
		else if (header->place[column] != 0)
			problem_add(problems, name, "duplicate",
				    "This column stands here twice.");
		else
			header->place[column] = i + 1;
	}
	for (int i = 0; i < COLUMN_COUNT; i++) {
		if (columns[i].required && header->place[i] == 0)
			problem_add(problems, arena_text(mem, columns[i].name),
				    "required", "This column is missing.");
	}
}

/* ---- a row ---- */

struct reading {
	struct arena *mem;
	const struct import_header *header;
	const struct csv_row *row;
	struct problems *problems;
};

static const char *
cell(const struct reading *r, enum import_column column)
{
	size_t place = r->header->place[column];
	const char *text = place == 0 ? NULL : r->row->fields[place - 1];

	return text_is_empty(text) ? columns[column].initial : text;
}

static void
say(const struct reading *r, enum import_column column, const char *code,
    const char *text)
{
	problem_add(r->problems, columns[column].name, code, text);
}

static bool
is_ascii(const char *text)
{
	for (; *text != '\0'; text++) {
		if ((unsigned char)*text >= 0x80)
			return false;
	}
	return true;
}

/* Prose may have lines of its own. */
static bool
has_control(struct arena *mem, const char *text, enum kind kind)
{
	char *copy;

	if (kind != PROSE || !text_has_control(text))
		return text_has_control(text);
	copy = arena_text(mem, text);
	for (char *c = copy; *c != '\0'; c++) {
		if (*c == '\n' || *c == '\r' || *c == '\t')
			*c = ' ';
	}
	return text_has_control(copy);
}

static const char *
read_text(const struct reading *r, enum import_column column)
{
	const char *text = cell(r, column);
	enum kind kind = columns[column].kind;

	if (text_length(text) > (size_t)columns[column].max)
		say(r, column, "too_long", "This text is too long.");
	else if (kind == CODE && !is_ascii(text))
		say(r, column, "invalid", "This column holds plain ASCII.");
	else if (has_control(r->mem, text, kind))
		say(r, column, "invalid", "This text has control characters.");
	return text;
}

static int64_t
read_number(const struct reading *r, enum import_column column)
{
	const struct column *c = &columns[column];
	int64_t n = 0;

	if (!text_to_int(cell(r, column), c->min, c->max, &n))
		say(r, column, "out_of_range",
		    arena_printf(r->mem,
				 "This must be a whole number from %" PRId64
				 " to %" PRId64 ".",
				 c->min, c->max));
	return n;
}

static struct maybe_int
read_stock(const struct reading *r)
{
	if (text_is_empty(cell(r, COLUMN_STOCK)))
		return (struct maybe_int){false, 0};
	return (struct maybe_int){true, read_number(r, COLUMN_STOCK)};
}

/* "18.00" in a currency of two decimals is 1800, exactly. */
static struct money
read_price(const struct reading *r, const char *wanted)
{
	const char *currency = read_text(r, COLUMN_CURRENCY);
	struct money price = {0};

	if (!currency_is_known(currency)) {
		say(r, COLUMN_CURRENCY, "invalid", "This currency is not known.");
		return price;
	}
	if (!text_equal(currency, wanted))
		say(r, COLUMN_CURRENCY, "invalid",
		    arena_printf(r->mem, "This shop keeps its prices in %s.", wanted));
	if (!money_from_decimal(cell(r, COLUMN_PRICE), currency, &price)) {
		say(r, COLUMN_PRICE, "invalid",
		    "The price is a decimal number such as 18.00.");
		return money_zero(currency);
	}
	return price;
}

static unsigned
parts_kept(const struct import_header *header)
{
	unsigned kept = 0;

	for (int i = 0; i < COLUMN_COUNT; i++) {
		if (header->place[i] == 0)
			kept |= columns[i].part;
	}
	return kept;
}

void
import_read_row(struct arena *mem, const struct import_header *header,
		const struct csv_row *row, const char *currency,
		struct catalog_import *out, struct problems *problems)
{
	const struct reading r = {mem, header, row, problems};
	struct product *p = &out->product;

	/* one by one, so that problems come in this order */
	*out = (struct catalog_import){.kept = parts_kept(header)};
	p->sku = read_text(&r, COLUMN_SKU);
	p->slug = read_text(&r, COLUMN_SLUG);
	p->title = read_text(&r, COLUMN_TITLE);
	p->kind = read_text(&r, COLUMN_KIND);
	p->price = read_price(&r, currency);
	p->tax_class = read_text(&r, COLUMN_TAX_CLASS);
	p->weight_g = read_number(&r, COLUMN_WEIGHT);
	p->per_order = read_number(&r, COLUMN_PER_ORDER);
	out->stock = read_stock(&r);
	p->picture = read_text(&r, COLUMN_PICTURE);
	p->summary = read_text(&r, COLUMN_SUMMARY);
	p->description = read_text(&r, COLUMN_DESCRIPTION);
	p->position = read_number(&r, COLUMN_POSITION);
	catalog_check(mem, p, problems);
}
