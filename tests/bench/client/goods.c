/* goods.c - what visitors want. */
#include "goods.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "random.h"

static bool
add(struct goods *goods, const struct good *good)
{
	/* doubled whenever n is a power of two */
	if ((goods->n & (goods->n - 1)) == 0) {
		size_t cap = goods->n == 0 ? 1 : 2 * goods->n;
		struct good *list = realloc(goods->list, cap * sizeof *list);

		if (list == NULL)
			return false;
		goods->list = list;
	}
	goods->list[goods->n++] = *good;
	return true;
}

static bool
weigh(struct goods *goods)
{
	double sum = 0;

	goods->up_to = calloc(goods->n, sizeof *goods->up_to);
	if (goods->up_to == NULL)
		return false;
	for (size_t i = 0; i < goods->n; i++)
		goods->up_to[i] = sum += 1.0 / (double)(i + 1);
	return true;
}

bool
goods_read(const char *path, struct goods *goods)
{
	struct good good = {"HG-MUG", "enamel-mug"};
	bool whole = true;
	FILE *file;

	*goods = (struct goods){0};
	if (path == NULL)
		return add(goods, &good) && weigh(goods);
	file = fopen(path, "re");
	if (file == NULL) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return false;
	}
	while (whole && fscanf(file, "%71s %71s", good.sku, good.slug) == 2)
		whole = add(goods, &good);
	whole = whole && feof(file) != 0 && goods->n > 0;
	fclose(file);
	if (!whole)
		fprintf(stderr, "%s: not lines of \"sku slug\"\n", path);
	return whole && weigh(goods);
}

size_t
goods_pick(const struct goods *goods, uint64_t *seed)
{
	double wanted = random_share(seed) * goods->up_to[goods->n - 1];
	size_t low = 0, high = goods->n - 1;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (goods->up_to[middle] <= wanted)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}
