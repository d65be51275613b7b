/* csv_test.c - CSV files, well formed and not, and products imported from them. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "main/csv.h"
#include "main/import.h"
#include "support/database.h"

static char path[] = "/tmp/till-csv-test.XXXXXX";

static void
remove_file(void)
{
	unlink(path);
}

/* One file for all tests, written anew by each. */
static void
write_bytes(const void *bytes, size_t len)
{
	static bool made;
	FILE *file;

	if (!made) {
		int fd = mkstemp(path);

		WANT(fd >= 0);
		close(fd);
		atexit(remove_file);
		made = true;
	}
	file = fopen(path, "we");
	WANT(file != NULL);
	WANT_INT(fwrite(bytes, 1, len, file), len);
	WANT_INT(fclose(file), 0);
}

static void
write_text(const char *text)
{
	write_bytes(text, strlen(text));
}

/* ---- reading ---- */

/* A whole file as one text: fields in brackets, rows by their lines, faults by place.
 */
static const char *
read_bytes(const void *bytes, size_t len)
{
	static char told[8192];
	struct arena *mem = arena_new(16 * 1024 * 1024);
	struct buf out = buf_new(mem, sizeof told - 1);
	struct csv *csv;
	struct csv_row row;
	bool more;

	write_bytes(bytes, len);
	WANT_OK(csv_open(mem, path, &csv));
	for (;;) {
		WANT_OK(csv_next(csv, mem, &row, &more));
		if (!more)
			break;
		buf_printf(&out, "%s%d:", out.len ? " " : "", (int)row.line);
		for (size_t i = 0; i < row.n; i++)
			buf_printf(&out, "[%s]", row.fields[i]);
		if (row.wrong != NULL)
			buf_printf(&out, "!%d.%d", (int)row.wrong_line,
				   (int)row.wrong_column);
	}
	snprintf(told, sizeof told, "%s", buf_string(&out));
	arena_free(mem);
	return told;
}

static const char *
read_text(const char *text)
{
	return read_bytes(text, strlen(text));
}

static void
plain_fields_stand_between_commas(void **state)
{
	(void)state;
	WANT_TEXT(read_text("a,b,c\n1,,3\n"), "1:[a][b][c] 2:[1][][3]");
	WANT_TEXT(read_text(" a , b "), "1:[ a ][ b ]");
	WANT_TEXT(read_text(","), "1:[][]");
	WANT_TEXT(read_text(""), "");
}

static void
lines_end_as_on_any_system(void **state)
{
	(void)state;
	WANT_TEXT(read_text("a,b\r\nc,d\r\n"), "1:[a][b] 2:[c][d]");
	WANT_TEXT(read_text("a\nb"), "1:[a] 2:[b]");
	WANT_TEXT(read_text("a\r"), "1:[a]");
	WANT_TEXT(read_text("\n\r\na\n\n\nb\n\n"), "3:[a] 6:[b]");
}

static void
quoted_fields_hold_anything(void **state)
{
	(void)state;
	WANT_TEXT(read_text("\"a,b\",\"c\"\"d\"\n"), "1:[a,b][c\"d]");
	WANT_TEXT(read_text("\"a\nb\r\nc\",d\ne\n"), "1:[a\nb\r\nc][d] 4:[e]");
	WANT_TEXT(read_text("\"\",\"\"\"\"\n"), "1:[][\"]");
}

static void
a_byte_order_mark_is_no_part_of_the_first_name(void **state)
{
	(void)state;
	WANT_TEXT(read_text("\xEF\xBB\xBFsku,\xC3\xA9\n"), "1:[sku][\xC3\xA9]");
	WANT_TEXT(read_text("\xEF\xBB\xBF"), "");
}

