/* hear.h - what an answer says to its visitor. */
#ifndef BENCH_HEAR_H
#define BENCH_HEAR_H

#include "run.h"

/* Takes cookie, order, where it leads to and what the step reads. NULL, or what is
 * wrong with it; again: what the step waits for is not there yet. */
const char *hear(struct run *, struct visitor *, bool *again);
/* Of another status than the right one: "status 409 sold_out". */
void hear_refusal(struct run *, struct visitor *, char *kind, size_t size);

#endif
