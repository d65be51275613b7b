/* tally.h - what is counted while visitors come. */
#ifndef BENCH_TALLY_H
#define BENCH_TALLY_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "histogram.h"

enum { TALLY_STEPS = 40, TALLY_ERRORS = 60, TALLY_WHAT = 96, TALLY_SAID = 300 };

struct tally_step {
	const char *name;
	struct histogram times;
};

struct tally_error {
	char what[TALLY_WHAT];
	int64_t n;
};

struct tally {
	struct tally_step steps[TALLY_STEPS];
	struct tally_error
		errors[TALLY_ERRORS]; /* the last one holds all further kinds */
	struct histogram unit, late;
	int64_t units; /* that ended within the measured time */
	int64_t rounds, waiting_pages, unfinished;
	size_t n_steps, n_errors;
	char said[TALLY_SAID]; /* how the first wrong answer begins */
};

void tally_time(struct tally *, const char *step, int64_t us);
/* Errors count whenever they happen, also while the shop warms up. */
void tally_error(struct tally *, const char *step, const char *kind);
/* Keeps what an answer says, if it is the first. */
void tally_said(struct tally *, const char *text, size_t n);
int64_t tally_errors(const struct tally *);

/* "name": value pairs of JSON, each after a comma but for the first. */
void tally_write(const struct tally *, FILE *);

#endif
