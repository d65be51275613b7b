/* catalog_cache.c - products by slug and pieces of the shelf, each for a second. */
#include "domain/catalog_cache.h"

#include <string.h>

#include "base/clock.h"
#include "base/shared.h"

enum { PLACES = 256, KEY_MAX = 96, BYTES_MAX = 448 * 1024 };

struct entry {
	char key[KEY_MAX];
	struct product *list; /* one block, with all texts behind the products */
	size_t n, bytes;
	int64_t until_us; /* steady clock */
};

struct catalog_cache {
	struct entry entries[PLACES];
	struct arena *blocks; /* all of them go at once, when it is full */
	struct arena_mark empty;
	size_t bytes; /* taken from it */
	struct shared *shared;
};

struct catalog_cache *
catalog_cache_new(struct arena *mem, struct shared *shared)
{
	struct catalog_cache *cache = arena_new_of(mem, struct catalog_cache, 1);

	cache->shared = shared;
	cache->blocks = arena_new(2 * BYTES_MAX);
	cache->empty = arena_mark(cache->blocks);
	return cache;
}

void
catalog_cache_free(struct catalog_cache *cache)
{
	arena_free(cache->blocks);
}

/* ---- what is kept ---- */

static const size_t texts[] = {
	offsetof(struct product, sku),
	offsetof(struct product, slug),
	offsetof(struct product, title),
	offsetof(struct product, kind),
	offsetof(struct product, tax_class),
	offsetof(struct product, picture),
	offsetof(struct product, summary),
	offsetof(struct product, description),
	offsetof(struct product, metadata_fields),
};

#define EACH_TEXT(i) (size_t i = 0; i < sizeof texts / sizeof *texts; i++)

static const char **
text_at(struct product *product, size_t i)
{
	return (const char **)(void *)((char *)product + texts[i]);
}

static size_t
size_of(struct product *list, size_t n)
{
	size_t size = (n + 1) * sizeof *list;

	for (size_t p = 0; p < n; p++)
		for
			EACH_TEXT(i)
	if (*text_at(&list[p], i) != NULL)
		size += strlen(*text_at(&list[p], i)) + 1;
	return size;
}

static void
copy(struct product *to, struct product *list, size_t n)
{
	char *room = (char *)(to + n + 1);

	for (size_t p = 0; p < n; p++) {
		to[p] = list[p];
		for
			EACH_TEXT(i)
			{
				const char **text = text_at(&to[p], i);
				size_t size;

				if (*text == NULL)
					continue;
				size = strlen(*text) + 1;
				*text = memcpy(room, *text, size);
				room += size;
			}
	}
}

static void
forget_all(struct catalog_cache *cache)
{
	memset(cache->entries, 0, sizeof cache->entries);
	arena_rewind(cache->blocks, cache->empty);
	cache->bytes = 0;
}

/* What is new of the same product fits where the old was, as a rule. */
static struct product *
block_for(struct catalog_cache *cache, const struct entry *entry, size_t bytes)
{
	if (entry->bytes >= bytes)
		return entry->list;
	if (cache->bytes + bytes > BYTES_MAX)
		forget_all(cache);
	cache->bytes += bytes;
	return arena_alloc(cache->blocks, bytes);
}

/* What cannot be kept is read again the next time. */
static void
keep(struct catalog_cache *cache, struct entry *entry, const char *key,
     struct product *list, size_t n)
{
	size_t bytes = size_of(list, n), length = strlen(key), had = entry->bytes;
	struct product *block;

	if (length >= KEY_MAX || bytes > BYTES_MAX)
		return;
	block = block_for(cache, entry, bytes);
	copy(block, list, n);
	*entry = (struct entry){
		.list = block,
		.n = n,
		.bytes = had > bytes ? had : bytes,
		.until_us = clock_steady_us() + CATALOG_CACHE_MS * INT64_C(1000),
	};
	memcpy(entry->key, key, length + 1);
}

/* ---- what is asked ---- */

/* The one place that a key may have: who comes later takes it over. */
static struct entry *
place_of(struct catalog_cache *cache, const char *key)
{
	uint32_t hash = 2166136261U;

	for (const char *c = key; *c != '\0'; c++)
		hash = (hash ^ (unsigned char)*c) * 16777619U;
	return &cache->entries[hash % PLACES];
}

static bool
knows(struct catalog_cache *cache, const struct entry *entry, const char *key)
{
	bool known = entry->list != NULL && strcmp(entry->key, key) == 0 &&
		     clock_steady_us() < entry->until_us;

	if (cache->shared != NULL) {
		atomic_fetch_add_explicit(&cache->shared->catalog.asked, 1,
					  memory_order_relaxed);
		atomic_fetch_add_explicit(&cache->shared->catalog.known, known,
					  memory_order_relaxed);
	}
	return known;
}

fallible
catalog_cache_list(struct catalog_cache *cache, struct tx *tx, const char *after,
		   int64_t most, struct product **list, size_t *n)
{
	const char *key =
		arena_printf(tx->mem, "%" PRId64 " after %s", most, after ? after : "");
	struct entry *entry;

	if (cache == NULL)
		return catalog_list(tx, after, most, list, n);
	entry = place_of(cache, key);
	if (!knows(cache, entry, key)) {
		TRY(catalog_list(tx, after, most, list, n));
		keep(cache, entry, key, *list, *n);
		return NULL;
	}
	*list = entry->list;
	*n = entry->n;
	return NULL;
}

fallible
catalog_cache_get_by_slug(struct catalog_cache *cache, struct tx *tx, const char *slug,
			  struct product *product)
{
	const char *key = arena_printf(tx->mem, "slug %s", slug);
	struct entry *entry;

	if (cache == NULL)
		return catalog_get_by_slug(tx, slug, product);
	entry = place_of(cache, key);
	if (!knows(cache, entry, key)) {
		TRY(catalog_get_by_slug(tx, slug, product));
		keep(cache, entry, key, product, 1);
		return NULL;
	}
	*product = entry->list[0];
	return NULL;
}
