/* torture_jobs_test.c - whatever fails in the background, the work is done in the end,
 * once. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/text.h"
#include "gateway/mail.h"
#include "jobs/jobs.h"
#include "jobs/mailer.h"
#include "support/torture.h"

enum { LETTERS_MEMORY = 16 * 1024 * 1024 };

/* One look of a job, as another process: it remembers nothing of the last one. */
static struct err *
look(struct scene *scene, struct err *(*run)(struct work *, int64_t *done))
{
	struct work *work = work_new(scene->kit.cx->mem, scene->kit.shop, scene->kit.cx,
				     scene->mailer);
	int64_t done = 0;

	return run(work, &done);
}

static int64_t
mails(const struct scene *scene, const char *kind)
{
	return test_number("SELECT COUNT(*) FROM outbox WHERE agg_id = %" PRId64
			   " AND kind = 'mail.%s'",
			   scene->placed.order.id.n, kind);
}

static void
check_confirmed_once(struct scene *scene)
{
	WANT_TEXT(kit_state(&scene->placed), "confirmed");
	WANT_INT(scene_count(scene, "order_event", "event = 'paid'"), 1);
	WANT_INT(scene_count(scene, "stock_move", "kind = 'sale'"), 1);
	WANT_INT(mails(scene, "confirmation"), 1);
}

/* ---- webhooks ---- */

static const char *
good_signature(const void *from, const char *name)
{
	(void)from;
	return text_equal(name, "fake-signature") ? "good" : NULL;
}

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

	return flow_accept_webhook(scene->kit.shop, scene->kit.cx, "fake",
				   good_signature, NULL, body, strlen(body), &again);
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
	return look(scene, webhook_apply_run);
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
	return look(scene, refund_send_run);
}

