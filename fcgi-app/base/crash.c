/* crash.c - the request at hand of each child, kept when the child dies by it. */
#include "base/crash.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/seal.h"
#include "base/spool.h"
#include "base/text.h"

enum { MEMORY = 4 * 1024 * 1024, NAME_SIZE = 64 };

static const char SEALED_AS[] = "crash";

/* len is set last: half a note is none. */
struct crash_note {
	_Atomic int32_t pid; /* 0: free */
	_Atomic uint32_t len;
	char at[CRASH_REQUEST_MOST];
};

/* ---- what the child notes ---- */

fallible
crash_open(struct arena *mem, const char *run_dir, const struct keyring *keys, size_t n,
	   struct crashes *out)
{
	*out = (struct crashes){arena_printf(mem, "%s/crash", run_dir), keys, NULL, n};
	TRY(spool_make(out->folder));
	/* Pages that nobody writes to are none. */
	out->notes = mmap(NULL, n * sizeof *out->notes, PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (out->notes == MAP_FAILED)
		return FAIL(INTERNAL, "no memory for %zu notes", n);
	/* What is sealed here must not lie open in a core. */
	madvise(out->notes, n * sizeof *out->notes, MADV_DONTDUMP);
	return NULL;
}

struct crash_note *
crash_claim(struct crashes *crashes)
{
	int32_t pid = getpid();

	for (size_t i = 0; i < crashes->n; i++) {
		int32_t nobody = 0;

		if (atomic_compare_exchange_strong(&crashes->notes[i].pid, &nobody,
						   pid))
			return &crashes->notes[i];
	}
	return NULL;
}

static void
put(struct crash_note *note, const void *bytes, size_t len)
{
	uint32_t had = note->len;
	size_t room = sizeof note->at - had;

	if (len > room)
		len = room;
	memcpy(note->at + had, bytes, len);
	note->len = had + (uint32_t)len;
}

void
crash_begin(struct crash_note *note, const char *const *params)
{
	if (note == NULL)
		return;
	note->len = 0;
	for (; *params != NULL; params++) {
		put(note, *params, strlen(*params));
		put(note, "\n", 1);
	}
	put(note, "\n", 1);
}

void
crash_body(struct crash_note *note, const void *bytes, size_t len)
{
	if (note != NULL)
		put(note, bytes, len);
}

void
crash_end(struct crash_note *note)
{
	if (note != NULL)
		note->len = 0;
}

/* ---- what its master keeps ---- */

/* "when-pid-signal" */
static bool
read_name(const char *name, struct crash *out)
{
	int64_t parts[3];
	char copy[NAME_SIZE], *rest = copy;

	if (strlen(name) >= sizeof copy)
		return false;
	memcpy(copy, name, strlen(name) + 1);
	for (size_t i = 0; i < 3; i++) {
		const char *part = strsep(&rest, "-");

		if (part == NULL || !text_to_int(part, 0, INT64_MAX, &parts[i]))
			return false;
	}
	*out = (struct crash){name, {parts[0]}, parts[1], parts[2]};
	return rest == NULL;
}

static fallible
list(struct arena *mem, const char *folder, struct crash **out, size_t *n)
{
	const char **names;
	size_t n_names, waiting;

	*n = 0;
	TRY(spool_list(mem, folder, SIZE_MAX, &names, &n_names, &waiting));
	*out = arena_new_of(mem, struct crash, n_names + 1);
	for (size_t i = 0; i < n_names; i++)
		*n += read_name(names[i], &(*out)[*n]);
	return NULL;
}

/* The oldest go, and whatever is older than its time. */
static fallible
make_room(struct arena *mem, const char *folder)
{
	struct instant oldest = instant_add(clock_now(), -DAYS(CRASH_KEPT_DAYS));
	struct crash *kept;
	size_t n;

	TRY(list(mem, folder, &kept, &n));
	for (size_t i = 0; i < n; i++)
		if (kept[i].at.us < oldest.us || n - i >= CRASH_KEPT_MOST)
			spool_drop(folder, kept[i].name);
	return NULL;
}

static fallible
keep(struct arena *mem, const struct crashes *crashes, const struct crash_note *note,
     int signal_number)
{
	struct bytes request = {note->at, note->len};
	char name[NAME_SIZE];

	snprintf(name, sizeof name, "%016" PRId64 "-%" PRId32 "-%d", clock_now().us,
		 note->pid, signal_number);
	TRY(make_room(mem, crashes->folder));
	TRY(spool_put(crashes->folder, name,
		      seal_house(crashes->keys, mem, SEALED_AS, request)));
	log_event(LOG_ERROR, "crash.kept", "name", name, NULL);
	return NULL;
}

void
crash_child_ended(struct crashes *crashes, pid_t pid, int signal_number)
{
	for (size_t i = 0; i < crashes->n; i++) {
		struct crash_note *note = &crashes->notes[i];
		struct arena *mem;
		struct err *e;

		if (note->pid != pid)
			continue;
		if (signal_number != 0 && note->len > 0) {
			mem = arena_new(MEMORY);
			e = keep(mem, crashes, note, signal_number);
			if (e != NULL)
				log_error("crash.not_kept", e);
			arena_free(mem);
		}
		note->len = 0;
		note->pid = 0;
		return;
	}
}

/* ---- for whoever looks ---- */

static const char *
folder_of(struct arena *mem, const char *run_dir)
{
	return arena_printf(mem, "%s/crash", run_dir);
}

fallible
crash_list(struct arena *mem, const char *run_dir, struct crash **out, size_t *n)
{
	const char *folder = folder_of(mem, run_dir);

	*n = 0;
	return access(folder, F_OK) == 0 ? list(mem, folder, out, n) : NULL;
}

fallible
crash_read(struct arena *mem, const char *run_dir, const struct keyring *keys,
	   const char *name, const char **bytes, size_t *len)
{
	const char *folder = folder_of(mem, run_dir);
	struct bytes sealed, plain;
	struct crash known;

	if (!read_name(name, &known) ||
	    access(arena_printf(mem, "%s/%s", folder, name), F_OK) != 0)
		return FAIL(NOT_FOUND, "no crash %s", name);
	TRY(spool_read(mem, folder, name, &sealed));
	TRY(seal_open_house(keys, mem, SEALED_AS, sealed, &plain));
	*bytes = plain.at;
	*len = plain.len;
	return NULL;
}
