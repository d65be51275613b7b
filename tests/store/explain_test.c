/* explain_test.c - every statement of the program finds its rows by an index (F-257):
 * each is explained in a shop with a past (support/past.h). What reads a growing part
 * of a table all the same stands in the list here, with the reason. */
#include "base/text.h"
#include "db/db_private.h"
#include "support/past.h"
#include "support/plan.h"

enum { MEMORY = 16 * 1024 * 1024 };

/* file:name, a * at the end for all that begin so; at times: the optimizer wavers. */
static const struct {
	const char *name, *why;
	bool at_times;
} allowed[] = {
	{"invariant.def:find_I*", "till verify looks at all the books, once a day",
	 false},
	{"invariant.def:find_changed_I01", "till verify --watch adds up all the units",
	 false},
	{"invariant.def:find_changed_I02", "till verify --watch adds up all the holds",
	 false},
	{"invariant.def:find_changed_I03", "till verify --watch looks at all the stock",
	 false},
	{"invariant.def:find_changed_I15", "till verify --watch looks for equal keys",
	 true},
	{"invariant.def:find_changed_I28", "till verify --watch walks along the chain",
	 false},
	{"invariant.def:find_changed_I34", "till verify --watch: the keys of 30 days",
	 false},
	{"invariant.def:find_changed_I40", "till verify --watch looks for gaps", false},
	{"evidence_acks_store.c:list_*", "till verify holds all against evidence",
	 false},
	{"evidence_charges_store.c:list_booked", "the same", false},
	{"evidence_effects_store.c:list_sent", "the same", false},
	{"catalog_bulk_store.c:each_product", "the export of all goods, row by row",
	 false},
	{"nightly_store.c:read_due", "the key of a day that has no row yet", false},
	{"refund_store.c:mark_done", "the key of a refund that waits no more", false},
	{"cart_store.c:lock_expired", "the id of a cart that is used again", false},
	{"payment_store.c:note_opened", "the key of an answer that was given", false},
	{"payment_store.c:note_answered", "the same", false},
};

static const char *
name_of(struct arena *mem, const struct db_stmt *stmt)
{
	const char *file = strrchr(stmt->file, '/');

	return arena_printf(mem, "%s:%s", file == NULL ? stmt->file : file + 1,
			    stmt->name);
}

/* Its place in the list, or -1. */
static int
find_allowed(const char *name)
{
	for (size_t i = 0; i < DB_COUNT(allowed); i++) {
		size_t len = strlen(allowed[i].name);

		if (allowed[i].name[len - 1] == '*'
			    ? strncmp(allowed[i].name, name, len - 1) == 0
			    : strcmp(allowed[i].name, name) == 0)
			return (int)i;
	}
	return -1;
}

/* What is allowed need not be run when its plan says enough. */
static const char *
complaint_about(struct arena *mem, const struct db_stmt *stmt, bool is_allowed)
{
	const char *unknown = NULL, *complaint = NULL;
	const char *text = plan_with_values(mem, stmt, &unknown);

	if (text == NULL)
		return arena_printf(
			mem, " compares with %s: plan.c has no value for it", unknown);
	if (strstr(text, " LIMIT ") == NULL || is_allowed)
		complaint = plan_complaint(mem, text);
	if (strstr(text, " LIMIT ") != NULL && complaint == NULL)
		complaint = plan_complaint_when_run(mem, text);
	return complaint;
}

/* How many statements there are, and how many of them are complained about without
 * being allowed; used tells which permissions were needed. */
static void
explain_all(bool tell, size_t *all, size_t *bad, bool used[DB_COUNT(allowed)])
{
	struct arena *mem = arena_new(MEMORY);

	*all = *bad = 0;
	for (const struct db_stmt *stmt = __start_db_stmts; stmt < __stop_db_stmts;
	     stmt++, ++*all) {
		struct arena_mark mark = arena_mark(mem);
		const char *name = name_of(mem, stmt);
		int permission = find_allowed(name);
		const char *complaint = complaint_about(mem, stmt, permission >= 0);

		if (complaint != NULL && permission >= 0)
			used[permission] = true;
		if (complaint != NULL && permission < 0) {
			++*bad;
			if (tell)
				print_error("%s%s\n", name, complaint);
		}
		arena_rewind(mem, mark);
	}
	arena_free(mem);
}

