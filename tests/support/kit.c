/* kit.c - a small shop for tests of flows. */
#include "support/kit.h"

#include <stdio.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/text.h"
#include "domain/catalog.h"
#include "domain/invariant.h"
#include "domain/stock.h"

enum { STEPS = 64 };

static struct pay_step steps[STEPS];
static size_t n_steps;
static char names[STEPS][40];

void
kit_add_product(struct kit *kit, const char *sku, const char *kind, int64_t price,
		int64_t stock)
{
	struct product product = {
		.sku = sku,
		.slug = sku,
		.title = sku,
		.kind = kind,
		.price = money_of(price, "USD"),
		.tax_class = "standard",
		.per_order = 10,
		.picture = "",
		.summary = "",
		.description = "",
	};
	enum catalog_change change;
	struct stock row;

	WANT_OK(IN_TX(kit->cx, catalog_save(tx, &product, &change)));
	if (stock >= 0)
		WANT_OK(IN_TX(kit->cx, stock_set(tx, sku, stock, "test", &row)));
}

int64_t
kit_stock(const char *column, const char *sku)
{
	return test_number("SELECT %s FROM stock WHERE sku = '%s'", column, sku);
}

struct kit
kit_open(void)
{
	struct kit kit = {.cx = test_ctx()};
	struct config *config = config_defaults(kit.cx->mem);
	struct method *method = arena_new_of(kit.cx->mem, struct method, 1);
	const struct pay **list = arena_new_of(kit.cx->mem, const struct pay *, 1);

	kit.shop = arena_new_of(kit.cx->mem, struct shop, 1);
	kit.pay = pay_fake(kit.cx->mem);
	kit.shop->config = config;
	kit.shop->keys = kit.cx->keys;
	WANT_OK(terms_read(kit.cx->mem, config, &kit.shop->terms));
	*method = (struct method){
		.id = kit.pay->name, .title = "Fake", .gateway = kit.pay->name};
	kit.shop->terms->methods = method;
	kit.shop->terms->n_methods = 1;
	list[0] = kit.pay;
	kit.shop->gateways = list;
	kit.shop->n_gateways = 1;
	return kit;
}

struct kit
kit_new(void)
{
	struct kit kit = kit_open();

	kit_add_product(&kit, "mug", "ship", 1800, 20);
	kit_add_product(&kit, "print", "ship", 2450, 3);
	kit_add_product(&kit, "guide", "digital", 900, -1);
	kit_add_product(&kit, "pen", "ship", 250, 100000);
	kit_add_product(&kit, "light", "ship", 12000, 1);
	return kit;
}

struct digest
kit_visitor(int n)
{
	char text[20];

	snprintf(text, sizeof text, "visitor %d", n);
	return digest_of_text(text);
}

void
kit_fill_cart(struct kit *kit, int visitor, const char *sku, int64_t quantity)
{
	struct cart *cart = arena_new_of(kit->cx->mem, struct cart, 1);

	WANT_OK(IN_TX(kit->cx, cart_add_item(tx, kit->shop->terms, kit_visitor(visitor),
					     sku, quantity, NULL, cart)));
}

struct details
kit_details(const struct kit *kit)
{
	return (struct details){
		.has_contact = true,
		.email = "Ada@Example.com",
		.has_shipping = true,
		.shipping = {.full_name = "Ada Example",
			     .line1 = "1 Analytical Row",
			     .city = "Portland",
			     .region = "OR",
			     .postal_code = "97201",
			     .country = "US"},
		.billing_same = true,
		.shipping_option = "standard",
		.payment_method = kit->pay->name,
	};
}

struct err *
kit_start(struct kit *kit, int visitor, struct checkout *out)
{
	return IN_TX(kit->cx, checkout_start(tx, kit->shop->terms, kit_visitor(visitor),
					     0, (struct origin){.exempt = true}, out));
}

void
kit_checkout(struct kit *kit, int visitor, const char *sku, int64_t quantity)
{
	struct checkout *checkout = arena_new_of(kit->cx->mem, struct checkout, 1);

	kit_fill_cart(kit, visitor, sku, quantity);
	WANT_OK(kit_start(kit, visitor, checkout));
	kit_give_details(kit, visitor);
}

void
kit_give_details(struct kit *kit, int visitor)
{
	struct checkout *checkout = arena_new_of(kit->cx->mem, struct checkout, 1);
	struct details details = kit_details(kit);

	WANT_OK(IN_TX(kit->cx, checkout_save(tx, kit->shop->terms, kit_visitor(visitor),
					     &details, checkout)));
	WANT_INT(checkout->missing.n, 0);
}

