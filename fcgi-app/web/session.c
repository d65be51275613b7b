/* session.c - the visitor's cookie: a random token, of which only the hash is stored.
 */
#include "web/session.h"

#include "base/digest.h"
#include "base/token.h"
#include "web/wire.h"

static const char cookie_name[] = "__Host-till";

void
session_read(struct request *rq)
{
	const char *token =
		wire_cookie(rq->wire, rq->cx->mem, cookie_name, SESSION_TOKEN_LEN);

	if (token == NULL)
		return;
	rq->visitor_token = token;
	rq->visitor = digest_of_text(token);
}

void
session_make(struct request *rq)
{
	rq->visitor_token = token_new(rq->cx->mem);
	rq->visitor = digest_of_text(rq->visitor_token);
}

const char *
session_cookie(struct arena *mem, const char *token)
{
	return arena_printf(mem,
			    "%s=%s; Path=/; Max-Age=%d; Secure; HttpOnly; SameSite=Lax",
			    cookie_name, token, SESSION_DAYS * 24 * 3600);
}
