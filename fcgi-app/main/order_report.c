/* order_report.c - orders as a shopkeeper sees them in a shell. */
#include "main/order_report.h"

#include <stdio.h>

#include "base/json.h"
#include "base/text.h"
#include "domain/dispute.h"
#include "domain/invoice.h"
#include "main/table.h"
#include "pages/order_model.h"
#include "pages/order_view.h"

enum { OUTPUT_MAX = 32 * 1024 * 1024, FIELDS_MAX = 80 };

/* ---- list ---- */

static void
put_instant(struct arena *mem, struct json_out *out, const char *name,
	    struct instant instant)
{
	json_pair_text(out, name,
		       instant_is_none(instant) ? NULL : instant_rfc3339(mem, instant));
}

/* `status` is what the buyer reads, `state` what it really is (review). */
static void
put_state(struct json_out *out, const struct order *order)
{
	json_pair_text(out, "id", order->uid.text);
	json_pair_text(out, "number", order->number);
	json_pair_text(out, "status", order_public_state(order->state));
	json_pair_text(out, "state", order->state);
	json_pair_text(out, "payment_status", order->payment_status);
	json_pair_text(out, "fulfilment_status", order->fulfilment_status);
}

static void
print_list_json(struct arena *mem, const struct order *orders, size_t n)
{
	struct buf text = buf_new(mem, OUTPUT_MAX);
	struct json_out out = json_out(&text);

	json_open(&out, '[');
	for (const struct order *order = orders; order < orders + n; order++) {
		json_open(&out, '{');
		put_state(&out, order);
		json_key(&out, "total");
		json_put_money(&out, order->total);
		put_instant(mem, &out, "created_at", order->created_at);
		put_instant(mem, &out, "confirmed_at", order->confirmed_at);
		json_close(&out, '}');
	}
	json_close(&out, ']');
	command_print(&text);
}

static void
print_list_table(struct arena *mem, const struct order *orders, size_t n)
{
	static const char *const names[] = {"NUMBER",     "STATE",  "PAYMENT",
					    "FULFILMENT", ">TOTAL", "PLACED"};
	struct table *table = table_new(mem, names, DB_COUNT(names));

	for (const struct order *order = orders; order < orders + n; order++) {
		table_put(table, order->number);
		table_put(table, order->state);
		table_put(table, order->payment_status);
		table_put(table, order->fulfilment_status);
		table_put(table, money_format(mem, order->total));
		table_put(table, instant_rfc3339(mem, order->created_at));
	}
	table_print(table);
}

fallible
order_report_list(const struct command *cmd, const char *state, int64_t limit)
{
	struct order *orders = NULL;
	struct ctx *cx;
	struct err *e;
	size_t n = 0;

	TRY(command_ctx(cmd, false, &cx));
	READING (tx, cx, &e)
		e = order_list(tx, state, limit, &orders, &n);
	TRY(e);
	if (cmd->json)
		print_list_json(cmd->mem, orders, n);
	else
		print_list_table(cmd->mem, orders, n);
	return NULL;
}

/* ---- show ---- */

/* The order of the API, and behind it what only the shop may know. */
struct report {
	struct order_model model;
	const char *invoice;
	struct dispute *disputes;
	size_t n_disputes;
};

static const struct view_field attempt_fields[] = {
	SHOW_AS(struct attempt, "id", uid),
	SHOW(struct attempt, gateway, state, amount, captured, refunded),
	SHOW_NULL(struct attempt, fee, gw_id, gw_payment, method, shopper_code),
	SHOW(struct attempt, sent_at),
	SHOW_NULL(struct attempt, next_check_at),
	SHOW_END,
};

static const struct view_field refund_fields[] = {
	SHOW_AS(struct refund, "id", uid),
	SHOW(struct refund, kind, state, amount, reason, actor),
	SHOW_NULL(struct refund, gw_refund_id),
	SHOW_END,
};

static const struct view_field dispute_fields[] = {
	SHOW_AS(struct dispute, "id", uid),
	SHOW(struct dispute, state, amount, taken, reason, gw_dispute_id),
	SHOW_NULL(struct dispute, due_by),
	SHOW(struct dispute, opened_at),
	SHOW_NULL(struct dispute, closed_at),
	SHOW_END,
};

