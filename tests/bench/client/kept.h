/* kept.h - units that were prepared, until somebody takes them. */
#ifndef BENCH_KEPT_H
#define BENCH_KEPT_H

#include <stdbool.h>
#include <stddef.h>

struct visitor;
struct kept_unit;

struct kept {
	struct kept_unit *list;
	size_t n, cap;
};

/* Room for so many; false: no memory. */
bool kept_open(struct kept *, size_t cap);
/* Keeps what a visitor knows and who they are; drops it when there is no room. */
void kept_put(struct kept *, const struct visitor *);
/* The visitor becomes the one whose unit was kept last; false: none is left. */
bool kept_take(struct kept *, struct visitor *);

#endif
