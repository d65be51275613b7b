/* verify_report.c - how till verify tells what it found. */
#include "main/verify_report.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/json.h"

enum { OUTPUT_MAX = 1024 * 1024 };

static const char *
verdict(const struct invariant *invariant)
{
	if (invariant->needs != NULL)
		return "not_checked";
	return invariant->n_rows > 0 ? "broken" : "holds";
}

static void
put_texts(struct json_out *out, const char *name, const char *const *texts, size_t n)
{
	json_key(out, name);
	json_open(out, '[');
	for (size_t i = 0; i < n; i++)
		json_put_text(out, texts[i]);
	json_close(out, ']');
}

static void
put_invariant(struct json_out *out, const struct invariant *invariant)
{
	json_open(out, '{');
	json_pair_text(out, "id", invariant->id);
	json_pair_text(out, "says", invariant->says);
	json_pair_text(out, "verdict", verdict(invariant));
	json_pair_text(out, "needs", invariant->needs);
	put_texts(out, "rows", invariant->rows, invariant->n_rows);
	json_pair_bool(out, "more", invariant->more);
	json_close(out, '}');
}

static void
print_json(struct arena *mem, const struct invariants *all)
{
	struct buf text = buf_new(mem, OUTPUT_MAX);
	struct json_out out = json_out(&text);

	json_open(&out, '{');
	json_pair_bool(&out, "ok", all->broken == 0);
	json_pair_int(&out, "checked", (int64_t)all->checked);
	json_pair_int(&out, "broken", (int64_t)all->broken);
	json_key(&out, "invariants");
	json_open(&out, '[');
	for (size_t i = 0; i < all->n; i++)
		put_invariant(&out, &all->list[i]);
	json_close(&out, ']');
	put_texts(&out, "parked", all->parked, all->n_parked);
	json_close(&out, '}');
	command_print(&text);
}

static void
print_invariant(const struct invariant *invariant)
{
	if (invariant->needs != NULL) {
		printf("%s  not checked: needs %s\n", invariant->id, invariant->needs);
		return;
	}
	printf("%s  %-6s %s\n", invariant->id,
	       invariant->n_rows > 0 ? "BROKEN" : "holds", invariant->says);
	for (size_t i = 0; i < invariant->n_rows; i++)
		printf("       %s\n", invariant->rows[i]);
	if (invariant->more)
		printf("       and more\n");
}

static void
print_lines(const struct invariants *all)
{
	for (size_t i = 0; i < all->n; i++)
		print_invariant(&all->list[i]);
	for (size_t i = 0; i < all->n_parked; i++)
		printf("parked %s\n", all->parked[i]);
	printf("%zu checked, %zu broken\n", all->checked, all->broken);
}

void
verify_report(const struct command *cmd, const struct invariants *all)
{
	if (cmd->json)
		print_json(cmd->mem, all);
	else
		print_lines(all);
}

/* ---- --watch ---- */

/* "I18 ORDER: 5000 paid of 2500 (and 2 more)": the first wrong row of the first broken
 * one. */
static void
print_first(const struct invariants *all)
{
	size_t rows = 0;
	bool told = false;

	for (size_t i = 0; i < all->n; i++) {
		const struct invariant *one = &all->list[i];

		rows += one->n_rows;
		if (one->n_rows == 0 || told)
			continue;
		printf("  BROKEN %s %s", one->id, one->rows[0]);
		told = true;
	}
	if (rows > 1)
		printf(" (and %zu more)", rows - 1);
}

static void
print_round_json(const struct command *cmd, const struct invariants *all,
		 const struct invariant_point *now, int64_t took_us,
		 const struct err *e)
{
	struct buf text = buf_new(cmd->mem, OUTPUT_MAX);
	struct json_out out = json_out(&text);

	json_open(&out, '{');
	json_pair_text(&out, "at", instant_rfc3339(cmd->mem, clock_now()));
	json_pair_bool(&out, "ok", e == NULL && all->broken == 0);
	json_pair_text(&out, "error", e == NULL ? NULL : e->cause);
	json_pair_int(&out, "checked", (int64_t)all->checked);
	json_pair_int(&out, "broken", (int64_t)all->broken);
	json_pair_int(&out, "changed", now->changed);
	json_pair_int(&out, "took_us", took_us);
	json_key(&out, "invariants");
	json_open(&out, '[');
	for (size_t i = 0; i < all->n; i++)
		if (all->list[i].n_rows > 0)
			put_invariant(&out, &all->list[i]);
	json_close(&out, ']');
	json_close(&out, '}');
	command_print(&text);
}

void
verify_report_round(const struct command *cmd, const struct invariants *all,
		    const struct invariant_point *now, int64_t took_us,
		    const struct err *e)
{
	if (cmd->json) {
		print_round_json(cmd, all, now, took_us, e);
		return;
	}
	printf("%s  ", instant_rfc3339(cmd->mem, clock_now()));
	if (e != NULL)
		printf("could not look: %s", e->cause);
	else
		printf("%zu checked, %zu broken, %" PRId64 " orders, %" PRId64 " ms",
		       all->checked, all->broken, now->changed, took_us / 1000);
	print_first(all);
	printf("\n");
	fflush(stdout);
}
