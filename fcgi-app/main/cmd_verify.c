/* cmd_verify.c - till verify: whether the books are true; with evidence from outside,
 * or again and again. */
#include "base/clock.h"
#include "base/text.h"
#include "domain/evidence.h"
#include "flow/list_charges.h"
#include "flow/shop.h"
#include "main/commands.h"
#include "main/evidence_file.h"
#include "main/verify_report.h"
#include "main/verify_watch.h"

enum { DAYS_MAX = 3650, SECONDS_MAX = 86400, PAGE_MEMORY = 16 * 1024 * 1024 };

struct asked {
	struct command *cmd;
	const char *acks, *effects; /* files; NULL: none */
	bool gateways, watch;
	int64_t days, settling_s, every_s;
};

/* Pages of a report are read in memory of their own. */
static fallible
pull_charges(const struct asked *asked, const struct ctx *cx, struct evidence *evidence)
{
	struct arena *pages = arena_new(PAGE_MEMORY);
	struct ctx outside = *cx;
	struct shop *shop;
	struct err *e;

	outside.mem = pages;
	evidence->charges_at = clock_now();
	evidence->settling_s = asked->settling_s;
	e = shop_new(asked->cmd->mem, asked->cmd->config, cx->keys, &shop);
	if (e == NULL)
		e = flow_list_charges(shop, &outside, asked->cmd->mem,
				      instant_add(evidence->charges_at,
						  -SECONDS(asked->days * 86400)),
				      evidence);
	arena_free(pages);
	return e;
}

/* All of it is older than the views that it is held against. */
static fallible
gather(const struct asked *asked, struct ctx *cx, struct evidence *evidence)
{
	struct arena *mem = asked->cmd->mem;

	if (asked->acks != NULL)
		TRY(evidence_read_acks(mem, asked->acks, evidence));
	if (asked->effects != NULL)
		TRY(evidence_read_effects(mem, asked->effects, evidence));
	return asked->gateways ? pull_charges(asked, cx, evidence) : NULL;
}

static fallible
verify(const struct asked *asked)
{
	struct evidence evidence = {0};
	struct invariants all = {0};
	struct ctx *cx;

	TRY(command_ctx(asked->cmd, false, &cx));
	if (asked->watch)
		return verify_watch(asked->cmd, cx, asked->every_s);
	TRY(gather(asked, cx, &evidence));
	TRY(invariant_check_each(cx, &evidence, &all));
	verify_report(asked->cmd, &all);
	asked->cmd->refused = all.broken > 0;
	return NULL;
}

static bool
read_number(const char *text, int64_t least, int64_t most, int64_t *out)
{
	return text == NULL || text_to_int(text, least, most, out);
}

/* What is wrong with the command line, or NULL. */
static const char *
check(struct asked *asked, const char *days, const char *settling, const char *every)
{
	bool evidence = asked->acks || asked->effects || asked->gateways;

	if (!read_number(days, 1, DAYS_MAX, &asked->days))
		return "the days are 1 to 3650";
	if (!read_number(settling, 0, SECONDS_MAX, &asked->settling_s))
		return "the settling time is 0 to 86400 seconds";
	if (!read_number(every, 1, SECONDS_MAX, &asked->every_s))
		return "a round is each 1 to 86400 seconds";
	if (asked->watch && evidence)
		return "--watch looks at the books alone";
	if (!asked->watch && every != NULL)
		return "--every goes with --watch";
	if (!asked->gateways && (days != NULL || settling != NULL))
		return "--days and --settling go with --gateways";
	return NULL;
}

int
cmd_verify(int argc, char **argv)
{
	struct command cmd = {.usage = "verify", .patient = true};
	struct asked asked = {
		.cmd = &cmd, .days = 30, .settling_s = 120, .every_s = 60};
	const char *days = NULL, *settling = NULL, *every = NULL, *wrong;
	const struct command_option options[] = {
		{"--acks", "FILE", "confirmations that clients hold, JSON lines",
		 &asked.acks, NULL},
		{"--effects", "FILE", "what receivers saw, JSON lines", &asked.effects,
		 NULL},
		{"--gateways", NULL, "ask the gateways what they took", NULL,
		 &asked.gateways},
		{"--days", "N", "their reports of so many days (30)", &days, NULL},
		{"--settling", "SECONDS", "what moved since is not compared (120)",
		 &settling, NULL},
		{"--watch", NULL, "look again and again at what changed", NULL,
		 &asked.watch},
		{"--every", "SECONDS", "from round to round (60)", &every, NULL},
		{0},
	};
	int code;

	cmd.options = options;
	code = command_begin(&cmd, argc, argv);
	if (code != COMMAND_GO)
		return code;
	wrong = check(&asked, days, settling, every);
	if (wrong != NULL)
		return command_wrong(&cmd, "%s", wrong);
	return command_end(&cmd, verify(&asked));
}
