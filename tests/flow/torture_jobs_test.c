/* torture_jobs_test.c - whatever fails while the background looks after payments and
 * refunds, told of or not, it is done in the end, once. */
#include "base/arena.h"
#include "jobs/jobs.h"
#include "support/told.h"
#include "support/torture.h"

static void
check_confirmed_once(struct scene *scene)
{
	WANT_TEXT(kit_state(&scene->placed), "confirmed");
	WANT_INT(scene_count(scene, "order_event", "event = 'paid'"), 1);
	WANT_INT(scene_count(scene, "stock_move", "kind = 'sale'"), 1);
	WANT_INT(scene_mails(scene, "confirmation"), 1);
}

/* ---- webhooks ---- */

static const char *
event(const struct scene *scene, const char *kind, const char *more)
{
	return arena_printf(scene->kit.cx->mem,
			    "{\"id\":\"evt-%s\",\"kind\":\"%s\",%s}", scene->key, kind,
			    more);
}

static struct err *
deliver(struct scene *scene, const char *body)
{
	bool again;

	return told_signed(&scene->kit, body, "good", &again);
}

static struct err *
deliver_any(struct scene *scene)
{
	return deliver(scene, event(scene, "ignore", "\"paid\":false"));
}

static const char *
webhook_state(const struct scene *scene)
{
	return test_text("SELECT state FROM webhook_in WHERE event_id = 'evt-%s'",
			 scene->key);
}

static void
check_kept_once(struct scene *scene)
{
	WANT_INT(test_number("SELECT COUNT(*) FROM webhook_in"
			     " WHERE event_id = 'evt-%s' AND state = 'received'",
			     scene->key),
		 1);
	scene_quiet();
}

static void
a_webhook_that_was_answered_well_is_kept_once(void **state)
{
	(void)state;
	torture(&(struct torture){.act = deliver_any, .check = check_kept_once});
}

static struct err *
apply(struct scene *scene)
{
	return scene_look(scene, webhook_apply_run);
}

static void
pay_and_tell(struct scene *scene)
{
	scene_place(scene);
	bank_pay(scene->placed.attempt.uid.text);
	WANT_OK(deliver(scene,
			event(scene, "payment_succeeded",
			      arena_printf(scene->kit.cx->mem, "\"attempt_ref\":\"%s\"",
					   scene->placed.attempt.uid.text))));
}

static void
check_applied_payment(struct scene *scene)
{
	WANT_TEXT(webhook_state(scene), "applied");
	check_confirmed_once(scene);
}

static void
a_webhook_of_a_payment_is_applied_once(void **state)
{
	(void)state;
	torture(&(struct torture){.prepare = pay_and_tell,
				  .act = apply,
				  .check = check_applied_payment,
				  .job = true});
}

static void
ask_some_back(struct scene *scene)
{
	struct refund refund;

	scene_buy(scene);
	WANT_OK(IN_TX(scene->kit.cx,
		      refund_request_for_order(tx, scene->placed.order.id, 100,
					       "goodwill", "", "shell", &refund)));
}

static struct err *
send_refund(struct scene *scene)
{
	return scene_look(scene, refund_send_run);
}

static void
check_refunded_once(struct scene *scene)
{
	WANT_INT(scene_count(scene, "refund", "state = 'done'"), 1);
	WANT_INT(scene_count(scene, "order_event", "event = 'refunded'"), 1);
	WANT_INT(scene_mails(scene, "refunded"), 1);
	WANT_INT(bank_kept(scene->placed.order.number),
		 test_number("SELECT captured - refunded FROM payment_attempt"
			     " WHERE order_id = %" PRId64,
			     scene->placed.order.id.n));
}

static void
a_refund_is_made_once(void **state)
{
	(void)state;
	torture(&(struct torture){.prepare = ask_some_back,
				  .act = send_refund,
				  .check = check_refunded_once,
				  .job = true});
}

/* The bank takes its time, and tells when it is done. */
static void
refund_and_tell(struct scene *scene)
{
	bank_refunds_wait(true);
	ask_some_back(scene);
	WANT_OK(send_refund(scene));
	WANT_INT(scene_count(scene, "refund", "state = 'pending'"), 1);
	bank_refund_all();
	bank_refunds_wait(false);
	WANT_OK(deliver(
		scene,
		event(scene, "refund_succeeded",
		      arena_printf(
			      scene->kit.cx->mem, "\"refund_id\":\"%s\"",
			      test_text("SELECT gw_refund_id FROM refund WHERE order_id"
					" = %" PRId64,
					scene->placed.order.id.n)))));
}

static void
check_applied_refund(struct scene *scene)
{
	WANT_TEXT(webhook_state(scene), "applied");
	check_refunded_once(scene);
}

static void
a_webhook_of_a_refund_is_applied_once(void **state)
{
	(void)state;
	torture(&(struct torture){.prepare = refund_and_tell,
				  .act = apply,
				  .check = check_applied_refund,
				  .job = true});
}

static int64_t
booked(const struct scene *scene, const char *account)
{
	return test_number("SELECT CAST(COALESCE(SUM(amount), 0) AS SIGNED) FROM ledger"
			   " WHERE order_id = %" PRId64 " AND account = '%s'",
			   scene->placed.order.id.n, account);
}

