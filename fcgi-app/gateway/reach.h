/* reach.h - whether the servers that a shop needs can be reached from here, for till
 * doctor. */
#ifndef GATEWAY_REACH_H
#define GATEWAY_REACH_H

#include <stdbool.h>

#include "base/clock.h"
#include "base/ctx.h"
#include "base/err.h"

struct config;

struct reach_shop {
	int status;             /* of the answer to path; 0: none */
	struct instant expires; /* of the certificate that was shown; none: none was */
	const char *why;        /* there is no answer, or NULL */
};

/* Asks the shop for a path as a browser would: the address of shop.url. The certificate
 * is read, and trusted only when `verify` says that it must be. */
void reach_shop(struct ctx *, const struct config *, const char *path, bool verify,
		struct reach_shop *out);

struct reach_time {
	struct instant there; /* the gateway's clock, in whole seconds; none: untold */
	struct instant here;  /* this host's, half way between question and answer */
	const char *why;      /* there is no answer, or NULL */
};

/* Asks the server at an address of a gateway's API what time it is: nothing is sent but
 * the question, and any answer will do. */
void reach_gateway(struct ctx *, const struct config *, const char *base,
		   struct reach_time *out);

/* Greets the mail server and logs in, as the settings say; sends nothing. NULL when
 * that went well, else why not. */
const char *reach_mail(struct ctx *, const struct config *);

#endif
