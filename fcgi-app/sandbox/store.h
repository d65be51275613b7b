/* store.h - what the sandbox knows: records in memory, backed by one append-only file.
 * A kind is a table of fields; every record struct starts with a struct record. A saved
 * record is one JSON line of the file; the last line of an id wins. */
#ifndef SANDBOX_STORE_H
#define SANDBOX_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct arena;
struct store;
struct store_kind;

struct record {
	const char *id;
	const struct store_kind *kind;
	struct record *next_in_chain; /* of the hash table */
	bool dirty;                   /* waits for store_sync() */
};

struct pair {
	const char *name, *value;
};

/* Text under text names, in order: metadata. */
struct pairs {
	size_t n;
	struct pair *list;
};

enum store_type { STORE_TEXT, STORE_INT, STORE_BOOL, STORE_PAIRS };

struct store_field {
	const char *name;
	enum store_type type;
	size_t offset;
};

struct store_kind {
	const char *name;
	size_t size;
	const struct store_field *fields; /* up to a NULL name */
	bool kept;                        /* survives store_forget() */
};

/* Rows of a kind's table: STORE_FIELD(struct refund, reason, TEXT). */
#define STORE_FIELD(type, member, kind)                                                \
	{                                                                              \
#member, STORE_##kind, offsetof(type, member)                          \
	}
#define STORE_END                                                                      \
	{                                                                              \
		NULL, STORE_TEXT, 0                                                    \
	}

/* Reads dir/state.log (made when missing, with its folder), drops a torn last line,
 * writes it anew with the last line of each record, and locks it. kinds ends with NULL.
 * Fails with INTERNAL when the file cannot be used or another process holds it. */
fallible store_open(struct arena *, const char *dir,
		    const struct store_kind *const *kinds, struct store **);
void store_close(struct store *);

/* A zeroed record under a new id; nothing is written before it is saved. */
void *store_new(struct store *, const struct store_kind *, const char *id);
/* NULL when there is none. */
void *store_find(struct store *, const struct store_kind *, const char *id);
/* Records of a kind in the order they were made. */
size_t store_count(const struct store *, const struct store_kind *);
void *store_at(const struct store *, const struct store_kind *, size_t i);
/* The newest first: for (r = NULL; (r = store_older(store, kind, &i));) with i = 0. */
void *store_older(const struct store *, const struct store_kind *, size_t *i);

/* Copies that live as long as the record; NULL stays NULL. */
const char *store_text(struct store *, const char *);
struct pairs store_pairs(struct store *, struct pairs);

/* Marks a record to be written by the next store_sync(). */
void store_save(struct store *, void *record);
/* Writes what was saved and waits until it is on disk. */
fallible store_sync(struct store *);
/* Forgets every record but the kept kinds, on disk too. */
fallible store_forget(struct store *);

#endif
