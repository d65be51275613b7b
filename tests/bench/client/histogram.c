/* histogram.c - how often which time was seen, to three significant digits. */
#include "histogram.h"

#include <math.h>
#include <stddef.h>

static unsigned
doublings_of(uint64_t us)
{
	unsigned doublings = 0;

	while (us >> doublings >= 2048)
		doublings++;
	return doublings;
}

static size_t
slot_of(uint64_t us)
{
	unsigned doublings = doublings_of(us);

	if (doublings == 0)
		return (size_t)us;
	return 2048 + (doublings - 1) * 1024 + (size_t)(us >> doublings) - 1024;
}

/* The longest time of a slot. */
static uint64_t
longest_in(size_t slot)
{
	unsigned doublings;

	if (slot < 2048)
		return slot;
	doublings = (unsigned)(slot - 2048) / 1024 + 1;
	return ((((slot - 2048) % 1024) + 1024 + 1) << doublings) - 1;
}

void
histogram_add(struct histogram *h, int64_t us)
{
	uint64_t value = us < 0 ? 0 : (uint64_t)us;

	if (value > HISTOGRAM_MOST)
		value = HISTOGRAM_MOST;
	if (value > h->max)
		h->max = value;
	h->slots[slot_of(value)]++;
	h->n++;
}

uint64_t
histogram_at(const struct histogram *h, double share)
{
	uint64_t wanted = (uint64_t)ceil(share * (double)h->n), seen = 0;
	uint64_t longest = 0;

	if (h->n == 0)
		return 0;
	if (wanted == 0)
		wanted = 1;
	for (size_t slot = 0; slot < HISTOGRAM_SLOTS && seen < wanted; slot++) {
		seen += h->slots[slot];
		longest = longest_in(slot);
	}
	return longest < h->max ? longest : h->max;
}
