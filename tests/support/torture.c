/* torture.c - runs one flow with everything going wrong, one thing at a time. */
#include "support/torture.h"

#include <errmsg.h>
#include <mysqld_error.h>
#include <stdio.h>
#include <unistd.h>

#include "base/arena.h"
#include "db/db_private.h"
#include "db/fault.h"
#include "jobs/jobs.h"

enum { STATEMENTS_MAX = 60, LATER_S = 75 };

enum way { NO_WAY, LOST, VICTIM, COMMITTED, UNHEARD, UNTOLD };

static const char *const way_words[] = {
	[NO_WAY] = "nothing fails",
	[LOST] = "the connection is lost in statement",
	[VICTIM] = "a deadlock ends statement",
	[COMMITTED] = "the answer is lost of the commit in statement",
	[UNHEARD] = "the gateway never gets call",
	[UNTOLD] = "the gateway's answer is lost of call",
};

struct run {
	const struct torture *flow;
	struct scene scene;
	enum way way;
	int nth;
	int statements, calls; /* that act() made */
	uint64_t commits;      /* which of its statements were some */
};

static void
arm(const struct run *run)
{
	struct db *db = run->scene.kit.cx->db;
	int call = run->way == UNHEARD || run->way == UNTOLD ? run->nth : 0;

	db_fail_statement(db, 0, 0);
	if (run->way == LOST)
		db_fail_statement(db, run->nth, CR_SERVER_LOST);
	if (run->way == VICTIM)
		db_fail_statement(db, run->nth, ER_LOCK_DEADLOCK);
	if (run->way == COMMITTED)
		db_fail_commit_after(db, run->nth);
	bank_fail_call(call, run->way == UNTOLD);
}

static void
disarm(const struct run *run)
{
	db_fail_statement(run->scene.kit.cx->db, 0, 0);
	bank_fail_call(0, false);
}

/* What whoever asked may be told: that it is not known, that nobody answers; never that
 * it failed. BEGIN is the one statement that no deadlock can end. */
static bool
is_honest(const struct run *run, const struct err *e)
{
	switch (run->way) {
	case LOST:
		return e->code == ERR_DATABASE_DOWN ||
		       (e->code == ERR_UNCERTAIN && !run->flow->finds);
	case VICTIM:
		return e->code == ERR_BUSY && strncmp(e->cause, "begin", 5) == 0;
	case COMMITTED:
		return e->code == ERR_UNCERTAIN && !run->flow->finds;
	case UNHEARD:
	case UNTOLD:
		return e->code == ERR_GATEWAY_UNAVAILABLE;
	case NO_WAY:
		break;
	}
	return false;
}

/* A claim passes by what is locked, also by a connection that was lost until the server
 * has noticed. A worker looks again a second later, but here it looks once. */
static void
wait_for_the_server(const struct db *db)
{
	unsigned long mine = db->my == NULL ? 0 : mysql_thread_id(db->my);

	while (test_number("SELECT COUNT(*) FROM information_schema.processlist"
			   " WHERE user = 'till' AND db = '%s' AND id <> %lu",
			   test_schema(), mine) > 0)
		usleep(1000);
}

static void
act(struct run *run)
{
	const struct torture *flow = run->flow;
	struct err *e;

	arm(run);
	e = flow->act(&run->scene);
	run->statements = db_fail_counted(run->scene.kit.cx->db);
	run->calls = bank_calls();
	run->commits = db_fail_commits(run->scene.kit.cx->db);
	disarm(run);
	if (e != NULL && !is_honest(run, e))
		check_fail(__FILE__, __LINE__, "told %s: %s (%s:%d)",
			   err_wire_name(e->code), e->cause, e->file, e->line);
	if (e == NULL && !flow->job)
		return;
	if (flow->job) {
		wait_for_the_server(run->scene.kit.cx->db);
		test_turn_clock(flow->clock_s + LATER_S);
	}
	WANT_OK((flow->again ? flow->again : flow->act)(&run->scene));
}

static void
play(struct run *run)
{
	static int visitor = 1000;
	struct arena *mem = run->scene.kit.cx->mem;
	struct arena_mark mark = arena_mark(mem);
	struct scene *scene = &run->scene;

	*scene = (struct scene){.kit = scene->kit, .visitor = ++visitor};
	snprintf(scene->key, sizeof scene->key, "torture-%d", visitor);
	print_message("  %s %d\n", way_words[run->way], run->nth);
	if (run->flow->prepare != NULL)
		run->flow->prepare(scene);
	test_turn_clock(run->flow->clock_s);
	act(run);
	run->flow->check(scene);
	test_turn_clock(0);
	if (run->flow->job)
		log_errors_seen();
	arena_rewind(mem, mark);
}

