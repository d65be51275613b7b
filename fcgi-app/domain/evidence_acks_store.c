/* evidence_acks_store.c - the confirmations that clients hold, against the books. */
#include "domain/evidence_private.h"

#include <stdlib.h>
#include <string.h>

struct acked_order {
	struct order_id id;
	const char *number;
	struct uuid uid;
	bool confirmed, cancelled;
	int64_t total;
};

SQL_ROWS(list_orders, struct acked_order,
	 (id, number, uid, confirmed, cancelled, total),
	 "SELECT id, number, uid, confirmed_at IS NOT NULL AS confirmed,"
	 "       state = 'cancelled' AS cancelled, total FROM orders ORDER BY id");

struct acked_line {
	struct order_id order;
	const char *sku;
	int64_t qty;
};

SQL_ROWS(list_lines, struct acked_line, (order, sku, qty),
	 "SELECT order_id AS `order`, sku, qty FROM order_line ORDER BY order_id");

struct received {
	const char *sku;
	int64_t units;
};

SQL_ROWS(list_received, struct received, (sku, units),
	 "SELECT s.sku, CAST(COALESCE(SUM(m.qty), 0) AS SIGNED) AS units"
	 "  FROM stock s LEFT JOIN stock_move m ON m.sku = s.sku AND m.loc = s.loc"
	 "   AND m.kind IN ('receive', 'adjust')"
	 " GROUP BY s.sku ORDER BY s.sku");

/* ---- finding an order among what clients hold ---- */

static int
compare_acks(const void *a, const void *b)
{
	return strcmp(((const struct ack *)a)->order, ((const struct ack *)b)->order);
}

static void
sort(struct evidence *evidence)
{
	if (evidence->n_acks > 0)
		qsort(evidence->acks, evidence->n_acks, sizeof *evidence->acks,
		      compare_acks);
}

/* The first acknowledgement of that name; n_acks when there is none. */
static size_t
find_ack(const struct evidence *evidence, const char *name)
{
	size_t low = 0, high = evidence->n_acks;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(evidence->acks[middle].order, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < evidence->n_acks && strcmp(evidence->acks[low].order, name) == 0)
		return low;
	return evidence->n_acks;
}

/* What goes on while the orders stream by. */
struct acks_look {
	const struct evidence *evidence;
	struct findings *findings;
	bool *found;  /* by acknowledgement */
	int64_t *ids; /* of orders that clients hold a confirmation of, rising */
	size_t n_ids;
};

static void
look_at_ack(struct acks_look *look, size_t i, const struct acked_order *order)
{
	const struct ack *ack = &look->evidence->acks[i];

	look->found[i] = true;
	if (ack->confirmed && !order->confirmed)
		findings_add(look->findings, "%s: a client saw it confirmed, it is not",
			     ack->order);
	else if (ack->total != order->total)
		findings_add(look->findings,
			     "%s: a client saw %" PRId64 ", the books have %" PRId64,
			     ack->order, ack->total, order->total);
}

static struct err *
look_at_order(void *to, const void *row)
{
	struct acks_look *look = to;
	const struct acked_order *order = row;
	const char *const names[] = {order->number, order->uid.text};
	bool holds = false;

	for (size_t k = 0; k < 2; k++)
		for (size_t i = find_ack(look->evidence, names[k]);
		     i < look->evidence->n_acks &&
		     strcmp(look->evidence->acks[i].order, names[k]) == 0;
		     i++) {
			look_at_ack(look, i, order);
			holds |= look->evidence->acks[i].confirmed;
		}
	if (holds && !order->cancelled) /* its units came back and may be sold again */
		look->ids[look->n_ids++] = order->id.n;
	return NULL;
}

