/* nudge.c - one datagram to a lane; a lost one costs a second. */
#include "flow/nudge.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "flow/shop.h"

const char *
lane_name(enum lane lane)
{
	static const char *const names[LANE_COUNT] = {"hook", "pay", "mail", "sweep",
						      "report"};

	return names[lane];
}

void
lane_path(const struct shop *shop, enum lane lane, char *out, unsigned long size)
{
	snprintf(out, size, "%s/work-%s.sock", shop->config->run_dir, lane_name(lane));
}

void
nudge(const struct shop *shop, enum lane lane)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return;
	lane_path(shop, lane, to.sun_path, sizeof to.sun_path);
	/* nobody listens, or its queue is full: it looks by itself within a second */
	(void)!sendto(fd, "w", 1, MSG_NOSIGNAL, (struct sockaddr *)&to, sizeof to);
	close(fd);
}
