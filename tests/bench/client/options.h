/* options.h - what the command line asks for. */
#ifndef BENCH_OPTIONS_H
#define BENCH_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

struct options {
	const char *url, *ca, *scenario, *skus, *acks, *secret, *json;
	double connections, seconds, warmup, rate, seed,
		prepare; /* whole but for the times */
	double think_min_ms, think_max_ms, spread;
	bool barrier;
};

/* false: what is wrong was said on stderr. */
bool options_read(int argc, char **argv, struct options *);

#endif
