/* audit_test.c - the audit's hash chain: a changed, removed or added row is seen. */
#include "domain/audit.h"

#include "support/kit.h"

enum { ROWS = 6 };

/* Rows whose seal is not the hash of the one before and of their own content, and seals
 * without their row. */
static int64_t
broken(void)
{
	return test_number(
		"SELECT COUNT(*) FROM (SELECT s.*, LAG(s.hash) OVER (ORDER BY"
		" s.n) AS before_it FROM audit_seal s) s"
		" LEFT JOIN audit a ON a.id = s.audit_id"
		" WHERE a.id IS NULL OR s.prev_hash <> COALESCE(s.before_it,"
		"   UNHEX(SHA2('till audit 1', 256))) OR s.hash <>"
		"   UNHEX(SHA2(CONCAT(s.prev_hash, CONCAT_WS('|', a.id, a.at, a.actor,"
		"   a.action, COALESCE(a.order_id, 0), a.body)), 256))");
}

static int64_t
seal(struct ctx *cx, int64_t limit)
{
	int64_t sealed;

	WANT_OK(IN_TX(cx, audit_seal(tx, limit, &sealed)));
	return sealed;
}

static void
note(struct ctx *cx, int64_t order)
{
	WANT_OK(IN_TX(cx, audit_note(tx, "shell:ada", "order.ship",
				     (struct order_id){order}, "order=AAAAA-22222")));
}

/* As one who has the rights to do so, past the triggers. */
static void
tamper(const char *sql)
{
	test_script("DROP TRIGGER IF EXISTS audit_kept_update;"
		    "DROP TRIGGER IF EXISTS audit_kept_delete;"
		    "DROP TRIGGER IF EXISTS audit_seal_kept_update");
	test_script("%s", sql);
}

static void
rows_are_sealed_in_order_and_once(void **state)
{
	struct ctx *cx = test_ctx();

	(void)state;
	WANT_INT(seal(cx, 100), 0);
	for (int i = 0; i < ROWS; i++)
		note(cx, i);
	WANT_INT(seal(cx, 2), 2);
	WANT_INT(seal(cx, 100), ROWS - 2);
	WANT_INT(seal(cx, 100), 0);
	WANT_INT(test_number("SELECT COUNT(*) FROM audit_seal"), ROWS);
	WANT_INT(broken(), 0);
	test_ctx_free(cx);
}

/* Ids of entries in the order of their seals, from the nth one on. */
static const char *
sealed_from(int64_t nth)
{
	return test_text("SELECT GROUP_CONCAT(audit_id ORDER BY n) FROM (SELECT n,"
			 " audit_id FROM audit_seal ORDER BY n LIMIT 1000 OFFSET"
			 " %" PRId64 ") s",
			 nth);
}

/* What `till verify` finds of all that is more than a minute old. */
static void
want_whole(struct ctx *cx)
{
	WANT_INT(broken(), 0);
	test_turn_clock(3600 + 61);
	WANT_TEXT(kit_wrong(&(struct kit){.cx = cx}), "");
	test_turn_clock(0);
}

/* Another one notes and is sealed while this entry's transaction is open. */
static fallible
note_for_long(struct tx *late, struct ctx *cx, int64_t *id)
{
	TRY(audit_note(late, "shell:ada", "order.ship", (struct order_id){1}, "late"));
	note(cx, 2);
	*id = test_number("SELECT MAX(id) FROM audit");
	test_turn_clock(5);
	WANT_INT(seal(cx, 100), 1);
	WANT_INT(seal(cx, 100), 0);
	test_turn_clock(0);
	return NULL;
}

