/* disk.c - how much room a file system has left. */
#include "base/disk.h"

#include <sys/statvfs.h>

enum { MORE_PERCENT = 1, MORE_BYTES = 64 << 20 };

bool
disk_look(const char *folder, struct disk_room *out)
{
	struct statvfs fs;
	int64_t unit;

	if (statvfs(folder, &fs) != 0 || fs.f_blocks == 0)
		return false;
	unit = (int64_t)fs.f_frsize;
	out->free_bytes = (int64_t)fs.f_bavail * unit;
	out->total_bytes = (int64_t)(fs.f_blocks - fs.f_bfree) * unit + out->free_bytes;
	return true;
}

bool
disk_is_low(struct disk_room room, struct disk_limit limit, bool was_low)
{
	int64_t percent = limit.percent, bytes = limit.bytes;

	if (was_low && percent > 0)
		percent += MORE_PERCENT;
	if (was_low && bytes > 0)
		bytes += MORE_BYTES;
	return room.free_bytes < bytes ||
	       room.free_bytes / 100 < room.total_bytes / 10000 * percent;
}