struct placing
kit_placing(struct kit *kit, int visitor, const char *key)
{
	(void)kit;
	return (struct placing){.visitor = kit_visitor(visitor),
				.key = key,
				.key_hash = digest_of_text(key)};
}

static const char *
name_session(void)
{
	static int counter;

	snprintf(names[n_steps], sizeof names[0], "cs_test_%d_%d", (int)getpid(),
		 ++counter);
	return names[n_steps];
}

static void
publish(struct kit *kit)
{
	n_steps++;
	WANT(n_steps < STEPS);
	pay_fake_script(kit->pay, steps, n_steps);
}

void
kit_script_begin(struct kit *kit)
{
	n_steps = 0;
	pay_fake_script(kit->pay, steps, 0);
}

void
kit_will_create(struct kit *kit, enum pay_outcome outcome)
{
	struct pay_step *step = &steps[n_steps];

	*step = (struct pay_step){.call = "create", .answer = {.outcome = outcome}};
	if (outcome == PAY_DONE)
		step->session = (struct pay_session){.session_id = name_session(),
						     .handover = PAY_REDIRECT,
						     .url = "https://pay.example/page"};
	publish(kit);
}

void
kit_will_say(struct kit *kit, const char *call, enum pay_status status,
	     int64_t captured, const char *attempt_uid, const char *order_number)
{
	struct pay_step *step = &steps[n_steps];

	*step = (struct pay_step){
		.call = call,
		.answer = {.outcome = PAY_DONE},
		.state = {.status = status,
			  .captured = money_of(captured, "USD"),
			  .attempt_ref = attempt_uid,
			  .order_ref = order_number},
	};
	if (status == PAY_PAID)
		step->state.payment_id = name_session();
	publish(kit);
}

const char *
kit_will_refund(struct kit *kit, enum pay_refund_status status)
{
	const char *id = name_session();

	steps[n_steps] =
		(struct pay_step){.call = "refund",
				  .answer = {.outcome = PAY_DONE},
				  .refund = {.status = status, .gateway_id = id}};
	publish(kit);
	return id;
}

struct attempt
kit_attempt(struct kit *kit, struct attempt_id id)
{
	struct attempt attempt = {0};
	bool found;

	WANT_OK(IN_READ(kit->cx, payment_find(tx, id, &attempt, &found)));
	WANT(found);
	return attempt;
}

const char *
kit_state(const struct placement *placed)
{
	return test_text("SELECT state FROM orders WHERE id = %" PRId64,
			 placed->order.id.n);
}

/* Twice, as dispatch does, when nobody knows whether it was done. */
static struct err *
note_opened(struct ctx *cx, const struct placement *made)
{
	struct err *e = NULL;

	for (int tries = 0; tries < 2; tries++) {
		SINGLE (tx, cx, &e)
			e = flow_keep_opened(tx, made, NULL);
		if (e == NULL || e->code != ERR_UNCERTAIN)
			break;
	}
	return e;
}

struct err *
kit_place_order(struct shop *shop, struct ctx *cx, const struct placing *want,
		struct placement *made)
{
	struct err *e = flow_place_order(shop, cx, want, made);

	return e != NULL || made->opened.attempt.n == 0 ? e : note_opened(cx, made);
}

struct err *
kit_retry_payment(struct shop *shop, struct ctx *cx, const struct retry *want,
		  struct placement *made)
{
	struct err *e = flow_retry_payment(shop, cx, want, made);

	return e != NULL || made->opened.attempt.n == 0 ? e : note_opened(cx, made);
}

struct placement
kit_place(struct kit *kit, int visitor, const char *sku, int64_t quantity,
	  const char *key)
{
	struct placing want = kit_placing(kit, visitor, key);
	struct placement *placed = arena_new_of(kit->cx->mem, struct placement, 1);

	kit_checkout(kit, visitor, sku, quantity);
	kit_will_create(kit, PAY_DONE);
	WANT_OK(kit_place_order(kit->shop, kit->cx, &want, placed));
	WANT_INT(placed->kind, PLACEMENT_GO);
	return *placed;
}

struct placement
kit_buy(struct kit *kit, int visitor, const char *sku, int64_t quantity,
	const char *key)
{
	struct placement placed = kit_place(kit, visitor, sku, quantity, key);
	struct settled settled;

	kit_pay(kit, &placed, &settled);
	WANT(settled.confirmed);
	return placed;
}

void
kit_pay(struct kit *kit, const struct placement *placed, struct settled *out)
{
	struct attempt attempt = kit_attempt(kit, placed->attempt.id);

	kit_will_say(kit, "retrieve", PAY_PAID, attempt.amount.minor, attempt.uid.text,
		     placed->order.number);
	WANT_OK(flow_ask_attempt(kit->shop, kit->cx, &attempt, out));
}

