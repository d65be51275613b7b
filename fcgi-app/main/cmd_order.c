/* cmd_order.c - till order: looking at orders, sending, cancelling, refunding them. */
#include <string.h>

#include "base/text.h"
#include "domain/audit.h"
#include "flow/cancel_order.h"
#include "flow/nudge.h"
#include "flow/outside.h"
#include "main/commands.h"
#include "main/order_readdress.h"
#include "main/order_report.h"

enum { LIMIT_MAX = 10000, REASON_MAX = 60, CARRIER_MAX = 60, TRACKING_MAX = 100 };
enum { URL_MAX = 300 };

struct asked {
	struct command *cmd;
	const char *name; /* number or uuid of the order; NULL where there is none */
	const char *state, *carrier, *tracking, *url, *reason;
	int64_t limit, amount; /* minor units; 0: all that is left */
	bool dot;
};

/* ---- acts ---- */

static fallible
list(const struct asked *asked)
{
	return order_report_list(asked->cmd, asked->state, asked->limit);
}

static fallible
show(const struct asked *asked)
{
	return order_report_show(asked->cmd, asked->name);
}

static fallible
machine(const struct asked *asked)
{
	order_report_machine(asked->cmd, asked->dot);
	return NULL;
}

static void
tell_lane(const struct asked *asked, enum lane lane)
{
	const struct shop shop = {.config = asked->cmd->config};

	nudge(&shop, lane);
}

static fallible
ship_order(struct tx *tx, const struct asked *asked, struct order *order)
{
	TRY(order_get(tx, asked->name, order));
	return order_ship(tx, order->id, asked->carrier, asked->tracking, asked->url,
			  command_actor(asked->cmd), order);
}

static fallible
ship(const struct asked *asked)
{
	struct order order = {0};
	struct ctx *cx;
	struct err *e;

	TRY(command_ctx(asked->cmd, false, &cx));
	TRANSACTION (tx, cx, &e)
		e = ship_order(tx, asked, &order);
	TRY(e);
	tell_lane(asked, LANE_MAIL);
	order_report_state(asked->cmd, &order);
	return NULL;
}

static fallible
deliver_order(struct tx *tx, const struct asked *asked, struct order *order)
{
	TRY(order_get(tx, asked->name, order));
	return order_deliver(tx, order->id, command_actor(asked->cmd), order);
}

static fallible
deliver(const struct asked *asked)
{
	struct order order = {0};
	struct ctx *cx;
	struct err *e;

	TRY(command_ctx(asked->cmd, false, &cx));
	TRANSACTION (tx, cx, &e)
		e = deliver_order(tx, asked, &order);
	TRY(e);
	tell_lane(asked, LANE_MAIL);
	order_report_state(asked->cmd, &order);
	return NULL;
}

static fallible
address(const struct asked *asked)
{
	struct order order = {0};

	TRY(order_readdress(asked->cmd, asked->name, asked->cmd->words + 2,
			    asked->cmd->n_words - 2, &order));
	order_report_state(asked->cmd, &order);
	return NULL;
}

static fallible
cancel(const struct asked *asked)
{
	const struct cancel want = {
		.order = asked->name,
		.reason = asked->reason != NULL ? asked->reason : "shopkeeper",
		.actor = command_actor(asked->cmd),
		.trusted = true,
	};
	struct order order = {0};
	struct idem idem;
	struct shop *shop;
	struct ctx *cx;
	bool claimed;

	TRY(command_ctx(asked->cmd, false, &cx));
	TRY(shop_new(asked->cmd->mem, asked->cmd->config, cx->keys, &shop));
	outside_join(asked->cmd->mem, shop);
	TRY(flow_cancel_order(shop, cx, &want, &idem, &order, &claimed));
	order_report_state(asked->cmd, &order);
	return NULL;
}

/* ---- refund ---- */

/* A refund that has to be made but failed, with nothing in its place yet; NULL: none.
 * The gateway would not do it then; whoever asks again means this one. */
