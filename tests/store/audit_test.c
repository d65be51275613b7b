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
		" s.audit_id) AS before_it FROM audit_seal s) s"
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
	WANT_INT(seal(cx, 100), 0); /* an older neighbour may not be committed yet */
	test_turn_clock(5);
	WANT_INT(seal(cx, 2), 2);
	WANT_INT(seal(cx, 100), ROWS - 2);
	WANT_INT(seal(cx, 100), 0);
	test_turn_clock(0);
	WANT_INT(test_number("SELECT COUNT(*) FROM audit_seal"), ROWS);
	WANT_INT(broken(), 0);
	test_ctx_free(cx);
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
	test_turn_clock(10);
	test_processes(4, seal_some);
	test_turn_clock(0);
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

TESTS(TEST(rows_are_sealed_in_order_and_once), TEST(sealers_at_once_make_one_chain),
      TEST(a_changed_and_a_removed_row_are_seen))