/* Each selects what must not be there. */
static const char *const rules[][2] = {
	{"I01 stock book",
	 "SELECT COUNT(*) FROM stock s LEFT JOIN (SELECT sku, loc, SUM(qty) q"
	 " FROM stock_move GROUP BY sku, loc) m USING (sku, loc)"
	 " WHERE s.on_hand <> COALESCE(q, 0)"},
	{"I02 reserved",
	 "SELECT COUNT(*) FROM stock s LEFT JOIN (SELECT sku, loc, SUM(qty) q"
	 " FROM reservation WHERE state = 'held' GROUP BY sku, loc) r"
	 " USING (sku, loc) WHERE s.reserved <> COALESCE(q, 0)"},
	{"I04 sale moves",
	 "SELECT COUNT(*) FROM order_line l JOIN orders o ON o.id = l.order_id"
	 " JOIN stock s ON s.sku = l.sku LEFT JOIN stock_move m ON m.order_id = "
	 "l.order_id"
	 " AND m.line_no = l.line_no AND m.kind = 'sale'"
	 " WHERE o.confirmed_at IS NOT NULL AND NOT (m.qty <=> -l.qty)"},
	{"I05 no sale unconfirmed",
	 "SELECT COUNT(*) FROM stock_move m JOIN orders o ON o.id = m.order_id"
	 " WHERE m.kind = 'sale' AND o.confirmed_at IS NULL"},
	{"I07 dead orders hold nothing",
	 "SELECT COUNT(*) FROM reservation r JOIN orders o ON o.id = r.order_id"
	 " WHERE r.state = 'held' AND o.state NOT IN ('pending', 'review')"},
	{"I13 event chain", "SELECT COUNT(*) FROM orders o WHERE o.state <> (SELECT "
			    "e.to_state FROM order_event e"
			    " WHERE e.order_id = o.id ORDER BY e.seq DESC LIMIT 1)"},
	{"I18 paid once",
	 "SELECT COUNT(*) FROM orders o WHERE o.state IN ('confirmed', 'shipped')"
	 " AND o.payable <> (SELECT COALESCE(SUM(a.captured), 0) FROM payment_attempt a"
	 " WHERE a.order_id = o.id) - (SELECT COALESCE(SUM(r.amount), 0) FROM refund r"
	 " WHERE r.order_id = o.id AND r.kind IN ('void', 'cancel') AND r.state <> "
	 "'failed')"},
	{"I19 dead orders hold no money",
	 "SELECT COUNT(*) FROM payment_attempt a JOIN orders o ON o.id = a.order_id"
	 " WHERE o.state IN ('failed', 'expired', 'cancelled') AND a.captured - "
	 "a.refunded <>"
	 " (SELECT COALESCE(SUM(amount), 0) FROM refund r WHERE r.attempt_id = a.id"
	 " AND r.state = 'pending') AND NOT EXISTS (SELECT 1 FROM dispute d"
	 " WHERE d.attempt_id = a.id)"},
	{"I26 ledger sums",
	 "SELECT COUNT(*) FROM (SELECT txn_id FROM ledger GROUP BY txn_id,"
	 " currency HAVING SUM(amount) <> 0 OR COUNT(*) < 2) x"},
	{"I27 gateway account",
	 "SELECT (SELECT COALESCE(SUM(captured - refunded), 0) FROM payment_attempt)"
	 " - (SELECT COALESCE(SUM(amount), 0) FROM dispute"
	 "     WHERE taken AND state <> 'won')"
	 " <> (SELECT COALESCE(SUM(amount), 0) FROM ledger WHERE account = 'gateway')"},
	{"I30 one confirmation mail",
	 "SELECT COUNT(*) FROM orders o WHERE o.confirmed_at IS NOT NULL AND 1 <>"
	 " (SELECT COUNT(*) FROM outbox b WHERE b.kind = 'mail.confirmation'"
	 " AND b.agg_id = o.id)"},
};

void
kit_books_balance(void)
{
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
		if (test_number("%s", rules[i][1]) != 0)
			check_fail(__FILE__, __LINE__, "broken: %s", rules[i][0]);
}

const char *
kit_wrong(const struct kit *kit)
{
	struct invariants all;
	const char *ids = "";
	struct err *e;

	SNAPSHOT (tx, kit->cx, &e)
		e = invariant_check_all(tx, NULL, &all);
	WANT_OK(e);
	for (size_t i = 0; i < all.n; i++)
		if (all.list[i].n_rows > 0 && !text_equal(all.list[i].id, "I40"))
			ids = arena_printf(kit->cx->mem, "%s%s ", ids, all.list[i].id);
	return ids;
}
