/* arena.c - blocks of growing size, filled front to back; the only malloc in the house.
 */
#include "base/arena.h"

#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

/* Under AddressSanitizer memory that nobody holds is poisoned, so that a pointer kept
 * over a rewind is caught although its block still exists. */
#if defined(__SANITIZE_ADDRESS__)
#define ARENA_POISONS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_POISONS 1
#endif
#endif
#ifdef ARENA_POISONS
#include <sanitizer/asan_interface.h>
#define POISON(at, len)   ASAN_POISON_MEMORY_REGION(at, len)
#define UNPOISON(at, len) ASAN_UNPOISON_MEMORY_REGION(at, len)
#else
#define POISON(at, len)   ((void)(at), (void)(len))
#define UNPOISON(at, len) ((void)(at), (void)(len))
#endif

/* What is shorter is printed but once: its length is known afterwards. */
enum { PRINTED_ONCE = 256 };

enum {
	ALIGN = 16,
	BLOCK_FIRST = 16 * 1024,
	BLOCK_LAST = 1024 * 1024, /* doubling ends here */
	KEPT = 256 * 1024, /* spare bytes that a rewind leaves for the next request */
};

/* Blocks up to arena.top are in use; those after it are spares for later. */
struct block {
	struct block *next;
	size_t before; /* bytes handed out from the blocks before this one */
	size_t size, used;
	_Alignas(ALIGN) unsigned char data[];
};

struct defer {
	struct defer *older;
	void (*fn)(void *);
	void *arg;
};

struct arena {
	struct block *first, *top;
	struct defer *defers;
	size_t cap;
};

static _Noreturn void
die(const char *why)
{
	log_event(LOG_ERROR, "arena.exhausted", "why", why, NULL);
	abort();
}

static void
free_blocks(struct block *b)
{
	while (b != NULL) {
		struct block *next = b->next;

		UNPOISON(b->data, b->size);
		free(b);
		b = next;
	}
}

struct arena *
arena_new(size_t cap)
{
	struct arena *a = calloc(1, sizeof *a);

	if (a == NULL)
		die("out of memory");
	a->cap = cap;
	return a;
}

void
arena_free(struct arena *a)
{
	if (a == NULL)
		return;
	arena_rewind(a, (struct arena_mark){0});
	free_blocks(a->first);
	free(a);
}

size_t
arena_used(const struct arena *a)
{
	return a->top == NULL ? 0 : a->top->before + a->top->used;
}

static struct block *
new_block(const struct arena *a, size_t need)
{
	size_t size = a->top == NULL ? BLOCK_FIRST : a->top->size * 2;
	struct block *b;

	if (size > BLOCK_LAST)
		size = BLOCK_LAST;
	if (size < need)
		size = need;
	b = malloc(sizeof *b + size);
	if (b == NULL)
		die("out of memory");
	*b = (struct block){.size = size};
	POISON(b->data, size);
	return b;
}

/* Makes a block with room for need bytes the top one: a spare when it is large enough.
 */
static void
next_block(struct arena *a, size_t need)
{
	struct block **link = a->top == NULL ? &a->first : &a->top->next;
	size_t before = arena_used(a);

	if (*link != NULL && (*link)->size < need) {
		free_blocks(*link);
		*link = NULL;
	}
	if (*link == NULL)
		*link = new_block(a, need);
	a->top = *link;
	a->top->before = before;
	a->top->used = 0;
}

void *
arena_alloc(struct arena *a, size_t size)
{
	size_t room = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	void *at;

	if (room < size || room > a->cap || arena_used(a) > a->cap - room)
		die("the work exceeds its cap");
	if (a->top == NULL || a->top->size - a->top->used < room)
		next_block(a, room);
	at = a->top->data + a->top->used;
	a->top->used += room;
	UNPOISON(at, size);
	return memset(at, 0, size);
}

void *
arena_array(struct arena *a, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		die("an array exceeds the address space");
	return arena_alloc(a, bytes);
}

char *
arena_copy(struct arena *a, const void *bytes, size_t len)
{
	char *copy;

	if (len == SIZE_MAX)
		die("a text exceeds the address space");
	copy = arena_alloc(a, len + 1);
	if (len > 0)
		memcpy(copy, bytes, len);
	return copy;
}

char *
arena_text(struct arena *a, const char *text)
{
	return text == NULL ? NULL : arena_copy(a, text, strlen(text));
}

char *
arena_printf(struct arena *a, const char *format, ...)
{
	char room[PRINTED_ONCE], *text;
	va_list args, again;
	int len;

	va_start(args, format);
	va_copy(again, args);
	len = vsnprintf(room, sizeof room, format, args);
	assert(len >= 0);
	text = arena_alloc(a, (size_t)len + 1);
	if ((size_t)len < sizeof room)
		memcpy(text, room, (size_t)len + 1);
	else
		vsnprintf(text, (size_t)len + 1, format, again);
	va_end(again);
	va_end(args);
	return text;
}

void
arena_defer(struct arena *a, void (*fn)(void *), void *arg)
{
	struct defer *d = arena_new_of(a, struct defer, 1);

	*d = (struct defer){a->defers, fn, arg};
	a->defers = d;
}

struct arena_mark
arena_mark(struct arena *a)
{
	return (struct arena_mark){a->top, a->top == NULL ? 0 : a->top->used,
				   a->defers};
}

/* Spares are kept from the front, where the next work begins, up to KEPT bytes. */
static void
trim_spares(struct block **link)
{
	size_t kept = 0;

	while (*link != NULL && kept + (*link)->size <= KEPT) {
		kept += (*link)->size;
		POISON((*link)->data, (*link)->size);
		link = &(*link)->next;
	}
	free_blocks(*link);
	*link = NULL;
}

void
arena_rewind(struct arena *a, struct arena_mark mark)
{
	while (a->defers != mark.defers) {
		struct defer *d = a->defers;

		a->defers = d->older;
		d->fn(d->arg);
	}
	if (a->first == NULL)
		return;
	a->top = mark.block;
	if (a->top != NULL) {
		a->top->used = mark.used;
		POISON(a->top->data + mark.used, a->top->size - mark.used);
	}
	trim_spares(a->top == NULL ? &a->first : &a->top->next);
}