static void
check_refunded_once(struct scene *scene)
{
	WANT_INT(scene_count(scene, "refund", "state = 'done'"), 1);
	WANT_INT(scene_count(scene, "order_event", "event = 'refunded'"), 1);
	WANT_INT(mails(scene, "refunded"), 1);
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
	return look(scene, webhook_catch_up_run);
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
	return look(scene, payment_poll_run);
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
	return look(scene, order_expire_run);
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

/* ---- mails ---- */

static struct arena *letters;
static const struct mail_port *post;
static struct mailer *mailer;

static void
buy_with_mail(struct scene *scene)
{
	struct config *config;

	scene_quiet();
	scene_buy(scene);
	if (letters == NULL) {
		letters = arena_new(LETTERS_MEMORY);
		post = mail_fake(letters);
		config = arena_new_of(letters, struct config, 1);
		*config = *scene->kit.shop->config;
		config->shop_templates =
			arena_printf(letters, "%s/templates", getenv("TILL_SOURCE"));
		WANT_OK(mailer_new(letters, config, &mailer));
	}
	scene->kit.shop->mail = post;
	scene->mailer = mailer;
	scene->before = (int64_t)mail_fake_count(post);
}

static struct err *
send_mail(struct scene *scene)
{
	return look(scene, outbox_send_run);
}

/* One whose answer was lost may come twice; both then bear the same id. */
static void
check_sent(struct scene *scene)
{
	size_t before = (size_t)scene->before, n = mail_fake_count(post);

	WANT(n - before == 1 || n - before == 2);
	WANT_TEXT(mail_fake_item(post, n - 1)->message_id,
		  mail_fake_item(post, before)->message_id);
	WANT_INT(test_number("SELECT COUNT(*) FROM outbox WHERE agg_id = %" PRId64
			     " AND state = 'done'",
			     scene->placed.order.id.n),
		 1);
}

static void
a_mail_is_sent_and_none_is_lost(void **state)
{
	(void)state;
	torture(&(struct torture){.prepare = buy_with_mail,
				  .act = send_mail,
				  .check = check_sent,
				  .job = true});
	arena_free(letters);
	letters = NULL;
}

/* ---- sweeps ---- */

static void
hold(struct scene *scene)
{
	struct checkout *checkout =
		arena_new_of(scene->kit.cx->mem, struct checkout, 1);

	scene_quiet();
	test_script("DELETE FROM cart_line; UPDATE checkout SET status = 'completed'"
		    " WHERE status = 'open'");
	kit_fill_cart(&scene->kit, scene->visitor, "pen", 2);
	WANT_OK(kit_start(&scene->kit, scene->visitor, checkout));
	scene->before = checkout->cart.id.n;
}

static struct err *
free_stock(struct scene *scene)
{
	return look(scene, stock_expire_run);
}

static void
check_freed(struct scene *scene)
{
	WANT_INT(test_number("SELECT COUNT(*) FROM reservation WHERE cart_id = %" PRId64
			     " AND state = 'expired'",
			     scene->before),
		 1);
}

static void
a_hold_that_ran_out_is_given_back_once(void **state)
{
	(void)state;
	torture(&(struct torture){.prepare = hold,
				  .act = free_stock,
				  .check = check_freed,
				  .clock_s = 31 * 60,
				  .job = true});
}

static struct err *
sweep_carts(struct scene *scene)
{
	return look(scene, cart_sweep_run);
}

static void
check_marked(struct scene *scene)
{
	WANT_INT(test_number("SELECT COUNT(*) FROM event e JOIN cart c ON c.uid ="
			     " e.subject WHERE e.kind = 'CartAbandoned'"
			     " AND c.id = %" PRId64,
			     scene->before),
		 1);
}

static void
a_cart_left_standing_is_marked_once(void **state)
{
	(void)state;
	torture(&(struct torture){.prepare = hold,
				  .act = sweep_carts,
				  .check = check_marked,
				  .clock_s = 32 * 60,
				  .job = true});
}

static void
leave_a_key(struct scene *scene)
{
	struct idem idem;

	WANT_OK(IN_TX(scene->kit.cx,
		      idem_begin(tx, "torture", scene->key, kit_visitor(1), &idem)));
}

static struct err *
purge_keys(struct scene *scene)
{
	return look(scene, idem_purge_run);
}

static void
check_let_go(struct scene *scene)
{
	WANT_INT(test_number("SELECT COUNT(*) FROM idem WHERE idem_key = '%s'"
			     " AND locked_at IS NULL",
			     scene->key),
		 1);
}

static void
check_dropped(struct scene *scene)
{
	WANT_INT(test_number("SELECT COUNT(*) FROM idem WHERE idem_key = '%s'",
			     scene->key),
		 0);
}

static void
a_key_whose_request_died_is_let_go_and_dropped_a_month_later(void **state)
{
	(void)state;
	torture(&(struct torture){.prepare = leave_a_key,
				  .act = purge_keys,
				  .check = check_let_go,
				  .clock_s = 5 * 60,
				  .job = true});
	torture(&(struct torture){.prepare = leave_a_key,
				  .act = purge_keys,
				  .check = check_dropped,
				  .clock_s = 31 * 86400,
				  .job = true});
}

/* ---- numbers and seals ---- */

static struct err *
number_invoices(struct scene *scene)
{
	return look(scene, invoice_number_run);
}

static void
check_numbered(struct scene *scene)
{
	WANT_INT(scene_count(scene, "invoice", "TRUE"), 1);
	WANT_INT(test_number("SELECT MAX(no) - COUNT(*) FROM invoice"), 0);
}

static void
an_order_gets_one_invoice_and_no_number_is_left_out(void **state)
{
	(void)state;
	torture(&(struct torture){.prepare = scene_buy,
				  .act = number_invoices,
				  .check = check_numbered,
				  .job = true});
}

static struct err *
ship(struct scene *scene)
{
	struct order order;

	return IN_TX(scene->kit.cx, order_ship(tx, scene->placed.order.id, "Post", "T1",
					       NULL, "shell", &order));
}

/* Whoever is told that it is not known looks; a second time it is refused. */
static struct err *
ship_if_not_shipped(struct scene *scene)
{
	if (strcmp(kit_state(&scene->placed), "shipped") != 0)
		return ship(scene);
	WANT_ERR(ship(scene), ORDER_STATE);
	return NULL;
}

static void
check_shipped(struct scene *scene)
{
	WANT_TEXT(kit_state(&scene->placed), "shipped");
	WANT_INT(scene_count(scene, "order_event", "event = 'shipped'"), 1);
	WANT_INT(scene_count(scene, "audit", "action = 'order.ship'"), 1);
	WANT_INT(mails(scene, "shipped"), 1);
}

static void
buy_and_ship(struct scene *scene)
{
	scene_buy(scene);
	WANT_OK(ship(scene));
}

static struct err *
bring(struct scene *scene)
{
	struct order order;

	return IN_TX(scene->kit.cx,
		     order_deliver(tx, scene->placed.order.id, "shell", &order));
}

static struct err *
bring_if_not_brought(struct scene *scene)
{
	if (strcmp(kit_state(&scene->placed), "delivered") != 0)
		return bring(scene);
	WANT_ERR(bring(scene), ORDER_STATE);
	return NULL;
}

static void
check_brought(struct scene *scene)
{
	WANT_TEXT(kit_state(&scene->placed), "delivered");
	WANT_INT(scene_count(scene, "order_event", "event = 'delivered'"), 1);
	WANT_INT(mails(scene, "delivered"), 1);
}

static void
an_order_is_shipped_and_delivered_once(void **state)
{
	(void)state;
	torture(&(struct torture){.prepare = scene_buy,
				  .act = ship,
				  .again = ship_if_not_shipped,
				  .check = check_shipped});
	torture(&(struct torture){.prepare = buy_and_ship,
				  .act = bring,
				  .again = bring_if_not_brought,
				  .check = check_brought});
}

static struct err *
seal(struct scene *scene)
{
	return look(scene, audit_seal_run);
}

static void
check_sealed(struct scene *scene)
{
	WANT_INT(scene_count(scene, "audit a JOIN audit_seal s ON s.audit_id = a.id",
			     "TRUE"),
		 1);
	WANT_INT(test_number("SELECT COUNT(*) FROM audit a LEFT JOIN audit_seal s"
			     " ON s.audit_id = a.id WHERE s.audit_id IS NULL"),
		 0);
}

static void
an_audit_row_is_sealed_once(void **state)
{
	(void)state;
	torture(&(struct torture){.prepare = buy_and_ship,
				  .act = seal,
				  .check = check_sealed,
				  .clock_s = 10,
				  .job = true});
}

TESTS(TEST(a_webhook_that_was_answered_well_is_kept_once),
      TEST(a_webhook_of_a_payment_is_applied_once), TEST(a_refund_is_made_once),
      TEST(a_webhook_of_a_refund_is_applied_once),
      TEST(a_webhook_of_a_dispute_is_applied_once),
      TEST(an_event_that_never_came_is_fetched_once),
      TEST(a_payment_that_nobody_told_of_is_found_once),
      TEST(an_order_that_nobody_paid_ends_once_and_cannot_be_paid_then),
      TEST(an_order_paid_in_the_last_second_is_confirmed_once),
      TEST(a_mail_is_sent_and_none_is_lost),
      TEST(a_hold_that_ran_out_is_given_back_once),
      TEST(a_cart_left_standing_is_marked_once),
      TEST(a_key_whose_request_died_is_let_go_and_dropped_a_month_later),
      TEST(an_order_gets_one_invoice_and_no_number_is_left_out),
      TEST(an_order_is_shipped_and_delivered_once), TEST(an_audit_row_is_sealed_once))
