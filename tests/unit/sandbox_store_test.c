/* sandbox_store_test.c - the sandbox's records outlive a crash, and its agenda keeps
 * time. */
#include "sandbox/store.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "sandbox/agenda.h"
#include "support/check.h"

struct thing {
	struct record record;
	const char *name;
	int64_t amount;
	bool done;
	struct pairs metadata;
};

static const struct store_field fields[] = {
	STORE_FIELD(struct thing, name, TEXT),
	STORE_FIELD(struct thing, amount, INT),
	STORE_FIELD(struct thing, done, BOOL),
	STORE_FIELD(struct thing, metadata, PAIRS),
	STORE_END,
};
static const struct store_kind thing_kind = {"thing", sizeof(struct thing), fields,
					     false};
static const struct store_kind kept_kind = {"kept", sizeof(struct thing), fields, true};
static const struct store_kind *const kinds[] = {&thing_kind, &kept_kind, NULL};

static struct arena *mem;
static char folder[] = "/tmp/till-store-XXXXXX";
static char *path;

static int
begin(void **state)
{
	mem = arena_new((size_t)64 << 20);
	memcpy(folder + sizeof folder - 7, "XXXXXX", 6);
	if (mkdtemp(folder) == NULL)
		return -1;
	path = arena_printf(mem, "%s/state.log", folder);
	return check_begin(state);
}

static int
end(void **state)
{
	unlink(path);
	rmdir(folder);
	arena_free(mem);
	return check_end(state);
}

static struct store *
open_store(void)
{
	struct store *store;

	WANT_OK(store_open(mem, folder, kinds, &store));
	return store;
}

static struct thing *
add(struct store *store, const struct store_kind *kind, const char *id, int64_t amount)
{
	struct thing *thing = store_new(store, kind, id);

	thing->amount = amount;
	store_save(store, thing);
	return thing;
}

static void
append(const char *text)
{
	FILE *file = fopen(path, "a");

	WANT(file != NULL);
	fputs(text, file);
	fclose(file);
}

static void
a_record_comes_back_as_it_was_last_saved(void **state)
{
	struct pair pairs[] = {{"a", "1"}, {"ö \"x\"", "line\nbreak"}};
	struct store *store = open_store();
	struct thing *thing = add(store, &thing_kind, "t1", 5);

	(void)state;
	thing->name = "first";
	WANT_OK(store_sync(store));
	thing->name = NULL;
	thing->amount = -INT64_MAX;
	thing->done = true;
	thing->metadata = store_pairs(store, (struct pairs){2, pairs});
	store_save(store, thing);
	WANT_OK(store_sync(store));
	thing->amount = 77; /* never saved */
	store_close(store);

	store = open_store();
	thing = store_find(store, &thing_kind, "t1");
	WANT(thing != NULL);
	WANT_TEXT(thing->name, NULL);
	WANT_INT(thing->amount, -INT64_MAX);
	WANT(thing->done);
	WANT_INT(thing->metadata.n, 2);
	WANT_TEXT(thing->metadata.list[1].name, "ö \"x\"");
	WANT_TEXT(thing->metadata.list[1].value, "line\nbreak");
	store_close(store);
}

static void
a_torn_last_line_is_dropped(void **state)
{
	static const char *const torn[] = {"{\"kind\":\"thing\",\"id\":\"t2",
					   "{\"kind\":\"thing\",\"id\"\n", "\n"};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct store *store = open_store();

		if (i == 0)
			add(store, &thing_kind, "t1", 5);
		WANT_OK(store_sync(store));
		store_close(store);
		append(torn[i]);
		store = open_store();
		WANT_INT(store_count(store, &thing_kind), 1);
		WANT_INT(((struct thing *)store_at(store, &thing_kind, 0))->amount, 5);
		store_close(store);
	}
}

static void
a_broken_line_in_the_middle_stops_the_start(void **state)
{
	struct store *store = open_store();

	(void)state;
	store_close(store);
	append("{broken}\n{\"kind\":\"thing\",\"id\":\"t1\",\"is\":{}}\n");
	WANT_ERR(store_open(mem, folder, kinds, &store), INTERNAL);
}