static fallible
look_at_orders(struct tx *tx, struct evidence *evidence, struct acks_look *look)
{
	sort(evidence);
	look->evidence = evidence;
	look->found = arena_new_of(tx->mem, bool, evidence->n_acks + 1);
	/* At most one order by number and one by uuid for each. */
	look->ids = arena_new_of(tx->mem, int64_t, 2 * evidence->n_acks + 1);
	return db_each_(tx, &list_orders, NO_ARGS, look_at_order, look,
			sizeof(struct acked_order));
}

/* ---- I14 ---- */

static int
compare_keys(const void *a, const void *b)
{
	const struct ack *const *x = a, *const *y = b;
	int by_key = strcmp((*x)->key, (*y)->key);

	return by_key != 0 ? by_key : strcmp((*x)->order, (*y)->order);
}

/* What one key was answered with is one order, however often it was sent. */
static void
look_at_keys(struct arena *mem, const struct evidence *evidence,
	     struct findings *findings)
{
	const struct ack **keyed =
		arena_new_of(mem, const struct ack *, evidence->n_acks + 1);
	size_t n = 0;

	for (size_t i = 0; i < evidence->n_acks; i++)
		if (evidence->acks[i].key != NULL)
			keyed[n++] = &evidence->acks[i];
	if (n > 0)
		qsort(keyed, n, sizeof *keyed, compare_keys);
	for (size_t i = 1; i < n; i++)
		if (strcmp(keyed[i]->key, keyed[i - 1]->key) == 0 &&
		    strcmp(keyed[i]->order, keyed[i - 1]->order) != 0)
			findings_add(findings, "key %s: %s and %s", keyed[i]->key,
				     keyed[i - 1]->order, keyed[i]->order);
}

fallible
evidence_acks_lost(struct tx *tx, struct evidence *evidence, struct findings *findings)
{
	struct acks_look look = {.findings = findings};

	TRY(look_at_orders(tx, evidence, &look));
	for (size_t i = 0; i < evidence->n_acks; i++)
		if (!look.found[i])
			findings_add(findings, "%s: a client saw it, there is none",
				     evidence->acks[i].order);
	look_at_keys(tx->mem, evidence, findings);
	return NULL;
}

/* ---- I08 ---- */

struct units_look {
	const struct acks_look *orders;
	const struct received *received; /* by sku */
	int64_t *confirmed;
	size_t n;
};

static int
compare_ids(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static int
compare_sku(const void *key, const void *row)
{
	return strcmp(key, ((const struct received *)row)->sku);
}

/* A product without a stock book never runs out. */
static struct err *
add_line(void *to, const void *row)
{
	struct units_look *look = to;
	const struct acked_line *line = row;
	const struct received *received;

	if (look->orders->n_ids == 0 || look->n == 0 ||
	    bsearch(&line->order.n, look->orders->ids, look->orders->n_ids,
		    sizeof(int64_t), compare_ids) == NULL)
		return NULL;
	received = bsearch(line->sku, look->received, look->n, sizeof *received,
			   compare_sku);
	if (received != NULL)
		look->confirmed[received - look->received] += line->qty;
	return NULL;
}

fallible
evidence_acks_oversold(struct tx *tx, struct evidence *evidence,
		       struct findings *findings)
{
	struct acks_look orders = {.findings = findings_new(tx->mem)};
	struct units_look look = {.orders = &orders};
	struct received *received;

	TRY(look_at_orders(tx, evidence, &orders));
	TRY(db_all(tx, &list_received, NO_ARGS, &received, &look.n));
	look.received = received;
	look.confirmed = arena_new_of(tx->mem, int64_t, look.n + 1);
	TRY(db_each_(tx, &list_lines, NO_ARGS, add_line, &look,
		     sizeof(struct acked_line)));
	for (size_t i = 0; i < look.n; i++)
		if (look.confirmed[i] > received[i].units)
			findings_add(findings,
				     "%s: %" PRId64 " confirmed to clients, %" PRId64
				     " received",
				     received[i].sku, look.confirmed[i],
				     received[i].units);
	return NULL;
}
