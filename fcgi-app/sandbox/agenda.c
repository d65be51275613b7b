/* agenda.c - a binary heap of what is to be done when. */
#include <string.h>

#include "base/arena.h"
#include "sandbox/agenda.h"

struct entry {
	int64_t at_us;
	uint64_t order; /* entries of one moment run in the order they came */
	void (*fn)(struct sandbox *, void *);
	void *arg;
};

struct agenda {
	struct arena *mem;
	struct entry *heap;
	size_t n, cap;
	uint64_t added;
};

struct agenda *
agenda_new(struct arena *mem)
{
	struct agenda *agenda = arena_new_of(mem, struct agenda, 1);

	agenda->mem = mem;
	agenda->cap = 1024;
	agenda->heap = arena_new_of(mem, struct entry, agenda->cap);
	return agenda;
}

static int
is_before(const struct entry *a, const struct entry *b)
{
	return a->at_us != b->at_us ? a->at_us < b->at_us : a->order < b->order;
}

static void
swap(struct entry *a, struct entry *b)
{
	struct entry held = *a;

	*a = *b;
	*b = held;
}

void
agenda_add(struct agenda *agenda, int64_t at_us, void (*fn)(struct sandbox *, void *),
	   void *arg)
{
	struct entry *heap;
	size_t i = agenda->n++;

	if (i == agenda->cap) {
		heap = arena_new_of(agenda->mem, struct entry, agenda->cap * 2);
		memcpy(heap, agenda->heap, agenda->cap * sizeof(*heap));
		agenda->heap = heap;
		agenda->cap *= 2;
	}
	heap = agenda->heap;
	heap[i] = (struct entry){at_us, agenda->added++, fn, arg};
	for (; i > 0 && is_before(&heap[i], &heap[(i - 1) / 2]); i = (i - 1) / 2)
		swap(&heap[i], &heap[(i - 1) / 2]);
}

int64_t
agenda_next(const struct agenda *agenda)
{
	return agenda->n ? agenda->heap[0].at_us : INT64_MAX;
}

static struct entry
take_first(struct agenda *agenda)
{
	struct entry *heap = agenda->heap, first = heap[0];
	size_t i = 0, child;

	heap[0] = heap[--agenda->n];
	while ((child = 2 * i + 1) < agenda->n) {
		if (child + 1 < agenda->n && is_before(&heap[child + 1], &heap[child]))
			child++;
		if (!is_before(&heap[child], &heap[i]))
			break;
		swap(&heap[child], &heap[i]);
		i = child;
	}
	return first;
}

void
agenda_run(struct agenda *agenda, struct sandbox *box, int64_t now_us)
{
	while (agenda_next(agenda) <= now_us) {
		struct entry entry = take_first(agenda);

		entry.fn(box, entry.arg);
	}
}

void
agenda_forget(struct agenda *agenda)
{
	agenda->n = 0;
}
