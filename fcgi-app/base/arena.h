/* arena.h - memory that lives exactly as long as one request or one job. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

struct arena;

struct arena_mark {
	void *block;
	size_t used;
	void *defers;
};

/* A new arena that may hold up to cap bytes; past it the process aborts, its
 * supervisor starts another and idempotency makes the shopper's retry harmless. */
struct arena *arena_new(size_t cap);

/* Runs the deferred calls, newest first, and gives all memory back. */
void arena_free(struct arena *);

/* Zeroed memory, aligned for any type; never NULL. */
void *arena_alloc(struct arena *, size_t size);

/* Zeroed memory for n items; aborts when n * size overflows. */
void *arena_array(struct arena *, size_t n, size_t size);

char *arena_printf(struct arena *, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* A NUL-terminated copy of len bytes. */
char *arena_copy(struct arena *, const void *bytes, size_t len);

/* A copy of a text; NULL stays NULL. */
char *arena_text(struct arena *, const char *text);

/* Calls fn(arg) when the arena is rewound past this point or freed. */
void arena_defer(struct arena *, void (*fn)(void *), void *arg);

/* Where the arena stands; arena_rewind() forgets all that came after. */
struct arena_mark arena_mark(struct arena *);
void arena_rewind(struct arena *, struct arena_mark);

/* Bytes handed out so far: tests hold requests to a ceiling with it. */
size_t arena_used(const struct arena *);

#define arena_new_of(arena, type, n) ((type *)arena_array((arena), (n), sizeof(type)))

#endif
