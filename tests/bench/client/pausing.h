/* pausing.h - visitors that pause: a heap, whose pause ends first is first. */
#ifndef BENCH_PAUSING_H
#define BENCH_PAUSING_H

#include "run.h"

void pausing_put(struct run *, struct visitor *);
/* The first; there must be one. */
struct visitor *pausing_take(struct run *);

#endif