static void
faults_are_told_by_place_and_reading_goes_on(void **state)
{
	(void)state;
	WANT_TEXT(read_text("a,b\"c,d\ne\n"), "1:!1.4 2:[e]");
	WANT_TEXT(read_text("\"a\" b,c\ne\n"), "1:!1.4 2:[e]");
	WANT_TEXT(read_text("\xC3\xA9\xC3\xA9,x\"y\ne\n"), "1:!1.5 2:[e]");
	WANT_TEXT(read_text("a\rb\ne\n"), "1:!1.2 2:[e]");
	WANT_TEXT(read_text("a\n\"b\nc,d\n"), "1:[a] 2:!2.1");
	WANT_TEXT(read_text("\"a\nb\"c,d\ne\n"), "1:!2.3 3:[e]");
	WANT_TEXT(read_text("a,\xFF,b\ne\n"), "1:!1.3 2:[e]");
	WANT_TEXT(read_bytes("a,b\0c\ne\n", 8), "1:!1.3 2:[e]");
}

static void
rows_have_limits(void **state)
{
	char many[CSV_FIELDS_MAX + 8];
	char *large = calloc(1, CSV_ROW_MAX + 8);

	(void)state;
	memset(many, ',', sizeof many);
	memcpy(many + sizeof many - 4, "\ne\n", 4);
	WANT_TEXT(read_text(many), "1:!1.65 2:[e]");
	WANT(large != NULL);
	memset(large, 'x', CSV_ROW_MAX + 2);
	memcpy(large + CSV_ROW_MAX + 2, "\ne\n", 4);
	WANT_TEXT(read_text(large), "1:!1.1 2:[e]");
	free(large);
}

static void
a_file_is_read_again_from_its_first_row(void **state)
{
	struct arena *mem = arena_new(1024 * 1024);
	struct csv *csv;
	struct csv_row row;
	bool more;

	(void)state;
	write_text("\xEF\xBB\xBF"
		   "a\n\"b\nc");
	WANT_OK(csv_open(mem, path, &csv));
	for (int i = 0; i < 3; i++)
		WANT_OK(csv_next(csv, mem, &row, &more));
	WANT(!more);
	csv_rewind(csv);
	WANT_OK(csv_next(csv, mem, &row, &more));
	WANT_TEXT(row.fields[0], "a");
	WANT_INT(row.line, 1);
	arena_free(mem);
}

static void
a_file_that_is_not_there_is_refused(void **state)
{
	struct arena *mem = arena_new(1024 * 1024);
	struct csv *csv;

	(void)state;
	WANT_ERR(csv_open(mem, "/nowhere/at/all.csv", &csv), REFUSED);
	arena_free(mem);
}

/* ---- importing ---- */

static char told[4096];
static struct import_report report;

static void
tell(void *to, const struct import_problem *problem)
{
	size_t len = strlen(told);

	(void)to;
	snprintf(told + len, sizeof told - len, "%s%d %s %s", len ? ", " : "",
		 (int)problem->line, problem->column, problem->code);
}

static struct err *
import_text(const char *text, bool dry_run)
{
	struct ctx *cx = test_ctx();
	struct import import = {.cx = cx,
				.path = path,
				.actor = "shell:test",
				.currency = "USD",
				.dry_run = dry_run,
				.problem = tell};
	struct err *e;

	told[0] = '\0';
	write_text(text);
	e = import_products(&import, &report);
	test_ctx_free(cx);
	return e;
}

static void
want_report(int added, int changed, int same, int stocked)
{
	WANT_INT(report.added, added);
	WANT_INT(report.changed, changed);
	WANT_INT(report.same, same);
	WANT_INT(report.stocked, stocked);
}

static void
empty_catalogue(void)
{
	test_script("DELETE FROM stock; DROP TRIGGER IF EXISTS stock_move_kept_delete;"
		    "DELETE FROM stock_move; DELETE FROM product;"
		    "DROP TRIGGER IF EXISTS audit_kept_delete; DELETE FROM audit");
}

#define TWO_PRODUCTS                                                                   \
	"price,currency,sku,slug,title,kind,stock,weight_g,description\n"              \
	"18.00,USD,MUG,mug,\"Mug, \xC3\xA9mail\",ship,5,180,Steel\n"                   \
	"0.5,USD,BOOK,book,Book,digital,,,\n"