static const struct refund *
find_failed(const struct refund *refunds, size_t n)
{
	const struct refund *failed = NULL;

	for (size_t i = 0; i < n; i++) {
		const struct refund *r = &refunds[i];

		if (text_equal(r->state, "failed") && !text_equal(r->kind, "goodwill"))
			failed = r;
		else if (failed != NULL && failed->attempt.n == r->attempt.n)
			failed = NULL;
	}
	return failed;
}

static fallible
repeat_refund(struct tx *tx, const struct refund *failed, struct order *order,
	      const char *actor, struct refund *out)
{
	const struct order_change change = {
		.event = "refund", .reason = failed->kind, .actor = actor};

	TRY(order_lock(tx, order->id, order));
	TRY(refund_request(tx, order->id, failed->attempt, failed->amount.minor,
			   failed->kind, failed->reason, actor, out));
	return order_move(tx, order, &change);
}

static fallible
refund_order(struct tx *tx, const struct asked *asked, struct order *order,
	     struct refund *out)
{
	const char *actor = command_actor(asked->cmd);
	const char *reason = asked->reason != NULL ? asked->reason : "goodwill";
	struct refund *refunds;
	const struct refund *failed;
	size_t n;

	TRY(order_get(tx, asked->name, order));
	TRY(refund_list(tx, order->id, &refunds, &n));
	failed = asked->amount == 0 ? find_failed(refunds, n) : NULL;
	if (failed != NULL)
		TRY(repeat_refund(tx, failed, order, actor, out));
	else
		TRY(refund_request_for_order(tx, order->id, asked->amount, "goodwill",
					     reason, actor, out));
	return audit_note(tx, actor, "order.refund", order->id,
			  arena_printf(tx->mem,
				       "order=%s refund=%s kind=%s amount=%" PRId64
				       " reason=%s",
				       order->number, out->uid.text, out->kind,
				       out->amount.minor, out->reason));
}

/* Its COMMIT may have taken effect though the answer was lost: whoever is told nothing
 * asks again, and would give the money back twice. */
static bool
was_made(struct ctx *cx, const struct err *e, const struct refund *made)
{
	struct refund found = {0};
	struct err *lost;
	bool there = false;

	if (e == NULL || e->code != ERR_UNCERTAIN)
		return false;
	READING (tx, cx, &lost)
		lost = refund_find(tx, made->gateway, made->uid.text, NULL, &found,
				   &there);
	if (lost != NULL)
		return false;
	return there;
}

static fallible
refund(const struct asked *asked)
{
	struct order order = {0};
	struct refund made = {0};
	struct ctx *cx;
	struct err *e;

	TRY(command_ctx(asked->cmd, false, &cx));
	TRANSACTION (tx, cx, &e)
		e = refund_order(tx, asked, &order, &made);
	if (e != NULL && !was_made(cx, e, &made))
		return e;
	tell_lane(asked, LANE_PAY);
	order_report_refund(asked->cmd, &order, &made);
	return NULL;
}

/* ---- reading the command line ---- */

enum option { STATE, LIMIT, CARRIER, TRACKING, URL, REASON, AMOUNT, DOT, OPTIONS };

static const struct {
	const char *name;
	size_t words; /* with its own name; more only where `more` says so */
	bool more;
	unsigned options; /* those it takes, as bits */
	fallible (*run)(const struct asked *);
} acts[] = {
	{"list", 1, false, 1 << STATE | 1 << LIMIT, list},
	{"show", 2, false, 0, show},
	{"ship", 2, false, 1 << CARRIER | 1 << TRACKING | 1 << URL, ship},
	{"deliver", 2, false, 0, deliver},
	{"address", 3, true, 0, address},
	{"cancel", 2, false, 1 << REASON, cancel},
	{"refund", 2, false, 1 << AMOUNT | 1 << REASON, refund},
	{"machine", 1, false, 1 << DOT, machine},
};

/* Of the words of an order's state machine. */
static bool
is_state(const char *state)
{
	return state == NULL || machine_allows(MACHINE_ORDER, state, state);
}

