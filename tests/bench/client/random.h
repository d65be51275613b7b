/* random.h - numbers from a seed that moves on: the same seed, the same run. */
#ifndef BENCH_RANDOM_H
#define BENCH_RANDOM_H

#include <stdint.h>

static inline uint64_t
random_next(uint64_t *seed)
{
	uint64_t n = *seed += UINT64_C(0x9E3779B97F4A7C15);

	n = (n ^ n >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
	n = (n ^ n >> 27) * UINT64_C(0x94D049BB133111EB);
	return n ^ n >> 31;
}

/* In [0, 1). */
static inline double
random_share(uint64_t *seed)
{
	return (double)(random_next(seed) >> 11) * 0x1p-53;
}

static inline double
random_between(uint64_t *seed, double least, double most)
{
	return least + random_share(seed) * (most - least);
}

#endif