static void
an_entry_that_is_committed_after_younger_ones_are_sealed_is_sealed_too(void **state)
{
	struct ctx *cx = test_ctx(), *other = test_ctx();
	int64_t before = test_number("SELECT COUNT(*) FROM audit_seal"), id = 0;

	(void)state;
	WANT_OK(IN_TX(other, note_for_long(tx, cx, &id)));
	WANT_INT(test_number("SELECT COUNT(*) FROM audit WHERE id = %" PRId64
			     " AND body = 'late'",
			     id - 1),
		 1);
	note(cx, 3);
	WANT_INT(seal(cx, 100), 2);
	WANT_INT(seal(cx, 100), 0);
	WANT_TEXT(sealed_from(before),
		  arena_printf(cx->mem, "%" PRId64 ",%" PRId64 ",%" PRId64, id, id - 1,
			       id + 1));
	want_whole(cx);
	test_ctx_free(other);
	test_ctx_free(cx);
}

static void
entries_are_sealed_whatever_their_clock_says(void **state)
{
	static const int64_t clocks[] = {0, 3600, -3600, 0};
	struct ctx *cx = test_ctx();

	(void)state;
	for (size_t i = 0; i < DB_COUNT(clocks); i++) {
		test_turn_clock(clocks[i]);
		note(cx, (int64_t)i);
		test_turn_clock(0);
		WANT_INT(seal(cx, 100), 1);
	}
	want_whole(cx);
	test_ctx_free(cx);
}

static fallible
seal_and_fail(struct tx *tx)
{
	int64_t sealed;

	TRY(audit_seal(tx, 100, &sealed));
	WANT_INT(sealed, 1);
	return FAIL(INTERNAL, "killed before the commit");
}

static void
what_a_sealer_left_behind_is_sealed_by_the_next(void **state)
{
	struct ctx *cx = test_ctx();

	(void)state;
	note(cx, 1);
	WANT_ERR(IN_TX(cx, seal_and_fail(tx)), INTERNAL);
	WANT_INT(seal(cx, 100), 1);
	want_whole(cx);
	test_ctx_free(cx);
}

static void
a_second_seal_after_the_same_one_is_refused(void **state)
{
	(void)state;
	WANT(test_number("SELECT COUNT(*) FROM audit_seal") > 0);
	test_script("INSERT IGNORE INTO audit_seal (audit_id, prev_hash, hash)"
		    " SELECT 999999, prev_hash, REPEAT('x', 32) FROM audit_seal"
		    " ORDER BY n DESC LIMIT 1");
	WANT_INT(test_number("SELECT COUNT(*) FROM audit_seal WHERE audit_id = 999999"),
		 0);
}

static int
seal_some(int child)
{
	struct ctx *cx = test_ctx();

	(void)child;
	while (seal(cx, 3) > 0)
		;
	test_ctx_free(cx);
	return 0;
}

static void
sealers_at_once_make_one_chain(void **state)
{
	struct ctx *cx = test_ctx();

	(void)state;
	for (int i = 0; i < 40; i++)
		note(cx, 100 + i);
	test_processes(4, seal_some);
	WANT_INT(test_number("SELECT COUNT(*) FROM audit_seal"),
		 test_number("SELECT COUNT(*) FROM audit"));
	WANT_INT(broken(), 0);
	test_ctx_free(cx);
}

static void
a_changed_and_a_removed_row_are_seen(void **state)
{
	struct ctx *cx = test_ctx();

	(void)state;
	WANT_INT(broken(), 0);
	tamper("UPDATE audit SET actor = 'shell:eve' ORDER BY id LIMIT 1");
	WANT_INT(broken(), 1);
	tamper("UPDATE audit SET actor = 'shell:ada' ORDER BY id LIMIT 1");
	WANT_INT(broken(), 0);
	tamper("DELETE FROM audit ORDER BY id DESC LIMIT 1");
	WANT_INT(broken(), 1);
	test_ctx_free(cx);
}

TESTS(TEST(rows_are_sealed_in_order_and_once),
      TEST(an_entry_that_is_committed_after_younger_ones_are_sealed_is_sealed_too),
      TEST(entries_are_sealed_whatever_their_clock_says),
      TEST(what_a_sealer_left_behind_is_sealed_by_the_next),
      TEST(a_second_seal_after_the_same_one_is_refused),
      TEST(sealers_at_once_make_one_chain), TEST(a_changed_and_a_removed_row_are_seen))
