/* schedule.c - when units are to start. */
#include "schedule.h"

#include <math.h>

#include "random.h"

void
schedule_step(struct schedule *s)
{
	s->next_us += -log(1.0 - random_share(&s->seed)) * s->gap_us;
}

struct schedule
schedule_of(double rate, uint64_t seed, int64_t begin_us)
{
	struct schedule s = {seed, 1e6 / rate, (double)begin_us};

	schedule_step(&s);
	return s;
}

int64_t
schedule_next(const struct schedule *s)
{
	return (int64_t)s->next_us;
}
