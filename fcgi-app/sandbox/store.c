/* store.c - records in memory and the append-only file behind them. */
#include <assert.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "sandbox/store_file.h"

enum { KINDS = 32, STATE_MEMORY_GB = 4, FIRST_CHAINS = 4096 };

struct shelf {
	const struct store_kind *kind;
	struct record **items;
	size_t n, cap;
};

struct store {
	struct arena *mem;  /* all records; replaced as a whole by store_forget() */
	struct arena *work; /* lines being written */
	struct store_file *file;
	const struct store_kind *const *kinds;
	struct shelf shelves[KINDS];
	struct record **chains;
	size_t n_chains, n_records;
	struct record **dirty;
	size_t n_dirty, cap_dirty;
};

static uint64_t
hash_of(const struct store_kind *kind, const char *id)
{
	uint64_t hash = UINT64_C(14695981039346656037) ^ (uintptr_t)kind;

	for (; *id; id++)
		hash = (hash ^ (unsigned char)*id) * UINT64_C(1099511628211);
	return hash ^ hash >> 29;
}

static struct shelf *
shelf_of(const struct store *store, const struct store_kind *kind)
{
	size_t i = 0;

	while (store->kinds[i] != kind) {
		assert(store->kinds[i]); /* else the store was not opened with it */
		i++;
	}
	return (struct shelf *)(uintptr_t)&store->shelves[i];
}

/* Room for one more item; the old list stays behind in the arena, half its size. */
static void
make_room(struct arena *mem, struct record ***items, size_t n, size_t *cap)
{
	struct record **larger;

	if (n < *cap)
		return;
	*cap = *cap ? *cap * 2 : 64;
	larger = arena_new_of(mem, struct record *, *cap);
	if (n)
		memcpy(larger, *items, n * sizeof(*larger));
	*items = larger;
}

static void
chain_in(struct store *store, struct record *record)
{
	size_t at = hash_of(record->kind, record->id) % store->n_chains;

	record->next_in_chain = store->chains[at];
	store->chains[at] = record;
}

static void
grow_chains(struct store *store)
{
	if (store->n_records < store->n_chains * 2)
		return;
	store->n_chains *= 4;
	store->chains = arena_new_of(store->mem, struct record *, store->n_chains);
	for (size_t k = 0; store->kinds[k]; k++)
		for (size_t i = 0; i < store->shelves[k].n; i++)
			chain_in(store, store->shelves[k].items[i]);
}

static void
start_empty(struct store *store)
{
	store->mem = arena_new((size_t)STATE_MEMORY_GB << 30);
	store->n_chains = FIRST_CHAINS;
	store->chains = arena_new_of(store->mem, struct record *, store->n_chains);
	store->n_records = 0;
	store->dirty = NULL;
	store->n_dirty = store->cap_dirty = 0;
	for (size_t i = 0; store->kinds[i]; i++) {
		assert(i < KINDS - 1);
		store->shelves[i] = (struct shelf){.kind = store->kinds[i]};
	}
}

void *
store_find(struct store *store, const struct store_kind *kind, const char *id)
{
	struct record *record;

	if (!id)
		return NULL;
	record = store->chains[hash_of(kind, id) % store->n_chains];
	while (record && (record->kind != kind || strcmp(record->id, id) != 0))
		record = record->next_in_chain;
	return record;
}

void *
store_new(struct store *store, const struct store_kind *kind, const char *id)
{
	struct shelf *shelf = shelf_of(store, kind);
	struct record *record = arena_alloc(store->mem, kind->size);

	assert(!store_find(store, kind, id));
	record->id = arena_text(store->mem, id);
	record->kind = kind;
	make_room(store->mem, &shelf->items, shelf->n, &shelf->cap);
	grow_chains(
		store); /* before the shelf has the new one, or it is chained twice */
	shelf->items[shelf->n++] = record;
	store->n_records++;
	chain_in(store, record);
	return record;
}

size_t
store_count(const struct store *store, const struct store_kind *kind)
{
	return shelf_of(store, kind)->n;
}

void *
store_at(const struct store *store, const struct store_kind *kind, size_t i)
{
	return shelf_of(store, kind)->items[i];
}

void *
store_older(const struct store *store, const struct store_kind *kind, size_t *i)
{
	const struct shelf *shelf = shelf_of(store, kind);

	return *i < shelf->n ? shelf->items[shelf->n - ++*i] : NULL;
}

const char *
store_text(struct store *store, const char *text)
{
	return arena_text(store->mem, text);
}

struct pairs
store_pairs(struct store *store, struct pairs from)
{
	struct pairs to = {from.n, arena_new_of(store->mem, struct pair, from.n + 1)};

	for (size_t i = 0; i < from.n; i++)
		to.list[i] = (struct pair){store_text(store, from.list[i].name),
					   store_text(store, from.list[i].value)};
	return to;
}

void
store_save(struct store *store, void *saved)
{
	struct record *record = saved;

	if (record->dirty)
		return;
	record->dirty = true;
	make_room(store->mem, &store->dirty, store->n_dirty, &store->cap_dirty);
	store->dirty[store->n_dirty++] = record;
}

static void *
field_at(const struct record *record, const struct store_field *field)
{
	return (char *)(uintptr_t)record + field->offset;
}

static void
put_pairs(struct json_out *out, const struct pairs *pairs)
{
	json_open(out, '{');
	for (size_t i = 0; i < pairs->n; i++)
		json_pair_text(out, pairs->list[i].name, pairs->list[i].value);
	json_close(out, '}');
}

