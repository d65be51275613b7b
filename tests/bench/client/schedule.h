/* schedule.h - when units are to start: by the clock and a seed, never by how fast the
 * shop answers. */
#ifndef BENCH_SCHEDULE_H
#define BENCH_SCHEDULE_H

#include <stdint.h>

struct schedule {
	uint64_t seed;
	double gap_us; /* on average */
	double next_us;
};

/* rate starts a second, each at a random distance from the one before (Poisson); the
 * first lies after begin_us. */
struct schedule schedule_of(double rate, uint64_t seed, int64_t begin_us);
int64_t schedule_next(const struct schedule *);
/* Goes on to the one after it. */
void schedule_step(struct schedule *);

#endif
