/* torture_test.c - whatever statement fails, a purchase either happened once or not at
 * all, and the books balance. */
#include <errmsg.h>
#include <mysqld_error.h>
#include <stdio.h>

#include "db/fault.h"
#include "support/kit.h"

enum { STATEMENTS_MAX = 60 };

struct scene {
	struct kit kit;
	int visitor;
	char key[40];
	struct placement placed;
};

/* A visitor of their own, ready to pay, for each run. */
static struct scene
scene_new(void)
{
	static int visitor = 100;
	struct scene scene = {.kit = kit_new(), .visitor = ++visitor};

	snprintf(scene.key, sizeof scene.key, "torture-%d", scene.visitor);
	kit_script_begin(&scene.kit);
	kit_checkout(&scene.kit, scene.visitor, "pen", 2);
	kit_fill_cart(&scene.kit, scene.visitor, "guide", 1);
	return scene;
}

static struct err *
pay(struct scene *scene)
{
	struct placing want = kit_placing(&scene->kit, scene->visitor, scene->key);

	return kit_place_order(scene->kit.shop, scene->kit.cx, &want, &scene->placed);
}

/* What a shopper's browser does after an error: the same request again, once the first
 * one's claim on the key has run out. */
static struct err *
pay_again(struct scene *scene)
{
	struct err *e;

	TRANSACTION (tx, scene->kit.cx, &e)
		e = idem_release(tx, PLACING_SCOPE, scene->key);
	WANT_OK(e);
	return pay(scene);
}

static int64_t
orders_of(const struct scene *scene)
{
	return test_number("SELECT COUNT(*) FROM orders WHERE idem_key = '%s'",
			   scene->key);
}

static int
statements_of(struct err *(*act)(struct scene *), struct scene *scene)
{
	db_fail_statement(scene->kit.cx->db, 0, 0);
	WANT_OK(act(scene));
	return db_fail_counted(scene->kit.cx->db);
}

static void
paying_survives_the_loss_of_any_statement(void **state)
{
	struct scene scene = scene_new();
	int n;

	(void)state;
	kit_will_create(&scene.kit, PAY_DONE);
	n = statements_of(pay, &scene);
	WANT(n > 10 && n < STATEMENTS_MAX);
	test_ctx_free(scene.kit.cx);
	for (int nth = 1; nth <= n; nth++) {
		scene = scene_new();
		kit_will_create(&scene.kit, PAY_DONE);
		kit_will_create(&scene.kit, PAY_DONE);
		db_fail_statement(scene.kit.cx->db, nth, CR_SERVER_LOST);
		if (pay(&scene) != NULL) {
			db_fail_statement(scene.kit.cx->db, 0, 0);
			WANT_OK(pay_again(&scene));
		}
		WANT_INT(orders_of(&scene), 1);
		WANT(scene.placed.url != NULL);
		kit_books_balance();
		test_ctx_free(scene.kit.cx);
	}
}

/* BEGIN and single reads are no part of a transaction that could run again: there the
 * failure itself may show. True when the act went through. */
static bool
begins(int nth, struct err *e)
{
	if (e == NULL)
		return true;
	if (e->code != ERR_BUSY ||
	    (strncmp(e->cause, "begin", 5) != 0 && strstr(e->cause, "get_") == NULL &&
	     strstr(e->cause, "list_") == NULL))
		check_fail(__FILE__, __LINE__, "statement %d: %s", nth, e->cause);
	return false;
}

static void
paying_runs_again_when_it_is_a_deadlocks_victim(void **state)
{
	struct scene scene = scene_new();
	int n;

	(void)state;
	kit_will_create(&scene.kit, PAY_DONE);
	n = statements_of(pay, &scene);
	test_ctx_free(scene.kit.cx);
	for (int nth = 1; nth <= n; nth++) {
		scene = scene_new();
		kit_will_create(&scene.kit, PAY_DONE);
		db_fail_statement(scene.kit.cx->db, nth, ER_LOCK_DEADLOCK);
		if (!begins(nth, pay(&scene)))
			WANT_OK(pay_again(&scene));
		WANT_INT(orders_of(&scene), 1);
		kit_books_balance();
		test_ctx_free(scene.kit.cx);
	}
}