#define REPORT(name_, type_, member)                                                   \
	{                                                                              \
		.name = name_, .type = type_, .null = true,                            \
		.at = offsetof(struct report, model.told.member)                       \
	}
#define REPORT_LIST(name_, member, n_, type_, fields_)                                 \
	{                                                                              \
		.name = name_, .type = VIEW_LIST,                                      \
		.at = offsetof(struct report, model.told.member),                      \
		.count_at = offsetof(struct report, model.told.n_),                    \
		.size = sizeof(type_), .item = fields_                                 \
	}

static const struct view_field shop_fields[] = {
	REPORT("state", VIEW_TEXT, order.state),
	REPORT("email", VIEW_TEXT, email),
	REPORT("phone", VIEW_SEALED, order.customer.phone.plain),
	REPORT("confirmed_at", VIEW_INSTANT, order.confirmed_at),
	REPORT("expires_at", VIEW_INSTANT, order.expires_at),
	REPORT("carrier", VIEW_TEXT, order.carrier),
	REPORT("tracking", VIEW_TEXT, order.tracking),
	REPORT("tracking_url", VIEW_TEXT, order.tracking_url),
	SHOW_NULL(struct report, invoice),
	REPORT_LIST("payment_attempts", attempts, n_attempts, struct attempt,
		    attempt_fields),
	REPORT_LIST("refunds", refunds, n_refunds, struct refund, refund_fields),
	SHOW_LIST(struct report, disputes, n_disputes, dispute_fields),
	SHOW_END,
};

/* Both tables in one: the model stands at the start of the report. */
static const struct view_field *
report_fields(struct arena *mem)
{
	struct view_field *all = arena_new_of(mem, struct view_field, FIELDS_MAX);
	const struct view_field *const tables[] = {order_fields, shop_fields};
	size_t n = 0;

	for (size_t i = 0; i < DB_COUNT(tables); i++) {
		for (const struct view_field *f = tables[i];
		     f->name != NULL && n < FIELDS_MAX - 1; f++)
			all[n++] = *f;
	}
	return all;
}

static void
print_report_json(struct arena *mem, const struct report *report)
{
	struct buf text = buf_new(mem, OUTPUT_MAX);

	view_json(&text, report_fields(mem), report);
	command_print(&text);
}

static void
say(struct table *table, const char *name, const char *value)
{
	if (value == NULL || *value == '\0')
		return;
	table_put(table, name);
	table_put(table, value);
}

static const char *
place_line(struct arena *mem, const struct order_place *place)
{
	struct buf line = buf_new(mem, 4096);
	const char *parts[7];

	if (place == NULL)
		return NULL;
	parts[0] = place->full_name;
	parts[1] = place->line1;
	parts[2] = place->line2;
	parts[3] = place->city;
	parts[4] = place->region_name;
	parts[5] = place->postal_code;
	parts[6] = place->country;
	for (size_t i = 0; i < DB_COUNT(parts); i++) {
		if (parts[i] != NULL)
			buf_printf(&line, "%s%s", line.len ? ", " : "", parts[i]);
	}
	return buf_string(&line);
}

static void
print_facts(struct arena *mem, const struct report *report)
{
	static const char *const names[] = {"ORDER", ""};
	const struct order_summary *told = &report->model.told;
	const struct order *order = &told->order;
	struct table *table = table_new(mem, names, DB_COUNT(names));

	say(table, "number", order->number);
	say(table, "id", order->uid.text);
	say(table, "state", order->state);
	say(table, "payment", order->payment_status);
	say(table, "fulfilment", order->fulfilment_status);
	say(table, "e-mail", told->email);
	say(table, "phone", order->customer.phone.plain);
	say(table, "deliver to", place_line(mem, told->shipping_address));
	say(table, "bill to", place_line(mem, told->billing_address));
	say(table, "delivery", order->shipping_title);
	say(table, "carrier", order->carrier);
	say(table, "tracking", order->tracking);
	say(table, "link", order->tracking_url);
	say(table, "subtotal", money_format(mem, order->subtotal));
	say(table, "shipping", money_format(mem, order->shipping));
	say(table, order->tax_included ? "tax within" : "tax",
	    money_format(mem, order->tax));
	say(table, "total", money_format(mem, order->total));
	say(table, "paid with", told->paid_with);
	say(table, "invoice", report->invoice);
	table_print(table);
}

