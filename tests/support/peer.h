/* peer.h - the other end of a connection, played by a child process on 127.0.0.1. */
#ifndef SUPPORT_PEER_H
#define SUPPORT_PEER_H

#include <stddef.h>
#include <sys/types.h>

struct arena;

/* What the peer does when it has read a whole request (or a line of SMTP). */
enum peer_deed {
	PEER_SAY, /* sends the bytes and goes on */
	PEER_SAY_AND_CLOSE,
	PEER_RESET, /* a TCP reset, after the bytes if there are any */
	PEER_LEAVE, /* the same, and nobody listens from then on */
	PEER_HANG,  /* says the bytes if there are any, then nothing for ever */
};

struct peer_step {
	enum peer_deed deed;
	const char *bytes; /* NULL: none */
	size_t len;        /* 0: strlen of the bytes */
};

struct peer {
	int port;
	pid_t pid;
	int heard; /* the peer writes here what it has read */
};

/* An HTTP server that answers request after request by these steps, over as many
 * connections as it takes; the last step is repeated for ever. */
struct peer peer_http(const struct peer_step *, size_t n);
/* An SMTP server: the first step greets, each command line takes the next one, and so
 * does the end of the data. The same steps are played on every connection. */
struct peer peer_smtp(const struct peer_step *, size_t n);
/* Ends it; what it heard since the start, NUL-terminated. */
char *peer_stop(struct peer *, struct arena *);
/* A port of 127.0.0.1 on which nobody listens. */
int peer_dead_port(void);

#endif