static void
a_dry_run_tells_and_writes_nothing(void **state)
{
	(void)state;
	empty_catalogue();
	WANT_OK(import_text(TWO_PRODUCTS, true));
	want_report(2, 0, 0, 1);
	WANT_INT(report.rows, 2);
	WANT_INT(test_number("SELECT COUNT(*) FROM product"), 0);
}

static void
columns_come_in_any_order_and_prices_are_exact(void **state)
{
	(void)state;
	empty_catalogue();
	WANT_OK(import_text(TWO_PRODUCTS, false));
	want_report(2, 0, 0, 1);
	WANT_INT(test_number("SELECT price FROM product WHERE sku = 'MUG'"), 1800);
	WANT_INT(test_number("SELECT price FROM product WHERE sku = 'BOOK'"), 50);
	WANT_TEXT(test_text("SELECT title FROM product WHERE sku = 'MUG'"),
		  "Mug, \xC3\xA9mail");
	WANT_INT(test_number("SELECT per_order FROM product WHERE sku = 'MUG'"), 99);
	WANT_TEXT(test_text("SELECT tax_class FROM product WHERE sku = 'MUG'"),
		  "standard");
	WANT_INT(test_number("SELECT COUNT(*) FROM stock"), 1);
	WANT_INT(test_number("SELECT SUM(qty) FROM stock_move WHERE sku = 'MUG'"), 5);
	WANT_TEXT(test_text("SELECT body FROM audit WHERE action = 'product.import'"),
		  arena_printf(test_ctx()->mem,
			       "file=%s lines=2-3 added=2 changed=0 stocked=1",
			       strrchr(path, '/') + 1));
}

static void
importing_again_changes_nothing_and_undoes_no_sale(void **state)
{
	(void)state;
	empty_catalogue();
	WANT_OK(import_text(TWO_PRODUCTS, false));
	test_script("UPDATE stock SET on_hand = 2");
	WANT_OK(import_text(TWO_PRODUCTS, false));
	want_report(0, 0, 2, 0);
	WANT_INT(test_number("SELECT on_hand FROM stock WHERE sku = 'MUG'"), 2);
	WANT_INT(test_number("SELECT MAX(version) FROM product"), 1);
	WANT_INT(test_number("SELECT COUNT(*) FROM audit"), 1);
}

static void
what_differs_is_changed_and_what_is_not_said_is_kept(void **state)
{
	(void)state;
	empty_catalogue();
	WANT_OK(import_text(TWO_PRODUCTS, false));
	test_script("UPDATE product SET metadata_fields = '[]', active = 0");
	WANT_OK(import_text("sku,slug,title,kind,price,currency\n"
			    "MUG,mug-2,Mug,ship,19.25,USD\n"
			    "BOOK,book,Book,digital,0.50,USD\n",
			    false));
	want_report(0, 1, 1, 0);
	WANT_INT(test_number("SELECT price FROM product WHERE slug = 'mug-2'"), 1925);
	WANT_INT(test_number("SELECT weight_g FROM product WHERE sku = 'MUG'"), 180);
	WANT_TEXT(test_text("SELECT description FROM product WHERE sku = 'MUG'"),
		  "Steel");
	WANT_TEXT(test_text("SELECT metadata_fields FROM product WHERE sku = 'MUG'"),
		  "[]");
	WANT_INT(test_number("SELECT version FROM product WHERE sku = 'MUG'"), 2);
}

