/* origin.h - where an address leads: scheme, host and port, read so strictly that no
 * browser and no library can read it in another way. */
#ifndef GATEWAY_ORIGIN_H
#define GATEWAY_ORIGIN_H

#include <stdbool.h>

enum { ORIGIN_HOST = 254, ORIGIN_URL = 4096 };

struct origin {
	bool https;             /* else http */
	char host[ORIGIN_HOST]; /* lower case */
	int port;               /* 443 or 80 when the address names none */
};

/* False for all that is not plainly http(s)://host[:port][/...]: user names, capitals
 * and brackets in the host, backslashes, quotes, blanks, bytes beyond ASCII, or more
 * than ORIGIN_URL characters. */
bool origin_read(const char *url, struct origin *);
bool origin_same(const struct origin *, const struct origin *);
/* http to 127.0.0.1: what the sandbox is reached by. */
bool origin_is_loopback_http(const struct origin *);

#endif