/* Zero values are left out: they are what a new record holds. */
static void
put_field(struct json_out *out, const struct store_field *field, const void *at)
{
	switch (field->type) {
	case STORE_TEXT:
		if (*(const char *const *)at)
			json_pair_text(out, field->name, *(const char *const *)at);
		break;
	case STORE_INT:
		if (*(const int64_t *)at)
			json_pair_int(out, field->name, *(const int64_t *)at);
		break;
	case STORE_BOOL:
		if (*(const bool *)at)
			json_pair_bool(out, field->name, true);
		break;
	case STORE_PAIRS:
		if (((const struct pairs *)at)->n) {
			json_key(out, field->name);
			put_pairs(out, at);
		}
		break;
	}
}

static void
put_record(struct buf *line, const struct record *record)
{
	struct json_out out = json_out(line);

	json_open(&out, '{');
	json_pair_text(&out, "kind", record->kind->name);
	json_pair_text(&out, "id", record->id);
	json_key(&out, "is");
	json_open(&out, '{');
	for (const struct store_field *f = record->kind->fields; f->name; f++)
		put_field(&out, f, field_at(record, f));
	json_close(&out, '}');
	json_close(&out, '}');
	buf_char(line, '\n');
}

static void
read_pairs(struct store *store, const struct json *value, struct pairs *pairs)
{
	size_t n = json_count(value);

	pairs->n = n;
	pairs->list = arena_new_of(store->mem, struct pair, n + 1);
	for (size_t i = 0; i < n; i++)
		pairs->list[i] = (struct pair){
			store_text(store, json_member_name(value, i)),
			store_text(store, json_text(json_member_value(value, i)))};
}

static void
read_field(struct store *store, const struct store_field *field,
	   const struct json *value, void *at)
{
	const char **text = at;

	switch (field->type) {
	case STORE_TEXT: /* a text that did not change needs no second copy */
		if (!*text || !json_text(value) || strcmp(*text, json_text(value)) != 0)
			*text = store_text(store, json_text(value));
		break;
	case STORE_INT:
		if (!json_int(value, at))
			*(int64_t *)at = 0;
		break;
	case STORE_BOOL:
		if (!json_bool(value, at))
			*(bool *)at = false;
		break;
	case STORE_PAIRS:
		read_pairs(store, value, at);
		break;
	}
}

static const struct store_kind *
kind_named(const struct store *store, const char *name)
{
	for (size_t i = 0; name && store->kinds[i]; i++)
		if (strcmp(store->kinds[i]->name, name) == 0)
			return store->kinds[i];
	return NULL;
}

/* One line of the file: a record as it was when it was last saved. */
static fallible
replay(void *arg, const char *line, size_t len)
{
	struct store *store = arg;
	struct arena_mark mark = arena_mark(store->work);
	const struct store_kind *kind;
	const struct json *json;
	struct record *record;
	const char *id;

	TRY(json_parse(store->work, line, len, &json));
	kind = kind_named(store, json_text_at(json, "kind"));
	id = json_text_at(json, "id");
	if (!kind || !id)
		return FAIL(INTERNAL, "a line of an unknown kind");
	record = store_find(store, kind, id);
	if (!record)
		record = store_new(store, kind, id);
	for (const struct store_field *f = kind->fields; f->name; f++)
		read_field(store, f, json_member(json_member(json, "is"), f->name),
			   field_at(record, f));
	arena_rewind(store->work, mark);
	return NULL;
}

/* Gives every record's line to the file, oldest kind first. */
static fallible
write_all(struct store *store, bool kept_only)
{
	for (size_t k = 0; store->kinds[k]; k++) {
		if (kept_only && !store->kinds[k]->kept)
			continue;
		for (size_t i = 0; i < store->shelves[k].n; i++) {
			struct arena_mark mark = arena_mark(store->work);
			struct buf line = buf_new(store->work, STORE_LINE_MAX);

			put_record(&line, store->shelves[k].items[i]);
			TRY(store_file_put(store->file, &line));
			arena_rewind(store->work, mark);
		}
	}
	return NULL;
}

static fallible
fill(struct arena *mem, const char *dir, struct store *store)
{
	TRY(store_file_open(mem, dir, &store->file));
	TRY(store_file_replay(store->file, replay, store));
	TRY(store_file_begin(store->file));
	TRY(write_all(store, false));
	return store_file_commit(store->file);
}

fallible
store_open(struct arena *mem, const char *dir, const struct store_kind *const *kinds,
	   struct store **out)
{
	struct store *store = arena_new_of(mem, struct store, 1);
	struct err *e;

	store->kinds = kinds;
	store->work = arena_new((size_t)1 << 30);
	start_empty(store);
	e = fill(mem, dir, store);
	if (e)
		store_close(store);
	*out = store;
	return e;
}

fallible
store_sync(struct store *store)
{
	struct arena_mark mark = arena_mark(store->work);

	if (store->n_dirty == 0)
		return NULL;
	for (size_t i = 0; i < store->n_dirty; i++) {
		struct buf line = buf_new(store->work, STORE_LINE_MAX);

		store->dirty[i]->dirty = false;
		put_record(&line, store->dirty[i]);
		TRY(store_file_put(store->file, &line));
	}
	store->n_dirty = 0;
	arena_rewind(store->work, mark);
	return store_file_sync(store->file);
}

fallible
store_forget(struct store *store)
{
	struct arena *old = store->mem;

	TRY(store_file_begin(store->file));
	TRY(write_all(store, true));
	TRY(store_file_commit(store->file));
	start_empty(store);
	TRY(store_file_replay(store->file, replay, store));
	arena_free(old);
	return NULL;
}

void
store_close(struct store *store)
{
	store_file_close(store->file);
	arena_free(store->mem);
	arena_free(store->work);
}
