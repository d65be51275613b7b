/* pausing.c - visitors that pause. */
#include "pausing.h"

void
pausing_put(struct run *run, struct visitor *v)
{
	size_t at = run->n_pausing++;

	while (at > 0 && run->pausing[(at - 1) / 2]->due_us > v->due_us) {
		run->pausing[at] = run->pausing[(at - 1) / 2];
		at = (at - 1) / 2;
	}
	run->pausing[at] = v;
}

struct visitor *
pausing_take(struct run *run)
{
	struct visitor *first = run->pausing[0];
	struct visitor *last = run->pausing[--run->n_pausing];
	size_t at = 0, below = 1;

	while (below < run->n_pausing) {
		if (below + 1 < run->n_pausing &&
		    run->pausing[below + 1]->due_us < run->pausing[below]->due_us)
			below++;
		if (run->pausing[below]->due_us >= last->due_us)
			break;
		run->pausing[at] = run->pausing[below];
		at = below;
		below = 2 * at + 1;
	}
	run->pausing[at] = last;
	return first;
}