static bool
fits(const char *text, size_t max)
{
	return text == NULL || (text_length(text) <= max && !text_has_control(text) &&
				text_is_utf8(text, strlen(text)));
}

/* What is wrong with the values, or NULL. */
static const char *
check_values(struct asked *asked, const char *const values[OPTIONS])
{
	asked->limit = 100;
	if (!is_state(asked->state))
		return "there is no such state";
	if (values[LIMIT] != NULL &&
	    !text_to_int(values[LIMIT], 1, LIMIT_MAX, &asked->limit))
		return "the limit is 1 to 10000";
	if (values[AMOUNT] != NULL &&
	    !text_to_int(values[AMOUNT], 1, MONEY_MAX, &asked->amount))
		return "the amount is a number of minor units, such as 250 for $2.50";
	if (!fits(asked->carrier, CARRIER_MAX))
		return "the carrier is up to 60 characters";
	if (!fits(asked->tracking, TRACKING_MAX))
		return "the tracking number is up to 100 characters";
	if (asked->url != NULL &&
	    (!fits(asked->url, URL_MAX) || !text_starts(asked->url, "https://")))
		return "the link begins with https:// and has up to 300 characters";
	if (asked->reason != NULL &&
	    (text_is_empty(asked->reason) || strlen(asked->reason) > REASON_MAX ||
	     !text_is_header_safe(asked->reason)))
		return "the reason is up to 60 characters of plain ASCII";
	return NULL;
}

static int
run_act(struct asked *asked, const char *const values[OPTIONS])
{
	struct command *cmd = asked->cmd;
	const char *wrong = check_values(asked, values);

	if (wrong != NULL)
		return command_wrong(cmd, "%s", wrong);
	for (size_t i = 0; i < DB_COUNT(acts); i++) {
		if (!text_equal(acts[i].name, cmd->words[0]))
			continue;
		for (unsigned o = 0; o < OPTIONS; o++) {
			bool given = o == DOT ? asked->dot : values[o] != NULL;

			if (given && !(acts[i].options & 1U << o))
				return command_wrong(cmd,
						     "\"order %s\" has no such"
						     " option",
						     acts[i].name);
		}
		if (cmd->n_words < acts[i].words ||
		    (cmd->n_words > acts[i].words && !acts[i].more))
			return command_wrong(cmd, "\"order %s\" is not used like that",
					     acts[i].name);
		asked->name = cmd->words[1];
		return command_end(cmd, acts[i].run(asked));
	}
	return command_wrong(cmd, "there is no \"order %s\"", cmd->words[0]);
}

int
cmd_order(int argc, char **argv)
{
	const char *values[OPTIONS] = {0};
	struct command cmd = {.words_min = 1, .words_max = 9};
	struct asked asked = {.cmd = &cmd};
	const struct command_option options[] = {
		{"--state", "STATE", "list: only these", &values[STATE], NULL},
		{"--limit", "N", "list: at most so many (100)", &values[LIMIT], NULL},
		{"--carrier", "NAME", "ship: who carries it", &values[CARRIER], NULL},
		{"--tracking", "NUMBER", "ship: its number there", &values[TRACKING],
		 NULL},
		{"--url", "URL", "ship: where it can be followed", &values[URL], NULL},
		{"--reason", "TEXT", "cancel, refund: why", &values[REASON], NULL},
		{"--amount", "MINOR", "refund: in minor units (else all of it)",
		 &values[AMOUNT], NULL},
		{"--dot", NULL, "machine: for Graphviz", NULL, &asked.dot},
		{0},
	};
	int code;

	cmd.usage = "order list | order show|ship|deliver|cancel|refund NUMBER"
		    " | order address NUMBER FIELD=VALUE... | order machine";
	cmd.options = options;
	code = command_begin(&cmd, argc, argv);
	if (code != COMMAND_GO)
		return code;
	asked.state = values[STATE];
	asked.carrier = values[CARRIER];
	asked.tracking = values[TRACKING];
	asked.url = values[URL];
	asked.reason = values[REASON];
	return run_act(&asked, values);
}
