/* network.h - lists of networks such as "127.0.0.0/8, ::1". */
#ifndef WEB_NETWORK_H
#define WEB_NETWORK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct arena;

struct network {
	unsigned char bytes[16]; /* IPv4 as ::ffff:a.b.c.d */
	int bits;
};

struct networks {
	struct network *list;
	size_t n;
};

/* INVALID when an entry is no address or network; the cause names it. */
fallible networks_parse(struct arena *, const char *text, struct networks *);
/* An address that cannot be read is in no network. */
bool networks_hold(const struct networks *, const char *address);

#endif