static void
the_shop_has_a_past_in_every_table_that_grows(void **state)
{
	const char *table = "";
	int64_t rows;

	(void)state;
	past_make();
	while ((table = test_text(
			"SELECT MIN(table_name) FROM information_schema.tables"
			" WHERE table_schema = '%s' AND table_name > '%s'",
			test_schema(), table)) != NULL) {
		rows = test_number("SELECT COUNT(*) FROM %s", table);
		if (past_is_small(table) ? rows > PLAN_ROWS_MOST : rows != PAST_ROWS)
			check_fail(__FILE__, __LINE__, "%s has %" PRId64 " rows", table,
				   rows);
	}
}

static void
every_statement_finds_its_rows_by_an_index(void **state)
{
	bool used[DB_COUNT(allowed)] = {false};
	size_t all, bad;

	(void)state;
	explain_all(true, &all, &bad, used);
	WANT(all > 150);
	WANT_INT(bad, 0);
	for (size_t i = 0; i < DB_COUNT(allowed); i++) {
		if (!used[i] && !allowed[i].at_times)
			check_fail(__FILE__, __LINE__, "nothing needs %s any more",
				   allowed[i].name);
	}
}

static void
want_complaint(const char *(*complain)(struct arena *, const char *), const char *text,
	       const char *word)
{
	struct arena *mem = arena_new(MEMORY);
	const char *complaint = complain(mem, text);

	if (complaint == NULL || strstr(complaint, word) == NULL)
		check_fail(__FILE__, __LINE__, "%s: complaint is %s", text,
			   complaint == NULL ? "none" : complaint);
	arena_free(mem);
}

static void
whatever_reads_a_growing_part_of_a_table_is_seen(void **state)
{
	(void)state;
	want_complaint(plan_complaint, "SELECT id FROM orders WHERE tracking = 'x'",
		       "type ALL");
	want_complaint(plan_complaint, "SELECT COUNT(*) FROM order_line", "type index");
	want_complaint(plan_complaint,
		       "SELECT id FROM orders WHERE state = 'delivered'", "type ref");
	want_complaint(plan_complaint,
		       "UPDATE stock_move SET qty = 1 WHERE reason = 'x'",
		       "key PRIMARY");
	want_complaint(plan_complaint, "DELETE FROM event WHERE detail = 'x'",
		       "type ALL");
	want_complaint(plan_complaint,
		       "INSERT INTO event (kind, subject) SELECT 'x', uid FROM orders",
		       "type index");
	want_complaint(plan_complaint, "SELECT id FROM orders WHERE id = -1",
		       "Impossible");
}

static void
what_a_limit_does_not_cut_short_is_seen(void **state)
{
	(void)state;
	want_complaint(plan_complaint_when_run,
		       "SELECT id FROM orders ORDER BY total LIMIT 5", "filesort");
	want_complaint(plan_complaint_when_run,
		       "SELECT id FROM orders WHERE tracking = 'x'"
		       " ORDER BY created_at LIMIT 5",
		       "reads 10");
	want_complaint(plan_complaint_when_run,
		       "UPDATE outbox SET attempts = 9 WHERE error = 'x'"
		       " ORDER BY id LIMIT 5",
		       "reads 10");
	WANT_INT(test_number("SELECT COUNT(*) FROM outbox WHERE attempts = 9"), 0);
}

/* Last: it leaves the schema without an index. */
static void
an_index_that_is_gone_is_missed(void **state)
{
	bool used[DB_COUNT(allowed)];
	size_t all, bad;

	(void)state;
	test_script("ALTER TABLE orders DROP INDEX uid");
	explain_all(false, &all, &bad, used);
	WANT(bad > 0);
}

TESTS(TEST(the_shop_has_a_past_in_every_table_that_grows),
      TEST(every_statement_finds_its_rows_by_an_index),
      TEST(whatever_reads_a_growing_part_of_a_table_is_seen),
      TEST(what_a_limit_does_not_cut_short_is_seen),
      TEST(an_index_that_is_gone_is_missed))
