/* peer.c - who is at the other end of a Unix socket. */
#include "web/peer.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { GROUPS_MAX = 256 };

/* The group of the socket's file: members of it may connect by its mode 0660. */
static gid_t
group_of(int listen_fd)
{
	struct sockaddr_un address;
	socklen_t len = sizeof address;
	struct stat st;

	if (getsockname(listen_fd, (struct sockaddr *)&address, &len) != 0 ||
	    stat(address.sun_path, &st) != 0)
		return getgid();
	return st.st_gid;
}

bool
peer_may_call(int fd, int listen_fd)
{
	struct ucred peer;
	socklen_t len = sizeof peer;
	gid_t groups[GROUPS_MAX], wanted;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0)
		return false;
	if (peer.uid == 0 || peer.uid == geteuid())
		return true;
	wanted = group_of(listen_fd);
	if (peer.gid == wanted)
		return true;
	len = sizeof groups;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len) != 0)
		return false;
	for (size_t i = 0; i < len / sizeof *groups; i++)
		if (groups[i] == wanted)
			return true;
	return false;
}