static struct attempt
attempt_of(struct scene *scene)
{
	struct attempt attempt = {0};
	struct err *e;
	bool found;

	READING (tx, scene->kit.cx, &e)
		e = payment_find(tx, scene->placed.attempt.id, &attempt, &found);
	WANT_OK(e);
	return attempt;
}

static struct err *
settle(struct scene *scene)
{
	struct attempt attempt = attempt_of(scene);
	struct settled settled;

	return flow_ask_attempt(scene->kit.shop, scene->kit.cx, &attempt, &settled);
}

static struct scene
placed_scene(void)
{
	struct scene scene = scene_new();

	kit_will_create(&scene.kit, PAY_DONE);
	WANT_OK(pay(&scene));
	return scene;
}

static void
say_paid(struct scene *scene)
{
	kit_will_say(&scene->kit, "retrieve", PAY_PAID,
		     scene->placed.attempt.amount.minor, scene->placed.attempt.uid.text,
		     scene->placed.order.number);
}

static void
confirming_survives_the_loss_of_any_statement(void **state)
{
	struct scene scene = placed_scene();
	int n;

	(void)state;
	say_paid(&scene);
	n = statements_of(settle, &scene);
	WANT(n > 8 && n < STATEMENTS_MAX);
	test_ctx_free(scene.kit.cx);
	for (int nth = 2; nth <= n; nth++) { /* the first is the test's own look */
		scene = placed_scene();
		say_paid(&scene);
		say_paid(&scene);
		db_fail_statement(scene.kit.cx->db, nth, CR_SERVER_LOST);
		if (settle(&scene) != NULL) {
			db_fail_statement(scene.kit.cx->db, 0, 0);
			kit_books_balance();
			WANT_OK(settle(&scene)); /* the job asks again */
		}
		WANT_TEXT(test_text("SELECT state FROM orders WHERE id = %" PRId64,
				    scene.placed.order.id.n),
			  "confirmed");
		kit_books_balance();
		test_ctx_free(scene.kit.cx);
	}
}

static void
confirming_runs_again_when_it_is_a_deadlocks_victim(void **state)
{
	struct scene scene = placed_scene();
	int n;

	(void)state;
	say_paid(&scene);
	n = statements_of(settle, &scene);
	test_ctx_free(scene.kit.cx);
	for (int nth = 2; nth <= n; nth++) {
		scene = placed_scene();
		say_paid(&scene);
		say_paid(&scene);
		db_fail_statement(scene.kit.cx->db, nth, ER_LOCK_DEADLOCK);
		if (!begins(nth, settle(&scene)))
			WANT_OK(settle(&scene));
		WANT_TEXT(test_text("SELECT state FROM orders WHERE id = %" PRId64,
				    scene.placed.order.id.n),
			  "confirmed");
		kit_books_balance();
		test_ctx_free(scene.kit.cx);
	}
}

/* Tries the lost answer at every statement: it takes effect at the commits alone. */
static void
a_commit_whose_answer_was_lost_is_found_not_done_again(void **state)
{
	struct scene scene = scene_new();
	int n, lost = 0;

	(void)state;
	kit_will_create(&scene.kit, PAY_DONE);
	n = statements_of(pay, &scene);
	test_ctx_free(scene.kit.cx);
	for (int nth = 1; nth <= n; nth++) {
		scene = scene_new();
		kit_will_create(&scene.kit, PAY_DONE);
		kit_will_create(&scene.kit, PAY_DONE);
		db_fail_commit_after(scene.kit.cx->db, nth);
		WANT_OK(pay(&scene)); /* the shopper never hears of it */
		lost += db_fail_counted(scene.kit.cx->db) > n;
		WANT_INT(orders_of(&scene), 1);
		WANT(scene.placed.url != NULL);
		kit_books_balance();
		test_ctx_free(scene.kit.cx);
	}
	WANT_INT(lost, 1); /* T1; the outcome is a statement of its own */
}

TESTS(TEST(paying_survives_the_loss_of_any_statement),
      TEST(paying_runs_again_when_it_is_a_deadlocks_victim),
      TEST(confirming_survives_the_loss_of_any_statement),
      TEST(confirming_runs_again_when_it_is_a_deadlocks_victim),
      TEST(a_commit_whose_answer_was_lost_is_found_not_done_again))
