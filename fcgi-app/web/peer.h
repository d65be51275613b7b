/* peer.h - who is at the other end of a Unix socket. */
#ifndef WEB_PEER_H
#define WEB_PEER_H

#include <stdbool.h>

/* Only root, our own user and members of the listening socket's group may call: what
 * calls is believed the client's address. */
bool peer_may_call(int fd, int listen_fd);

#endif
