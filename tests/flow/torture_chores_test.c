/* torture_chores_test.c - whatever fails in the chores of a shop (mails, sweeps,
 * invoice numbers, parcels, seals), each is done in the end, once. */
#include <stdlib.h>

#include "base/arena.h"
#include "gateway/mail.h"
#include "jobs/jobs.h"
#include "jobs/mailer.h"
#include "support/torture.h"

enum { LETTERS_MEMORY = 16 * 1024 * 1024 };

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
	return scene_look(scene, outbox_send_run);
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
	return scene_look(scene, stock_expire_run);
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
	return scene_look(scene, cart_sweep_run);
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
	return scene_look(scene, idem_purge_run);
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
	return scene_look(scene, invoice_number_run);
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
	WANT_INT(scene_mails(scene, "shipped"), 1);
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
	WANT_INT(scene_mails(scene, "delivered"), 1);
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
	return scene_look(scene, audit_seal_run);
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

TESTS(TEST(a_mail_is_sent_and_none_is_lost),
      TEST(a_hold_that_ran_out_is_given_back_once),
      TEST(a_cart_left_standing_is_marked_once),
      TEST(a_key_whose_request_died_is_let_go_and_dropped_a_month_later),
      TEST(an_order_gets_one_invoice_and_no_number_is_left_out),
      TEST(an_order_is_shipped_and_delivered_once), TEST(an_audit_row_is_sealed_once))
