/* master_socket.c - the lock and the listening socket of a master. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "main/master.h"

/* How a re-executed master finds its sockets. */
#define LISTEN "TILL_MASTER_LISTEN"
#define FIRST  "TILL_MASTER_FIRST"

enum { BACKLOG = 4096, PATH_BYTES = 300 };

/* A POSIX lock belongs to the process: it outlives exec, and children have no share in
 * it that could keep it after the master died. */
fallible
master_lock(struct master *m)
{
	struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	char path[PATH_BYTES];

	m->listen_fd = m->first_fd = -1;
	snprintf(path, sizeof path, "%s/%s.lock", m->dir, m->name);
	m->lock_fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
	if (m->lock_fd < 0)
		return FAIL(INTERNAL, "%s: %s", path, strerror(errno));
	if (fcntl(m->lock_fd, F_SETLK, &whole) != 0)
		return FAIL(REFUSED, "%s is locked: another till %s runs here", path,
			    m->name);
	return NULL;
}

static int
inherited_fd(const char *variable)
{
	const char *text = getenv(variable);
	int fd = text == NULL ? -1 : (int)strtol(text, NULL, 10), listens = 0;
	socklen_t len = sizeof listens;

	unsetenv(variable);
	if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len) != 0 ||
	    !listens)
		return -1;
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	return fd;
}

static void
pass_on(const char *variable, int fd)
{
	char text[32];

	if (fd < 0)
		return;
	snprintf(text, sizeof text, "%d", fd);
	setenv(variable, text, 1);
	fcntl(fd, F_SETFD, 0);
}

void
master_pass_on(const struct master *m)
{
	pass_on(LISTEN, m->listen_fd);
	pass_on(FIRST, m->first_fd);
}

/* Bound and listening under another name first: whoever finds the name can connect. */
static fallible
bind_at(int fd, const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char fresh[PATH_BYTES + 8];
	mode_t old;
	int bound;

	snprintf(fresh, sizeof fresh, "%s.new", path);
	if (strlen(fresh) >= sizeof address.sun_path)
		return FAIL(REFUSED, "%s is too long for a socket", fresh);
	memcpy(address.sun_path, fresh, strlen(fresh));
	unlink(fresh);
	old = umask(0117);
	bound = bind(fd, (struct sockaddr *)&address, sizeof address);
	umask(old);
	if (bound != 0 || listen(fd, BACKLOG) != 0 || rename(fresh, path) != 0)
		return FAIL(INTERNAL, "%s: %s", path, strerror(errno));
	return NULL;
}

static fallible
open_socket(const struct master *m, const char *suffix, const char *variable, int *fd)
{
	char path[PATH_BYTES];

	*fd = inherited_fd(variable);
	if (*fd >= 0)
		return NULL;
	snprintf(path, sizeof path, "%s/%s%s.sock", m->dir, m->name, suffix);
	*fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (*fd < 0)
		return FAIL(INTERNAL, "%s: %s", path, strerror(errno));
	return bind_at(*fd, path);
}

fallible
master_listen(struct master *m)
{
	TRY(open_socket(m, "", LISTEN, &m->listen_fd));
	return m->has_first ? open_socket(m, "-first", FIRST, &m->first_fd) : NULL;
}