static void
print_items(struct arena *mem, const struct order_summary *told)
{
	static const char *const names[] = {">PIECES", "SKU", "TITLE", ">EACH",
					    ">TOTAL"};
	struct table *table = table_new(mem, names, DB_COUNT(names));

	for (size_t i = 0; i < told->n_items; i++) {
		const struct order_summary_item *item = &told->items[i];

		table_put(table, arena_printf(mem, "%" PRId64, item->quantity));
		table_put(table, item->sku);
		table_put(table, item->title);
		table_put(table, money_format(mem, item->unit_price));
		table_put(table, money_format(mem, item->line_total));
	}
	printf("\n");
	table_print(table);
}

static const char *
amount_of(struct arena *mem, int64_t minor, const struct money *in)
{
	return money_format(mem, money_of(minor, in->currency));
}

static void
print_payments(struct arena *mem, const struct order_summary *told)
{
	static const char *const names[] = {"PAYMENT",   "STATE",     ">AMOUNT",
					    ">CAPTURED", ">REFUNDED", ">FEE",
					    "GATEWAY"};
	struct table *table = table_new(mem, names, DB_COUNT(names));

	for (size_t i = 0; i < told->n_attempts; i++) {
		const struct attempt *a = &told->attempts[i];

		table_put(table, arena_printf(mem, "attempt %" PRId64, a->n));
		table_put(table, a->state);
		table_put(table, money_format(mem, a->amount));
		table_put(table, amount_of(mem, a->captured, &a->amount));
		table_put(table, amount_of(mem, a->refunded, &a->amount));
		table_put(table, a->fee.currency[0] == '\0'
					 ? NULL
					 : money_format(mem, a->fee));
		table_put(table, a->gw_payment != NULL ? a->gw_payment : a->gw_id);
	}
	for (size_t i = 0; i < told->n_refunds; i++) {
		const struct refund *r = &told->refunds[i];

		table_put(table, arena_printf(mem, "refund (%s)", r->kind));
		table_put(table, r->state);
		table_put(table, money_format(mem, r->amount));
		table_put(table, NULL);
		table_put(table, NULL);
		table_put(table, NULL);
		table_put(table, r->gw_refund_id);
	}
	printf("\n");
	table_print(table);
}

static void
print_disputes(struct arena *mem, const struct report *report)
{
	static const char *const names[] = {"DISPUTE", "STATE",     ">AMOUNT",
					    "MONEY",   "ANSWER BY", "GATEWAY"};
	struct table *table = table_new(mem, names, DB_COUNT(names));

	for (size_t i = 0; i < report->n_disputes; i++) {
		const struct dispute *d = &report->disputes[i];

		table_put(table, d->reason);
		table_put(table, d->state);
		table_put(table, money_format(mem, d->amount));
		table_put(table, !d->taken                     ? "not taken"
				 : text_equal(d->state, "won") ? "back"
							       : "taken");
		table_put(table, instant_is_none(d->due_by)
					 ? NULL
					 : instant_rfc3339(mem, d->due_by));
		table_put(table, d->gw_dispute_id);
	}
	printf("\n");
	table_print(table);
}

static void
print_steps(struct arena *mem, const struct order *order)
{
	static const char *const names[] = {"AT", "EVENT", "STATE", "BY", "REASON"};
	struct table *table = table_new(mem, names, DB_COUNT(names));

	for (size_t i = 0; i < order->n_steps; i++) {
		const struct order_step *step = &order->steps[i];

		table_put(table, instant_rfc3339(mem, step->at));
		table_put(table, step->event);
		table_put(table, step->to);
		table_put(table, step->actor);
		table_put(table, step->reason);
	}
	printf("\n");
	table_print(table);
}

static fallible
read_report(struct tx *tx, const struct terms *terms, const char *name,
	    struct report *report)
{
	struct order_summary *told = &report->model.told;

	TRY(order_get(tx, name, &told->order));
	TRY(order_summary_load(tx, terms, told));
	report->model.discount_amount = told->order.discount;
	TRY(dispute_list(tx, told->order.id, &report->disputes, &report->n_disputes));
	return invoice_find(tx, told->order.id, &report->invoice);
}

