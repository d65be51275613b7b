/* verify_report.h - how till verify tells what it found. */
#ifndef MAIN_VERIFY_REPORT_H
#define MAIN_VERIFY_REPORT_H

#include "domain/invariant.h"
#include "main/command.h"

/* Everything: lines, or one JSON document. */
void verify_report(const struct command *, const struct invariants *);

/* One line a round of --watch, in JSON one document a line. e: it could not look. */
void verify_report_round(const struct command *, const struct invariants *,
			 const struct invariant_point *, int64_t took_us,
			 const struct err *e);

#endif
