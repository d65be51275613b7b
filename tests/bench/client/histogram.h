/* histogram.h - how often which time was seen, to three significant digits. */
#ifndef BENCH_HISTOGRAM_H
#define BENCH_HISTOGRAM_H

#include <stdint.h>

/* Microseconds below 2048 have a slot each; from there on every doubling has 1024
 * slots, so a slot is never wider than a thousandth of what it holds. */
enum {
	HISTOGRAM_DOUBLINGS = 16,
	HISTOGRAM_SLOTS = 2048 + HISTOGRAM_DOUBLINGS * 1024,
};
/* Longer times count as this one (134 s). */
#define HISTOGRAM_MOST ((UINT64_C(2048) << HISTOGRAM_DOUBLINGS) - 1)

struct histogram {
	uint64_t n, max;
	uint32_t slots[HISTOGRAM_SLOTS];
};

void histogram_add(struct histogram *, int64_t us);
/* The time that this share of all (0.99) did not exceed, in microseconds; 0 of none. */
uint64_t histogram_at(const struct histogram *, double share);

#endif
