/* disk_watch.c - looks how much room the disks have. A database without room aborts or
 * lets every COMMIT wait (reliability.md 0, fact 5), so new checkouts stop well before;
 * what is under way goes on. */
#include <string.h>

#include "base/disk.h"
#include "base/log.h"
#include "base/shared.h"
#include "base/text.h"
#include "db/server.h"
#include "jobs/jobs.h"

enum { FOLDERS_MAX = 16, PATH_BYTES = 512 };

/* Known as long as this process lives: a database that is down still has a disk. */
static struct {
	char paths[FOLDERS_MAX][PATH_BYTES];
	size_t n;
	bool has_database;
} watched;

struct fullest {
	const char *folder;
	struct disk_room room;
	bool low;
};

static void
watch(const char *path, size_t len)
{
	if (len == 0 || len >= PATH_BYTES || watched.n == FOLDERS_MAX)
		return;
	memcpy(watched.paths[watched.n], path, len);
	watched.paths[watched.n++][len] = '\0';
}

static void
watch_list(const char *list)
{
	while (*(list += strspn(list, ", ")) != '\0') {
		watch(list, strcspn(list, ","));
		list += strcspn(list, ",");
	}
}

/* The database's own, where they are on this host. */
static fallible
watch_database(struct work *work)
{
	struct server_folders folders = {0};
	const char *name;
	struct err *e;

	READING (tx, work->cx, &e)
		e = server_read_folders(tx, &folders);
	TRY(e);
	if (folders.data == NULL || folders.temporary == NULL || folders.binlog == NULL)
		return FAIL(INTERNAL, "the database does not name its folders");
	watch(folders.data, strlen(folders.data));
	watch(folders.temporary, strcspn(folders.temporary, ":"));
	name = strrchr(folders.binlog, '/');
	if (name != NULL)
		watch(folders.binlog, (size_t)(name - folders.binlog));
	watched.has_database = true;
	return NULL;
}

/* How many percent of it are free, in thousandths. */
static int64_t
share(struct disk_room room)
{
	return room.free_bytes / (room.total_bytes / 100000 + 1);
}

static struct fullest
find_fullest(struct disk_limit limit, bool was_low)
{
	struct fullest worst = {.room = {-1, 0}};

	for (size_t i = 0; i < watched.n; i++) {
		struct fullest this = {.folder = watched.paths[i]};

		if (!disk_look(this.folder, &this.room))
			continue;
		this.low = disk_is_low(this.room, limit, was_low);
		if (worst.folder == NULL || this.low > worst.low ||
		    (this.low == worst.low && share(this.room) < share(worst.room)))
			worst = this;
	}
	return worst;
}

static void
tell(struct shared_disk *disk, const struct fullest *worst)
{
	disk->free_bytes = worst->room.free_bytes;
	disk->total_bytes = worst->room.total_bytes;
	if (atomic_exchange(&disk->is_low, worst->low) == worst->low)
		return;
	log_event(worst->low ? LOG_ERROR : LOG_WARNING,
		  worst->low ? "disk.low" : "disk.has_room", "folder", worst->folder,
		  "free_mb", log_number(worst->room.free_bytes >> 20), "new_checkouts",
		  worst->low ? "stopped" : "go on", NULL);
}

fallible
disk_watch_run(struct work *work, int64_t *done)
{
	const struct config *config = work->shop->config;
	struct disk_limit limit = {config->disk_free_percent,
				   config->disk_free_mb << 20};
	struct fullest worst;
	struct err *e;

	*done = 0;
	if (work->shared == NULL)
		return NULL;
	if (watched.n == 0)
		watch_list(config->disk_watch);
	e = watched.has_database ? NULL : watch_database(work);
	worst = find_fullest(limit, work->shared->disk.is_low);
	tell(&work->shared->disk, &worst);
	return e;
}
