/* planted_test.c - a check that cannot fail is worth nothing: planted here is a second
 * way to T3, which looks at the order without locking it. One after the other it does
 * no harm; two at once take the stock twice, and the checker says so. */
#include <sched.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "base/buf.h"
#include "base/clock.h"
#include "domain/invariant.h"
#include "domain/ledger.h"
#include "domain/order_write.h"
#include "domain/outbox.h"
#include "domain/settling_store.h"
#include "support/kit.h"

enum { AT_ONCE = 2, PATIENCE_US = 300000 };

/* Shared by the processes: what they settle, and how many have looked at the order. */
static struct {
	struct placement placed;
	_Atomic int looked;
	bool locks, together;
} * race;

struct look {
	bool waits;
};

SQL_ROWS(look_at_order, struct look, (waits),
	 "SELECT state = 'pending' AS waits FROM orders WHERE id = ?");
SQL_ROWS(lock_order, struct look, (waits),
	 "SELECT state = 'pending' AS waits FROM orders WHERE id = ? FOR UPDATE");
SQL(note_sale_once,
    "INSERT IGNORE INTO stock_move (sku, loc, kind, qty, order_id, line_no)"
    " SELECT sku, 'main', 'sale', -qty, order_id, line_no"
    "   FROM order_line WHERE order_id = ?");
SQL(take_units, "UPDATE stock s JOIN order_line l ON l.sku = s.sku"
		"   SET s.on_hand = s.on_hand - l.qty, s.reserved = s.reserved - l.qty"
		" WHERE l.order_id = ?");
SQL(end_holds, "UPDATE reservation SET state = 'committed', ended_at = UTC_TIMESTAMP(6)"
	       " WHERE order_id = ? AND state = 'held'");

/* Until the other one has looked too; a lock keeps it from that. */
static void
wait_for_other(void)
{
	int64_t end = clock_steady_us() + PATIENCE_US;

	race->looked++;
	while (race->together && race->looked < AT_ONCE && clock_steady_us() < end)
		sched_yield();
}

/* All that is guarded: whoever comes second writes none of it. */
static fallible
write_confirmation(struct tx *tx, const struct settling *s)
{
	struct payment_facts facts = {.truth = TRUTH_PAID, .captured = s->amount};
	struct look look = {0};
	int64_t changed;
	bool found;

	TRY(db_one(tx, &look_at_order, ARGS(s->order), &look, &found));
	if (!look.waits)
		return NULL;
	TRY(order_insert_event(tx, s->order, "paid", "pending", "confirmed", NULL,
			       "test"));
	TRY(settle_write_confirmed(tx, s, "pending", &facts, &changed));
	TRY(ledger_book_sale(tx, s->order, s->attempt_uid, s->amount, s->tax));
	TRY(outbox_add_for_order(tx, "mail.confirmation", s->order, s->order_uid));
	return settle_clear_cart(tx, s->order, s->cart);
}

static fallible
planted_settle(struct tx *tx)
{
	const struct placement *placed = &race->placed;
	const struct settling s = {
		.order = placed->order.id,
		.order_uid = placed->order.uid,
		.cart = placed->order.cart,
		.attempt = placed->attempt.id,
		.attempt_uid = placed->attempt.uid,
		.amount = placed->attempt.amount,
		.tax = placed->order.tax,
	};
	struct look look = {0};
	bool found;

	TRY(db_one(tx, race->locks ? &lock_order : &look_at_order, ARGS(s.order), &look,
		   &found));
	wait_for_other();
	if (!look.waits)
		return NULL;
	TRY(db_run(tx, &take_units, ARGS(s.order)));
	TRY(db_run(tx, &end_holds, ARGS(s.order)));
	TRY(db_run(tx, &note_sale_once, ARGS(s.order)));
	return write_confirmation(tx, &s);
}

static int
settle_once(int child)
{
	struct kit kit = kit_open();

	(void)child;
	WANT_OK(IN_TX(kit.cx, planted_settle(tx)));
	test_ctx_free(kit.cx);
	return 0;
}

/* The invariants that are broken now; "" for none. */
static const char *
broken(struct kit *kit)
{
	struct buf ids = buf_new(kit->cx->mem, 1024);
	struct invariants all;
	struct err *e;

	SNAPSHOT (tx, kit->cx, &e)
		e = invariant_check_all(tx, NULL, &all);
	WANT_OK(e);
	for (size_t i = 0; i < all.n; i++)
		if (all.list[i].n_rows > 0)
			buf_printf(&ids, "%s%s", ids.len ? " " : "", all.list[i].id);
	return buf_string(&ids);
}

/* An order of visitor n, while another holds the same goods. */
static struct kit
place(int visitor, const char *key, bool locks, bool together)
{
	struct kit kit = kit_new();
	struct checkout *other = arena_new_of(kit.cx->mem, struct checkout, 1);

	kit_fill_cart(&kit, visitor + 1, "mug", 3);
	WANT_OK(kit_start(&kit, visitor + 1, other));
	kit_script_begin(&kit);
	race->placed = kit_place(&kit, visitor, "mug", 1, key);
	race->locks = locks;
	race->together = together;
	race->looked = 0;
	return kit;
}

static void
without_a_lock_one_after_the_other_does_no_harm(void **state)
{
	struct kit kit = place(1, "in-turn", false, false);

	(void)state;
	test_processes(1, settle_once);
	test_processes(1, settle_once);
	WANT_TEXT(kit_state(&race->placed), "confirmed");
	WANT_TEXT(broken(&kit), "");
	test_ctx_free(kit.cx);
}

static void
with_a_lock_two_at_once_do_no_harm(void **state)
{
	struct kit kit = place(3, "locked", true, true);

	(void)state;
	test_processes(AT_ONCE, settle_once);
	WANT_TEXT(kit_state(&race->placed), "confirmed");
	WANT_TEXT(broken(&kit), "");
	test_ctx_free(kit.cx);
}

/* The last: from here on the books are untrue. */
static void
without_a_lock_two_at_once_are_caught(void **state)
{
	struct kit kit = place(5, "planted", false, true);

	(void)state;
	test_processes(AT_ONCE, settle_once);
	WANT_TEXT(kit_state(&race->placed), "confirmed");
	WANT_INT(race->looked, AT_ONCE);
	WANT_TEXT(broken(&kit), "I01 I02");
	test_ctx_free(kit.cx);
}

static int
share(void **state)
{
	(void)state;
	race = mmap(NULL, sizeof *race, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return race == MAP_FAILED;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_a_lock_one_after_the_other_does_no_harm),
		TEST(with_a_lock_two_at_once_do_no_harm),
		TEST(without_a_lock_two_at_once_are_caught),
	};

	return cmocka_run_group_tests(tests, share, NULL);
}