static void
every_problem_is_told_and_nothing_is_written(void **state)
{
	(void)state;
	empty_catalogue();
	WANT_ERR(import_text("sku,slug,title,kind,price,currency,stock,summary\n"
			     "A,a,A,ship,1.00,USD,1,\n"
			     "B,b,,boat,1.005,USD,-1,\n"
			     "C,c,C,ship,1.00,EUR,1.5,\n"
			     "A,d,D,ship,1.00,USD,,\n"
			     "E,a,E,ship,1.00,XXX,,\n"
			     "F,f,F,ship,1.00\n"
			     "\"G\"g,g,G,ship,1.00,USD,,\n"
			     "\xC3\xA9,h h,H\x07,ship,-1.00,USD,,\"a\nb\"\n",
			     false),
		 INVALID);
	WANT_TEXT(told, "3 price invalid, 3 stock out_of_range, 3 title required,"
			" 3 kind invalid, 4 currency invalid, 4 stock out_of_range,"
			" 5 sku duplicate, 6 currency invalid, 6 slug duplicate,"
			" 7  fields, 8  syntax, 9 sku invalid, 9 title invalid,"
			" 9 summary invalid, 9 slug invalid, 9 price out_of_range");
	WANT_INT(report.problems, 16);
	WANT_INT(test_number("SELECT COUNT(*) FROM product"), 0);
}

static void
a_header_must_be_known_and_whole(void **state)
{
	(void)state;
	WANT_ERR(import_text("sku,slug,title,kind,colour,currency,sku\n", true),
		 INVALID);
	WANT_TEXT(told, "1 colour unknown, 1 sku duplicate, 1 price required");
	WANT_ERR(import_text("", true), REFUSED);
	WANT_ERR(import_text("\"sku\n", true), INVALID);
}

static void
a_slug_of_another_product_is_told(void **state)
{
	(void)state;
	empty_catalogue();
	WANT_OK(import_text(TWO_PRODUCTS, false));
	WANT_ERR(import_text("sku,slug,title,kind,price,currency\n"
			     "CUP,mug,Cup,ship,1.00,USD\n",
			     false),
		 INVALID);
	WANT_TEXT(told, "2 slug taken");
}

/* Rows in batches of 500; the last one is not full. */
static const char *
many_rows(struct arena *mem, int n)
{
	struct buf text = buf_new(mem, 1024 * 1024);

	buf_text(&text, "sku,slug,title,kind,price,currency,stock\n");
	for (int i = 0; i < n; i++)
		buf_printf(&text, "P%d,p%d,P,ship,%d.00,USD,%d\n", i, i, i % 9, i % 3);
	return buf_string(&text);
}

static void
an_import_that_was_cut_short_goes_on(void **state)
{
	struct arena *mem = arena_new(8 * 1024 * 1024);
	const char *text = many_rows(mem, 1234);

	(void)state;
	empty_catalogue();
	WANT_OK(import_text(text, false));
	want_report(1234, 0, 0, 1234);
	WANT_INT(test_number("SELECT COUNT(*) FROM audit"), 3);
	test_script("DELETE FROM stock WHERE sku IN ('P7', 'P600', 'P1233');"
		    "DELETE FROM product WHERE sku IN ('P7', 'P600', 'P1233')");
	WANT_OK(import_text(text, false));
	want_report(3, 0, 1231, 3);
	WANT_INT(test_number("SELECT COUNT(*) FROM product"), 1234);
	WANT_INT(test_number("SELECT SUM(on_hand) FROM stock"), 1233);
	arena_free(mem);
}

TESTS(TEST(plain_fields_stand_between_commas), TEST(lines_end_as_on_any_system),
      TEST(quoted_fields_hold_anything),
      TEST(a_byte_order_mark_is_no_part_of_the_first_name),
      TEST(faults_are_told_by_place_and_reading_goes_on), TEST(rows_have_limits),
      TEST(a_file_is_read_again_from_its_first_row),
      TEST(a_file_that_is_not_there_is_refused),
      TEST(a_dry_run_tells_and_writes_nothing),
      TEST(columns_come_in_any_order_and_prices_are_exact),
      TEST(importing_again_changes_nothing_and_undoes_no_sale),
      TEST(what_differs_is_changed_and_what_is_not_said_is_kept),
      TEST(every_problem_is_told_and_nothing_is_written),
      TEST(a_header_must_be_known_and_whole), TEST(a_slug_of_another_product_is_told),
      TEST(an_import_that_was_cut_short_goes_on))
