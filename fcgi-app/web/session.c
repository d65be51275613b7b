/* session.c - the visitor's cookie: a random token, of which only the hash is stored.
 */
#include "web/session.h"

#include "base/digest.h"
#include "base/token.h"
#include "web/request.h"
#include "web/wire.h"

static const char cookie_name[] = "__Host-till";
static const char only_looked[] = "0"; /* the mark behind the token */

/* The token without the mark; NULL: there is none, or none with the mark. */
static const char *
read_looker(struct request *rq)
{
	const char *value =
		wire_cookie(rq->wire, rq->cx->mem, cookie_name, SESSION_TOKEN_LEN + 1);

	if (value == NULL || value[SESSION_TOKEN_LEN] != only_looked[0])
		return NULL;
	return arena_copy(rq->cx->mem, value, SESSION_TOKEN_LEN);
}

void
session_read(struct request *rq)
{
	const char *token =
		wire_cookie(rq->wire, rq->cx->mem, cookie_name, SESSION_TOKEN_LEN);

	if (token == NULL) {
		token = read_looker(rq);
		rq->visitor_only_looked = token != NULL;
	}
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
	rq->visitor_only_looked = !request_writes(rq);
}

const char *
session_cookie(const struct request *rq)
{
	return arena_printf(
		rq->cx->mem,
		"%s=%s%s; Path=/; Max-Age=%d; Secure; HttpOnly; SameSite=Lax",
		cookie_name, rq->visitor_token,
		rq->visitor_only_looked ? only_looked : "", SESSION_DAYS * 24 * 3600);
}