/* Its opening was never heard of: the end does the work of both. */
static void
buy_and_lose(struct scene *scene)
{
	struct arena *mem = scene->kit.cx->mem;
	const char *uid;

	scene_buy(scene);
	uid = scene->placed.attempt.uid.text;
	WANT_OK(deliver(
		scene,
		event(scene, "dispute_closed",
		      arena_printf(mem, "\"attempt_ref\":\"%s\",\"dispute_id\":\"%s\"",
				   uid, bank_dispute(mem, uid, PAY_DISPUTE_LOST)))));
}

static void
check_lost(struct scene *scene)
{
	WANT_TEXT(webhook_state(scene), "applied");
	check_confirmed_once(scene);
	WANT_INT(scene_count(scene, "dispute", "taken AND state = 'lost'"), 1);
	WANT_INT(scene_count(scene, "order_event", "event = 'disputed'"), 1);
	WANT_INT(scene_count(scene, "order_event", "event = 'dispute_lost'"), 1);
	WANT_INT(booked(scene, "chargebacks"), scene->placed.order.payable.minor);
	WANT_INT(booked(scene, "disputed"), 0);
	WANT_INT(booked(scene, "gateway"), 0);
}

static void
a_webhook_of_a_dispute_is_applied_once(void **state)
{
	(void)state;
	torture(&(struct torture){.prepare = buy_and_lose,
				  .act = apply,
				  .check = check_lost,
				  .job = true});
}

static void
tell_the_bank_alone(struct scene *scene)
{
	const char *id = arena_printf(scene->kit.cx->mem, "evt-%s", scene->key);

	test_script("DELETE FROM caught_up");
	bank_tell(id, event(scene, "ignore", "\"paid\":false"));
}

static struct err *
catch_up(struct scene *scene)
{
	return scene_look(scene, webhook_catch_up_run);
}

static void
check_caught_up(struct scene *scene)
{
	WANT_INT(test_number("SELECT COUNT(*) FROM caught_up"), 1);
	check_kept_once(scene);
}

static void
an_event_that_never_came_is_fetched_once(void **state)
{
	(void)state;
	torture(&(struct torture){.prepare = tell_the_bank_alone,
				  .act = catch_up,
				  .check = check_caught_up,
				  .job = true});
}

/* ---- payments that nobody told of ---- */

static void
pay_silently(struct scene *scene)
{
	scene_place(scene);
	bank_pay(scene->placed.attempt.uid.text);
}

static struct err *
poll(struct scene *scene)
{
	return scene_look(scene, payment_poll_run);
}

static void
a_payment_that_nobody_told_of_is_found_once(void **state)
{
	(void)state;
	torture(&(struct torture){.prepare = pay_silently,
				  .act = poll,
				  .check = check_confirmed_once,
				  .clock_s = 60,
				  .job = true});
}

static struct err *
expire(struct scene *scene)
{
	return scene_look(scene, order_expire_run);
}

/* An order whose gateway was silent is asked about before it is ended; the session has
 * ended by itself meanwhile. */
static struct err *
poll_and_expire(struct scene *scene)
{
	bank_end(scene->placed.attempt.uid.text, PAY_EXPIRED);
	WANT_OK(poll(scene));
	return expire(scene);
}

static void
check_ended_once(struct scene *scene)
{
	WANT_INT(scene_count(scene, "order_event", "event IN ('expired', 'failed')"),
		 1);
	WANT_INT(scene_count(scene,
			     "orders o JOIN payment_attempt a ON a.order_id ="
			     " o.id AND o.id",
			     "TRUE"),
		 1);
	WANT_INT(scene_count(scene, "reservation", "state = 'held'"), 0);
	WANT_INT(scene_count(scene, "payment_attempt", "state = 'expired'"), 1);
	WANT_INT(bank_open_sessions(scene->placed.order.number), 0);
}

static void
an_order_that_nobody_paid_ends_once_and_cannot_be_paid_then(void **state)
{
	(void)state;
	torture(&(struct torture){.prepare = scene_place,
				  .act = expire,
				  .again = poll_and_expire,
				  .check = check_ended_once,
				  .clock_s = 36 * 60,
				  .job = true});
}

static void
an_order_paid_in_the_last_second_is_confirmed_once(void **state)
{
	(void)state;
	torture(&(struct torture){.prepare = pay_silently,
				  .act = expire,
				  .again = poll_and_expire,
				  .check = check_confirmed_once,
				  .clock_s = 36 * 60,
				  .job = true});
}

TESTS(TEST(a_webhook_that_was_answered_well_is_kept_once),
      TEST(a_webhook_of_a_payment_is_applied_once), TEST(a_refund_is_made_once),
      TEST(a_webhook_of_a_refund_is_applied_once),
      TEST(a_webhook_of_a_dispute_is_applied_once),
      TEST(an_event_that_never_came_is_fetched_once),
      TEST(a_payment_that_nobody_told_of_is_found_once),
      TEST(an_order_that_nobody_paid_ends_once_and_cannot_be_paid_then),
      TEST(an_order_paid_in_the_last_second_is_confirmed_once))
