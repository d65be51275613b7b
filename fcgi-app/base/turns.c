/* turns.c - turns are locks of single bytes of a file. */
#include "base/turns.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/clock.h"

enum { STEP_MS = 5 };

int
turns_open(const char *path)
{
	return open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0660);
}

static int
change(int fd, int64_t number, short type)
{
	struct flock byte = {
		.l_type = type, .l_whence = SEEK_SET, .l_start = number, .l_len = 1};

	return fcntl(fd, F_OFD_SETLK, &byte);
}

enum turn
turns_take(int fd, int64_t number, int64_t patience_ms)
{
	int64_t end = clock_steady_us() + patience_ms * 1000;

	if (fd < 0 || change(fd, number, F_WRLCK) == 0)
		return TURN_AT_ONCE;
	while (clock_steady_us() < end) {
		usleep(STEP_MS * 1000);
		if (change(fd, number, F_WRLCK) == 0)
			return TURN_AFTER_ANOTHER;
	}
	return TURN_NOT_YET;
}

void
turns_leave(int fd, int64_t number)
{
	if (fd >= 0)
		change(fd, number, F_UNLCK);
}
