/* order_report.h - orders as a shopkeeper sees them in a shell: a list, one whole, the
 * machine behind them. Each prints a table or lines, or one JSON document. */
#ifndef MAIN_ORDER_REPORT_H
#define MAIN_ORDER_REPORT_H

#include "domain/order_summary.h"
#include "main/command.h"

/* Newest first; state NULL: all. */
fallible order_report_list(const struct command *, const char *state, int64_t limit);
/* By number or UUID; NOT_FOUND. */
fallible order_report_show(const struct command *, const char *name);
/* What became of it after an act. */
void order_report_state(const struct command *, const struct order *);
void order_report_refund(const struct command *, const struct order *,
			 const struct refund *);
/* Every step that orders, their two axes, attempts and refunds can take; dot: for
 * Graphviz, a cluster each. */
void order_report_machine(const struct command *, bool dot);

#endif