fallible
order_report_show(const struct command *cmd, const char *name)
{
	struct report *report = arena_new_of(cmd->mem, struct report, 1);
	struct terms *terms;
	struct ctx *cx;
	struct err *e;

	TRY(terms_read(cmd->mem, cmd->config, &terms));
	TRY(command_ctx(cmd, false, &cx));
	READING (tx, cx, &e)
		e = read_report(tx, terms, name, report);
	TRY(e);
	if (cmd->json) {
		print_report_json(cmd->mem, report);
		return NULL;
	}
	print_facts(cmd->mem, report);
	print_items(cmd->mem, &report->model.told);
	print_payments(cmd->mem, &report->model.told);
	if (report->n_disputes > 0)
		print_disputes(cmd->mem, report);
	print_steps(cmd->mem, &report->model.told.order);
	return NULL;
}

/* ---- after an act ---- */

void
order_report_state(const struct command *cmd, const struct order *order)
{
	struct buf text = buf_new(cmd->mem, OUTPUT_MAX);
	struct json_out out = json_out(&text);

	if (!cmd->json) {
		printf("%s is %s\n", order->number, order->state);
		return;
	}
	json_open(&out, '{');
	put_state(&out, order);
	json_close(&out, '}');
	command_print(&text);
}

void
order_report_refund(const struct command *cmd, const struct order *order,
		    const struct refund *refund)
{
	struct buf text = buf_new(cmd->mem, OUTPUT_MAX);
	struct json_out out = json_out(&text);

	if (!cmd->json) {
		printf("%s: %s will go back\n", order->number,
		       money_format(cmd->mem, refund->amount));
		return;
	}
	json_open(&out, '{');
	put_state(&out, order);
	json_key(&out, "refund");
	json_open(&out, '{');
	json_pair_text(&out, "id", refund->uid.text);
	json_pair_text(&out, "kind", refund->kind);
	json_pair_text(&out, "state", refund->state);
	json_key(&out, "amount");
	json_put_money(&out, refund->amount);
	json_close(&out, '}');
	json_close(&out, '}');
	command_print(&text);
}

/* ---- the machines ---- */

static void
put_edges(struct json_out *out, const struct machine *machine)
{
	for (size_t i = 0; i < machine->n; i++) {
		json_open(out, '{');
		json_pair_text(out, "machine", machine->name);
		json_pair_text(out, "from", machine->edges[i].from);
		json_pair_text(out, "event", machine->edges[i].event);
		json_pair_text(out, "to", machine->edges[i].to);
		json_close(out, '}');
	}
}

static void
print_machines_json(struct arena *mem)
{
	struct buf text = buf_new(mem, OUTPUT_MAX);
	struct json_out out = json_out(&text);

	json_open(&out, '[');
	for (enum machine_name name = 0; name < MACHINES; name++)
		put_edges(&out, machine_get(name));
	json_close(&out, ']');
	command_print(&text);
}

/* Machines share words such as "failed": a node bears its machine's name too. */
static void
print_machine_dot(const struct machine *machine)
{
	printf("\tsubgraph cluster_%s {\n\t\tlabel = \"%s\";\n", machine->name,
	       machine->column);
	for (const struct machine_edge *e = machine->edges;
	     e < machine->edges + machine->n; e++)
		printf("\t\t\"%s.%s\" [label = \"%s\"];\n\t\t\"%s.%s\" -> \"%s.%s\""
		       " [label = \"%s\"];\n",
		       machine->name, e->to, e->to, machine->name, e->from,
		       machine->name, e->to, e->event);
	printf("\t\t\"%s.new\" [label = \"\", shape = point];\n\t}\n", machine->name);
}

static void
print_machine_lines(const struct machine *machine)
{
	printf("%s (%s)\n", machine->name, machine->column);
	for (size_t i = 0; i < machine->n; i++)
		printf("  %-18s %-18s %s\n", machine->edges[i].from,
		       machine->edges[i].to, machine->edges[i].event);
}

void
order_report_machine(const struct command *cmd, bool dot)
{
	if (cmd->json) {
		print_machines_json(cmd->mem);
		return;
	}
	if (dot)
		printf("digraph till {\n\trankdir = LR;\n");
	for (enum machine_name name = 0; name < MACHINES; name++) {
		if (dot)
			print_machine_dot(machine_get(name));
		else
			print_machine_lines(machine_get(name));
	}
	if (dot)
		printf("}\n");
}
