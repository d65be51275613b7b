/* outside.h - how the calls of a shop go out: guarded by what all processes of the host
 * know of the gateways, and each try written to the journal. */
#ifndef FLOW_OUTSIDE_H
#define FLOW_OUTSIDE_H

#include "base/ids.h"
#include "flow/shop.h"

struct shared;

/* From here on. What goes wrong with the journal is logged and stops nothing. */
void outside_open(struct arena *, struct shop *, struct shared *);
/* The same for a single command: beside a shop that runs on this host. */
void outside_join(struct arena *, struct shop *);
/* What the next calls are about; 0: of none that is known. */
void outside_about(struct shop *, struct attempt_id, struct refund_id);
/* Events, the shopper's return and the poll come for one payment at one moment: they
 * ask one after another. True when somebody else of this host was asking (for at most
 * some seconds): what he learned is in the books by now. */
bool outside_take_turn(struct shop *, struct attempt_id);
void outside_leave_turn(struct shop *, struct attempt_id);
/* One more order was paid, by its attempt number n: for /metrics. */
void outside_count_paid(struct shop *, int64_t n);
/* True while no gateway may be called: a job then leaves its work where it is, and no
 * step of a ladder is taken for a question that nobody asked. */
bool outside_rests(const struct shop *);
/* The same of one gateway, while others may be well: what is to be asked there waits
 * for its turn, leased or due, and the job goes on with the rest. */
bool outside_rests_at(const struct shop *, const char *gateway);
/* Brings records from beside the database into it, some at a time. */
fallible outside_keep(struct shop *, struct ctx *, int64_t *done);

#endif
