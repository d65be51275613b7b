/* disk.h - how much room a file system has left. */
#ifndef BASE_DISK_H
#define BASE_DISK_H

#include <stdbool.h>
#include <stdint.h>

struct disk_room {
	int64_t free_bytes;  /* for whom is not root */
	int64_t total_bytes; /* free and used */
};

struct disk_limit {
	int64_t percent, bytes; /* less of either is low */
};

/* Of the file system that holds the folder; false when it cannot be looked at. */
bool disk_look(const char *folder, struct disk_room *out);
/* One that is low stays so until there is a little more, so that the verdict does not
 * change with each file. */
bool disk_is_low(struct disk_room, struct disk_limit, bool was_low);

#endif