static void
the_file_is_written_anew_at_each_start(void **state)
{
	struct store *store = open_store();
	struct thing *thing = add(store, &thing_kind, "t1", 0);
	struct stat before, after;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		thing->amount = i;
		store_save(store, thing);
		WANT_OK(store_sync(store));
	}
	store_close(store);
	WANT_INT(stat(path, &before), 0);
	store_close(open_store());
	WANT_INT(stat(path, &after), 0);
	WANT(after.st_size < before.st_size / 500);
}

static void
many_records_are_found_and_listed_in_order(void **state)
{
	struct store *store = open_store();
	const struct thing *thing;
	size_t at = 0;

	(void)state;
	for (int i = 0; i < 20000; i++)
		add(store, &thing_kind, arena_printf(mem, "t%d", i), i);
	WANT_OK(store_sync(store));
	store_close(store);
	store = open_store();
	WANT_INT(store_count(store, &thing_kind), 20000);
	for (int i = 0; i < 20000; i++) {
		thing = store_find(store, &thing_kind, arena_printf(mem, "t%d", i));
		WANT(thing != NULL && thing->amount == i);
	}
	thing = store_older(store, &thing_kind, &at);
	WANT_INT(thing->amount, 19999);
	WANT(store_find(store, &kept_kind, "t1") == NULL);
	WANT(store_find(store, &thing_kind, NULL) == NULL);
	store_close(store);
}

static void
forgetting_leaves_the_kept_kinds(void **state)
{
	struct store *store = open_store();

	(void)state;
	add(store, &thing_kind, "t1", 1);
	add(store, &kept_kind, "k1", 2);
	WANT_OK(store_sync(store));
	add(store, &thing_kind, "t2", 3);
	WANT_OK(store_forget(store));
	for (int i = 0; i < 2; i++) {
		struct thing *kept = store_find(store, &kept_kind, "k1");

		WANT_INT(store_count(store, &thing_kind), 0);
		WANT(kept != NULL && kept->amount == 2);
		store_close(store);
		store = open_store();
	}
	store_close(store);
}

static void
two_stores_never_share_a_folder(void **state)
{
	struct store *store = open_store(), *second;

	(void)state;
	WANT_ERR(store_open(mem, folder, kinds, &second), INTERNAL);
	store_close(store);
}

static int64_t ran[10000];
static size_t n_ran;

static void
note(struct sandbox *box, void *arg)
{
	(void)box;
	ran[n_ran++] = *(const int64_t *)arg;
}

static void
the_agenda_runs_what_is_due_in_order(void **state)
{
	struct agenda *agenda = agenda_new(mem);
	uint64_t seed = 3;
	size_t due = 0;

	(void)state;
	n_ran = 0;
	for (int i = 0; i < 10000; i++) {
		int64_t *at = arena_alloc(mem, sizeof *at);

		*at = (int64_t)check_random_below(&seed, 1000);
		due += *at <= 500;
		agenda_add(agenda, *at, note, at);
	}
	agenda_run(agenda, NULL, 500);
	WANT_INT(n_ran, due);
	WANT_INT(agenda_next(agenda), 501);
	agenda_run(agenda, NULL, 1000);
	WANT_INT(n_ran, 10000);
	for (size_t i = 1; i < n_ran; i++)
		WANT(ran[i - 1] <= ran[i]);
	WANT_INT(agenda_next(agenda), INT64_MAX);
}

#undef TEST
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

TESTS(TEST(a_record_comes_back_as_it_was_last_saved), TEST(a_torn_last_line_is_dropped),
      TEST(a_broken_line_in_the_middle_stops_the_start),
      TEST(the_file_is_written_anew_at_each_start),
      TEST(many_records_are_found_and_listed_in_order),
      TEST(forgetting_leaves_the_kept_kinds), TEST(two_stores_never_share_a_folder),
      TEST(the_agenda_runs_what_is_due_in_order))