/* As many of them as there are when nothing fails. */
static void
play_each(struct run *run, enum way way, int n)
{
	WANT(n < STATEMENTS_MAX);
	run->way = way;
	for (run->nth = 1; run->nth <= n; run->nth++)
		play(run);
}

static void
play_commits(struct run *run, uint64_t commits)
{
	run->way = COMMITTED;
	for (run->nth = 1; run->nth < STATEMENTS_MAX; run->nth++)
		if (commits >> run->nth & 1)
			play(run);
}

void
torture(const struct torture *flow)
{
	struct run run = {.flow = flow, .scene = {.kit = kit_new()}};
	uint64_t commits;
	int statements, calls;

	test_turn_clock(0);
	bank_serve(&run.scene.kit);
	scene_quiet();
	play(&run);
	statements = run.statements;
	calls = run.calls;
	commits = run.commits;
	WANT(statements > 0);
	play_each(&run, LOST, statements);
	play_each(&run, VICTIM, statements);
	play_commits(&run, commits);
	play_each(&run, UNHEARD, calls);
	play_each(&run, UNTOLD, calls);
	kit_books_balance();
	bank_agrees();
	test_ctx_free(run.scene.kit.cx);
}

/* ---- what flows begin with ---- */

void
scene_quiet(void)
{
	test_script(
		"UPDATE payment_attempt SET next_check_at = NULL"
		" WHERE next_check_at IS NOT NULL;"
		"UPDATE refund SET next_check_at = NULL"
		" WHERE state = 'pending' AND next_check_at IS NOT NULL;"
		"UPDATE webhook_in SET next_try_at = NULL"
		" WHERE state IN ('received', 'parked') AND next_try_at IS NOT NULL;"
		"UPDATE outbox SET state = 'dead' WHERE state IN ('ready', 'leased');"
		"UPDATE orders SET expires_at = expires_at + INTERVAL 1 YEAR"
		" WHERE state IN ('pending', 'review')"
		"   AND expires_at < UTC_TIMESTAMP() + INTERVAL 1 MONTH;"
		"UPDATE reservation SET expires_at = expires_at + INTERVAL 1 YEAR"
		" WHERE state = 'held'"
		"   AND expires_at < UTC_TIMESTAMP() + INTERVAL 1 MONTH");
}

void
scene_place(struct scene *scene)
{
	struct placing want = kit_placing(&scene->kit, scene->visitor, scene->key);

	kit_checkout(&scene->kit, scene->visitor, "pen", 2);
	WANT_OK(kit_place_order(scene->kit.shop, scene->kit.cx, &want, &scene->placed));
	WANT_INT(scene->placed.kind, PLACEMENT_GO);
}

void
scene_buy(struct scene *scene)
{
	scene_place(scene);
	bank_pay(scene->placed.attempt.uid.text);
	scene_settle(scene);
	WANT_TEXT(kit_state(&scene->placed), "confirmed");
}

void
scene_settle(struct scene *scene)
{
	struct attempt attempt = {0};
	struct settled settled;
	bool found;

	WANT_OK(IN_READ(scene->kit.cx, payment_find_newest(tx, scene->placed.order.id,
							   &attempt, &found)));
	WANT(found);
	WANT_OK(flow_ask_attempt(scene->kit.shop, scene->kit.cx, &attempt, &settled));
}

int64_t
scene_count(const struct scene *scene, const char *table, const char *where)
{
	return test_number("SELECT COUNT(*) FROM %s WHERE order_id = %" PRId64
			   " AND %s",
			   table, scene->placed.order.id.n, where);
}

int64_t
scene_mails(const struct scene *scene, const char *kind)
{
	return test_number("SELECT COUNT(*) FROM outbox WHERE agg_id = %" PRId64
			   " AND kind = 'mail.%s'",
			   scene->placed.order.id.n, kind);
}

struct err *
scene_look(struct scene *scene, struct err *(*run)(struct work *, int64_t *done))
{
	struct work *work = work_new(scene->kit.cx->mem, scene->kit.shop, scene->kit.cx,
				     scene->mailer);
	int64_t done = 0;

	return run(work, &done);
}
