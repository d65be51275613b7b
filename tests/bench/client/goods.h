/* goods.h - what visitors want: few goods often, most of them seldom (Zipf). */
#ifndef BENCH_GOODS_H
#define BENCH_GOODS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GOODS_TEXT = 72 };

struct good {
	char sku[GOODS_TEXT], slug[GOODS_TEXT];
};

struct goods {
	struct good *list;
	size_t n;
	double *up_to; /* weight of this one and all before it; the nth weighs 1/n */
};

/* "sku slug" per line. path NULL: the demo shop's mug alone. false: it cannot be read,
 * and what is wrong was said on stderr. Lives until the program ends. */
bool goods_read(const char *path, struct goods *);
/* Which one, 0 to n - 1. */
size_t goods_pick(const struct goods *, uint64_t *seed);

#endif
