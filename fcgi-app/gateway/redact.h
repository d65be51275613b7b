/* redact.h - bodies of gateway calls as they may be kept (F-144): what opens something
 * is taken out, all else stays as it went over the wire. */
#ifndef GATEWAY_REDACT_H
#define GATEWAY_REDACT_H

#include <stddef.h>

struct arena;

/* A form or a JSON text, whole or cut anywhere: the values of client_secret, secret,
 * token, password, success_url, cancel_url, return_url and the like, and any value that
 * looks like a key ("sk_...", "whsec_...", "..._secret_..."), become "[removed]". */
const char *redact(struct arena *, const char *body, size_t len);

#endif
